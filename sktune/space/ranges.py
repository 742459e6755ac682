"""Numbers between two bounds."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from ..types import Floats
from .dimensions import Dimension, is_number

_FEW = 4096
"""Ranges of fewer floats are choices, of which none is proposed twice."""

_ROUNDING = 4
"""So many floats beyond a bound a value is still taken for the bound."""


def few_floats(low: float, high: float) -> list[float] | None:
    """Return all floats of a range if there are few, else None."""
    if high / 2 - low / 2 > _FEW * np.spacing(max(abs(low), abs(high))) / 2:
        return None
    found = [low]
    while found[-1] < high and len(found) <= _FEW:
        found.append(float(np.nextafter(found[-1], math.inf)))
    return found if len(found) <= _FEW else None


def within(value: Any, low: float, high: float) -> Any:
    """Return a value of a range; a bound, if it is beyond by no more than rounding; or None."""
    if low <= value <= high:
        return value
    slack = _ROUNDING * float(np.spacing(max(abs(low), abs(high))))
    return min(max(value, low), high) if low - slack <= value <= high + slack else None


class Real(Dimension):
    """Floats between two bounds.

    Parameters
    ----------
    low, high : float
        Both included; ``low < high``.
    log : bool, default=False
        Whether equal ratios rather than equal differences are equally likely.

    Examples
    --------
    >>> dimension = Real(0.01, 100.0, log=True)
    >>> round(dimension.decode(0.75), 6), round(dimension.encode(1.0), 6)
    (10.0, 0.5)
    """

    def __init__(self, low: float, high: float, log: bool = False) -> None:
        self.low, self.high, self.log = float(low), float(high), log

    @property
    def key(self) -> Hashable:
        return Real, self.low, self.high, self.log

    @property
    def scaled_bounds(self) -> tuple[float, float]:
        """The bounds on the scale on which draws are uniform."""
        return (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)

    def decode(self, unit: float) -> float:
        if unit in (0.0, 1.0):
            return self.high if unit else self.low  # exactly
        low, high = self.scaled_bounds
        value = (1 - unit) * low + unit * high  # no overflow where high - low would
        return min(max(math.exp(value) if self.log else value, self.low), self.high)

    def encode(self, value: Any) -> float | None:
        if not is_number(value) or (value := within(value, self.low, self.high)) is None:
            return None
        low, high = self.scaled_bounds
        scaled = math.log(value) if self.log else float(value)
        half = high / 2 - low / 2  # no overflow where high - low would
        return min(max((scaled / 2 - low / 2) / half, 0.0), 1.0) if half else 0.5

    def signs(self, units: Floats) -> Floats:
        if self.high / 2 - self.low / 2 > 1e10 * np.spacing(max(abs(self.low), abs(self.high))):
            return super().signs(units)
        return np.array(self.decode_all(units))  # so few floats that places decode to the same

    def __repr__(self) -> str:
        return f"Real({self.low!r}, {self.high!r}{', log=True' if self.log else ''})"


class Integer(Dimension):
    """Whole numbers between two bounds.

    Parameters
    ----------
    low, high : int
        Both included; ``low < high``.
    log : bool, default=False
        Whether equal ratios are equally likely. A number's share of the interval then
        reaches half a step to either side.

    Examples
    --------
    >>> dimension = Integer(1, 4)
    >>> [dimension.decode(unit) for unit in (0.0, 0.3, 1.0)], dimension.encode(2)
    ([1, 2, 4], 0.375)
    """

    def __init__(self, low: int, high: int, log: bool = False) -> None:
        self.low, self.high, self.log = int(low), int(high), log

    @property
    def key(self) -> Hashable:
        return Integer, self.low, self.high, self.log

    @property
    def n_values(self) -> int:  # type: ignore[override] # computed here, constant elsewhere
        return self.high - self.low + 1

    @property
    def scaled_bounds(self) -> tuple[float, float]:
        """The bounds of the outermost numbers' shares, on the uniform scale."""
        low, high = self.low - 0.5, self.high + 0.5
        return (math.log(low), math.log(high)) if self.log else (low, high)

    def decode(self, unit: float) -> int:
        if not self.log:
            return min(self.low + int(unit * self.n_values), self.high)
        low, high = self.scaled_bounds
        return min(max(round(math.exp(low + unit * (high - low))), self.low), self.high)

    def encode(self, value: Any) -> float | None:
        if not is_number(value) or value != int(value) or not self.low <= value <= self.high:
            return None
        if not self.log:
            return (int(value) - self.low + 0.5) / self.n_values
        low, high = self.scaled_bounds
        return (math.log(value) - low) / (high - low)

    def snap(self, units: Floats) -> Floats:
        n = self.n_values
        if not self.log:
            return np.asarray((np.minimum(np.floor(units * n), n - 1) + 0.5) / n)
        low, high = self.scaled_bounds
        values = np.clip(np.rint(np.exp(low + units * (high - low))), self.low, self.high)
        return np.asarray((np.log(values) - low) / (high - low))

    def signs(self, units: Floats) -> Floats:
        if not self.log:
            return np.asarray(np.floor(units * self.n_values))
        low, high = self.scaled_bounds
        return np.asarray(np.rint(np.exp(low + units * (high - low))))

    def places(self) -> Floats:
        return self.snap(np.array([self.encode(v) for v in range(self.low, self.high + 1)]))

    def __repr__(self) -> str:
        return f"Integer({self.low}, {self.high}{', log=True' if self.log else ''})"
