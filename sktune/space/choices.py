"""Any objects to choose from."""

from __future__ import annotations

import functools
import numbers
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from ..types import Floats, Ints
from .dimensions import LEAST_SHARE, Dimension, is_number
from .identity import identity

_MANY = 16
"""Numbers in order, if there are more of them, are taken for a range with steps."""

_SCALARS = (np.bool_, np.integer, np.floating, np.complexfloating, np.str_, np.bytes_)
"""Types of scalars that Python has too; a long double stays what it is."""

_PLAIN = (int, float, str)
"""Types whose values stand for those that are equal: 1 for 1.0, "a" for np.str_("a")."""


class Choices(Dimension):
    """Any objects; the very ones that were given come back, but for numpy's scalars.

    An array's elements come back as Python's numbers and texts, as from scikit-optimize: not
    every estimator takes the others, and JSON does not.

    Parameters
    ----------
    values : sequence
        Those equal in type and value count once.
    weights : sequence of float, optional
        How likely each is drawn; equally, by default. Never less than one in a million.

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
        for index, value in enumerate(map(_native, values)):
            share = 1.0 if weights is None else float(weights[index])
            k = place.setdefault(identity(value), len(place))
            if k == len(self.values):
                self.values.append(value)
                shares.append(share)
            elif weights is not None:
                shares[k] += share
        self.descriptions = tuple(place)
        least = LEAST_SHARE * sum(shares)
        shares = [max(share, least) for share in shares]
        self._edges = np.concatenate([[0.0], np.cumsum(shares) / sum(shares)])
        self._places: Floats = (self._edges[:-1] + self._edges[1:]) / 2
        self._place = place

    @functools.cached_property
    def ordered(self) -> bool:
        """Whether the values are many numbers, each larger, or each smaller, than the last."""
        if len(self.values) <= _MANY or not all(map(is_number, self.values)):
            return False
        steps = np.diff(np.array(self.values, dtype=float))
        return bool((steps > 0).all() or (steps < 0).all())

    @property
    def key(self) -> Hashable:
        return Choices, self.descriptions, tuple(self._edges)

    @property
    def n_values(self) -> int:  # type: ignore[override] # computed here, constant elsewhere
        """The number of values."""
        return len(self.values)

    def places(self) -> Floats:
        return self._places

    def index(self, units: Floats) -> Ints:
        """Return which value is at each place."""
        return np.asarray(np.searchsorted(self._edges[1:-1], units, side="right"))

    def decode(self, unit: float) -> Any:
        return self.decode_all(np.array([unit]))[0]

    def decode_all(self, units: Floats) -> list[Any]:
        return [self.values[index] for index in self.index(units)]

    def encode(self, value: object) -> float | None:
        value = _native(value)
        index = self._place.get(identity(value))
        if index is None and isinstance(value, str | numbers.Number) and not _is_bool(value):
            # 1.0 stands for 1, np.str_ for str, where there is nothing closer
            same = [k for k, v in enumerate(self.values) if type(v) in _PLAIN and v == value]
            index = same[0] if same else None
        return None if index is None else float(self._places[index])

    def snap(self, units: Floats) -> Floats:
        return np.asarray(self._places[self.index(units)])

    def __repr__(self) -> str:
        return f"Choices({self.values!r})"


def is_category(dimension: Dimension) -> TypeGuard[Choices]:
    """Whether a dimension has values without an order."""
    return isinstance(dimension, Choices) and not dimension.ordered


def told_apart(a: Mapping[str, Dimension], b: Mapping[str, Dimension]) -> bool:
    """Whether two branches have a choice in common of which they share no value."""
    return any(
        isinstance(mine, Choices)
        and isinstance(theirs := b.get(name), Choices)
        and not set(mine.descriptions) & set(theirs.descriptions)
        for name, mine in a.items()
    )


def _native(value: Any) -> Any:
    """Return one of numpy's scalars as Python's, if Python has such a type."""
    return value.item() if isinstance(value, _SCALARS) else value


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)
