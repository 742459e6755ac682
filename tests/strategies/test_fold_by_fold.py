"""One fold at a time: which candidate gets its next split, by the strategy alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktune.strategies import Bayesian, FoldByFold, FoldFit
from sktune.trials import Trial

K = 4
SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
HARD = np.array([3.0, -1.0, 0.0, -2.0])
few = settings(max_examples=3)


def run(
    score: Callable[[Any, int], float], n_iter: int = 12, space: Any = SPACE, **options: Any
) -> tuple[FoldByFold, list[FoldFit]]:
    """Tell each fit before the next; score is of parameters and a split."""
    strategy = FoldByFold(space, n_iter, **{"random_state": 0, **options})
    strategy.begin(K)
    fits = []
    while fit := strategy.next_fit():
        strategy.tell_fit(fit, score(strategy.candidates[fit.number], fit.split))
        fits.append(fit)
    return strategy, fits


def quality(params: Any) -> float:
    return -float((params["x"] - 0.6) ** 2 + (params["y"] - 0.3) ** 2)


def noisy(seed: int, sd: float) -> Callable[[Any, int], float]:
    """Return scores with noise that belongs to the candidate and the split, and hard splits."""

    def score(params: Any, split: int) -> float:
        rng = np.random.default_rng([seed, split, int(1e9 * params["x"])])
        return quality(params) + sd * float(rng.standard_normal()) + HARD[split]

    return score


def done(fits: list[FoldFit]) -> dict[int, list[int]]:
    """Return the splits of each candidate, in turn."""
    found: dict[int, list[int]] = {}
    for fit in fits:
        found.setdefault(fit.number, []).append(fit.split)
    return found


@given(st.integers(0, 10**6))
@few
def test_where_none_loses_candidates_are_those_of_all_folds(seed: int) -> None:
    """They get all splits one after the other, so that what is known of them is the same."""
    scores: dict[str, float] = {}

    def better_and_better(params: Any, split: int) -> float:
        return scores.setdefault(repr(params), float(len(scores)))

    strategy, fits = run(better_and_better, n_iter=14, random_state=seed)
    assert [fit.number for fit in fits] == [n for n in range(14) for _ in range(K)]
    usual = Bayesian(SPACE, 14, random_state=seed)
    while candidates := usual.ask(1):
        score = better_and_better(candidates[0], 0)
        usual.tell([Trial.of(usual.asked - 1, candidates[0], [score] * K)])
    assert list(usual.candidates) == list(strategy.candidates)


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.03, 0.3]))
@few
def test_fits_are_the_budget_and_no_split_comes_twice(seed: int, sd: float) -> None:
    strategy, fits = run(noisy(seed, sd), random_state=seed)
    splits = done(fits)
    assert len(fits) == strategy.n_fits <= 12 * K
    assert strategy.total == len(strategy.candidates)
    assert len(fits) > 11 * K  # what is left could not have made a candidate whole
    assert list(splits) == list(range(len(strategy.candidates)))  # begun in their order
    for number, of_one in splits.items():
        assert len(set(of_one)) == len(of_one)
        assert of_one[0] == number % K  # splits are begun in turn
    whole = {number for number, of_one in splits.items() if len(of_one) == K}
    assert whole >= {0, 1, 2}
    assert strategy.aside == splits.keys() - whole
    assert len(whole) < 12 < len(splits)


def test_losers_are_set_aside_and_what_they_leave_is_spent_on_others() -> None:
    strategy, fits = run(noisy(0, 0.0), n_iter=12)
    splits = done(fits)
    best = max(splits, key=lambda number: quality(strategy.candidates[number]))
    assert len(splits[best]) == K
    assert quality(strategy.candidates[best]) > -1e-3
    lost = [n for n, of_one in splits.items() if len(of_one) < K]
    assert np.mean([len(splits[number]) for number in lost]) < 2


def test_what_looks_better_later_is_taken_up_again() -> None:
    again = 0
    for seed in (0, 1):
        _, fits = run(noisy(seed, 0.3), random_state=seed)
        newest = -1
        for fit in fits:
            again += fit.number < newest
            newest = max(newest, fit.number)
    assert again > 0


def test_a_mean_over_some_splits_is_less_how_hard_they_are() -> None:
    strategy, _ = run(noisy(0, 0.0), n_iter=12)
    seen = strategy.seen()
    right = [quality(params) for params in strategy.candidates]
    assert (seen.shares < 1).any()
    assert seen.values == pytest.approx(right, abs=0.5)  # splits differ by several


def test_a_candidate_that_fails_gets_no_other_split() -> None:
    def score(params: Any, split: int) -> float:
        return math.nan if params["x"] > 0.5 else quality(params)

    strategy, fits = run(score)
    for number, splits in done(fits).items():
        if strategy.candidates[number]["x"] > 0.5:
            assert len(splits) == 1
    assert strategy.seen().failed.any()


def test_what_is_proposed_goes_by_what_has_been_told_alone() -> None:
    """Of three that may be under way, the first is told late; the others not before it."""
    proposed = []
    for _ in range(2):
        strategy = FoldByFold(SPACE, 8, n_points=3, random_state=0)
        strategy.begin(K)
        fits: list[FoldFit] = []
        told = 0
        while True:
            while len(fits) - told < 3 and (fit := strategy.next_fit()):
                fits.append(fit)
            if told == len(fits):
                break
            params = strategy.candidates[fits[told].number]
            strategy.tell_fit(fits[told], noisy(0, 0.1)(params, fits[told].split))
            told += 1
        proposed.append((fits, strategy.candidates))
    assert proposed[0] == proposed[1]
    assert len(fits) <= 8 * K
    under_way = [fits[i : i + 3] for i in range(4 * K)]  # in the end fewer may be
    assert all(len({fit.number for fit in three}) == 3 for three in under_way)


def test_allotments_are_budgets_of_fits() -> None:
    spaces = [({"a": (0.0, 1.0)}, 3), ({"b": (0.0, 1.0)}, 9)]
    strategy, fits = run(lambda params, split: -sum(params.values()), space=spaces)
    of_a = [fit for fit in fits if "a" in strategy.candidates[fit.number]]
    assert 2 * K < len(of_a) <= 3 * K
    assert len(fits) <= 12 * K


def test_a_space_that_is_used_up_ends_the_search() -> None:
    space = {"x": [0.1, 0.5, 0.7], "y": [0.2, 0.3]}
    strategy, fits = run(noisy(0, 0.01), n_iter=6, space=space)
    assert len(strategy.candidates) == 6
    assert len(fits) < 6 * K
    with pytest.warns(UserWarning, match="used up"):
        run(noisy(0, 0.01), n_iter=20, space=space)


def test_a_single_split_is_the_whole_candidate() -> None:
    strategy = FoldByFold(SPACE, 9, random_state=0)
    strategy.begin(1)
    usual = Bayesian(SPACE, 9, random_state=0)
    while fit := strategy.next_fit():
        strategy.tell_fit(fit, quality(strategy.candidates[fit.number]))
        [params] = usual.ask(1)
        usual.tell([Trial.of(fit.number, params, [quality(params)])])
    assert list(strategy.candidates) == list(usual.candidates)
    assert len(usual.candidates) == 9


def test_an_optimizer_that_foresees_nothing_is_refused() -> None:
    pytest.importorskip("skopt", reason="an optimizer of scikit-optimize's")
    with pytest.raises(ValueError, match="foresees nothing"):
        FoldByFold(SPACE, 9, optimizer="skopt")


def test_splits_come_first_on_which_the_same_work_has_been_done() -> None:
    space = {"x": (0.0, 1.0), "y": (0.0, 1.0), "first": [*range(9)]}
    strategy, fits = run(noisy(0, 0.1), n_iter=24, space=space, work=lambda params: params["first"])
    _, usual = run(noisy(0, 0.1), n_iter=24, space=space)
    first = [params["first"] for params in strategy.candidates]
    fitted: set[Any] = set()
    for fit in fits:
        key = first[fit.number]
        if (key, fit.split) not in fitted:  # there was none left on which it had been
            earlier = {f.split for f in fits[: fits.index(fit)] if f.number == fit.number}
            assert {split for k, split in fitted if k == key} <= earlier
        fitted.add((key, fit.split))
    assert len(fits) > 23 * K
    assert len(usual) > 23 * K
