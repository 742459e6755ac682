"""Where an optimizer looks while no score tells one candidate from another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sktune.optimizers import GPOptimizer, Seen
from sktune.optimizers.exploration import log_psi
from sktune.space import Choices, ConditionalSpace, Integer, Pool, Real
from sktune.space.choices import is_category
from tests.helpers.optimizers import CONDITIONAL, MIXED, SPACES, seen


def explored(space: ConditionalSpace, n: int, *, failed: bool, seed: int = 0) -> Any:
    """Propose n candidates of which all fail, or all have the same score."""
    pool, optimizer = Pool(space), GPOptimizer(space)
    points = pool.draw(1, np.random.default_rng(seed))
    pool.take(points[0])
    while len(points) < n:
        known = Seen(
            points,
            np.full(len(points), 0.5),
            np.full(len(points), failed),
            points[:0],
            space.decode_all(points),
        )
        point = optimizer.propose(known, pool, np.random.default_rng([seed, len(points)]))
        assert pool.take(point)
        points = np.concatenate([points, point[np.newaxis]])
    return points


@pytest.mark.parametrize("failed", [True, False], ids=["all fail", "all the same"])
@pytest.mark.parametrize("seed", range(3))
def test_each_range_is_covered_from_end_to_end(seed: int, failed: bool) -> None:
    space = ConditionalSpace(
        [
            {
                "x": Real(0, 1),
                "n": Integer(1, 300),
                "C": Real(1e-6, 1e6, log=True),
                "k": Choices("ab"),
            }
        ]
    )
    units = explored(space, 24, failed=failed, seed=seed)[:, 1:4]
    for column in units.T:
        places = np.sort(np.concatenate([[0.0], column, [1.0]]))
        assert np.diff(places).max() < 0.25
        assert places[1] < 0.02
        assert places[-2] > 0.98


def test_corners_come_early() -> None:
    space = ConditionalSpace([{name: Real(0, 1) for name in "abc"}])
    points = explored(space, 27, failed=True)[:, 1:]
    corners = {
        tuple(point) for point in np.rint(points) if np.abs(points - point).max(1).min() < 0.1
    }
    assert len(corners) >= 7


def test_every_choice_and_every_branch_is_looked_at() -> None:
    space = ConditionalSpace(
        [
            {"m": Choices("a"), "k": Choices(range(12, 0, -1)), "x": Real(0, 1)},
            {"m": Choices("b"), "C": Real(0, 1), "y": Real(0, 1)},
            {"m": Choices("c")},
        ]
    )
    candidates = space.decode_all(explored(space, 34, failed=True))
    assert {params.get("k") for params in candidates} == {None, *range(1, 13)}
    counts = [sum(params["m"] == m for params in candidates) for m in "abc"]
    assert counts[2] == 1
    assert min(counts[:2]) >= 8


@pytest.mark.parametrize("space", [MIXED, CONDITIONAL], ids=["mixed", "conditional"])
def test_psi_is_that_of_its_formula(space: ConditionalSpace) -> None:
    rng = np.random.default_rng(0)
    points = space.sample(30, rng)
    points = points[points[:, 0] == points[0, 0]]
    new, others = points[:4], points[4:]
    slots = np.flatnonzero(space.movable[int(points[0, 0])])
    for point, found in zip(new, log_psi(space, new, others), strict=True):
        total = 0.0
        for other in others:
            product = 1.0
            for slot in slots:
                apart = (point[1 + slot] - other[1 + slot]) ** 2
                if is_category(space.slots[slot][1]):
                    apart = float(apart > 0)
                product /= apart + 1e-4
            total += product
        assert found == pytest.approx(np.log(total))
    assert log_psi(space, new, others[:0]).tolist() == [0.0] * len(new)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_candidates_under_way_are_looked_away_from_too(space: ConditionalSpace, n: int) -> None:
    pool = Pool(space)
    known = seen(space, pool, n=n, n_pending=3)
    known = replace(known, values=np.zeros(n))
    alone = replace(known, pending=known.pending[:0])
    for some in (known, alone):
        point = GPOptimizer(space).propose(some, pool, np.random.default_rng(0))
        again = GPOptimizer(space).propose(some, pool, np.random.default_rng(0))
        assert point.tobytes() == again.tobytes()
        assert len(pool.fresh(point[np.newaxis])) == 1


def test_a_space_whose_candidates_all_fail_is_used_up() -> None:
    space = ConditionalSpace([{"n": Integer(1, 5), "k": Choices("abc")}])
    assert len(np.unique(explored(space, 15, failed=True), axis=0)) == 15
