"""The row of a table of ranges, and ranges that depend on the sizes of the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from .sizes import Sizes

LOG = "log-uniform"

PROBST = "Probst et al. 2019"
VAN_RIJN = "van Rijn & Hutter 2018"
GRINSZTAJN = "Grinsztajn et al. 2022"
BERGSTRA = "Bergstra & Bengio 2012"
AROUND = "around the default"
ALL = "all that there are"

SOURCES = {
    PROBST: "Tunability: importance of hyperparameters of machine learning algorithms. JMLR 20(53)",
    VAN_RIJN: "Hyperparameter importance across datasets. KDD 2018",
    GRINSZTAJN: "Why do tree-based models still outperform deep learning on tabular data? "
    "NeurIPS 2022",
    BERGSTRA: "Random search for hyper-parameter optimization. JMLR 13",
    AROUND: "one to three orders of magnitude around the library's own default",
    ALL: "the values that the estimator knows, without those that only cost time",
}
"""Where the ranges come from. Upper ends are lower where fits would take long."""

_FEW = 4
"""By how much more than the least is tried where neither the data nor the estimator tell."""

Given = tuple[Any, ...] | list[Any]
"""A range or choices, as they are written in a space."""


class Scaled(Protocol):
    """Values that depend on the data."""

    def at(self, sizes: Sizes, own: Any) -> Given | None:
        """Return what to try, given the estimator's own value; None if nothing can be said."""


@dataclass(frozen=True)
class Upto:
    """Whole numbers from `low` to `high`, but no more than a share of what the data have.

    Where that is not known, no more than the estimator's own value if `strict`, which is right if
    it is; without one it is `otherwise`, or few.
    """

    low: int
    high: int
    of: Literal["samples", "features", "both", "pairs"]
    log: bool = False
    share: float = 1.0
    strict: bool = False
    otherwise: Given | None = None

    def at(self, sizes: Sizes, own: Any) -> Given | None:
        most = getattr(sizes, self.of)
        if most is None and self.strict:
            if type(own) is not int and self.otherwise is not None:
                return self.otherwise
            most = (own if type(own) is int else self.low + _FEW) / self.share
        high = self.high if most is None else min(self.high, math.floor(self.share * most))
        if high <= self.low:
            return [self.low] if high == self.low else None
        return (self.low, high, LOG) if self.log else (self.low, high)


@dataclass(frozen=True)
class Times:
    """A range of multiples of what is usual for the data, 1 where that is not known."""

    low: float
    high: float
    unit: Literal["gamma", "spread", "penalty", "target", "target_variance", "distance", "variance"]

    def at(self, sizes: Sizes, own: Any) -> Given | None:
        unit = getattr(sizes, self.unit)
        return (rounded(self.low * unit), rounded(self.high * unit), LOG)


@dataclass(frozen=True)
class Share:
    """A share of the features: one of them at least, and from few up where there are many."""

    low: float = 0.1
    high: float = 1.0

    def at(self, sizes: Sizes, own: Any) -> Given | None:
        features = sizes.features
        if features is None:
            return (max(self.low, 0.5), self.high) if self.high < 1 else (self.low, self.high)
        if features < 2:
            return None
        low = math.ceil(100 / features) / 100 if features < 1 / self.low else self.low
        if features > 50:
            return (rounded(min(low, 0.5 / math.sqrt(features))), self.high, LOG)
        return (low, self.high) if low < self.high else None


@dataclass(frozen=True)
class Nu:
    """The share of support vectors, which rare classes bound."""

    low: float
    high: float

    def at(self, sizes: Sizes, own: Any) -> Given | None:
        high = min(self.high, 0.9 * sizes.balance)
        return (self.low, rounded(high)) if high > self.low else None


@dataclass(frozen=True)
class Row:
    """The values of a parameter that are tried.

    Attributes
    ----------
    values : tuple, list or Scaled
        As in a space, or depending on the data.
    source : str
        One of `SOURCES`.
    means : mapping
        What of the values an estimator's own one comes to that is not among them: ``{None: 6}``.
    when : mapping of str to tuple
        Own values of other parameters with which alone this one is tried.
    """

    values: Given | Scaled
    source: str
    means: Mapping[Any, Any] = field(default_factory=dict)
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


Branch = dict[str, Row]
Table = dict[str, list[Branch]]
"""For names of classes, separated by blanks, the dicts of their space."""

Good = dict[str, list[dict[str, float]]]
"""Likewise, values that were good on many data sets, the best first."""


def rounded(value: float) -> float:
    """Return a number with three digits, so that it reads well in code."""
    return float(f"{value:.3g}")
