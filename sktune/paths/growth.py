"""Trees that are the same tree, though they were grown with other limits.

A tree that is grown with loose limits is also the tree of tighter ones, if these would not have
changed anything: neither what was split, nor which nodes were tried in vain (these draw random
numbers), nor how sums were rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.utils import check_array

from ..space.dimensions import is_count, is_number
from ..types import Array, Floats, Ints, Model, Samples
from .family import Fit

_EPSILON = np.finfo(np.float64).eps
"""A node of at most this impurity is not split."""


MOST = 2**31 - 1
"""The largest number of anything that trees count."""

_WHOLE = 2.0**53
"""Sums of whole numbers below this are exact."""


@dataclass(frozen=True, slots=True)
class GrowthLimits:
    """The limits to which a tree may grow: depth, samples of a node to split, samples of a leaf."""

    depth: float
    split: int
    leaf: int


def has_counts(estimator: Model) -> bool:
    """Whether the smallest node and leaf are given as counts, and not as fractions."""
    split, leaf = estimator.min_samples_split, estimator.min_samples_leaf
    return is_count(split, 2, MOST) and is_count(leaf, most=MOST)


def growth_params(estimator: Model) -> tuple[str, ...]:
    """Return the parameters of growth and pruning that may differ, of a tree or a forest."""
    alpha = estimator.ccp_alpha
    if not (estimator.max_depth is None or is_count(estimator.max_depth, most=MOST)):
        return ()
    if not is_number(alpha, 0) or not isinstance(estimator.criterion, str):
        return ()
    counts = ("min_samples_split", "min_samples_leaf") if has_counts(estimator) else ()
    return ("max_depth", "ccp_alpha", *counts)


def limits_of(estimator: Model) -> GrowthLimits:
    """Return the limits of a tree or a forest; fractions do not differ, and count as none."""
    depth = inf if estimator.max_depth is None else float(estimator.max_depth)
    if not has_counts(estimator):
        return GrowthLimits(depth, 2, 1)
    leaf = int(estimator.min_samples_leaf)
    return GrowthLimits(depth, max(int(estimator.min_samples_split), 2 * leaf), leaf)


class Growth:
    """A grown tree, which tells other limits that give the same tree.

    Takes scikit-learn's tree, the limits with which it was grown, and whether the best leaf was
    split first, and not the leftmost.
    """

    def __init__(self, tree: Any, limits: GrowthLimits, best_first: bool) -> None:
        sizes, depths = tree.n_node_samples, tree.compute_node_depths() - 1
        inner = tree.children_left >= 0
        tried = ~inner & ~(tree.impurity <= _EPSILON)
        tried &= (depths < limits.depth) & (sizes >= limits.split)
        self._limits, self._best_first = limits, best_first
        self._depth = int(tree.max_depth)
        self._smallest_split = sizes[inner].min(initial=np.iinfo(sizes.dtype).max)
        self._smallest_leaf = sizes[~inner].min() if len(sizes) > 1 else inf
        self._last_split = int(np.flatnonzero(inner).max(initial=-1))
        # leaves that may have been tried; which are not told from those that were
        self._vain = np.flatnonzero(tried)
        self._vain_sizes, self._vain_depths = sizes[tried], depths[tried]

    def same(self, other: GrowthLimits, is_exact: Callable[[int], bool]) -> bool:
        """Whether other limits give the same tree.

        `is_exact` tells whether sums are rounded alike with leaves of at least a number of samples.
        """
        own = self._limits
        if other.split < own.split or other.leaf < own.leaf:
            return False
        if other.depth > own.depth and self._depth >= own.depth:
            return False
        if self._depth > other.depth or self._smallest_split < other.split:
            return False
        kept = (self._vain_depths < other.depth) & (self._vain_sizes >= other.split)
        if not kept.all():
            if self._best_first:
                return False
            # what was tried in vain has drawn random numbers, for all that were tried later
            last = self._vain[kept].max(initial=self._last_split)
            if self._vain[~kept].min() < last:
                return False
        if other.leaf == own.leaf:
            return True
        # a leaf tried in vain may have been refused the best split only
        return not kept.any() and self._smallest_leaf >= other.leaf and is_exact(other.leaf)


def sums_are_exact(fit: Fit, total: float, splitter: str) -> bool:
    """Whether splits that are not looked at leave how sums are rounded as it is.

    The fit is of a tree or a forest, the total the sum of the weights of all samples, and the
    splitter that of the trees.
    """
    if fit.model.criterion == "absolute_error":
        return False
    if "has_missing" not in fit.memory:
        fit.memory["has_missing"] = _has_missing(fit.X)
        fit.memory["largest"] = _largest_whole(fit)
    if fit.memory["has_missing"]:
        return False
    # a random split is summed up by itself, from the first sample
    return splitter == "random" or fit.memory["largest"] * max(total, 1) < _WHOLE


def _as_floats(X: Samples) -> Any:
    """Return samples as trees see them."""
    return check_array(X, dtype=np.float32, accept_sparse="csr", ensure_all_finite=False)


def _has_missing(X: Samples) -> bool:
    values = _as_floats(X)
    return bool(np.isnan(values.data if hasattr(values, "indptr") else values).any())


def _largest_whole(fit: Fit) -> float:
    """Return the largest value that is summed up, if all are whole numbers; or infinity."""
    weights = _weights(fit)
    if getattr(fit.model, "class_weight", None) is not None:
        return inf
    if weights is not None and not (np.all(weights == np.floor(weights)) and weights.min() >= 0):
        return inf
    if is_classifier(fit.model):
        return 1.0
    y = np.asarray(fit.y, dtype=np.float64)
    return float(np.abs(y).max(initial=0)) if np.all(y == np.floor(y)) else inf


def _weights(fit: Fit) -> Floats | None:
    weights = fit.params.get("sample_weight")
    return None if weights is None else np.asarray(weights, dtype=np.float64)


def largest_leaf_summed_alike(fit: Fit) -> int:
    """Return up to which smallest leaf a tree's sums are added up in the same order.

    Samples are moved from the right to the left of a split one by one, or, if the split to look
    at next is nearer to the right end, from that end. The first split that is looked at depends
    on the smallest leaf. As long as that one is in the left half, whatever came before was
    added up from the left, too.
    """
    tree, X = fit.model.tree_, _as_floats(fit.X)
    if sparse.issparse(X) or fit.model.max_leaf_nodes is not None:
        return 0
    leaves = tree.apply(X)
    order = np.argsort(leaves, kind="stable")
    leaves = leaves[order]
    ends = _ends_of_subtrees(tree)
    largest = len(X)
    for node in np.flatnonzero(tree.children_left >= 0):
        first, last = np.searchsorted(leaves, (node, ends[node]))
        inside = np.sort(X[order[first:last]], axis=0)
        if len(inside) != tree.n_node_samples[node]:  # some have no weight
            return 0
        largest = min(largest, _last_in_left_half(inside))
    return largest


def _ends_of_subtrees(tree: Any) -> Ints:
    """Return for each node the first that is no descendant, of those that were numbered later."""
    ends = np.arange(1, tree.node_count + 1)
    for node in range(tree.node_count - 1, -1, -1):
        if tree.children_right[node] >= 0:
            ends[node] = ends[tree.children_right[node]]
    return ends


def _last_in_left_half(columns: Array) -> int:
    """Return the last place of a split in the left half, in the column where it is least.

    Columns that are not split in the right half do not count.
    """
    n, middle = len(columns), len(columns) // 2
    steps = np.diff(columns.astype(np.float64), axis=0)
    # step i is the split at i + 1; tiny steps are none for scikit-learn, so neither counts
    right = (steps[middle:] > 0).any(axis=0)
    places = np.arange(1, n)[:, None] * (steps > 1e-6)
    return int(places[:middle].max(axis=0, initial=0)[right].min(initial=n))
