"""The start of a Bayesian search: the user's points, the estimator's own, a small design."""

from __future__ import annotations

import numbers
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.stats import qmc

from ..exceptions import warn
from ..messages import did_you_mean, in_short, listed, params_in_short
from ..space import ConditionalSpace, Pool
from ..space.choices import is_category
from ..space.identity import identity
from ..space.pool import EFFORT
from ..types import Floats

INNER = 0.6
"""How much of each range the design covers, around the middle: the best is rarely at an end,
and where the design finds little to learn from, the next few candidates are lost too."""

_TRIES = 2**14


@dataclass(frozen=True, eq=False)
class StartingPoint:
    """A point, and values that were given: they come back as they are, to the last bit.

    The name is what the user calls it; empty for points that the user did not ask for.
    """

    point: Floats
    given: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


def initial_points(
    space: ConditionalSpace, given: Sequence[Mapping[str, Any]], rng: np.random.Generator
) -> list[StartingPoint]:
    """Complete what the user wants to begin with; names that are missing are drawn.

    Raises
    ------
    ValueError, TypeError
        For what is not in the space, or not allowed by the constraints.
    """
    if isinstance(given, Mapping) or not isinstance(given, Sequence):
        raise TypeError(f"initial_points is {in_short(given)}; pass a list of dicts, [{{...}}].")
    found = []
    for number, params in enumerate(given):
        where = f"initial_points[{number}]"
        if not isinstance(params, Mapping):
            raise TypeError(
                f"{where} is {in_short(params)}; pass a dict of parameter names and values."
            )
        fitting = [
            branch
            for branch in range(len(space.branches))
            if len(space.encode_some(params, branch)) == len(params)
        ]
        if not fitting:
            raise ValueError(
                f"{where}={params_in_short(params)} is not in the search space. "
                f"{_why(space, params)}"
            )
        point = _complete(space, params, fitting, rng)
        if point is None:
            whole = len(params) == len(space.branches[fitting[0]])
            raise ValueError(
                f"{where}={params_in_short(params)} is not allowed by the constraints. Change it, "
                "or leave it out."
                if whole
                else f"{where}={params_in_short(params)}: no values of the other parameters were "
                "found with which the constraints allow it. Give them too."
            )
        found.append(replace(point, name=f"{where}={params_in_short(params)}"))
    return found


def defaults_point(
    space: ConditionalSpace, own: Mapping[str, Any], placed: Mapping[str, Any]
) -> StartingPoint:
    """Return the point that the estimator is as it was given.

    A known space has places for values that are in no range, such as no limit at its upper end:
    `placed` are the own values as it has them, and what is tried are the own values.

    Raises
    ------
    ValueError
        If it is in none of the dicts of the space, or not allowed by the constraints.
    """
    whole = [{name: placed[name] for name in sub if name in placed} for sub in space.branches]
    points = [point for point in space.encode(whole) if not np.isnan(point[0])]
    if not points:
        raise ValueError(_why_no_defaults(space, placed))
    for point in points:
        candidate = space.decode(point)
        given = {
            name: own[name]
            for name, value in candidate.items()
            if name in own and identity(own[name]) != identity(value) and _is_exact(own[name])
        }
        if space.holds({**candidate, **given}):
            return StartingPoint(point, given)
    raise ValueError(
        "include_defaults: constraints do not allow the estimator's own values, "
        f"{params_in_short({**candidate, **given})}. Allow them, or leave include_defaults out."
    )


def known_parameters(
    space: ConditionalSpace, params: Mapping[str, Any], rng: np.random.Generator
) -> list[StartingPoint]:
    """Return the point of values that are known, in the branch that has most of them."""
    known = [len(space.encode_some(params, b)) for b in range(len(space.branches))]
    missing = [len(space.branches[b]) - k for b, k in enumerate(known)]
    branch = min(range(len(known)), key=lambda b: (missing[b] > 0, -known[b], b))
    if not known[branch]:
        return []
    values = {name: params[name] for name in space.encode_some(params, branch)}
    point = _complete(space, values, [branch], rng)
    return [] if point is None else [point]


def design(
    space: ConditionalSpace,
    pool: Pool,
    n: int,
    rng: np.random.Generator,
    begun: Collection[int] = (),
) -> list[StartingPoint]:
    """Spread points over the inner part: a scrambled Sobol sequence, the branches in turn.

    Each branch has one at least, unless it is among those where others begin. A branch of which
    constraints allow nothing is warned of.
    """
    lacking = set(pool.branches) - set(begun)
    n = max(n, len(lacking))
    if n < 1:
        return []
    sobol = qmc.Sobol(max(1, len(space.slots)), seed=rng)
    units = sobol.random_base2(int(np.ceil(np.log2(max(n, 2)))) + 1)
    numeric = [slot for slot, (_, d) in enumerate(space.slots) if not is_category(d)]
    units[:, numeric] = 0.5 + INNER * (units[:, numeric] - 0.5)
    order = sorted(rng.permutation(list(pool.branches)), key=lambda branch: branch in begun)
    points = np.column_stack([np.resize(order, len(units)), units[:, : len(space.slots)]])
    spread = list(pool.fresh(points)[:n])
    for branch in sorted(lacking - {int(point[0]) for point in spread}):
        spread += _any_of(space, pool, branch, rng)
    return [StartingPoint(point) for point in spread]


def _any_of(
    space: ConditionalSpace, pool: Pool, branch: int, rng: np.random.Generator
) -> list[Floats]:
    """Draw a point of a branch of which constraints leave little; warn if there is none."""
    every = pool.branches
    pool.open([branch])
    found = list(pool.draw(1, rng))
    if not found and not len(pool.allowed(space.sample(EFFORT, rng, [branch]))):
        names = listed(sorted(space.branches[branch]))
        warn(
            "constraints allow none of the candidates that were drawn from "
            f"search_spaces[{branch}], with {names}: none of them is tried."
        )
    pool.open(every)
    return found


def _complete(
    space: ConditionalSpace,
    params: Mapping[str, Any],
    branches: list[int],
    rng: np.random.Generator,
) -> StartingPoint | None:
    """Draw what is missing until the constraints allow the candidate, as it will be tried."""
    units = {branch: space.encode_some(params, branch) for branch in branches}
    given = {branch: space.exactly(params, branch) for branch in branches}
    tried, size = 0, 8
    while tried < _TRIES:
        points = np.array(
            [space.with_units(p, units[int(p[0])]) for p in space.sample(size, rng, branches)]
        )
        points = space.settle(points)
        for point, candidate in zip(points, space.decode_all(points), strict=True):
            values = given[int(point[0])]
            if space.holds({**candidate, **values}):
                return StartingPoint(point, values)
        tried, size = tried + size, 2 * size
    return None


def _is_exact(value: object) -> bool:
    """Whether a checkpoint has a value as it is, with which a candidate can be proposed again."""
    return value is None or type(value) is str or isinstance(value, numbers.Number)


def _why_no_defaults(space: ConditionalSpace, own: Mapping[str, Any]) -> str:
    """Say what is missing in the dict that has most of an estimator's own values."""
    missing = [
        [name for name in sub if name not in space.encode_some(own, branch)]
        for branch, sub in enumerate(space.branches)
    ]
    branch = min(range(len(missing)), key=lambda b: len(missing[b]))
    name = missing[branch][0]
    if name not in own:
        return (
            f"include_defaults: the estimator as it was given has no parameter {name!r}, which is "
            "in search_spaces. Add a dict without it, or leave include_defaults out."
        )
    return (
        f"include_defaults: {name}={in_short(own[name])}, the estimator's own value, is not in "
        f"search_spaces: {in_short(space.branches[branch][name])}. Widen the range, add it to the "
        "choices, or leave include_defaults out."
    )


def _why(space: ConditionalSpace, params: Mapping[str, Any]) -> str:
    names = {name for branch in space.branches for name in branch}
    for name, value in params.items():
        if name not in names:
            return (
                f"It has no parameter {name!r}; there are "
                f"{listed(sorted(names))}.{did_you_mean(name, names)}"
            )
        dimensions = [branch[name] for branch in space.branches if name in branch]
        if all(dimension.encode(value) is None for dimension in dimensions):
            return f"{name!r} does not take {in_short(value)}: {in_short(dimensions[0])}."
    return "No dict of the list has all of these together."
