"""Distributions as dimensions, by their quantiles."""

from __future__ import annotations

import math
from collections.abc import Hashable
from functools import cached_property
from typing import Any

import numpy as np

from ..types import Floats
from .dimensions import LEAST_SHARE, Dimension, is_number
from .identity import identity
from .ranges import within

_TAIL = 1e-4
"""The share that is cut off of a distribution that has no end there: its quantile is infinite."""

_SLACK = 1e-3
"""By how much sums of probabilities may differ."""

_MOST_SUMMED = 2**20
"""Values whose probabilities are summed up where a distribution gives no quantiles."""

_PROBED = 64

_STOCK = ("scipy.stats._continuous_distns", "scipy.stats._discrete_distns")
"""The modules of scipy's own distributions, which their names describe."""


class Newer:
    """A distribution of scipy's newer kind, which is asked for as the older ones are.

    Parameters
    ----------
    given : object
        Such as those of the classes that `scipy.stats.make_distribution` makes.
    """

    def __init__(self, given: Any) -> None:
        self.ppf, self.cdf, self.support = given.icdf, given.cdf, given.support
        if any("Discrete" in kind.__name__ for kind in type(given).__mro__):
            self.pmf = given.pmf

    @staticmethod
    def takes(given: object) -> bool:
        """Whether an object is one of these."""
        names = "icdf", "cdf", "support", "sample"
        return not isinstance(given, type) and all(hasattr(given, name) for name in names)


class Quantiles(Dimension):
    """The values of a frozen distribution of `scipy.stats`, by quantile.

    Parameters
    ----------
    distribution : frozen distribution
        With ``ppf``, ``cdf`` and ``support``. What lies beyond the quantiles of 1e-4, where
        the support has no end, or of 1e-6, where values are discrete, is cut off.

    Raises
    ------
    ValueError
        If there is nothing finite that it draws.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> Quantiles(norm(5, 1)).decode(0.5)
    5.0
    """

    def __init__(self, distribution: Any) -> None:
        self.distribution = distribution
        self.discrete = hasattr(distribution, "pmf")
        low, high = (float(end) for end in distribution.support())
        tail = LEAST_SHARE if self.discrete else 0.0
        self._first = max(tail, 0.0 if math.isfinite(low) else _TAIL)
        self._last = 1 - max(tail, 0.0 if math.isfinite(high) else _TAIL)
        self.low = max(low, float(distribution.ppf(self._first)))
        self.high = min(high, float(distribution.ppf(self._last)))
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"its values reach from {self.low} to {self.high}")
        self.n_values = round(self.high - self.low) + 1 if self.discrete else None
        if self.discrete:
            self._check_sums_up()
            self._ppf(np.linspace(self._first, self._last, _PROBED))  # some have none

    @property
    def key(self) -> Hashable:
        kind: Any = getattr(self.distribution, "dist", None)
        if type(kind).__module__ not in _STOCK:
            return Quantiles, id(self.distribution)
        arguments = identity((self.distribution.args, self.distribution.kwds))
        return Quantiles, kind.name, arguments

    def decode(self, unit: float) -> float | int:
        return self.decode_all(np.array([unit]))[0]

    def decode_all(self, units: Floats) -> list[float | int]:
        places = np.clip(units, self._first, self._last)
        values = np.clip(self._ppf(places), self.low, self.high).tolist()
        return [int(v) if self.discrete and v == int(v) else v for v in values]

    def _check_sums_up(self) -> None:
        """Raise if probabilities, one by one, are others than summed up: a user's class."""
        before, at, up_to = (
            float(of(value))
            for of, value in (
                (self.distribution.cdf, self.high - 1),
                (self.distribution.pmf, self.high),
                (self.distribution.cdf, self.high),
            )
        )
        if abs(before + at - up_to) > _SLACK:
            raise ValueError(
                f"its cdf is {before:g} at {self.high - 1:g} and {up_to:g} at {self.high:g}, where "
                f"its pmf is {at:g} (a _pmf must return an array as long as what it is given)"
            )

    def _ppf(self, places: Floats) -> Floats:
        """Return quantiles; those of long tails are looked up where scipy does not find them."""
        try:
            return np.asarray(self.distribution.ppf(places))
        except RuntimeError:
            if self.n_values is None or self.n_values > _MOST_SUMMED:
                raise
            return np.asarray(self.low + np.searchsorted(self._summed[:-1], places))

    @cached_property
    def _summed(self) -> Floats:
        """The probabilities up to each value."""
        values = np.arange(self.low, self.high + 1)
        before = self.distribution.cdf(self.low - 1)
        return np.asarray(before + np.cumsum(self.distribution.pmf(values)))

    def encode(self, value: Any) -> float | None:
        if not is_number(value) or (value := within(value, self.low, self.high)) is None:
            return None
        if self.discrete and not self.distribution.pmf(value) > 0:
            return None
        return float(self._middle(np.float64(value)))

    def encode_all(self, values: Floats) -> Floats:
        """Return the places of numbers within the bounds."""
        return np.asarray(self._middle(values))

    def _middle(self, values: Any) -> Any:
        places = self.distribution.cdf(values)
        if self.discrete:
            places = (places + self.distribution.cdf(values - 1)) / 2
        return np.clip(places, self._first, self._last)

    def snap(self, units: Floats) -> Floats:
        units = np.clip(units, self._first, self._last)
        if not self.discrete:
            return units
        return np.asarray(self._middle(np.clip(self._ppf(units), self.low, self.high)))

    def places(self) -> Floats:
        if self.n_values is None:
            return super().places()
        return self.snap(np.asarray(self._middle(self.low + np.arange(self.n_values))))

    def __repr__(self) -> str:
        name = getattr(getattr(self.distribution, "dist", None), "name", "distribution")
        return f"Quantiles({name})"
