"""The sizes of data by which ranges are scaled."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..types import Samples, Target

_SHARE = 0.5
"""The part of the samples that a training split has at least: that of two folds."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of a training split, as far as they are known.

    Attributes
    ----------
    samples, features : int or None
    targets : int
        Columns of y.
    variance : float
        Of all numbers of X.
    target : float
        Standard deviation of y, where it is numbers to be predicted.
    balance : float
        The share of the rarer class among two, twice, for the most uneven pair.
    """

    samples: int | None = None
    features: int | None = None
    targets: int = 1
    variance: float = 1.0
    target: float = 1.0
    balance: float = 1.0

    @classmethod
    def of(cls, X: Samples | None, y: Target = None, *, classifies: bool = False) -> Sizes:
        """Measure data; what cannot be measured is unknown."""
        if X is None:
            return cls()
        shape = _shape(X)
        sizes = cls(
            samples=max(1, math.floor(_SHARE * shape[0])),
            features=int(shape[1]) if len(shape) == 2 else None,
            variance=_variance(X),
        )
        if y is None:
            return sizes
        labels: Any = np.asarray(y)
        sizes = replace(sizes, targets=labels.shape[1] if labels.ndim == 2 else 1)
        if classifies:
            return replace(sizes, balance=_balance(labels))
        return replace(sizes, target=_deviation(labels))

    def with_features(self, n: int | None, variance: float | None = None) -> Sizes:
        """Return the sizes of samples after a step, of which `n` features come out."""
        return replace(self, features=n, variance=self.variance if variance is None else variance)

    @property
    def both(self) -> int | None:
        """The most components that there can be."""
        if self.samples is None or self.features is None:
            return None
        return min(self.samples, self.features)

    @property
    def pairs(self) -> int | None:
        """The most components that samples and targets can have in common."""
        return None if self.both is None else min(self.both, self.targets)

    @property
    def gamma(self) -> float:
        """The width of kernels that scikit-learn calls "scale"."""
        return 1.0 / ((self.features or 10) * self.variance)

    @property
    def spread(self) -> float:
        """The standard deviation of X."""
        return math.sqrt(self.variance)

    @property
    def distance(self) -> float:
        """How far samples lie apart."""
        return math.sqrt(2.0 * (self.features or 10) * self.variance)

    @property
    def penalty(self) -> float:
        """The penalty of absolute coefficients with which about all of them are zero."""
        return self.spread * self.target

    @property
    def target_variance(self) -> float:
        """The variance of y."""
        return self.target**2


def _shape(X: Any) -> tuple[int, ...]:
    """Return the shape of an array, a frame, a matrix, or lists of numbers; of texts, how many."""
    if hasattr(X, "shape"):
        return tuple(X.shape)
    rows = {np.shape(row) for row in X}
    return (len(X), *rows.pop()) if len(rows) == 1 else (len(X),)


def _variance(X: Any) -> float:
    with suppress(TypeError, ValueError):
        if hasattr(X, "tocsr"):  # sparse
            squares = X.multiply(X).mean()
            return _positive(float(squares - X.mean() ** 2))
        numbers = np.asarray(X)
        if numbers.dtype.kind in "fiub":
            return _positive(float(np.nanvar(numbers.astype(float))))
    return 1.0


def _deviation(y: Any) -> float:
    with suppress(TypeError, ValueError):
        if y.dtype.kind in "fiu":
            return _positive(float(np.nanstd(y.astype(float), axis=0).mean()))
    return 1.0


def _balance(y: Any) -> float:
    with suppress(TypeError, ValueError):
        counts = np.sort(np.unique(y, return_counts=True)[1])
        if y.ndim == 1 and len(counts) > 1:
            return float(2.0 * counts[0] / (counts[0] + counts[-1]))
    return 1.0


def _positive(value: float) -> float:
    return value if math.isfinite(value) and value > 0 else 1.0
