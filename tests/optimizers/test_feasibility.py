"""Failures teach where not to look, and nothing about scores."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sktune.optimizers import GPOptimizer, Seen
from sktune.optimizers.feasibility import labels_of, log_feasibility
from sktune.optimizers.surrogate import width
from sktune.space import Choices, ConditionalSpace, Integer, Pool, Real
from tests.helpers.optimizers import MIXED, SPACES, seen


def told(space: ConditionalSpace, n: int, works: Any, seed: int = 0) -> Seen:
    points = space.sample(n, np.random.default_rng(seed))
    candidates = space.decode_all(points)
    failed = np.array([not works(params) for params in candidates])
    values = np.where(failed, 0.0, [params["x"] for params in candidates])
    return Seen(points, values, failed, points[:0], candidates)


SQUARE = ConditionalSpace([{"x": Real(0, 1), "y": Real(0, 1), "k": Choices("ab")}])


def test_what_worked_is_likely_and_what_failed_is_not() -> None:
    known = told(SQUARE, 60, lambda params: params["x"] > 0.7)
    probability = np.exp(log_feasibility(labels_of(SQUARE), known)(known.points))
    assert probability[known.failed].max() < 0.2
    assert probability[~known.failed].min() > 0.8
    at = SQUARE.sample(500, np.random.default_rng(1))
    probability = np.exp(log_feasibility(labels_of(SQUARE), known)(at))
    assert ((probability > 0.5) == (at[:, 1] > 0.7)).mean() > 0.93


def test_where_nothing_is_known_it_is_about_the_share_that_worked() -> None:
    space = ConditionalSpace([{"x": Real(0, 1)}])
    points = space.encode([{"x": x} for x in np.linspace(0, 0.1, 20)])
    failed = np.arange(20) % 4 > 0
    known = Seen(points, np.zeros(20), failed, points[:0], space.decode_all(points))
    far = space.encode([{"x": 1.0}])
    probability = np.exp(log_feasibility(labels_of(space), known)(far))[0]
    assert 0.1 < probability < 0.45


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_the_value_of_a_failure_means_nothing(space: ConditionalSpace) -> None:
    pool = Pool(space)
    known = seen(space, pool, n=12)
    known.failed[::3] = True
    other = replace(known, values=np.where(known.failed, -1e9, known.values))
    optimizers = [GPOptimizer(space), GPOptimizer(space)]
    pairs = list(zip(optimizers, (known, other), strict=True))
    points = [o.propose(k, pool, np.random.default_rng(0)) for o, k in pairs]
    assert points[0].tobytes() == points[1].tobytes()
    at = space.sample(5, np.random.default_rng(2))
    for found in zip(*(o.surrogate(k).predict(at) for o, k in pairs), strict=True):
        assert np.array_equal(*found)
    left = [o.expected_improvement(k, pool, np.random.default_rng(0)) for o, k in pairs]
    assert left[0] == left[1]


def test_after_one_success_among_failures_others_are_looked_for_near_it() -> None:
    pool, optimizer = Pool(SQUARE), GPOptimizer(SQUARE)
    known = told(SQUARE, 20, lambda params: False)
    only = SQUARE.encode([{"x": 0.95, "y": 0.3, "k": "a"}])
    known = replace(
        known,
        points=np.concatenate([known.points, only]),
        values=np.zeros(21),
        failed=np.append(known.failed, False),
        candidates=[*known.candidates, {}],
    )
    found = [optimizer.propose(known, pool, np.random.default_rng(seed)) for seed in range(8)]
    assert np.median(np.abs(np.array(found)[:, 1:3] - only[0, 1:3]).max(axis=1)) < 0.4


def test_nothing_is_expected_of_what_is_sure_to_fail() -> None:
    known = told(SQUARE, 60, lambda params: params["x"] < 0.5)
    pool, optimizer = Pool(SQUARE), GPOptimizer(SQUARE)
    point = optimizer.propose(known, pool, np.random.default_rng(0))
    assert 0.4 < point[1] < 0.6  # the best that works, not the best
    expected = optimizer.expected_improvement(known, pool, np.random.default_rng(0))
    assert expected < 0.1
    same = replace(known, values=np.zeros(60))
    assert optimizer.expected_improvement(same, pool, np.random.default_rng(0)) == math.inf


def test_without_a_success_there_is_no_model_of_scores() -> None:
    known = seen(MIXED, Pool(MIXED), n=6)
    known.failed[:] = True
    assert GPOptimizer(MIXED).surrogate(known) is None


def test_the_width_of_what_works_is_estimated_without_bias() -> None:
    rng = np.random.default_rng(0)
    U = 0.3 + np.array([0.1, 0.4]) * rng.random((2000, 6, 2))
    found = np.array([width(u) for u in U])
    assert found.mean(axis=0) == pytest.approx([0.1, 0.4], rel=0.02)
    assert width(U[0, :1]).tolist() == [1.0, 1.0]
    assert width(np.array([[0.0], [1.0]])).tolist() == [1.0]
    assert width(np.full((5, 1), 0.5)).tolist() == [0.02]


def test_a_part_of_a_range_that_works_is_searched_as_finely_as_a_whole_one() -> None:
    """The best of 40 whole numbers is found among 2000, of which the others fail."""
    for n_values in (40, 2000):
        space = ConditionalSpace([{"n": Integer(1, n_values)}])
        pool, optimizer = Pool(space), GPOptimizer(space)
        tried = [5, 35, *range(100, n_values, 80)]
        for t in range(12):
            points = space.encode([{"n": n} for n in tried])
            failed = np.array(tried) > 40
            values = np.where(failed, 0.0, -(((np.array(tried) - 17) / 40) ** 2))
            known = Seen(points, values, failed, points[:0], space.decode_all(points))
            for point in points:
                pool.take(point)
            point = optimizer.propose(known, pool, np.random.default_rng(t))
            tried.append(space.decode(point)["n"])
        assert 17 in tried
