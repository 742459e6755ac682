"""The score against the time that a fit takes: it shows what time bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Bools, Floats
from .display import ORANGE, Display, Style, blue, draw_legend, score_label, styled
from .labels import room, set_log
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOG_RATIO = 10.0
"""Times that are closer together than this are drawn on a linear axis."""

_LEAST_SPAN = 0.05
"""Of the longest time: below that differences are chance."""


@dataclass(frozen=True, eq=False)
class ScoreTime:
    """Mean scores and mean seconds of a fit.

    Attributes
    ----------
    metric : str
        Which is shown.
    scores, seconds : float array of shape (n_candidates,)
        nan where a candidate has no mean score.
    front : bool array of shape (n_candidates,)
        Candidates than which none is both better and faster: the Pareto front.
    """

    metric: str
    scores: Floats
    seconds: Floats
    front: Bools

    @classmethod
    def of(cls, record: Record) -> ScoreTime:
        """Read a record."""
        scores = np.where(record.ended, record.means, np.nan)
        seconds = np.where(np.isnan(scores), np.nan, record.fit_time.mean(axis=1))
        return cls(record.metric, scores, seconds, pareto_front(seconds, scores))

    @property
    def log(self) -> bool:
        """Whether the seconds are shown on a logarithmic axis."""
        known = self.seconds[~np.isnan(self.seconds)]
        return bool(len(known) and known.min() > 0 and known.max() / known.min() > _LOG_RATIO)

    def ends(self, low: float, high: float) -> tuple[float, float]:
        """Return the ends of the axis of seconds: widened where these hardly differ."""
        middle, half = (low + high) / 2, _LEAST_SPAN * np.nanmax(self.seconds, initial=0) / 2
        return float(min(low, middle - half)), float(max(high, middle + half))


def pareto_front(costs: Floats, values: Floats) -> Bools:
    """Return which points no other is both cheaper and better than; those with nan never are.

    Examples
    --------
    >>> import numpy as np
    >>> pareto_front(np.array([1.0, 2.0, 3.0, np.nan]), np.array([0.5, 0.4, 0.6, 1.0]))
    array([ True, False,  True, False])
    """
    front = np.zeros(len(costs), dtype=bool)
    best = -np.inf
    for row in np.lexsort((-values, costs)):
        if not np.isnan(costs[row]) and values[row] > best:
            front[row], best = True, values[row]
    return front


class ScoreTimeDisplay(Display):
    """The score of every candidate against the seconds that one of its fits takes.

    Parameters
    ----------
    score_time : ScoreTime
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    points_ : matplotlib PathCollection
        The candidates.
    front_ : matplotlib Line2D
        Through the candidates than which none is both better and faster.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import ScoreTimeDisplay
    >>> search = GridSearch(SVC(), {"C": [0.001, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> bool(ScoreTimeDisplay.from_search(search).score_time.front[2])  # the best is always on it
    True
    """

    points_: Any
    front_: Any

    def __init__(self, *, score_time: ScoreTime) -> None:
        self.score_time = score_time

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(score_time=ScoreTime.of(record))

    def plot(
        self, ax: Axes | None = None, *, points_kwargs: Style = None, front_kwargs: Style = None
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        points_kwargs, front_kwargs : dict, optional
            For ``Axes.scatter`` and ``Axes.plot``.
        """
        ax, data = self._begin(ax), self.score_time
        size = 26 if len(data.scores) <= 100 else 8
        look = {"s": size, "color": blue(ax), "alpha": 0.7, "linewidths": 0}
        self.points_ = ax.scatter(data.seconds, data.scores, **styled(look, points_kwargs))
        on = np.flatnonzero(data.front)
        on = on[np.argsort(data.seconds[on])]
        look = {"color": ORANGE, "marker": "o", "markersize": 5, "drawstyle": "steps-post"}
        look |= {"label": "none is better and faster"}
        (self.front_,) = ax.plot(data.seconds[on], data.scores[on], **styled(look, front_kwargs))
        if data.log:
            set_log(ax, data.seconds[~np.isnan(data.seconds)])
        else:
            ax.locator_params(axis="x", nbins=int(np.clip(room(ax)[0] / 0.8, 2, 5)))
            # times that hardly differ would have numbers of ten digits
            ax.set_xlim(*data.ends(*ax.get_xlim()))
        ax.set(xlabel="seconds a fit", ylabel=score_label(data.metric))
        draw_legend(ax, len(data.scores), size)
        return self
