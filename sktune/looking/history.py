"""The growth of the best score: it shows whether a search has converged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Bools, Floats
from .display import (
    CROWDED,
    GREY,
    ORANGE,
    RED,
    Display,
    Style,
    blue,
    draw_legend,
    score_label,
    styled,
    whole_ticks,
)
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class History:
    """Scores in the order of the candidates.

    Attributes
    ----------
    metric : str
    scores : float array of shape (n_candidates,)
        Mean scores; of candidates that were stopped, or that the search did not finish, the mean of
        what they have. nan without any score.
    best_so_far : float array of shape (n_candidates,)
        The best of the complete ones up to here; nan before the first.
    complete, stopped, failed : bool array of shape (n_candidates,)
        Candidates with all scores, those that were stopped or not finished, and those that failed.
    partial : bool array of shape (n_candidates,)
        Those that the search did not finish.
    """

    metric: str
    scores: Floats
    best_so_far: Floats
    complete: Bools
    stopped: Bools
    failed: Bools
    partial: Bools

    @classmethod
    def of(cls, record: Record) -> History:
        """Read a record."""
        status = np.array(record.status)
        stopped = np.isin(status, ["stopped", "partial"])
        complete = ~np.isnan(record.means) & ~stopped
        failed = ~(complete | stopped)
        best = np.fmax.accumulate(np.where(complete & record.ended, record.means, np.nan))
        return cls(
            record.metric, mean_of_known(record.scores[record.metric]), best,
            complete, stopped, failed, status == "partial",
        )  # fmt: skip


def below(scores: Floats) -> float:
    """Return where candidates without a score are drawn: under all others."""
    known = scores[~np.isnan(scores)]
    if not len(known):
        return 0.0
    low = float(known.min())
    return low - 0.08 * (float(np.ptp(known)) or abs(low) or 1.0)


def mean_of_known(scores: Floats) -> Floats:
    """Return means over the splits that have a score; nan without any."""
    known = ~np.isnan(scores)
    sums = np.where(known, scores, 0.0).sum(axis=1)
    n = known.sum(axis=1)
    return np.asarray(np.where(n > 0, sums / np.maximum(n, 1), np.nan))


class HistoryDisplay(Display):
    """The score of every candidate in turn, and the best so far.

    Candidates are told by their row in ``cv_results_``; those that failed are below all others.

    Parameters
    ----------
    history : History
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    points_ : dict of str to matplotlib PathCollection
        By "complete", "stopped" and "failed"; those without candidates are left out.
    line_ : matplotlib Line2D
        The best so far.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import HistoryDisplay
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> display = HistoryDisplay.from_search(search)
    >>> display.history.best_so_far.round(3)
    array([0.92 , 0.967, 0.98 ])
    """

    points_: dict[str, Any]
    line_: Any

    def __init__(self, *, history: History) -> None:
        self.history = history

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(history=History.of(record))

    def plot(
        self, ax: Axes | None = None, *, points_kwargs: Style = None, line_kwargs: Style = None
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        points_kwargs, line_kwargs : dict, optional
            For ``Axes.scatter`` and ``Axes.plot``.
        """
        ax, data = self._begin(ax), self.history
        n = len(data.scores)
        size = 30 if n <= CROWDED else 12 if n <= 400 else 5
        numbers = np.arange(n)
        floor = below(data.scores)
        looks: dict[str, tuple[Bools, dict[str, Any]]] = {
            "complete": (
                data.complete,
                {"color": blue(ax), "marker": "o", "linewidths": 0, "zorder": 1.5},
            ),
            "stopped": (data.stopped, {"color": GREY, "marker": "x", "linewidths": 1}),
            "failed": (data.failed, {"color": RED, "marker": "v", "linewidths": 0}),
        }
        self.points_ = {}
        for name, (which, look) in looks.items():
            if which.any():
                heights = np.where(np.isnan(data.scores[which]), floor, data.scores[which])
                look = styled({"s": size, "alpha": 0.8, "label": name, **look}, points_kwargs)
                self.points_[name] = ax.scatter(numbers[which], heights, **look)
        look = styled({"color": ORANGE, "linewidth": 1.8, "label": "best so far"}, line_kwargs)
        (self.line_,) = ax.step(numbers, data.best_so_far, where="post", **look)
        ax.set(xlabel="candidate", ylabel=score_label(data.metric))
        whole_ticks(ax, numbers)
        draw_legend(ax, n, size)
        return self
