"""Votes of neighbours for classes, and means of their values."""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn.utils.extmath import weighted_mode

from .._sklearn import class_of
from .._sklearn.neighbors import query_tree, targets
from ..types import Array, Floats, Ints, Model, Samples
from .query import NEAR, Query, first, inverse


class _Votes:
    """Votes for classes, added up neighbour after neighbour as numbers of neighbours rise."""

    def __init__(self, labels: Array, weights: Array | None, n_classes: int) -> None:
        self.labels, self.weights, self.n_classes = labels, weights, n_classes
        self.k = 0
        self._rows = np.arange(len(labels))

    def of(self, k: int) -> Floats:
        """Return the votes of the first k: a new array."""
        if self.k == 0 or k < self.k:
            self.k, self._sums = 0, np.zeros((len(self.labels), self.n_classes))
        while self.k < k:
            label = self.labels[:, self.k]
            one = 1 if self.weights is None else self.weights[:, self.k]
            self._sums[self._rows, label] += one
            self.k += 1
        return self._sums.copy()


def _votes(query: Query, X: Samples, model: Model) -> tuple[Array, Array]:
    """Return the votes for classes, and the samples for which they may be others.

    In trees none are left open.
    """
    k, weighted, n_classes = (
        int(model.n_neighbors),
        model.weights == "distance",
        len(model.classes_),
    )
    weights = query.weights() if weighted else None
    sums = query.once(
        ("votes", weighted), lambda: _Votes(query.labels(model), weights, n_classes)
    ).of(k)
    rows = query.open_ended(k)
    if rows.size and query.is_tree:
        far, near = query_tree(model, X, rows, k)
        own = _Votes(targets(model)[near], inverse(far) if weighted else None, n_classes)
        sums[rows] = own.of(k)
        rows = rows[:0]
    return sums, rows


def _bounds(query: Query, model: Model, rows: Array) -> tuple[Array, Array]:
    """Return the fewest and the most votes that classes may have where not all voters are known."""
    k, n_classes = int(model.n_neighbors), len(model.classes_)
    far, labels = query.distances[rows], query.labels(model)[rows]
    edge = far[:, k - 1 : k]
    before, tied = far < edge, far == edge
    weights = query.weights()[rows] if model.weights == "distance" else np.ones_like(far)
    is_class = labels[:, :, None] == np.arange(n_classes)
    certain = np.sum(is_class * (weights * before)[:, :, None], axis=1)
    candidates = np.sum(is_class & tied[:, :, None], axis=1)
    places = k - before.sum(axis=1, keepdims=True)
    others = candidates.sum(axis=1, keepdims=True) - candidates
    # there may be more as far beyond the last that is known
    endless = tied[:, -1:] & (query.n_asked < model.n_samples_fit_)
    fewest = np.where(endless, 0, np.maximum(0, places - others))
    most = np.where(endless, places, np.minimum(candidates, places))
    one = weights[:, k - 1 : k]
    return certain + one * fewest, certain + one * most


def predict_proba(query: Query, model: Model, X: Samples) -> Array:
    """Return the shares of votes of a classifier, as its own method does."""
    if not query.ask(model, X):
        return class_of(model).predict_proba(model, X)
    votes, rows = _votes(query, X, model)
    if rows.size:
        fewest, most = _bounds(query, model, rows)
        if not np.array_equal(fewest, most):
            return class_of(model).predict_proba(model, X)
    votes /= votes.sum(axis=1)[:, np.newaxis]
    return votes


def predict_class(query: Query, model: Model, X: Samples) -> Array:
    """Return the classes that a classifier predicts, as its own method does."""
    if not query.ask(model, X):
        return class_of(model).predict(model, X)
    votes, rows = _votes(query, X, model)
    winners = np.argmax(votes, axis=1)
    if rows.size:
        fewest, most = _bounds(query, model, rows)
        least = np.take_along_axis(fewest, winners[rows, None], axis=1)
        is_open = (fewest != most).any(axis=1)
        np.put_along_axis(most, winners[rows, None], -1.0, axis=1)
        if (is_open & (least * (1 - NEAR) <= most).any(axis=1)).any():
            return class_of(model).predict(model, X)
    if model.weights == "distance" and votes.shape[1] > 1:
        close = _close(query, votes)
        if close.size:
            winners[close] = _weighted_mode(query, model, X, close)
    return model.classes_.take(winners)


def _close(query: Query, votes: Floats) -> Ints:
    """Samples where the order in which votes are added up may decide."""
    two = np.partition(votes, -2, axis=1)[:, -2:]
    # beside neighbours at no distance, which are counted, others have no vote
    is_sum = query.distances[:, 0] > 0
    return np.flatnonzero(is_sum & (two[:, 1] * (1 - NEAR) <= two[:, 0]))


def _weighted_mode(query: Query, model: Model, X: Samples, rows: Ints) -> Ints:
    """Return the winners among the classes as scikit-learn adds up their votes."""
    far, near = query.first(model, X, rows)
    mode, _ = weighted_mode(targets(model)[near], inverse(far), axis=1)
    return np.asarray(mode.ravel(), dtype=np.intp)


def predict_mean(query: Query, model: Model, X: Samples) -> Array:
    """Means of the values of the neighbours: sums of arrays laid out as scikit-learn's are."""
    if not query.ask(model, X):
        return class_of(model).predict(model, X)
    k, y = int(model.n_neighbors), targets(model)
    columns = y.reshape((-1, 1)) if y.ndim == 1 else y
    clear = query.is_clear(k)
    if clear:
        take, weigh = partial(_values, query, columns, k), partial(first, query.weights, k)
    else:
        far, near = query.first(model, X)
        take, weigh = partial(_values_of, columns, near), partial(inverse, far)
    if model.weights == "uniform":
        means = np.mean(take(None), axis=1)
    else:
        weights = weigh()
        total = np.sum(weights, axis=1)
        means = np.empty((len(weights), columns.shape[1]), dtype=np.float64)
        for j in range(columns.shape[1]):
            means[:, j] = np.sum(take(j) * weights, axis=1) / total
    return means.ravel() if y.ndim == 1 else means


def _values(query: Query, columns: Array, k: int, j: int | None) -> Array:
    if columns.shape[1] > 1 and j is None:
        # how the values are laid out depends on the targets
        return columns[np.array(query.neighbours[:, :k], order="C")]
    known = query.once(("values", j), lambda: _values_of(columns, query.neighbours, j))
    return np.array(known[:, :k], order="C")


def _values_of(columns: Array, neighbours: Array, j: int | None) -> Array:
    return columns[neighbours] if j is None else columns[neighbours, j]
