"""The scores of each split: which candidates were stopped where, and how far splits differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Floats
from .display import MAPPED, RED, Display, Style, draw_colorbar, escaped, styled
from .history import mean_of_known
from .labels import set_labels
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 60


@dataclass(frozen=True, eq=False)
class Folds:
    """Scores by candidate and split, the best candidates first.

    Attributes
    ----------
    metric : str
        Which is shown.
    rows : int array of shape (n_shown,)
        Candidates' rows in ``cv_results_``.
    scores : float array of shape (n_shown, n_splits)
        nan where there is none.
    failed : bool array of shape (n_shown, n_splits)
        Where a fit or its score failed.
    status : sequence of str
        Of each, as in ``cv_results_``.
    n_left_out : int
        Candidates that are not shown, of more than 60: the worst.
    """

    metric: str
    rows: Any
    scores: Floats
    failed: Any
    status: Sequence[str]
    n_left_out: int

    @classmethod
    def of(cls, record: Record) -> Folds:
        """Read a record."""
        scores = record.scores[record.metric]
        n_known = (~np.isnan(scores)).sum(axis=1)
        means = mean_of_known(scores)
        # by how far they got, then by their mean
        order = np.lexsort((-np.nan_to_num(means, nan=-np.inf), -n_known, ~record.ended))
        rows = order[:MOST_ROWS]
        failed = record.done & np.isnan(scores)
        status = [record.status[row] for row in rows]
        return cls(record.metric, rows, scores[rows], failed[rows], status, len(order) - len(rows))


def question_of_folds(record: Record) -> str:
    """Return what the scores of splits answer: of a search that stopped nothing how they differ."""
    was_stopped = {"stopped", "partial"} & set(record.status)
    return "What was stopped where?" if was_stopped else "How do the splits differ?"


class FoldsDisplay(Display):
    """A row for each candidate, a cell for each split, coloured by its score.

    Empty cells were not evaluated: the candidate was stopped, or the search ended. Crosses failed.

    Parameters
    ----------
    folds : Folds
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    im_ : matplotlib AxesImage
        The scores, a row for each candidate that is shown.
    colorbar_ : matplotlib Colorbar
        Of the scores.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import FoldsDisplay
    >>> search = GridSearch(SVC(), {"C": [0.001, 1, 10]}).fit(*load_iris(return_X_y=True))
    >>> FoldsDisplay.from_search(search).folds.rows
    array([2, 1, 0])
    """

    im_: Any
    colorbar_: Any

    def __init__(self, *, folds: Folds) -> None:
        self.folds = folds

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(folds=Folds.of(record))

    def plot(self, ax: Axes | None = None, *, im_kwargs: Style = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        im_kwargs : dict, optional
            For ``Axes.imshow``.
        """
        data = self.folds
        n, n_splits = data.scores.shape
        ax = self._begin(ax, (min(2.8 + 0.5 * n_splits, 9.0), min(max(1.6 + 0.22 * n, 2.6), 8.0)))
        look = styled({"aspect": "auto", "cmap": MAPPED, "interpolation": "nearest"}, im_kwargs)
        self.im_ = ax.imshow(np.ma.masked_invalid(data.scores), **look)
        rows, splits = np.nonzero(data.failed)
        if len(rows):
            ax.scatter(splits, rows, marker="x", s=20, color=RED, linewidths=1.2)
        set_labels(ax, range(n), [str(row) for row in data.rows], vertical=True)
        set_labels(ax, range(n_splits), [str(split) for split in range(n_splits)])
        left_out = f" ({data.n_left_out} more)" if data.n_left_out else ""
        ax.set(xlabel="split", ylabel=f"candidate, best first{left_out}")
        self.colorbar_ = draw_colorbar(self.figure_, self.im_, ax, escaped(data.metric))
        return self
