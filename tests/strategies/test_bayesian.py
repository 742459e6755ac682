"""Bayesian search by ask and tell: hard cases, stopped candidates, spaces that run out."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.stats import rv_discrete

from sktune.space import Choices, ConditionalSpace, Integer, Pool, Real
from sktune.strategies import Bayesian
from sktune.trials import Outcome, Trial


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


@pytest.mark.parametrize(
    ("case", "window"),
    [
        # every case, half of them with several under way; else slow
        pytest.param(
            case, window, marks=[] if (number % 2 == 0) is (window == 1) else pytest.mark.slow
        )
        for number, case in enumerate(HARD)
        for window in (1, 4)
    ],
)
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


def test_what_failed_before_it_was_stopped_has_failed() -> None:
    strategy = Bayesian({"x": (0.0, 1.0)}, 9, n_points=9, random_state=0)
    params = [strategy.ask(1)[0] for _ in range(2)]
    strategy.tell([stopped(0, params[0], [0.5, None])])
    assert strategy._observations.scores == pytest.approx([math.nan], nan_ok=True)


def test_a_stopped_one_is_no_incumbent() -> None:
    strategy = Bayesian({"x": (0.0, 1.0)}, 9, n_points=9, random_state=0)
    params = [strategy.ask(1)[0] for _ in range(3)]
    strategy.tell([Trial.of(0, params[0], [0.5, 0.5, 0.5, 0.5])])
    strategy.tell([stopped(1, params[1], [0.9])])
    strategy.tell([stopped(2, params[2], [0.6])])
    assert strategy.seen().values == pytest.approx([0.5, 0.9, 0.6])


def test_a_pool_that_cannot_run_out_is_not_searched() -> None:
    endless = Pool(ConditionalSpace([{"x": Real(0, 1)}, {"n": Integer(1, 3)}]))
    large = Pool(ConditionalSpace([{"n": Integer(1, 10**7)}]))
    never: Any = None  # no source of random numbers: nothing can be drawn
    assert not endless.is_empty(never)
    assert not large.is_empty(never)
    endless.branches = [1]
    assert not endless.is_empty(never)
    rng = np.random.default_rng(0)
    for n in (1, 2, 3):
        endless.take(endless.space.encode([{"n": n}])[0])
    assert endless.is_empty(rng)
    endless.branches = [0, 1]
    assert not endless.is_empty(rng)


def test_open_branches_run_out_by_themselves() -> None:
    """Rare values of a branch are listed, also beside a branch without end."""
    rare = rv_discrete(values=(range(30), [0.99, 0.01 - 28e-9] + [1e-9] * 28))
    strategy = Bayesian([({"C": (0.0, 1.0)}, 1), ({"n": rare}, 30)], 31, random_state=0)
    while candidates := strategy.ask(1):
        strategy.tell([Trial.of(strategy.told, candidates[0], [0.1 * strategy.told])])
    assert strategy.told == 31
    three = Bayesian([({"C": (0.0, 1.0)}, 1), ({"n": (1, 3)}, 9)], 10, random_state=0)
    for _ in range(4):
        three.tell([Trial.of(three.told, three.ask(1)[0], [0.5])])
    with pytest.warns(UserWarning, match="The search space is used up"):
        assert three.ask(1) == []


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
