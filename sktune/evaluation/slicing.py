"""The samples of a split, sliced once where that is cheaper than slicing again.

Slicing as scikit-learn does takes a quarter of a millisecond, which is much beside a tiny fit. Here
the slices of small arrays are kept, and every task gets a copy, which it may write into. Large
arrays, frames, sparse matrices and lists are sliced each time: there a second copy is what hurts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from math import inf
from typing import Any

import numpy as np
from sklearn.utils import get_tags

from .. import _sklearn
from ..early_stopping import HeldOut
from ..problem import Problem, Split
from ..types import Array, Model, Samples, Target

MOST_BYTES = 2**24
"""Memory that all kept slices together may take: 16 MiB."""


@dataclass(frozen=True, slots=True, eq=False)
class SplitData:
    """The slices of a problem that one task uses, and may change; y may be None.

    The parameters are those of the fit, and of the scorer on either set. With early stopping there
    are validation samples too.
    """

    X_train: Samples
    y_train: Target
    X_test: Samples
    y_test: Target
    fit_params: dict[str, Any]
    train_params: dict[str, Any]
    test_params: dict[str, Any]
    held_out: HeldOut | None = None

    def copy(self, shared: Collection[int]) -> SplitData:
        """Copy every array, but for those whose ids are in `shared`."""
        return SplitData(*[_copy(getattr(self, field.name), shared) for field in fields(self)])


class Slicer:
    """Gives tasks their data; what slices are kept takes no more than a number of bytes.

    Attributes
    ----------
    keeps : bool
        Whether slices are kept.
    """

    def __init__(self, problem: Problem, most_bytes: int = MOST_BYTES) -> None:
        self._problem = problem
        self._kept: dict[tuple[int, bool], SplitData] = {}
        params = [*problem.fit_params.values(), *problem.score_params.values()]
        # what is not sliced is the user's own object in every fit, as in scikit-learn
        self._whole = frozenset(map(id, params))
        sizes = list(map(_n_bytes, (problem.X, problem.y, *params)))
        n_splits = max(1, len(problem.splits))  # none in a worker: it gets one split at a time
        self.keeps = sum(sizes) * n_splits <= most_bytes

    def take(self, estimator: Model, split: int, rows: Split) -> SplitData:
        """Give a task slices of its own; the estimator's parameters may make it pairwise."""
        if not self.keeps:
            return self._slice(estimator, rows)
        key = split, get_tags(estimator).input_tags.pairwise
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._slice(estimator, rows)
        return kept.copy(self._whole)

    def _slice(self, estimator: Model, rows: Split) -> SplitData:
        problem = self._problem
        X, y = problem.X, problem.y
        train, test, *validation = _sklearn.split_indices(X, *rows)
        X_train, y_train = _sklearn.slice_xy(estimator, X, y, train)
        X_test, y_test = _sklearn.slice_xy(estimator, X, y, test, train)
        return SplitData(
            X_train,
            y_train,
            X_test,
            y_test,
            fit_params=_params(problem.fit_params, X, train),
            train_params=_params(problem.score_params, X, train),
            test_params=_params(problem.score_params, X, test),
            held_out=_held_out(problem, estimator, train, *validation) if validation else None,
        )


def _held_out(problem: Problem, estimator: Model, train: Array, rows: Array) -> HeldOut:
    """Slice validation samples."""
    X, y = _sklearn.slice_xy(estimator, problem.X, problem.y, rows, train)
    return HeldOut(X, y, _params(problem.fit_params, problem.X, rows))


def _params(params: Mapping[str, Any], X: Samples, rows: Array) -> dict[str, Any]:
    return _sklearn.slice_params(X, params, rows) if params else {}


def _n_bytes(value: object) -> float:
    """Size of what `_copy` can copy exactly; without bound for anything else."""
    if value is None:
        return 0
    return value.nbytes if type(value) is np.ndarray and not value.dtype.hasobject else inf


def _copy(value: Any, shared: Collection[int]) -> Any:
    """Copy an array with its memory layout, on which the last bit of a sum may depend."""
    if id(value) in shared:
        return value
    if type(value) is dict:
        return {name: _copy(item, shared) for name, item in value.items()}
    if type(value) is HeldOut:
        return HeldOut(*[_copy(getattr(value, field.name), shared) for field in fields(value)])
    return value.copy(order="K") if type(value) is np.ndarray else value
