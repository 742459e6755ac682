"""One parameter: which values it takes, and where each lies between 0 and 1.

Every dimension maps the unit interval to values (`decode`) and back (`encode`). Equal parts
of the interval are equally likely, so a uniform draw is a draw from the dimension.
"""

from __future__ import annotations

import math
import numbers
from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from .identity import identity

Floats = npt.NDArray[np.float64]

_TAIL = 1e-4
"""What is cut off of a distribution that has no end there: its quantile is infinite."""


class Dimension(ABC):
    """Values of a parameter, on the unit interval."""

    n_values: int | None = None
    """How many values there are; None if they are uncountable."""

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Describes the dimension: equal for those with the same values in the same places."""

    @abstractmethod
    def decode(self, unit: float) -> Any:
        """Return the value at a place in [0, 1]."""

    @abstractmethod
    def encode(self, value: Any) -> float | None:
        """Return the place of a value, the middle of all that decode to it; None if it has none."""

    def snap(self, units: Floats) -> Floats:
        """Move places to the middle of all that decode to the same value.

        To the bit: what was snapped stays where it is, so that points can be compared.
        """
        return units

    def places(self) -> Floats:
        """Return where each value lies, in order.

        Raises
        ------
        TypeError
            If the values are uncountable.
        """
        raise TypeError(f"{self!r} has no end of values")

    def rvs(self, random_state: Any = None) -> Any:
        """Draw a value, as scikit-learn's samplers ask for it."""
        return self.decode(check_random_state(random_state).uniform())


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
        low, high = self.scaled_bounds
        value = (1 - unit) * low + unit * high  # no overflow where high - low would
        return min(max(math.exp(value) if self.log else value, self.low), self.high)

    def encode(self, value: Any) -> float | None:
        if not is_number(value) or not self.low <= value <= self.high:
            return None
        low, high = self.scaled_bounds
        scaled = math.log(value) if self.log else float(value)
        half = high / 2 - low / 2
        return min(max((scaled / 2 - low / 2) / half, 0.0), 1.0)

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

    def places(self) -> Floats:
        return self.snap(np.array([self.encode(v) for v in range(self.low, self.high + 1)]))

    def __repr__(self) -> str:
        return f"Integer({self.low}, {self.high}{', log=True' if self.log else ''})"


class Choices(Dimension):
    """Any objects; the very ones that were given come back.

    Parameters
    ----------
    values : sequence
        Those equal in type and value count once.
    weights : sequence of float, optional
        How likely each is drawn; equally, by default.

    Examples
    --------
    >>> dimension = Choices([None, (50, 50), "auto"])
    >>> dimension.decode(0.4), dimension.encode("auto"), dimension.encode("none")
    ((50, 50), 0.8333333333333333, None)
    """

    def __init__(self, values: Sequence[Any], weights: Sequence[float] | None = None) -> None:
        place: dict[Hashable, int] = {}
        self.values: list[Any] = []
        shares: list[float] = []
        for index, value in enumerate(values):
            share = 1.0 if weights is None else float(weights[index])
            k = place.setdefault(identity(value), len(place))
            if k == len(self.values):
                self.values.append(value)
                shares.append(share)
            elif weights is not None:
                shares[k] += share
        self.descriptions = tuple(place)
        self._edges = np.concatenate([[0.0], np.cumsum(shares) / sum(shares)])
        self._place = place

    @property
    def key(self) -> Hashable:
        return Choices, self.descriptions, tuple(self._edges)

    @property
    def n_values(self) -> int:  # type: ignore[override] # computed here, constant elsewhere
        return len(self.values)

    def places(self) -> Floats:
        return np.asarray((self._edges[:-1] + self._edges[1:]) / 2)

    def index(self, units: Floats) -> npt.NDArray[np.intp]:
        """Return which value is at each place."""
        inner = np.searchsorted(self._edges, units, side="right") - 1
        return np.clip(inner, 0, len(self.values) - 1)

    def decode(self, unit: float) -> Any:
        return self.values[int(self.index(np.float64(unit)))]  # type: ignore[arg-type] # 0-d

    def encode(self, value: Any) -> float | None:
        index = self._place.get(identity(value))
        if index is None and isinstance(value, str | numbers.Number):
            # 1.0 stands for 1, np.str_ for str, where there is nothing closer
            same = [k for k, v in enumerate(self.values) if type(v) in _PLAIN and v == value]
            index = same[0] if same else None
        return None if index is None else float(self.places()[index])

    def snap(self, units: Floats) -> Floats:
        return self.places()[self.index(units)]

    def __repr__(self) -> str:
        return f"Choices({self.values!r})"


_PLAIN = (int, float, str)


class Quantiles(Dimension):
    """What a frozen distribution of `scipy.stats` draws, by quantile.

    Parameters
    ----------
    distribution : frozen distribution
        With ``ppf`` and ``cdf``. An end of its support that is infinite is cut off at the
        quantile of 1e-4.

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
        self._first = 0.0 if math.isfinite(low) else _TAIL
        self._last = 1.0 if math.isfinite(high) else 1 - _TAIL
        self._support = low, high
        self.n_values = None
        if self.discrete and math.isfinite(low) and math.isfinite(high):
            self.n_values = int(high - low) + 1

    @property
    def key(self) -> Hashable:
        kind = getattr(self.distribution, "dist", None)
        if kind is None:
            return Quantiles, id(self.distribution)
        arguments = identity((self.distribution.args, self.distribution.kwds))
        return Quantiles, type(kind), kind.name, arguments

    @property
    def bounds(self) -> tuple[Any, Any]:
        """The least and the largest value."""
        return self.decode(0.0), self.decode(1.0)

    def decode(self, unit: float) -> float | int:
        place = min(max(float(unit), self._first), self._last)
        value = min(max(float(self.distribution.ppf(place)), self._support[0]), self._support[1])
        return int(value) if self.discrete else value

    def encode(self, value: Any) -> float | None:
        if not is_number(value) or not self._support[0] <= value <= self._support[1]:
            return None
        if self.discrete and value != int(value):
            return None
        return float(self._middle(np.float64(value)))

    def _middle(self, values: Any) -> Any:
        places = self.distribution.cdf(values)
        if self.discrete:
            places = (places + self.distribution.cdf(values - 1)) / 2
        return np.clip(places, self._first, self._last)

    def snap(self, units: Floats) -> Floats:
        units = np.clip(units, self._first, self._last)
        if not self.discrete:
            return units
        return np.asarray(self._middle(np.clip(self.distribution.ppf(units), *self._support)))

    def places(self) -> Floats:
        if self.n_values is None:
            return super().places()
        values = self._support[0] + np.arange(self.n_values)
        return self.snap(np.asarray(self._middle(values)))

    def __repr__(self) -> str:
        name = getattr(getattr(self.distribution, "dist", None), "name", "distribution")
        return f"Quantiles({name})"


def is_number(value: Any) -> bool:
    """Whether a value is a finite real number, and no bool."""
    kind: Any = type(value)
    if not issubclass(kind, numbers.Real) or kind in (bool, np.bool_):
        return False
    return math.isfinite(value)


def is_count(value: Any) -> bool:
    """Whether a value is a whole number of at least 1, and no bool."""
    kind: Any = type(value)
    return issubclass(kind, numbers.Integral) and kind is not bool and value >= 1
