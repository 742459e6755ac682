"""The neighbours of one set of samples, found once for all numbers of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from scipy import sparse

from .._sklearn import class_of, n_samples
from .._sklearn.neighbors import largest_radius, query_tree, targets
from ..types import Array, Floats, Ints, Model, Samples

NEAR = 1e-9
"""Distances in trees that differ by less, relatively, are taken for equal: bounds are rounded."""


MOST_NUMBERS = 2**24
"""Of neighbours that are kept: 128 MiB each of distances, neighbours, and what they vote."""


class Query:
    """The neighbours of one set of samples, one more than the largest number asked for.

    Attributes
    ----------
    distances, neighbours : ndarray of shape (n_queries, n_asked)
    equal : ndarray of bool, of shape (n_queries, n_asked - 1)
        Whether a neighbour is as far as the next.
    """

    def __init__(self, is_tree: bool, n_asked: int) -> None:
        self.is_tree, self.n_asked = is_tree, n_asked
        self.usable: bool | None = None
        self.made: dict[Any, Any] = {}

    def ask(self, model: Model, X: Samples | None) -> bool:
        """Find the neighbours, if not done; whether they can be made use of."""
        if X is None or (model.metric == "precomputed" and sparse.issparse(X)):
            return False
        if self.usable is None:
            if n_samples(X) * self.n_asked > MOST_NUMBERS:
                self.usable = False
                return False
            self.distances, self.neighbours = class_of(model).kneighbors(model, X, self.n_asked)
            self.usable = bool(np.isfinite(self.distances).all())
            if self.usable:
                self._compare(model)
        return self.usable

    def _compare(self, model: Model) -> None:
        far = self.distances
        slack: float | Array = 0.0
        if self.is_tree:
            slack = NEAR * (far[:, 1:] + largest_radius(model))
        self.equal = far[:, 1:] - far[:, :-1] <= slack
        n_before = np.argmax(self.equal, axis=1) if self.equal.shape[1] else np.zeros(len(far))
        self.n_clear = np.where(self.equal.any(axis=1), n_before, self.n_asked)

    def open_ended(self, k: int) -> Ints:
        """Return the samples of which the first k neighbours are not known for sure."""
        if k > self.equal.shape[1]:
            return np.empty(0, dtype=np.intp)
        return np.flatnonzero(self.equal[:, k - 1])

    def first(self, model: Model, X: Samples, rows: Ints | None = None) -> tuple[Array, Array]:
        """Return distances and numbers of the neighbours of a model, as its own query does."""
        k = int(model.n_neighbors)
        chosen = slice(None) if rows is None else rows
        unclear = np.flatnonzero(self.n_clear[chosen] < k)
        if unclear.size and not self.is_tree:
            far, near = class_of(model).kneighbors(model, X)
            return far[chosen], near[chosen]
        far = np.array(self.distances[chosen, :k], order="C")
        near = np.array(self.neighbours[chosen, :k], order="C")
        if unclear.size:
            asked = unclear if rows is None else rows[unclear]
            far[unclear], near[unclear] = query_tree(model, X, asked, k)
        return far, near

    def is_clear(self, k: int) -> bool:
        """Whether of no sample two of the first k, and the next, are equally far."""
        return bool((self.n_clear >= k).all())

    def once(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is made of the query once."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def weights(self) -> Floats:
        return self.once("weights", lambda: inverse(self.distances))

    def labels(self, model: Model) -> Array:
        return self.once("labels", lambda: targets(model)[self.neighbours])


def inverse(distances: Floats) -> Floats:
    """Weights by distance, as scikit-learn has them: those at no distance outweigh all."""
    with np.errstate(divide="ignore"):
        weights = 1.0 / distances
    infinite = np.isinf(weights)
    rows = infinite.any(axis=1)
    weights[rows] = infinite[rows]
    return weights


def first(weights: Callable[[], Floats], k: int) -> Floats:
    """Return the weights of the first k neighbours, in one piece."""
    return np.array(weights()[:, :k], order="C")
