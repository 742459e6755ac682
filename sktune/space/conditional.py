"""A space of one or several branches as points that an optimizer can move about.

A list of dicts is one conditional space: a candidate takes one branch, and has that branch's
parameters only. A *point* is a row of 1 + n_slots numbers: the branch, then the place of each
parameter in [0, 1], nan for parameters that the branch does not have. Branches whose
dimensions of a name are the same share its slot.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..messages import in_short, params_in_short
from ..types import Bools, Floats
from .checking import check_values
from .choices import Choices
from .dimensions import Dimension
from .parameters import Space
from .quantiles import Quantiles
from .ranges import Integer, Real, within
from .shorthands import dimension as as_dimension

Constraints = Callable[[dict[str, Any]], bool]


class ConditionalSpace:
    """Sample, decode, encode, and tell points apart.

    Parameters
    ----------
    branches : sequence of mapping of str to Dimension
        The dicts of the space: a candidate is of one of them, and has its parameters only.
    constraints : callable, optional
        ``constraints(params) -> bool``: only candidates for which it is true exist.

    Attributes
    ----------
    slots : list of (str, Dimension)
        The columns of a point after the first.
    active : bool array of shape (n_branches, n_slots)
        Which slots a branch has.
    movable : bool array of shape (n_branches, n_slots)
        Those of them that have more than one value.

    Examples
    --------
    >>> from sktune.space import ConditionalSpace, Integer, Real
    >>> space = ConditionalSpace([{"C": Real(0, 20)}, {"n": Integer(1, 5)}])
    >>> points = space.encode([{"C": 10.0}, {"n": 3}])
    >>> points
    array([[0. , 0.5, nan],
           [1. , nan, 0.5]])
    >>> [space.decode(point) for point in points]
    [{'C': 10.0}, {'n': 3}]
    """

    def __init__(
        self, branches: Sequence[Mapping[str, Dimension]], constraints: Constraints | None = None
    ) -> None:
        self.branches = [dict(branch) for branch in branches]
        self.constraints = constraints
        place: dict[Hashable, int] = {}
        self.slots: list[tuple[str, Dimension]] = []
        rows = []
        for branch in self.branches:
            row = {}
            for name, dimension in branch.items():
                slot = place.setdefault((name, dimension.key), len(self.slots))
                if slot == len(self.slots):
                    self.slots.append((name, dimension))
                row[name] = slot
            rows.append(row)
        self._slot_of = rows
        self.active = np.zeros((len(rows), len(self.slots)), dtype=bool)
        for number, row in enumerate(rows):
            self.active[number, list(row.values())] = True
        constant = [dimension.n_values == 1 for _, dimension in self.slots]
        self.movable = self.active & ~np.array(constant, dtype=bool)
        self._constant = np.flatnonzero(constant)
        self._constants = [self.slots[slot][1].places()[0] for slot in self._constant]
        self._stepped = [
            (slot, dimension)
            for slot, (_, dimension) in enumerate(self.slots)
            if not constant[slot] and type(dimension).snap is not Dimension.snap
        ]

    def unconstrained(self) -> ConditionalSpace:
        """Return the same space without its constraints."""
        return ConditionalSpace(self.branches)

    @property
    def size(self) -> int | None:
        """Number of candidates, before constraints; None if uncountable."""
        return self.size_of(range(len(self.branches)))

    def size_of(self, branches: Sequence[int]) -> int | None:
        """Number of candidates of some branches, before constraints; None if uncountable."""
        total = 0
        for number in branches:
            product = 1
            for dimension in self.branches[number].values():
                if dimension.n_values is None:
                    return None
                product *= dimension.n_values
            total += product
        return total

    def sample(
        self, n: int, rng: np.random.Generator, branches: Sequence[int] | None = None
    ) -> Floats:
        """Draw `n` settled points, allowed or not.

        Parameters
        ----------
        n : int
            How many.
        rng : numpy Generator
            Source of the draws.
        branches : sequence of int, optional
            Those to draw from, each as often; all by default.
        """
        from_which = np.arange(len(self.branches)) if branches is None else np.asarray(branches)
        points = np.empty((n, 1 + len(self.slots)))
        points[:, 0] = rng.choice(from_which, n)
        points[:, 1:] = rng.random((n, len(self.slots)))
        return self.settle(points)

    def settle(self, points: Floats) -> Floats:
        """Move places to the middle of what decodes to the same; nan where there is nothing."""
        points = points.copy()
        units = points[:, 1:]
        units[np.isnan(units)] = 0.5
        for slot, dimension in self._stepped:
            units[:, slot] = dimension.snap(units[:, slot])
        units[:, self._constant] = self._constants
        if len(self.branches) > 1:
            units[~self.active[points[:, 0].astype(int)]] = np.nan
        return points

    def allowed(self, points: Floats) -> Bools:
        """Whether the constraints hold, point by point.

        Raises
        ------
        ValueError
            If the constraints raise.
        """
        if self.constraints is None:
            return np.ones(len(points), dtype=bool)
        return np.array([self.holds(params) for params in self.decode_all(points)], dtype=bool)

    def holds(self, params: dict[str, Any]) -> bool:
        """Whether the constraints hold for a candidate."""
        try:
            return self.constraints is None or bool(self.constraints(params))
        except Exception as exc:
            raise ValueError(
                f"constraints raised {type(exc).__name__}: {exc} for {params_in_short(params)}. It "
                "is called with the parameters of one candidate, which are those of its branch, "
                "and returns whether it may be tried."
            ) from exc

    def signs(self, points: Floats) -> Floats:
        """Return rows of numbers that are equal for points of the same branch and values."""
        signs = points.copy()
        for slot, (_, dimension) in enumerate(self.slots, start=1):
            signs[:, slot] = dimension.signs(points[:, slot])
        return np.where(np.isnan(signs), -1.0, signs)

    def enumerate(self, branches: Sequence[int] | None = None) -> Iterator[Floats]:
        """Give every point of a finite space, or of some of its branches, allowed or not."""
        for number in range(len(self.branches)) if branches is None else branches:
            slots = self._slot_of[number]
            places = []
            for slot in slots.values():
                dimension = self.slots[slot][1]
                places.append(dimension.places())
            for combination in itertools.product(*places):
                point = np.full(1 + len(self.slots), np.nan)
                point[0] = number
                point[[1 + slot for slot in slots.values()]] = combination
                yield point

    def decode(self, point: Floats) -> dict[str, Any]:
        """Return the candidate at a point."""
        number = int(point[0])
        return {
            name: dimension.decode(float(point[1 + self._slot_of[number][name]]))
            for name, dimension in self.branches[number].items()
        }

    def decode_all(self, points: Floats) -> list[dict[str, Any]]:
        """Return the candidates at points, in their order."""
        candidates: list[dict[str, Any]] = [{} for _ in points]
        for number, branch in enumerate(self.branches):
            rows = np.flatnonzero(points[:, 0] == number)
            for name, dimension in branch.items():
                units = points[rows, 1 + self._slot_of[number][name]]
                for row, value in zip(rows, dimension.decode_all(units), strict=True):
                    candidates[row][name] = value
        return candidates

    def encode(self, candidates: Sequence[Mapping[str, Any]]) -> Floats:
        """Return the settled points of candidates; rows of nan for what is not in the space."""
        points = np.full((len(candidates), 1 + len(self.slots)), np.nan)
        for row, params in enumerate(candidates):
            for number in range(len(self.branches)):
                if set(params) == set(self.branches[number]):
                    units = self.encode_some(params, number)
                    if len(units) == len(params):
                        points[row, 0] = number
                        for name, unit in units.items():
                            points[row, 1 + self._slot_of[number][name]] = unit
                        break
        inside = ~np.isnan(points[:, 0])
        points[inside] = self.settle(points[inside])
        return points

    def encode_some(self, params: Mapping[str, Any], branch: int) -> dict[str, float]:
        """Return the places of those parameters that a branch has and whose values it knows."""
        units = {}
        for name, dimension in self.branches[branch].items():
            if name in params and (unit := dimension.encode(params[name])) is not None:
                units[name] = unit
        return units

    def places_of(self, point: Floats) -> tuple[int, dict[str, int | float]]:
        """Return a settled point's branch, and for each name a choice's index or a place."""
        branch = int(point[0])
        places: dict[str, int | float] = {}
        for name, slot in self._slot_of[branch].items():
            dimension, unit = self.slots[slot][1], point[1 + slot]
            if isinstance(dimension, Choices):
                places[name] = int(dimension.index(unit))
            else:
                places[name] = float(unit)
        return branch, places

    def point_at(self, branch: int, places: Mapping[str, int | float]) -> Floats:
        """Return the point that `places_of` has described.

        Raises
        ------
        ValueError
            If there is no such point.
        """
        if not (0 <= branch < len(self.branches) and places.keys() == self.branches[branch].keys()):
            raise ValueError(f"there is no dict {branch} with the parameters {sorted(places)}")
        point = np.full(1 + len(self.slots), np.nan)
        point[0] = branch
        for name, slot in self._slot_of[branch].items():
            dimension, place = self.slots[slot][1], places[name]
            if isinstance(dimension, Choices) != isinstance(place, int):
                raise ValueError(f"{name!r} cannot be at {place!r}: {in_short(dimension)}")
            if isinstance(dimension, Choices):
                if not place < dimension.n_values:
                    raise ValueError(f"{name!r} has no value {place}: {in_short(dimension)}")
                place = dimension.places()[int(place)]
            point[1 + slot] = place
        return point

    def exactly(self, params: Mapping[str, Any], branch: int) -> dict[str, int | float]:
        """Return the numbers of a branch's ranges as they are given, which its places may round."""
        found: dict[str, int | float] = {}
        for name, dimension in self.branches[branch].items():
            if name not in params or isinstance(dimension, Choices):
                continue
            if isinstance(dimension, Integer):
                found[name] = int(params[name])
            elif isinstance(dimension, Real | Quantiles) and not getattr(dimension, "discrete", 0):
                found[name] = float(within(params[name], dimension.low, dimension.high))
        return found

    def with_units(self, point: Floats, units: Mapping[str, float]) -> Floats:
        """Return a point with some parameters of its branch moved."""
        point = point.copy()
        for name, unit in units.items():
            point[1 + self._slot_of[int(point[0])][name]] = unit
        return point


def read_space(
    given: Any, where: str, constraints: Constraints | None = None
) -> tuple[ConditionalSpace, Sequence[int] | None]:
    """Read a dict, a list of dicts, or a list of (dict, n), which the user calls `where`.

    Returns the space, and how many candidates each branch gets, if that is given. Raises
    ValueError or TypeError, naming what cannot be understood.
    """
    if constraints is not None and not callable(constraints):
        raise TypeError(
            f"constraints is {in_short(constraints)}; pass a callable that takes a candidate's "
            "parameters and returns whether it may be tried."
        )
    space = Space.read(given, where)
    check_values(space, where)
    branches = [
        {name: as_dimension(name, values, where) for name, values in sub.items()}
        for sub in space.subspaces
    ]
    return ConditionalSpace(branches, constraints), space.allotments
