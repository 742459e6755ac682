"""What of a space has not been proposed yet."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from .conditional import ConditionalSpace
from .dimensions import Floats
from .identity import identity

SMALL = 4096
"""Spaces up to this size are listed, so that the best of all that is left can be chosen."""

LARGEST_LISTED = 10**6
"""Spaces up to this size are listed once drawing finds nothing new."""

_ROUNDS = 8


class Pool:
    """Draws points that are allowed and new.

    Parameters
    ----------
    space : ConditionalSpace

    Attributes
    ----------
    branches : sequence of int
        Those that may be drawn from.
    """

    def __init__(self, space: ConditionalSpace) -> None:
        self.space = space
        self.branches: Sequence[int] = range(len(space.branches))
        self._taken: set[Hashable] = set()
        names = [frozenset(branch) for branch in space.branches]
        self._overlap = len(set(names)) < len(names)
        self._listed: Floats | None = None

    def take(self, point: Floats) -> bool:
        """Mark a settled point as proposed; whether it was new."""
        name = self._name(point)
        new = name not in self._taken
        self._taken.add(name)
        return new

    def _name(self, point: Floats) -> Hashable:
        """Describe a settled point, such that equal descriptions mean the same candidate.

        Where branches have the same names, a candidate may lie in both.
        """
        return identity(self.space.decode(point)) if self._overlap else key(point)

    def fresh(self, points: Floats) -> Floats:
        """Settle points; drop those that are not allowed, not new, or there twice."""
        points = self.space.settle(points)
        points = points[np.isin(points[:, 0], list(self.branches))]
        seen: set[Hashable] = set()
        kept = []
        for row, point in enumerate(points):
            name = self._name(point)
            if name not in self._taken and name not in seen:
                seen.add(name)
                kept.append(row)
        points = points[kept]
        return points[self.space.allowed(points)]

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw up to `n` new points; none if there are none left."""
        if (left := self.all_left()) is not None:
            return left[rng.permutation(len(left))[:n]]
        found = np.empty((0, 1 + len(self.space.slots)))
        for _ in range(_ROUNDS):
            drawn = self.space.sample(max(n - len(found), 8), rng, self.branches)
            found = self.fresh(np.concatenate([found, drawn]))
            if len(found) >= n:
                return found[:n]
        if not len(found):
            found = self._list(LARGEST_LISTED)
            return found[rng.permutation(len(found))[:n]]
        return found

    def all_left(self) -> Floats | None:
        """Every point that is left, of a small space; None of others."""
        size = self.space.size
        return self._list(SMALL) if size is not None and size <= SMALL else None

    def _list(self, largest: int) -> Floats:
        size = self.space.size
        if size is None or size > largest:
            return np.empty((0, 1 + len(self.space.slots)))
        if self._listed is None:
            every = np.array(list(self.space.enumerate())).reshape(-1, 1 + len(self.space.slots))
            every = self.space.settle(every)
            self._listed = every[self.space.allowed(every)]
        here = self._listed[np.isin(self._listed[:, 0], list(self.branches))]
        left = {
            name: row
            for row, point in enumerate(here)
            if (name := self._name(point)) not in self._taken
        }
        return here[sorted(left.values())]


def key(point: Floats) -> bytes:
    """Describe a settled point, such that equal descriptions mean the same candidate."""
    # rounded, because what comes from an earlier search was encoded from its value
    return np.nan_to_num(point, nan=-1.0).round(10).tobytes()
