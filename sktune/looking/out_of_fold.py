"""Errors on samples that were not fitted on: it shows what the winner takes for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..types import Array, Floats, Ints
from .display import MAPPED, Display, Style, blue, escaped, ink, styled
from .labels import set_labels
from .record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CLASSES = 20
"""Classes that are shown: of more, those with the most errors."""

_NOTHING = (
    "there are no out-of-fold predictions: a search with keep='best' has them, cv_results_ and "
    "checkpoints have not."
)


@dataclass(frozen=True, eq=False)
class OutOfFoldErrors:
    """The best candidate's predictions of samples that it was not fitted on, beside the truth.

    Attributes
    ----------
    labels : array of shape (n_classes,), or None
        The classes that are shown, of a classifier.
    counts : int array of shape (n_classes, n_classes)
        Of a classifier, samples by their class (rows) and what they were taken for.
    predicted, residuals : float array of shape (n_samples,)
        Of a regressor, predictions, and the truth less these.
    n_samples, n_right : int
        Samples that were predicted, and those of them that are right; of all classes.
    """

    labels: Array | None
    counts: Ints
    predicted: Floats
    residuals: Floats
    n_samples: int
    n_right: int

    @classmethod
    def of(cls, record: Record) -> OutOfFoldErrors:
        """Read a record.

        Raises
        ------
        ValueError
            Without out-of-fold predictions, or of several outputs.
        """
        told = record.out_of_fold
        if told is None:
            raise ValueError(_NOTHING)
        known = told.counts > 0
        predicted = getattr(told, "predict", None)
        if predicted is None or told.y is None:
            raise ValueError("without a target and predictions there are no errors.")
        y, predicted = np.asarray(told.y)[known], np.asarray(predicted)[known]
        if y.ndim > 1 or predicted.ndim > 1:
            raise ValueError(
                "errors of several outputs are no one figure: take them from out_of_fold_.predict."
            )
        none = np.empty(0)
        if told.classes is None:
            residuals = y.astype(float) - predicted.astype(float)
            return cls(None, np.empty((0, 0), int), predicted.astype(float), residuals, len(y), 0)
        labels = told.classes
        codes = [np.searchsorted(labels, one.astype(labels.dtype)) for one in (y, predicted)]
        counts = np.zeros((len(labels), len(labels)), dtype=int)
        np.add.at(counts, tuple(codes), 1)
        wrong = counts - np.diag(np.diag(counts))
        shown = np.argsort(-(wrong.sum(axis=0) + wrong.sum(axis=1)), kind="stable")[:MOST_CLASSES]
        shown.sort()
        right = int(np.trace(counts))
        return cls(labels[shown], counts[np.ix_(shown, shown)], none, none, len(y), right)


class OutOfFoldDisplay(Display):
    """The winner's errors: a confusion matrix, or residuals over predictions.

    Of predictions of samples that it was not fitted on (``keep="best"``). A cell of the matrix has
    the number of samples, and its colour is their share of the true class.

    Parameters
    ----------
    errors : OutOfFoldErrors
        What is drawn.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes and Figure
        Where it is drawn.
    im_ : matplotlib AxesImage, or None for a regressor
        The confusion matrix.
    points_ : matplotlib PathCollection, or None for a classifier
        The samples: what was predicted against what is.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.looking import OutOfFoldDisplay
    >>> search = GridSearch(SVC(), {"C": [1, 10]}, keep="best").fit(*load_iris(return_X_y=True))
    >>> OutOfFoldDisplay.from_search(search).errors.counts
    array([[50,  0,  0],
           [ 0, 48,  2],
           [ 0,  1, 49]])
    """

    im_: Any
    points_: Any

    def __init__(self, *, errors: OutOfFoldErrors) -> None:
        self.errors = errors

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(errors=OutOfFoldErrors.of(record))

    def plot(
        self, ax: Axes | None = None, *, im_kwargs: Style = None, points_kwargs: Style = None
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default a figure is made.
        im_kwargs, points_kwargs : dict, optional
            For ``Axes.imshow`` of a classifier, for ``Axes.scatter`` of a regressor.
        """
        data, self.im_, self.points_ = self.errors, None, None
        if data.labels is None:
            ax = self._begin(ax)
            many = len(data.predicted) > 400
            look = {"s": 10 if many else 16, "alpha": 0.6 if many else 0.7, "color": blue(ax)}
            look["linewidths"] = 0
            self.points_ = ax.scatter(data.predicted, data.residuals, **styled(look, points_kwargs))
            ax.axhline(0, color=ink(), linewidth=1, zorder=0)
            ax.set(xlabel="out-of-fold prediction", ylabel="truth less prediction")
            return self
        n = len(data.labels)
        side = min(max(2.4 + 0.45 * n, 3.4), 9.0)
        ax = self._begin(ax, (side + 1.0, side))
        of_class = np.maximum(data.counts.sum(axis=1, keepdims=True), 1)
        look = {"cmap": MAPPED, "vmin": 0.0, "vmax": 1.0, "interpolation": "nearest"}
        self.im_ = ax.imshow(data.counts / of_class, **styled(look, im_kwargs))
        for (i, j), count in np.ndenumerate(data.counts):
            if count:
                light = float(np.mean(self.im_.to_rgba(count / of_class[i, 0])[:3])) > 0.5
                ax.text(
                    j, i, str(count), ha="center", va="center", color="black" if light else "white",
                    fontsize="medium" if n <= 10 else "x-small",
                )  # fmt: skip
        texts = [escaped(str(label)) for label in data.labels]
        set_labels(ax, range(n), texts)
        set_labels(ax, range(n), texts, vertical=True)
        ax.set(xlabel="taken for", ylabel="class")
        self.figure_.colorbar(self.im_, ax=ax, label="share of the class")
        return self
