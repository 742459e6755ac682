"""Several metrics against each other: they show whether one costs the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Floats
from .display import NARROW, Display, Style, blue, draw_best, escaped, styled
from .labels import cut, room
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_METRICS = 4


@dataclass(frozen=True, eq=False)
class SeveralMetrics:
    """The mean scores of candidates in several metrics.

    Attributes
    ----------
    means : mapping of metric to float array of shape (n_candidates,)
        The metric that decides first; nan where a candidate has no mean.
    best : int or None
        The row of the best candidate.
    """

    means: Mapping[str, Floats]
    best: int | None

    @classmethod
    def of(cls, record: Record) -> SeveralMetrics:
        """Read a record.

        Raises
        ------
        ValueError
            If there is a single metric.
        """
        if len(record.metrics) < 2:
            raise ValueError("the search has a single metric, so there is none to compare it with.")
        others = [name for name in record.metrics if name != record.metric]
        names = [record.metric, *others][:MOST_METRICS]
        means = {name: record.scores[name].mean(axis=1) for name in names}
        ended = {name: np.where(record.ended, mean, np.nan) for name, mean in means.items()}
        return cls(ended, record.best)


class SeveralMetricsDisplay(Display):
    """Every candidate by two metrics, a panel for each pair.

    Parameters
    ----------
    several : SeveralMetrics
        What is drawn; of four metrics at most.

    Attributes
    ----------
    ax_ : array of matplotlib Axes
        Where it is drawn, one for each panel.
    figure_ : matplotlib Figure
        Of the axes.
    points_ : list of matplotlib PathCollection
        The candidates, one of each panel.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import SeveralMetricsDisplay
    >>> scoring = ["accuracy", "f1_macro"]
    >>> search = GridSearch(SVC(), {"C": [0.1, 1]}, scoring=scoring, refit="f1_macro")
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> list(SeveralMetricsDisplay.from_search(search).several.means)
    ['f1_macro', 'accuracy']
    """

    points_: list[Any]

    def __init__(self, *, several: SeveralMetrics) -> None:
        self.several = several

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(several=SeveralMetrics.of(record))

    def plot(self, ax: Axes | None = None, *, points_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Its place is divided among the pairs.
        points_kwargs : dict, optional
            For ``Axes.scatter``.
        """
        means, best = self.several.means, self.several.best
        names = list(means)
        pairs = [(a, b) for k, b in enumerate(names) for a in names[k + 1 :]]
        panels: Sequence[Axes] = self._begin_panels(ax, len(pairs))
        self.points_ = []
        for panel, (across, up) in zip(panels, pairs, strict=True):
            x, y = means[across], means[up]
            look = styled(
                {"s": 20, "color": blue(panel), "alpha": 0.7, "linewidths": 0}, points_kwargs
            )
            self.points_.append(panel.scatter(x, y, **look))
            if best is not None:
                draw_best(panel, x[best], y[best])
            if room(panel)[0] < NARROW:
                panel.tick_params(axis="x", rotation=30)
            width, height = room(panel)
            panel.set(xlabel=escaped(cut(across, width)), ylabel=escaped(cut(up, 0.7 * height)))
        return self
