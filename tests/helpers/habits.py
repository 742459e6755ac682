"""Estimators with the habits of users' own code: they draw, write, remember and count."""

from __future__ import annotations

import ctypes
import functools
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.neighbors import KernelDensity
from sklearn.utils import check_random_state, resample

Habit = Callable[[Any, Any, Any], Any]
"""Called with an estimator, X and y; returns what is added to the first feature, or None."""


class Lasting:
    """What lasts from one fit to the next; `begin_anew` brings it to where it was."""

    generator = np.random.default_rng(0)
    count = 0
    known: ClassVar[dict[Any, Any]] = {}


BOUND = {"method": Lasting.generator.normal}


def begin_anew() -> None:
    """Set everything that lasts to where a process begins with it."""
    np.random.seed(0)  # noqa: NPY002 - it is the global source that matters
    random.seed(0)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(0)
    Lasting.generator = np.random.default_rng(0)
    BOUND["method"] = Lasting.generator.normal
    Lasting.count = 0
    Lasting.known.clear()


def unprotected(array: Any) -> Any:
    """Return an array in the same memory that may be written into, as torch makes a tensor."""
    size = sum(step * (n - 1) for n, step in zip(array.shape, array.strides, strict=True))
    memory = (ctypes.c_char * (size + array.itemsize)).from_address(array.ctypes.data)
    return np.ndarray(array.shape, array.dtype, memory, 0, array.strides)


# --- that draw -------------------------------------------------------------------------


def draws_from_numpy(self: Any, X: Any, y: Any) -> Any:
    return np.random.normal(size=len(X))  # noqa: NPY002 - it is the global source that matters


def draws_from_python(self: Any, X: Any, y: Any) -> Any:
    return random.random()


def draws_by_scikit_learn(self: Any, X: Any, y: Any) -> Any:
    return check_random_state(None).normal(size=len(X)) + resample(range(len(X)))


def draws_by_a_method_of_pandas(self: Any, X: Any, y: Any) -> Any:
    return pd.Series(range(len(X))).sample(frac=1).to_numpy() / len(X)


def draws_by_a_method_of_scipy(self: Any, X: Any, y: Any) -> Any:
    return stats.norm(0, 1).rvs(size=len(X))


def draws_by_a_method_of_scikit_learn(self: Any, X: Any, y: Any) -> Any:
    return KernelDensity().fit([[0.0]]).sample(len(X)).ravel()


def draws_by_a_method_of_python(self: Any, X: Any, y: Any) -> Any:
    return np.array(statistics.NormalDist(0, 1).samples(len(X)))


def draws_from_what_lasts(self: Any, X: Any, y: Any) -> Any:
    return Lasting.generator.normal(size=len(X))


def draws_by_a_bound_method(self: Any, X: Any, y: Any) -> Any:
    return BOUND["method"](size=len(X))


def draws_from_torch(self: Any, X: Any, y: Any) -> Any:
    import torch

    return torch.randn(len(X)).numpy()


def draws_from_its_own(self: Any, X: Any, y: Any) -> Any:
    if not hasattr(self, "own_"):
        self.own_ = np.random.RandomState(3)
    return self.own_.normal(size=len(X))


# --- that write ------------------------------------------------------------------------


def writes(self: Any, X: Any, y: Any) -> None:
    X *= 1.5


def writes_all_the_same(self: Any, X: Any, y: Any) -> None:
    unprotected(X)[:] *= 1.5


def writes_by_torch(self: Any, X: Any, y: Any) -> None:
    import torch

    torch.from_numpy(X).mul_(1.5)


def writes_into_its_targets(self: Any, X: Any, y: Any) -> None:
    if y is not None:
        unprotected(y)[:5] = y[0]


# --- that remember ---------------------------------------------------------------------


def counts(self: Any, X: Any, y: Any) -> Any:
    Lasting.count += 1
    return Lasting.count / 10


def keeps_the_first_that_comes(self: Any, X: Any, y: Any) -> Any:
    return Lasting.known.setdefault("mean", np.mean(X))


def remembers_by_shape(self: Any, X: Any, y: Any) -> Any:
    if X.shape not in Lasting.known:
        Lasting.known[X.shape] = np.mean(X)
    return Lasting.known[X.shape]


@functools.lru_cache
def worked_out(n: int) -> Any:
    return np.arange(n) / n


def caches(self: Any, X: Any, y: Any) -> Any:
    return worked_out(len(X))


def keeps_its_data(self: Any, X: Any, y: Any) -> Any:
    if not hasattr(self, "data_"):
        self.data_ = X
    unprotected(self.data_)[:] += 0.1
    return self.data_.mean()


DRAWING: list[Habit] = [
    draws_from_numpy, draws_from_python, draws_by_scikit_learn, draws_by_a_method_of_pandas,
    draws_by_a_method_of_scipy, draws_by_a_method_of_scikit_learn, draws_by_a_method_of_python,
    draws_from_what_lasts, draws_by_a_bound_method,
]  # fmt: skip
REMEMBERING: list[Habit] = [counts, keeps_the_first_that_comes, remembers_by_shape]
LEAVING_NO_TRACE: list[Habit] = [
    writes, writes_all_the_same, writes_into_its_targets, caches, keeps_its_data,
    draws_from_its_own,
]  # fmt: skip
BY_TORCH: list[Habit] = [draws_from_torch, writes_by_torch]


def _moved(habits: Sequence[Habit], self: Any, X: Any, y: Any) -> Any:
    """Return X after all habits have had their way with it."""
    for habit in habits:
        if (shift := habit(self, X, y)) is not None:
            X = X + np.reshape(np.broadcast_to(shift, len(X)), (-1, 1)) * (
                [1.0] + [0.0] * (X.shape[1] - 1)
            )
    return X


def _name(parts: Sequence[Any]) -> str:
    return "_".join(getattr(part, "__name__", part) for part in parts)


def transformer(in_fit: Sequence[Habit], in_transform: Sequence[Habit], *, reuses: bool) -> Any:
    """Make a transformer; `reuses` one buffer for all that it gives, if told so."""

    class Transformer(TransformerMixin, BaseEstimator):
        def __init__(self, scale: float = 1.0, random_state: Any = None) -> None:
            self.scale = scale
            self.random_state = random_state

        def fit(self, X: Any, y: Any = None) -> Any:
            self.mean_ = _moved(in_fit, self, X, y).mean(axis=0)
            return self

        def transform(self, X: Any) -> Any:
            result = (_moved(in_transform, self, X, None) - self.mean_) * self.scale
            if not reuses:
                return result
            if not hasattr(self, "buffer_"):
                self.buffer_ = np.zeros((1000, X.shape[1]))
            self.buffer_[: len(X)] = result
            return self.buffer_[: len(X)]

    Transformer.__name__ = _name([*in_fit, "then", *in_transform, "reuses" * reuses])
    return Transformer


def classifier(in_fit: Sequence[Habit], in_predict: Sequence[Habit]) -> Any:
    """Make a classifier."""

    class Classifier(ClassifierMixin, BaseEstimator):
        def __init__(self, quantile: float = 0.5, random_state: Any = None) -> None:
            self.quantile = quantile
            self.random_state = random_state

        def fit(self, X: Any, y: Any) -> Any:
            self.classes_ = np.unique(y)
            moved = _moved(in_fit, self, X, y)
            self.threshold_ = np.quantile(moved.sum(axis=1), self.quantile) + y.mean()
            return self

        def predict_proba(self, X: Any) -> Any:
            above = _moved(in_predict, self, X, None).sum(axis=1) - self.threshold_
            share = 1 / (1 + np.exp(-np.clip(above, -30, 30)))
            return np.column_stack([1 - share, share])

        def predict(self, X: Any) -> Any:
            return self.classes_[self.predict_proba(X).argmax(axis=1)]

    Classifier.__name__ = _name([*in_fit, "then", *in_predict])
    return Classifier
