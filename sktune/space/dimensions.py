"""One parameter: which values it takes, and where each lies between 0 and 1.

Every dimension maps the unit interval to values (`decode`) and back (`encode`). Equal parts
of the interval are equally likely, so a uniform draw is a draw from the dimension.
"""

from __future__ import annotations

import math
import numbers
from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from ..types import Floats, Seed

LEAST_SHARE = 1e-6
"""Of the unit interval, that a value has: it must be found there, and told from others."""


class Dimension(ABC):
    """Values of a parameter, on the unit interval."""

    n_values: int | None = None
    """Number of values; None if they are uncountable."""

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """Describes the dimension: equal for those with the same values in the same places."""

    @abstractmethod
    def decode(self, unit: float) -> Any:
        """Return the value at a place in [0, 1]."""

    def decode_all(self, units: Floats) -> list[Any]:
        """Return the values at several places."""
        return [self.decode(float(unit)) for unit in units]

    @abstractmethod
    def encode(self, value: object) -> float | None:
        """Return the place of a value, the middle of all that decode to it; None if it has none."""

    def snap(self, units: Floats) -> Floats:
        """Move places to the middle of all that decode to the same value.

        To the bit: what was snapped stays where it is, so that points can be compared.
        """
        return units

    def signs(self, units: Floats) -> Floats:
        """Return numbers that are equal where places decode to the same.

        Rounded, because what comes from an earlier search was encoded from its value.
        """
        return units.round(10)

    def places(self) -> Floats:
        """Return where each value lies, in order.

        Raises
        ------
        TypeError
            If the values are uncountable.
        """
        raise TypeError(f"{self!r} has no end of values")

    def rvs(self, random_state: Seed = None) -> Any:
        """Draw a value, as scikit-learn's samplers ask for it."""
        return self.decode(check_random_state(random_state).uniform())


def is_distribution(values: object) -> bool:
    """Whether a parameter is drawn (``rvs``) rather than chosen from a sequence."""
    return hasattr(values, "rvs")


def is_number(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """Whether a value is a finite real number within bounds, and no bool."""
    kind: Any = type(value)
    if not issubclass(kind, numbers.Real) or kind in (bool, np.bool_):
        return False
    try:
        return math.isfinite(value) and least <= float(value) <= most
    except OverflowError:  # an int beyond floats
        return False


def is_count(value: Any, least: int = 1, most: float = math.inf) -> bool:
    """Whether a value is a whole number within bounds, and no bool."""
    kind: Any = type(value)
    return issubclass(kind, numbers.Integral) and kind is not bool and least <= int(value) <= most
