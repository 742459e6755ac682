"""The engine behind optimizer="gp": laws of its parts, and hard cases, through ask and tell."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune.optimizers import GaussianProcess, GPOptimizer, Surrogates
from sktune.optimizers.candidates import best_point, neighbours
from sktune.optimizers.gaussian_process import Gram
from sktune.optimizers.surrogate import prior_mean
from sktune.space import Choices, ConditionalSpace, Integer, Pool, Real
from sktune.space.choices import told_apart
from sktune.strategies import Bayesian
from sktune.trials import Outcome, Trial

from .test_optimizers import GROUPS, LINE, MIXED, SPACES, data, seen

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 11))
def test_an_extended_matrix_is_that_of_all_points(seed: int, known: int) -> None:
    X, y, theta = data(seed)
    whole = Gram.of(X, theta, GROUPS)
    extended = Gram.of(X[:known], theta, GROUPS).extended(X[known:])
    assert np.allclose(extended.L, whole.L, atol=1e-6)
    assert np.allclose(extended.Z, whole.Z)
    one_by_one = Gram.of(X[:known], theta, GROUPS)
    for row in X[known:]:
        one_by_one = one_by_one.extended(row[np.newaxis])
    assert one_by_one.L.tobytes() == extended.L.tobytes()
    at = data(seed + 1)[0]
    expected = GaussianProcess.condition(whole, y).predict(at)
    assert np.allclose(GaussianProcess.condition(extended, y).predict(at), expected, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_functions_drawn_have_the_mean_and_the_spread_that_are_predicted(seed: int) -> None:
    X, y, theta = data(seed)
    process = GaussianProcess.condition(Gram.of(X, theta, GROUPS), y)
    at = data(seed + 50)[0]
    drawn = process.draw(at, 4000, np.random.default_rng(0))
    mean, std = process.predict(at)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.1)
    assert drawn.std(axis=0) == pytest.approx(std, abs=0.05)
    assert process.mean(at) == pytest.approx(mean)
    near = np.stack([at[0], at[0] + 1e-4])  # of one function: neighbours are alike
    pair = process.draw(near, 100, np.random.default_rng(0))
    assert np.abs(pair[:, 0] - pair[:, 1]).max() < 0.1


def test_the_middle_of_the_ranges_is_expected_to_be_better_than_the_ends() -> None:
    X = np.array([[0.5, 0.5, 9.0], [0.0, 0.5, 9.0], [0.0, 1.0, -9.0]])
    assert prior_mean(X, 2).tolist() == [0.0, -0.5, -1.0]  # the third is no number
    assert prior_mean(X, 0).tolist() == [0.0, 0.0, 0.0]


def test_what_is_seen_outweighs_what_was_expected() -> None:
    known = replace(seen(LINE, Pool(LINE), n=20, n_pending=0))
    known = replace(known, values=known.points[:, 1].copy())
    mean, _ = Surrogates(LINE).of(known).predict(LINE.encode([{"x": 1.0}, {"x": 0.5}, {"x": 0.0}]))
    assert mean[0] > mean[1] > mean[2]
    assert mean == pytest.approx([1, 0.5, 0], abs=0.15)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_what_an_optimizer_remembers_changes_no_proposal(space: ConditionalSpace) -> None:
    """So a search can be taken up again from what it has recorded."""
    pool, old = Pool(space), GPOptimizer(space)
    everything = seen(space, pool, n=30, n_pending=0)
    for n in [*range(1, 30), 7, 30]:
        part = replace(
            everything,
            points=everything.points[:n],
            values=everything.values[:n],
            pending=everything.points[n : n + 2],
        )
        proposals = [
            optimizer.propose(part, pool, np.random.default_rng(n)).tobytes()
            for optimizer in (old, GPOptimizer(space))
        ]
        assert proposals[0] == proposals[1], n


def test_the_model_to_look_at_and_the_one_to_choose_by_do_not_mix() -> None:
    known = seen(MIXED, Pool(MIXED), n=20)
    known = replace(known, values=np.where(np.arange(20) % 5 == 0, -50.0, known.values))
    at = known.points[:4]
    both, alone = Surrogates(MIXED), Surrogates(MIXED)
    clipped = both.of(known).predict(at)
    assert np.array_equal(
        both.of(known, clipped=False).predict(at), alone.of(known, clipped=False).predict(at)
    )
    assert np.array_equal(both.of(known).predict(at), clipped)
    assert not np.array_equal(
        alone.of(known).predict(at), alone.of(known, clipped=False).predict(at)
    )


def run(space: Any, score: Any, n_iter: int, window: int = 1, **options: Any) -> Bayesian:
    """Ask and tell by hand; warnings are errors."""
    strategy = Bayesian(space, n_iter, n_points=window, random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        while strategy.told < n_iter:
            while strategy.asked - strategy.told < window and strategy.ask(1):
                pass
            params = strategy.candidates[strategy.told]
            strategy.tell([Trial.of(strategy.told, params, [score(params, strategy.told)])])
    return strategy


MANY = {f"p{k}": (0.0, 1.0) for k in range(50)}
HARD = {
    "constant": (MANY, lambda params, t: 0.7),
    "all failed": ({"x": (0.0, 1.0)}, lambda params, t: math.nan),
    "one succeeds": ({"x": (0.0, 1.0)}, lambda params, t: 1.0 if t == 9 else math.nan),
    "fifty": (MANY, lambda params, t: -sum((v - 0.3) ** 2 for v in params.values())),
    "a spike": ({"x": (0.0, 1.0)}, lambda params, t: 1e300 if t == 5 else params["x"]),
    "a pit": ({"x": (0.0, 1.0)}, lambda params, t: -1e300 if t % 3 == 0 else params["x"]),
    "tiny differences": ({"x": (0.0, 1.0)}, lambda params, t: 0.5 + 1e-13 * params["x"]),
    "categories": ({f"k{k}": list("abcde") for k in range(8)}, lambda params, t: len(set(params))),
}


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("case", HARD)
def test_nothing_is_too_hard(case: str, window: int) -> None:
    space, score = HARD[case]
    strategy = run(space, score, 30, window)
    assert len({tuple(params.items()) for params in strategy.candidates}) == 30


def test_fifty_dimensions_are_learned_in() -> None:
    space, score = HARD["fifty"]
    scores = [score(params, 0) for params in run(space, score, 60).candidates]
    assert np.mean(scores[45:]) > np.mean(scores[:30]) + 0.5
    assert max(scores) > -3  # the best of 60 random ones has -5, the middle of the space -2


@pytest.mark.parametrize("window", [4, 8])
def test_many_under_way_keep_apart(window: int) -> None:
    def score(params: Any, t: int) -> float:
        return -sum((value - 0.3) ** 2 for value in params.values())

    strategy = run({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0)}, score, 40, window)
    at = np.array([list(params.values()) for params in strategy.candidates])
    for t in range(1, 13):
        under_way = at[max(0, t - window + 1) : t]
        assert np.abs(under_way - at[t]).max(axis=1).min() > 0.01
    assert np.abs(at - 0.3).max(axis=1).min() < 0.05


def stopped(number: int, params: Any, scores: list[float | None], n_splits: int = 4) -> Trial:
    outcomes = [Outcome(number, split, {"score": s}) for split, s in enumerate(scores)]
    return Trial(number, params, [*outcomes, *[None] * (n_splits - len(outcomes))])


def test_what_was_stopped_is_told_as_the_incumbent_and_the_paired_difference() -> None:
    strategy = Bayesian({"x": (0.0, 1.0)}, 9, n_points=9, random_state=0)
    params = [strategy.ask(1)[0] for _ in range(7)]
    strategy.tell([stopped(0, params[0], [0.2, 0.3])])  # nothing to compare with yet
    assert len(strategy.seen().values) == 0
    assert len(strategy.seen().pending) == 6
    strategy.tell([Trial.of(1, params[1], [0.1, 0.2, 0.8, 0.9])])
    strategy.tell([stopped(2, params[2], [0.3, 0.2])])  # ahead by 0.1, with a raw mean of 0.25
    strategy.tell([stopped(3, params[3], [])])
    strategy.tell([stopped(4, params[4], [0.3, math.nan])])
    strategy.tell([Trial.of(5, params[5], [0.2, 0.3, 0.9, 1.0])])
    strategy.tell([stopped(6, params[6], [0.1, 0.2, 0.8])])  # 0.1 behind the new incumbent
    known = strategy.seen()
    assert known.values == pytest.approx([0.5, 0.6, 0.5, 0.6, 0.5])  # the fifth failed: the worst
    told = [1, 2, 4, 5, 6]
    assert np.array_equal(known.points, np.array([strategy.points[n] for n in told]))
    assert list(known.candidates) == [params[n] for n in told]


def test_a_stopped_one_is_no_incumbent() -> None:
    strategy = Bayesian({"x": (0.0, 1.0)}, 9, n_points=9, random_state=0)
    params = [strategy.ask(1)[0] for _ in range(3)]
    strategy.tell([Trial.of(0, params[0], [0.5, 0.5, 0.5, 0.5])])
    strategy.tell([stopped(1, params[1], [0.9])])
    strategy.tell([stopped(2, params[2], [0.6])])
    assert strategy.seen().values == pytest.approx([0.5, 0.9, 0.6])


def test_a_pool_that_cannot_run_out_is_not_searched(monkeypatch: Any) -> None:
    endless = Pool(ConditionalSpace([{"x": Real(0, 1)}, {"n": Integer(1, 3)}]))
    large = Pool(ConditionalSpace([{"n": Integer(1, 10**7)}]))
    monkeypatch.setattr(Pool, "draw", None)
    rng = np.random.default_rng(0)
    assert not endless.is_empty(rng)
    assert not large.is_empty(rng)
    endless.branches = [1]
    assert not endless.is_empty(rng)
    monkeypatch.undo()
    for n in (1, 2, 3):
        endless.take(endless.space.encode([{"n": n}])[0])
    assert endless.is_empty(rng)
    endless.branches = [0, 1]
    assert not endless.is_empty(rng)


def test_branches_that_share_candidates_run_out_together() -> None:
    same = {"n": Integer(1, 3)}
    for space in (
        ConditionalSpace([same, dict(same)]),
        ConditionalSpace([same, {"n": Choices([1, 2, 3])}]),
    ):
        pool, rng = Pool(space), np.random.default_rng(0)
        while len(drawn := pool.draw(1, rng)):
            pool.take(drawn[0])
        assert pool.is_empty(rng)


def test_the_last_candidate_of_a_large_space_is_found() -> None:
    space = ConditionalSpace([{"n": Integer(1, 1500)}])
    pool = Pool(space)
    points = space.encode([{"n": n} for n in range(1, 1501) if n != 700])
    for point in points:
        pool.take(point)
    found = best_point(lambda p: -p[:, 1], points[:5], pool, np.random.default_rng(0))
    assert space.decode(found) == {"n": 700}


@given(seeds)
def test_neighbours_differ_where_branches_have_constants(seed: int) -> None:
    constants = {f"c{k}": Choices([k]) for k in range(9)}
    space = ConditionalSpace([{**constants, "x": Real(0, 1)}, {**constants, "k": Choices("abc")}])
    rng = np.random.default_rng(seed)
    around = space.sample(3, rng)
    found = space.settle(neighbours(space, around, 300, 0.1, rng))
    origins = around[np.arange(300) % 3]
    real = found[:, 0] == origins[:, 0]
    real &= found[:, 0] == 0
    assert (found[real, 10] != origins[real, 10]).all()
    assert len(np.unique(found[found[:, 0] == 1], axis=0)) > 1  # choices are drawn anew


def test_branches_are_told_apart_by_a_choice_that_they_do_not_share() -> None:
    a, ab, b = Choices("a"), Choices("ab"), Choices("b")
    assert told_apart({"k": a}, {"k": b})
    assert told_apart({"k": a, "m": ab}, {"k": b, "m": ab})
    assert not told_apart({"k": a}, {"k": ab})
    assert not told_apart({"k": a}, {"m": b})
    assert not told_apart({"k": Real(0, 1)}, {"k": Real(2, 3)})
    pool = Pool(ConditionalSpace([{"k": a, "x": Real(0, 1)}, {"k": b, "x": Real(0, 2)}]))
    point = pool.space.encode([{"k": "a", "x": 0.5}])
    pool.take(point[0])
    assert not pool.is_new(point[0])
    assert pool.is_new(pool.space.encode([{"k": "b", "x": 0.5}])[0])
