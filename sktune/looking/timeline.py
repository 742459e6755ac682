"""The timeline of the workers: who ran what when, and who had nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Floats, Ints
from .display import BLUE, GREY, RED, SKY, Display, Style, styled
from .labels import room, set_labels
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = {"complete": BLUE, "stopped": GREY, "failed": RED, "recalled": SKY}
"""What can be told of a task, and its colour."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The tasks of a search, by worker and in the order in which they were begun.

    Attributes
    ----------
    candidate, split, worker : int array of shape (n_tasks,)
        What ran where: the row in ``cv_results_``, the split, and the worker, from 0.
    start, end : float array of shape (n_tasks,)
        Seconds from the start of the search. Waiting for what another worker fits is not in it.
    kind : str array of shape (n_tasks,)
        "complete"; "stopped", of a candidate that was not worth its other splits; "failed"; or
        "recalled", from the record of an earlier run.
    resumed_at : float
        Seconds at which this run began, after those of earlier ones; 0 if there were none.
    n_unknown : int
        Outcomes of which it is not known when they came: recorded by an older version, or their
        worker has died.
    """

    candidate: Ints
    split: Ints
    worker: Ints
    start: Floats
    end: Floats
    kind: Any
    resumed_at: float
    n_unknown: int

    @classmethod
    def of(cls, record: Record) -> Timeline:
        """Read a record.

        Raises
        ------
        ValueError
            If it is not known when anything was begun.
        """
        known = ~np.isnan(record.started)
        if not known.any():
            raise ValueError(
                "there are no times of start: cv_results_ alone has none, nor have scikit-learn's "
                "searches. Draw the fitted search of sktune's, or the file of its checkpoint."
            )
        rows, splits = np.nonzero(known)
        order = np.lexsort((record.started[known], record.worker[known]))
        at = rows[order], splits[order]
        start, end = record.started[at], record.started[at] + record.own_time[at]
        kind = np.full(len(start), "complete", dtype=object)
        kind[np.array(record.status, dtype=object)[at[0]] == "stopped"] = "stopped"
        kind[np.isnan(record.scores[record.metric][at])] = "failed"
        kind[(start + end) / 2 < record.resumed_at] = "recalled"  # clocks differ a little
        unknown = record.done & ~record.duplicate[:, None] & ~known
        worker = record.worker[at].astype(int)
        return cls(*at, worker, start, end, kind, record.resumed_at, int(unknown.sum()))

    @property
    def begin(self) -> float | None:
        """The begin of the axis: 0, unless another machine's clock is behind; then None."""
        return 0.0 if self.start.min() >= -0.01 * self.end.max() else None

    @property
    def n_workers(self) -> int:
        return int(self.worker.max()) + 1

    @property
    def busy(self) -> Floats:
        """The share of this run's time in which each worker was at a task."""
        now = self.kind != "recalled"
        if not now.any():
            return np.zeros(self.n_workers)
        seconds = np.bincount(
            self.worker[now], (self.end - self.start)[now], minlength=self.n_workers
        )
        return np.asarray(seconds / (self.end[now].max() - self.resumed_at))


class TimelineDisplay(Display):
    """A row for each worker, a bar for each task: a candidate on a split.

    Nothing is drawn where a worker was idle: while it was started, while it waited for what
    another one fits, and where nothing was left to do.

    Parameters
    ----------
    timeline : Timeline
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    bars_ : dict of (str, int) to matplotlib PolyCollection
        By what is told of the tasks, see `Timeline`, and worker.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import TimelineDisplay
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, cv=3).fit(*load_iris(return_X_y=True))
    >>> timeline = TimelineDisplay.from_search(search).timeline
    >>> timeline.n_workers, timeline.candidate
    (1, array([0, 0, 0, 1, 1, 1, 2, 2, 2]))
    """

    bars_: dict[tuple[str, int], Any]

    def __init__(self, *, timeline: Timeline) -> None:
        self.timeline = timeline

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(timeline=Timeline.of(record))

    def plot(self, ax: Axes | None = None, *, bars_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        bars_kwargs : dict, optional
            For ``Axes.broken_barh``.
        """
        data = self.timeline
        n = data.n_workers
        ax = self._begin(ax, (7.2, 1.5 + 0.4 * min(n, 12)))
        few = len(data.start) <= 40 * n  # else edges would be all that is seen
        self.bars_ = {}
        for kind, colour in KINDS.items():
            for worker in np.unique(data.worker[data.kind == kind]):
                its = (data.kind == kind) & (data.worker == worker)
                spans = list(zip(data.start[its], (data.end - data.start)[its], strict=True))
                look: dict[str, Any] = {
                    "facecolors": colour,
                    "edgecolors": ax.get_facecolor(),
                    "linewidth": 0.5 * few,
                }
                if kind not in {kind for kind, _ in self.bars_}:
                    look["label"] = kind
                look = styled(look, bars_kwargs)
                self.bars_[kind, int(worker)] = ax.broken_barh(spans, (worker - 0.4, 0.8), **look)
        if data.resumed_at:
            ax.axvline(data.resumed_at, color="0.5", linestyle="--", linewidth=1, label="resumed")
        set_labels(ax, range(n), [f"{k} ({busy:.0%})" for k, busy in enumerate(data.busy)],
                   vertical=True)  # fmt: skip
        ax.set_ylim(n - 0.4, -0.6)
        unknown = f" ({data.n_unknown} outcomes of unknown time)" if data.n_unknown else ""
        ax.set(xlabel=f"seconds{unknown}", ylabel="worker (busy)")
        ax.set_xlim(data.begin, None)
        # as many when it is laid out as when it is drawn: a label at the end would be cut
        ax.locator_params(axis="x", nbins=int(np.clip(1.5 * room(ax)[0], 3, 9)))
        above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "ncols": 3}
        ax.legend(fontsize="small", frameon=False, **above)
        return self
