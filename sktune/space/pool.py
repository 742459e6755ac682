"""The candidates of a space that have not been proposed yet."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence

import numpy as np

from ..types import Floats
from .choices import told_apart
from .conditional import ConditionalSpace
from .identity import identity

SMALL = 1024
"""Spaces up to this size are listed, so that the best of all that is left can be chosen."""

LARGEST_LISTED = 10**6
"""Spaces up to this size are listed once drawing finds nothing new."""

EFFORT, PATIENCE = 2**12, 2**18
"""Points that are drawn at most: to find some more, and to find any at all."""

_ENOUGH = 100
"""Points from anywhere under constraints, which are called for each that is drawn."""

_RESERVE = 1000


class Pool:
    """Draws points that are allowed and new.

    Where constraints leave little, what has been found is kept for later draws, and
    neighbours of it are tried too. What was found for one candidate is forgotten before the
    next: what is drawn depends on what has been proposed alone, so a search can be resumed
    from that.

    Attributes
    ----------
    branches : sequence of int
        Those that may be drawn from.
    """

    def __init__(self, space: ConditionalSpace) -> None:
        self.space = space
        self.branches: Sequence[int] = range(len(space.branches))
        self._taken: set[Hashable] = set()
        self._same, self._overlap = _overlaps(space)
        self._listed: dict[tuple[int, ...], tuple[Floats, list[Hashable]]] = {}
        self._known: list[Floats] = []
        self._reserve = np.empty((0, 1 + len(space.slots)))

    def open(self, branches: Sequence[int]) -> None:
        """Begin with another candidate, of one of these branches."""
        self.branches = branches
        latest = np.array(self._known[: -_RESERVE - 1 : -1])
        self._reserve = latest.reshape(-1, 1 + len(self.space.slots))

    def take(self, point: Floats) -> bool:
        """Mark a settled point as proposed; whether it was new."""
        new = self.is_new(point)
        self._taken.update(self._names(point[np.newaxis]))
        self.know(point[np.newaxis])
        return new

    def give_back(self, point: Floats) -> None:
        """Let a settled point that was taken be proposed again."""
        self._taken.difference_update(self._names(point[np.newaxis]))

    def is_new(self, point: Floats) -> bool:
        """Whether a settled point has not been proposed."""
        return self._names(point[np.newaxis])[0] not in self._taken

    def know(self, points: Floats) -> None:
        """Note points near which others are likely to be allowed."""
        if self.space.constraints is not None:
            self._known += list(points)

    def _names(self, points: Floats) -> list[Hashable]:
        """Describe settled points, such that equal descriptions mean the same candidate.

        Where branches have the same names but other dimensions, a candidate may lie in both.
        """
        if self._overlap:
            return [identity(params) for params in self.space.decode_all(points)]
        signs = self.space.signs(points)
        signs[:, 0] = [self._same[int(branch)] for branch in points[:, 0]]
        return [row.tobytes() for row in signs]

    def fresh(self, points: Floats) -> Floats:
        """Settle points; drop those that are not allowed, not new, or there twice."""
        points = self._distinct(self._inside(points))
        return points[self.space.allowed(points)]

    def allowed(self, points: Floats) -> Floats:
        """Settle points; drop those that are not allowed."""
        points = self._inside(points)
        return points[self.space.allowed(points)]

    def _inside(self, points: Floats) -> Floats:
        """Settle points; drop those of branches that are not open."""
        points = self.space.settle(points)
        if len(self.branches) == len(self.space.branches):
            return points
        return points[np.isin(points[:, 0], list(self.branches))]

    def _distinct(self, points: Floats) -> Floats:
        """Drop settled points that are not new, or there twice."""
        first: dict[Hashable, int] = {}
        for row, name in enumerate(self._names(points)):
            if name not in self._taken:
                first.setdefault(name, row)
        return points[list(first.values())]

    def anywhere(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw up to `n` points that are allowed; some of them may not be new."""
        if self.space.constraints is None:
            return self.space.sample(n, rng, self.branches)
        return self.draw(min(n, _ENOUGH), rng)

    def is_empty(self, rng: np.random.Generator) -> bool:
        """Whether no new point is left, or none can be found."""
        if self.space.constraints is None:
            distinct = not self._overlap and self._same == list(range(len(self._same)))
            if self.size is None or (distinct and self.size > len(self._taken)):
                return False  # there are more than were taken, wherever these were
        return not len(self.draw(1, rng))

    @property
    def size(self) -> int | None:
        """Number of candidates of the open branches, before constraints; None if uncountable."""
        return self.space.size_of(self.branches)

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw up to `n` new points; none if there are none left, or none can be found."""
        if (left := self.all_left()) is not None:
            return left[rng.permutation(len(left))[:n]]
        found = self._search(n, rng)
        if len(found) >= n:
            return found[:n]
        if not len(found) and self.size is not None and self.size <= LARGEST_LISTED:
            found = self._list()
        return found[rng.permutation(len(found))[:n]]

    def _search(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw until there are enough, or the effort is spent."""
        found = np.empty((0, 1 + len(self.space.slots)))
        drawn, size = 0, max(n, 8)
        while len(found) < n:
            more = self.fresh(self.space.sample(size, rng, self.branches))
            found = self._distinct(np.concatenate([found, more]))
            drawn, size = drawn + size, min(2 * size, 2**13)
            if drawn >= EFFORT:
                break
        if len(found) >= n or self.space.constraints is None:
            return found
        # constraints leave little
        around = np.concatenate([self._reserve, found])
        if len(around):
            found = self.fresh(np.concatenate([found, self._reserve, _jittered(around, rng)]))
        while not len(found) and drawn < PATIENCE:
            found = self.fresh(self.space.sample(2**13, rng, self.branches))
            drawn += 2**13
        self._reserve = np.concatenate([found, self._reserve])[:_RESERVE]
        return found

    def all_left(self) -> Floats | None:
        """Every point that is left, of a small space; None of others."""
        return self._list() if self.size is not None and self.size <= SMALL else None

    def _list(self) -> Floats:
        branches = tuple(self.branches)
        if branches not in self._listed:
            every = np.array(list(self.space.enumerate(branches)))
            every = self.space.settle(every.reshape(-1, 1 + len(self.space.slots)))
            every = every[self.space.allowed(every)]
            self._listed[branches] = every, self._names(every)
        points, names = self._listed[branches]
        last = {name: row for row, name in enumerate(names) if name not in self._taken}
        return points[sorted(last.values())]


def _overlaps(space: ConditionalSpace) -> tuple[list[int], bool]:
    """For each branch the first one that is the same; whether others may share candidates."""
    slots = [frozenset(np.flatnonzero(active).tolist()) for active in space.active]
    same = [slots.index(mine) for mine in slots]
    different = [space.branches[number] for number in sorted(set(same))]
    overlap = any(
        a.keys() == b.keys() and not told_apart(a, b)
        for a, b in itertools.combinations(different, 2)
    )
    return same, overlap


def _jittered(points: Floats, rng: np.random.Generator) -> Floats:
    """Move points by anything between a ten-thousandth and a third."""
    points = points[rng.integers(len(points), size=EFFORT // 4)].copy()
    reach = 10.0 ** rng.uniform(-4, -0.5, size=(len(points), 1))
    moved = points[:, 1:] + reach * rng.standard_normal((len(points), points.shape[1] - 1))
    points[:, 1:] = np.clip(moved, 0.0, 1.0)
    return points
