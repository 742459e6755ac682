"""Distributions for Optuna that fit a space, or the values that were tried.

Optuna wants one kind of distribution for a name throughout a study, and of choices the very same
ones. So they are made of the whole space before the first trial; what does not go together, such as
a range in one dict and texts in another, or what another search has left in the study, gets a name
of its own.

Numbers in a list are a range from the smallest to the largest, logarithmic where they are spread
more evenly so, and not choices: Optuna's figures then have them on an axis, in their order and at
their distances, contours are drawn between them, importances know that they have an order, and a
sampler that goes on with the study can look between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..looking.param_axis import ParamAxis
from ..optional import package
from ..space import Choices, Dimension, Integer, Real, Space
from ..space.plain import LARGEST_INT, is_plain_number, plain_value
from ..space.shorthands import dimension
from ..strategies.studies import own_name

Kind = Literal["float", "int", "choice"]


@dataclass(frozen=True)
class Distribution:
    """A distribution of Optuna's, without Optuna.

    Attributes
    ----------
    kind : {"float", "int", "choice"}
    low, high : float
        Of numbers.
    log : bool
    choices : tuple
        None, bools, numbers and texts.
    """

    kind: Kind
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            if isinstance(value := getattr(self, name), np.generic):
                object.__setattr__(self, name, value.item())

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> Distribution:
        """Choose by values that may be tried, or were."""
        if all(map(is_plain_number, values)):
            axis = ParamAxis.of("", [{"": value} for value in values])
            whole = all(isinstance(value, int | np.integer) for value in values)
            # Python's own: numpy's small floats cannot be compared with large numbers
            plain = [value.item() if isinstance(value, np.generic) else value for value in values]
            return cls("int" if whole else "float", min(plain), max(plain), axis.log)
        told: dict[tuple[str, Any], Any] = {}
        for value in map(plain_value, values):
            told.setdefault((type(value).__name__, value), value)
        distinct = list(told.values())
        if len(set(distinct)) < len(distinct):  # Optuna takes True for 1
            distinct = [repr(value) for value in distinct]
        return cls("choice", choices=tuple(distinct))

    @classmethod
    def of_dimension(cls, values: Dimension) -> Distribution:
        """Describe a range, choices or quantiles."""
        if isinstance(values, Choices):
            return cls.of_values(values.values)
        if isinstance(values, Integer) and max(abs(values.low), abs(values.high)) < LARGEST_INT:
            return cls("int", values.low, values.high, values.log)
        if isinstance(values, Real):
            return cls("float", values.low, values.high, values.log)
        return cls.of_values(values.decode_all(np.linspace(0.0, 1.0, 101)))

    @classmethod
    def of_optunas(cls, given: Any) -> Distribution:
        """Describe one of Optuna's."""
        if hasattr(given, "choices"):
            return cls("choice", choices=tuple(given.choices))
        kind: Kind = "int" if type(given).__name__.startswith("Int") else "float"
        return cls(kind, given.low, given.high, given.log)

    def with_more(self, other: Distribution) -> Distribution | None:
        """Return a distribution of both, of the same name in several dicts; None if none is."""
        if (self.kind == "choice") != (other.kind == "choice"):
            return None
        if self.kind == "choice":
            return Distribution.of_values([*self.choices, *other.choices])
        low, high = min(self.low, other.low), max(self.high, other.high)
        kind: Kind = "int" if self.kind == other.kind == "int" else "float"
        return Distribution(kind, low, high, (self.log or other.log) and low > 0)

    def covers(self, other: Distribution) -> bool:
        """Whether trials of the other one can be trials of this one in a study."""
        if self.kind == "choice" or other.kind == "choice":
            return self.kind == other.kind and set(other.choices) <= set(self.choices)
        return self.log == other.log and (self.kind == "float" or other.kind == "int")

    def stored(self, value: Any) -> tuple[Any] | None:
        """Return what Optuna keeps for a value, in a tuple; None if it cannot be one of these."""
        if self.kind == "choice":
            plain = plain_value(value)
            for told in (plain, repr(plain)):
                if any(type(told) is type(choice) and told == choice for choice in self.choices):
                    return (told,)
            return None
        if not is_plain_number(value) or (self.log and value <= 0):
            return None
        if self.kind == "int":
            return (int(value),) if value == int(value) else None
        return (float(value),)

    def made(self, value: Any) -> Any:
        """Make the one of Optuna's, wide enough for a value."""
        of = package("optuna").distributions
        if self.kind == "choice":
            return of.CategoricalDistribution(self.choices)
        make = of.IntDistribution if self.kind == "int" else of.FloatDistribution
        return make(min(self.low, value), max(self.high, value), log=self.log)


class Names:
    """Names of parameters in a study, and their distributions.

    Parameters
    ----------
    taken : mapping of str to Distribution
        Those that the study has already.

    Attributes
    ----------
    all : dict of str to Distribution
        By the names in the study.
    """

    def __init__(self, taken: Mapping[str, Distribution]) -> None:
        self.all = dict(taken)
        self._of: dict[str, list[str]] = {}
        for full in self.all:
            self._of.setdefault(own_name(full), []).append(full)

    def add_space(self, space: Any) -> bool:
        """Add what is searched, as it was given; return whether it was, or is told as text."""
        if not _is_space(space):
            return False
        found: dict[str, list[Distribution]] = {}
        for sub in Space.read(space, "space", tuples_too=True).subspaces:
            for name, values in sub.items():
                new = Distribution.of_dimension(dimension(name, values, "space"))
                found[name] = _merged(found.get(name, []), new)
        for name, distributions in found.items():
            for each in distributions:
                self._claim(name, each)
        return True

    def add_values(self, candidates: Iterable[Mapping[str, Any]]) -> None:
        """Add distributions of the values that candidates have."""
        values: dict[str, list[Any]] = {}
        for params in candidates:
            for name, value in params.items():
                values.setdefault(name, []).append(value)
        for name, tried in values.items():
            if any(self._place(name, value) is None for value in tried):
                self._claim(name, Distribution.of_values(tried))

    def stored(self, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return a candidate as Optuna keeps it: values and distributions, by name."""
        values, distributions = {}, {}
        for name, value in params.items():
            place = self._place(name, value)
            if place is None:
                self._claim(name, Distribution.of_values([value]))
                place = self._place(name, value)
            assert place is not None  # noqa: S101 - it was made for this value
            full, stored = place
            values[full], distributions[full] = stored, self.all[full].made(stored)
        return values, distributions

    def _place(self, name: str, value: Any) -> tuple[str, Any] | None:
        for full in self._of.get(name, ()):
            if (found := self.all[full].stored(value)) is not None:
                return full, found[0]
        return None

    def _claim(self, name: str, wanted: Distribution) -> None:
        """Give a distribution a name: its own, or the first that another has not taken."""
        full, n = name, 1
        while full in self.all and not self.all[full].covers(wanted):
            full = f"{name} ({wanted.kind if n == 1 else f'{wanted.kind} {n}'})"
            n += 1
        self.all.setdefault(full, wanted)
        own = self._of.setdefault(name, [])
        if full not in own:
            own.append(full)


def _merged(found: list[Distribution], new: Distribution) -> list[Distribution]:
    for k, old in enumerate(found):
        if (both := old.with_more(new)) is not None:
            return [*found[:k], both, *found[k + 1 :]]
    return [*found, new]


def _is_space(space: Any) -> bool:
    """Whether it is one, and not nothing, or the text that a journal has of it."""
    if isinstance(space, Mapping):
        return bool(space) and not any(isinstance(values, str) for values in space.values())
    return isinstance(space, list | tuple) and bool(space)
