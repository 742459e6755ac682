"""Points where the acquisition is looked at: all over the space, then ever closer to the best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..space import ConditionalSpace, Pool
from ..space.choices import is_category
from ..types import Floats

N_ANYWHERE, N_NEAR = 300, 200
"""Points drawn from the whole space, and around the best known ones, to begin with."""

ROUNDS = (0.1, 0.03, 0.01)
"""The reach of the later rounds, as a standard deviation on the unit interval."""

_FIRST_REACH = 0.2
_N_INCUMBENTS, _N_BEST, _N_LOCAL = 5, 5, 100
_AT_A_TIME = 32
"""Points that are checked for being new together: more than most searches need."""

_MOVED = 0.3
"""The probability that a parameter is moved; one is, at least."""

_SWITCH = 0.1
"""The probability that a neighbour takes another branch."""


def best_point(
    acquisition: Callable[[Floats], Floats],
    incumbents: Floats,
    pool: Pool,
    rng: np.random.Generator,
) -> Floats:
    """Return a new point where the acquisition is large, given known points, the best first."""
    points = pool.all_left()
    if points is not None:  # a small space: look at everything
        return np.asarray(points[np.argmax(acquisition(points))])
    near = neighbours(pool.space, incumbents[:_N_INCUMBENTS], N_NEAR, _FIRST_REACH, rng)
    points = np.concatenate([pool.anywhere(N_ANYWHERE, rng), pool.allowed(near)])
    values = acquisition(points)
    for reach in ROUNDS:
        around = _top(points, values, _N_BEST)
        more = pool.allowed(neighbours(pool.space, around, _N_LOCAL, reach, rng))
        if len(more):
            points = np.concatenate([points, more])
            values = np.concatenate([values, acquisition(more)])
    points = _top(points, values, len(points))
    for start in range(0, len(points), _AT_A_TIME):
        if len(new := pool.fresh(points[start : start + _AT_A_TIME])):
            return np.asarray(new[0])
    return np.asarray(pool.draw(1, rng)[0])


def neighbours(
    space: ConditionalSpace, around: Floats, n: int, reach: float, rng: np.random.Generator
) -> Floats:
    """Draw `n` points near others: some parameters moved, choices drawn anew.

    The reach is the standard deviation of a move, on the unit interval.
    """
    points = around[np.arange(n) % len(around)].copy()
    n_branches = len(space.branches)
    if n_branches > 1:
        switch = rng.random(n) < _SWITCH
        points[switch, 0] = rng.integers(n_branches, size=switch.sum())
    n_movable = space.movable.sum(axis=1, keepdims=True)
    chance = np.where(space.movable, np.maximum(1.0 / np.maximum(n_movable, 1), _MOVED), 0.0)
    chance = chance[points[:, 0].astype(int)]
    moved = rng.random(chance.shape) < chance
    still = np.flatnonzero(~moved.any(axis=1))
    if chance.shape[1]:  # one at least
        luck = rng.random((len(still), chance.shape[1]))
        moved[still, np.argmax(chance[still] * luck, axis=1)] = True
    units = points[:, 1:]
    anew = np.isnan(units)  # of a branch just entered
    anew |= moved & np.array([is_category(dimension) for _, dimension in space.slots], dtype=bool)
    units[moved] += reach * rng.standard_normal(int(moved.sum()))
    units[anew] = rng.random(int(anew.sum()))
    np.minimum(np.maximum(units, 0.0, out=units), 1.0, out=units)
    return points


def _top(points: Floats, values: Floats, n: int) -> Floats:
    return np.asarray(points[np.argsort(-values, kind="stable")[:n]])
