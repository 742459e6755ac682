"""Where to look while nothing better is known: no candidate has a score, or most share the best.

Then it matters to be everywhere once. Two ways of it take turns:

- where the model knows least, which is first in the corners of the space, then in the middle of
  what is left. What works only at an end of some ranges is found in a few steps;
- apart from all others in every parameter: as many values of each parameter are tried as there are
  candidates. What works only within a small part of one range, wherever that is, is found
  sooner than by drawing. After Joseph, Gul & Ba, Maximum projection designs for computer
  experiments (2015), one point at a time:

    psi(x) = sum_i prod_k 1 / ((x_k - x_ik)^2 + e)    x_i (n, d) the points of the branch
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..space import ConditionalSpace, Pool
from ..space.choices import is_category
from ..types import Floats
from .base import Seen

N_DRAWN = 300
"""Points of which the one that is most apart is taken."""

TURN = 3
"""One candidate in so many is the model's, on a plateau."""

_SHARED = 0.5
"""The share of the scores that are the best one, on a plateau."""

_LEAST = 1e-4
"""e: what is closer than a hundredth is as good as the same."""


def is_plateau(values: Floats) -> bool:
    """Whether most scores are the best one but for rounding, or there are none."""
    if not len(values):
        return True
    best = values.max()
    return bool((values >= best - 1e-12 * abs(best)).mean() >= _SHARED)


def is_turn_of_model(seen: Seen) -> bool:
    """Whether the next candidate is the model's, on a plateau."""
    return (len(seen.points) + len(seen.pending)) % TURN == 0


def apart_in_all(
    seen: Seen, pool: Pool, rng: np.random.Generator, works: Callable[[Floats], Floats]
) -> Floats:
    """Return a new point, of the branch with the fewest, that shares little with what was tried.

    Points are drawn as often as they are likely to work, by its logarithm.
    """
    tried = np.concatenate([seen.points, seen.pending])
    drawn = pool.draw(N_DRAWN, rng)
    likely = works(drawn)
    drawn = drawn[np.log(rng.random(len(drawn))) <= likely - likely.max()]
    counts = np.bincount(tried[:, 0].astype(np.intp), minlength=len(pool.space.branches))
    mine = counts[drawn[:, 0].astype(np.intp)]
    drawn = drawn[mine == mine.min()]
    drawn = drawn[drawn[:, 0] == drawn[0, 0]]
    others = tried[tried[:, 0] == drawn[0, 0]]
    return np.asarray(drawn[np.argmin(log_psi(pool.space, drawn, others))])


def log_psi(space: ConditionalSpace, points: Floats, others: Floats) -> Floats:
    """Return log psi of points, shape (m, 1 + n_slots), among others of the same branch."""
    if not len(others):
        return np.zeros(len(points))
    apart = np.zeros((len(points), len(others)))
    for slot in np.flatnonzero(space.movable[int(points[0, 0])]):
        squares = (points[:, [1 + slot]] - others[:, 1 + slot]) ** 2
        if is_category(space.slots[slot][1]):
            squares = (squares > 0).astype(float)
        apart += np.log(squares + _LEAST)
    return np.asarray(np.logaddexp.reduce(-apart, axis=1))
