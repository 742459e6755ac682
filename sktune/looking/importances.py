"""Importances: the share of the score's variance that is there because of each parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .beliefs import Beliefs, beliefs_of
from .display import Display, Style, blue, escaped, ink, styled
from .labels import cut, room, set_xlabel
from .param_axis import short_names
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 15


@dataclass(frozen=True)
class Importances:
    """The importance of parameters, the largest first.

    Attributes
    ----------
    metric : str
        Which is shown.
    names : sequence of str
        Parameters, those that matter most first.
    shares : sequence of float
        Of the variance of the score over what was tried: see `BayesSearch.param_importances_`.
    errors : sequence of float
        Their standard errors.
    """

    metric: str
    names: Sequence[str]
    shares: Sequence[float]
    errors: Sequence[float]

    @classmethod
    def of(cls, record: Record) -> Importances:
        """Read a record.

        Raises
        ------
        ValueError
            If fewer than three candidates have a score, or all the same.
        """
        found = (
            beliefs_of(record) or Beliefs(record)
        ).importances()  # the latter says what is wrong
        return cls(
            record.metric,
            [one.name for one in found],
            [one.importance for one in found],
            [one.std for one in found],
        )


class ImportancesDisplay(Display):
    """A bar for each parameter: how much it matters, and how sure that is.

    Parameters
    ----------
    importances : Importances
        What is drawn; of the 15 that matter most.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    bars_ : matplotlib BarContainer
        One bar for each parameter.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import ImportancesDisplay
    >>> grid = {"C": [0.001, 0.1, 10], "shrinking": [True, False]}
    >>> search = GridSearch(SVC(), grid).fit(*load_iris(return_X_y=True))
    >>> ImportancesDisplay.from_search(search).importances.names
    ['C', 'shrinking']
    """

    bars_: Any

    def __init__(self, *, importances: Importances) -> None:
        self.importances = importances

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(importances=Importances.of(record))

    def plot(self, ax: Axes | None = None, *, bars_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        bars_kwargs : dict, optional
            For ``Axes.barh``.
        """
        data = self.importances
        n = min(len(data.names), MOST_BARS)
        ax = self._begin(ax, (6.4, 1.2 + 0.3 * n))
        labels = short_names(data.names)
        shares, errors = np.array(data.shares[:n]), np.array(data.errors[:n])
        # a share is no less than 0 and no more than 1
        reach = np.minimum(errors, [shares, np.maximum(1.0 - shares, 0.0)])
        look = styled(
            {"color": blue(ax), "xerr": reach.tolist(), "ecolor": ink(), "capsize": 3,
             "height": 0.3 if n < 3 else 0.7},
            bars_kwargs,
        )  # fmt: skip
        width, _ = room(ax)
        names = [escaped(cut(labels[name], 0.45 * width)) for name in data.names[:n]]
        self.bars_ = ax.barh(range(n), shares, **look)
        ax.set_yticks(range(n), names)
        ax.set_ylim(n - 0.4, -0.6)
        ax.set_xlim(0.0, min(ax.get_xlim()[1], 1.02))
        ax.locator_params(axis="x", nbins=5)
        set_xlabel(ax, f"share of the variance of {escaped(data.metric)}")
        return self
