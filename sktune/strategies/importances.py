"""The importance of each parameter, by what the surrogate believes of the scores.

The total effect of Sobol' (Homma & Saltelli 1996) by the estimator of Jansen (1999), on
functions drawn from a Gaussian process, as in Le Gratiet, Cannamela & Iooss, A Bayesian
Approach for Global Sensitivity Analysis of (Multifidelity) Computer Codes (2014): the
spread over draws and resampled points is the uncertainty of process and estimate together.

    A, B (N,) random candidates      A_i  A, with parameter i as in B
    T_i = mean (f(A) - f(A_i))^2 / (2 Var f)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..optimizers import Seen, Surrogates, one_thread
from ..space import ConditionalSpace
from ..types import Floats, Ints

_DRAWS = 64
_MOST_POINTS, _MOST_ROWS = 2000, 256
"""Of all candidates that are looked at, and of N: functions are drawn in cubic time."""

Draw = Callable[[Floats, int, np.random.Generator], Floats]
"""Of points, shape (m, 1 + n_slots), to n functions' values there, shape (n, m)."""


class Importance(NamedTuple):
    """The importance of a parameter.

    Attributes
    ----------
    name : str
    importance : float
        The share of the variance of the score, over the whole space, that is there only
        because this parameter varies: alone, or together with others. Shares add up to
        more than 1 where parameters depend on each other.
    std : float
        Its standard error.
    """

    name: str
    importance: float
    std: float


def param_importances(space: ConditionalSpace, draw: Draw) -> list[Importance]:
    """Work out the importance of every parameter that varies, the largest first.

    Parameters
    ----------
    space : ConditionalSpace
    draw : callable
        What is believed of the scores; see `Draw`.

    Examples
    --------
    >>> from sktune.space import ConditionalSpace, Real
    >>> space = ConditionalSpace([{"x": Real(0, 1), "y": Real(0, 1)}])
    >>> def known(points, n, rng):
    ...     return np.tile(3 * points[:, 1] + points[:, 2], (n, 1))
    >>> [(i.name, round(i.importance, 1)) for i in param_importances(space, known)]
    [('x', 0.9), ('y', 0.1)]
    """
    names = _varying(space)
    if not names:
        return []
    rng = np.random.default_rng(0)
    n = min(_MOST_ROWS, max(8, _MOST_POINTS // (2 + len(names))))
    a, b = _anywhere(space, 2 * n, rng).reshape(2, n, -1)
    points = np.concatenate([a, b, *(_swapped(space, a, b, name) for name in names)])
    f = draw(space.settle(points), _DRAWS, rng).reshape(_DRAWS, 2 + len(names), n)
    rows = rng.integers(n, size=(_DRAWS, n))
    f = np.take_along_axis(f, rows[:, np.newaxis, :], axis=2)
    variance = f[:, :2].reshape(_DRAWS, -1).var(axis=1)
    varies = variance > 0
    effect = 0.5 * ((f[:, 2:] - f[:, :1]) ** 2).mean(axis=2)
    # as estimated it may be more than all
    total = np.minimum(effect / np.where(varies, variance, 1.0)[:, np.newaxis], 1.0)
    mean, std = total.mean(axis=0), total.std(axis=0)
    found = [Importance(*row) for row in zip(names, mean.tolist(), std.tolist(), strict=True)]
    return sorted(found, key=lambda importance: -importance.importance)


def importances_seen(space: ConditionalSpace, seen: Seen) -> list[Importance]:
    """Work out importances from what is seen of the scores; nan where these do not differ.

    Raises
    ------
    AttributeError
        If no candidate has a score.
    """
    if seen.failed.all():
        raise AttributeError("no candidate has a score, so nothing is known of importances")
    seen = replace(seen, pending=seen.pending[:0])
    with one_thread():
        # what is expected before anything is seen serves choosing, and is not known
        surrogate = Surrogates(space, edge=0.0).of(seen, clipped=False)
        found = param_importances(space, surrogate.draw)
    if np.ptp(seen.working.values) > 0:
        return found
    return [Importance(name, math.nan, math.nan) for name, _, _ in found]


def _varying(space: ConditionalSpace) -> list[str]:
    """Return names that have more than one value, within a branch or between branches."""
    slots: dict[str, list[int]] = {}
    for slot, (name, _) in enumerate(space.slots):
        slots.setdefault(name, []).append(slot)
    return [n for n, mine in slots.items() if len(mine) > 1 or space.movable[:, mine].any()]


def _anywhere(space: ConditionalSpace, n: int, rng: np.random.Generator) -> Floats:
    """Draw points with a place in every slot, also those that their branch does not have."""
    branches = rng.integers(len(space.branches), size=n)
    return np.column_stack([branches, rng.random((n, len(space.slots)))])


def _swapped(space: ConditionalSpace, a: Floats, b: Floats, name: str) -> Floats:
    """Return points of `a` with one parameter as in `b`, in the branch closest to their own."""
    mine = np.flatnonzero([slot_name == name for slot_name, _ in space.slots])
    points = a.copy()
    points[:, 1 + mine] = b[:, 1 + mine]
    slot_of = _slot_in_branch(space, mine)
    shared = space.active.astype(int) @ space.active.T.astype(int)
    for row, (from_, to) in enumerate(zip(a[:, 0].astype(int), b[:, 0].astype(int), strict=True)):
        if min(slot_of[from_], slot_of[to]) >= 0 and slot_of[from_] != slot_of[to]:
            closest = np.where(slot_of == slot_of[to], shared[from_], -1)
            points[row, 0] = np.argmax(closest)
    return points


def _slot_in_branch(space: ConditionalSpace, slots: Ints) -> Ints:
    """Return the one of some slots that each branch has; -1 where it has none of them."""
    active = space.active[:, slots]
    return np.where(active.any(axis=1), slots[active.argmax(axis=1)], -1)
