"""HyperDrive's policies and racing: what exactly they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sktune import (
    BanditPolicy,
    MedianStoppingPolicy,
    RacingPolicy,
    TerminationPolicy,
    TruncationSelectionPolicy,
)
from sktune.policies import make_policy, racing
from sktune.policies.racing import _noise, _probability_to_win, _rival
from sktune.testing import PolicyContract
from tests.helpers.racers import standings

nan = np.nan


class TestRacing(PolicyContract):
    def make(self) -> TerminationPolicy:
        return RacingPolicy()


class TestMedian(PolicyContract):
    def make(self) -> TerminationPolicy:
        return MedianStoppingPolicy()


class TestBandit(PolicyContract):
    def make(self) -> TerminationPolicy:
        return BanditPolicy(slack_factor=0.2)


class TestBanditByAmount(PolicyContract):
    def make(self) -> TerminationPolicy:
        return BanditPolicy(slack_amount=0.05)


class TestTruncation(PolicyContract):
    def make(self) -> TerminationPolicy:
        return TruncationSelectionPolicy(truncation_percentage=30)


def stopped(policy: Any, scores: Any, **options: Any) -> list[int]:
    """Rows that are stopped, of those that are not complete."""
    trials = standings(scores, **options)
    return [row for row, one in enumerate(trials) if not one.complete and policy(trials, one)]


def column(*scores: float) -> Any:
    """Candidates with one of two splits."""
    return [[score, nan] for score in scores]


@pytest.mark.parametrize(
    ("policy", "best", "loser", "kept"),
    [
        (BanditPolicy(slack_factor=0.2), 0.8, 0.6666, 0.6667),  # Azure's own example
        (BanditPolicy(slack_amount=0.2), 0.8, 0.5999, 0.6),
        (BanditPolicy(), 1.1, 0.9999, 1.0),  # 0.1
        (BanditPolicy(slack_factor=0.25), -10.0, -12.01, -12.0),
        (BanditPolicy(slack_factor=0.25), 0.0, -0.01, 0.0),
        (BanditPolicy(slack_amount=2), -10.0, -12.01, -12.0),
        (BanditPolicy(slack_amount=0), 0.5, 0.49, 0.5),
    ],
)
def test_bandit(policy: Any, best: float, loser: float, kept: float) -> None:
    assert stopped(policy, column(best, loser, kept)) == [1]


def test_median_is_of_means_over_the_same_splits() -> None:
    scores = [
        [0.1, 0.9, nan],  # 0.5
        [0.6, 0.6, 0.6],  # 0.6
        [0.7, 0.7, nan],  # 0.7
        [0.9, nan, nan],  # was stopped, or has only one
    ]
    assert stopped(MedianStoppingPolicy(), scores) == [0]
    assert stopped(MedianStoppingPolicy(), column(0.1, 0.2, 0.3, 0.4)) == [0, 1]
    assert stopped(MedianStoppingPolicy(), column(0.5, 0.5, 0.5)) == []


def test_truncation_gives_up_the_lowest() -> None:
    ten = column(*np.arange(10) / 10)
    policy = TruncationSelectionPolicy
    assert stopped(policy(truncation_percentage=30), ten) == [0, 1, 2]
    assert stopped(policy(truncation_percentage=39), ten) == [0, 1, 2]
    assert stopped(policy(truncation_percentage=9), ten) == []
    assert stopped(policy(truncation_percentage=99), ten) == list(range(9))
    ties = column(0.1, 0.2, 0.2, 0.3, 0.4, 0.5)
    assert stopped(policy(truncation_percentage=34), ties) == [0]  # two, or all three


def test_truncation_may_leave_out_complete_candidates() -> None:
    scores = [[0.1, 0.1], [0.2, 0.2], [0.3, nan], [0.4, nan]]
    assert stopped(TruncationSelectionPolicy(truncation_percentage=50), scores) == []
    policy = TruncationSelectionPolicy(truncation_percentage=50, exclude_finished_jobs=True)
    assert stopped(policy, scores) == [2]


@pytest.mark.parametrize(
    ("every", "delay", "due"),
    [
        (1, 0, [1, 2, 3, 4, 5]),
        (2, 0, [2, 4]),
        (1, 3, [3, 4, 5]),
        (2, 3, [4]),
        (3, 3, [3]),
        (1, 9, []),
    ],
)
@pytest.mark.parametrize("kind", [BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy])
def test_intervals_are_splits(kind: Any, every: int, delay: int, due: list[int]) -> None:
    options = {"truncation_percentage": 40} if kind is TruncationSelectionPolicy else {}
    policy = kind(evaluation_interval=every, delay_evaluation=delay, **options)
    asked = []
    for n in range(1, 6):
        scores = np.full((3, 6), nan)
        scores[:, :n] = [[0.9], [0.8], [0.1]]
        if stopped(policy, scores):
            asked.append(n)
    assert asked == due


@pytest.mark.parametrize(
    ("make", "culprit"),
    [
        (lambda: BanditPolicy(slack_factor=-0.1), "slack_factor=-0.1"),
        (lambda: BanditPolicy(slack_amount="much"), "slack_amount='much'"),
        (lambda: BanditPolicy(slack_factor=0.1, slack_amount=0.1), "pass one"),
        (lambda: BanditPolicy(evaluation_interval=0), "evaluation_interval=0"),
        (lambda: MedianStoppingPolicy(delay_evaluation=-1), "delay_evaluation=-1"),
        (lambda: MedianStoppingPolicy(evaluation_interval=1.5), "evaluation_interval=1.5"),
        (lambda: TruncationSelectionPolicy(truncation_percentage=0), "truncation_percentage=0"),
        (lambda: TruncationSelectionPolicy(truncation_percentage=100), "from 1 to 99"),
        (lambda: TruncationSelectionPolicy(exclude_finished_jobs=1), "exclude_finished_jobs=1"),
        (lambda: RacingPolicy(alpha=0.6), "alpha=0.6"),
        (lambda: RacingPolicy(alpha=True), "alpha=True"),
    ],
)
def test_what_makes_no_policy_is_refused(make: Any, culprit: str) -> None:
    with pytest.raises(ValueError, match=culprit):
        make()


def test_names_stand_for_the_defaults() -> None:
    assert make_policy("racing") == RacingPolicy()
    assert make_policy("median") == MedianStoppingPolicy()
    assert make_policy("bandit") == BanditPolicy(slack_factor=None)
    assert make_policy("truncation") == TruncationSelectionPolicy(truncation_percentage=20)


races = st.tuples(st.integers(0, 2**32 - 1), st.integers(7, 30), st.integers(2, 4))


def race(seed: int, m: int, n: int) -> Any:
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(m, 1)) + rng.normal(size=(1, 5)) + 0.3 * rng.normal(size=(m, 5))
    scores[m // 3 :, n:] = nan
    return scores


@settings(max_examples=50, deadline=None)
@given(races, st.floats(0.01, 100), st.lists(st.floats(-10, 10), min_size=5, max_size=5))
def test_racing_goes_by_differences_in_units_of_the_noise(
    made: Any, scale: float, shift: Any
) -> None:
    """Harder splits and another unit change nobody's chances."""
    scores = race(*made)
    assert stopped(RacingPolicy(), scale * scores + np.array(shift)) == stopped(
        RacingPolicy(), scores
    )


@settings(max_examples=50, deadline=None)
@given(races, st.floats(0, 0.25), st.floats(0, 0.25))
def test_racing_with_a_larger_alpha_gives_up_more(made: Any, a: float, b: float) -> None:
    assume(a < b)
    scores = race(*made)
    assert set(stopped(RacingPolicy(a), scores)) <= set(stopped(RacingPolicy(b), scores))


@pytest.mark.parametrize("n_splits", [2, 3, 5, 10])
def test_racing_spends_its_alpha_over_all_splits_together(
    n_splits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = 0.0
    for n in range(1, n_splits):
        scores = np.full((2, n_splits), 0.5)
        scores[1, n:] = nan
        low, high = 0.0, 1.0
        for _ in range(40):  # what is likelier than this is not stopped
            middle = (low + high) / 2
            monkeypatch.setattr(racing, "_probability_to_win", lambda *_, p=middle: p)
            low, high = (middle, high) if stopped(RacingPolicy(0.3), scores) else (low, middle)
        spent += low
    assert spent == pytest.approx(0.3)


@settings(max_examples=50, deadline=None)
@given(races, st.integers(0, 4))
def test_racing_on_the_bound_alone_never_loses_the_best(made: Any, top: int) -> None:
    scores = race(*made)
    full = race(made[0], made[1], 5)
    bound = full.max() + top / 4
    best = full[: len(scores) // 3].mean(axis=1).max()
    for row in stopped(RacingPolicy(alpha=0), scores, best_possible=bound):
        done = scores[row][~np.isnan(scores[row])]
        assert (done.sum() + bound * (5 - len(done))) / 5 < best


def test_racing_on_the_bound_stops_what_cannot_win() -> None:
    scores = [[0.9, 0.9, 0.9], [0.6, nan, nan], [0.8, nan, nan]]
    assert stopped(RacingPolicy(alpha=0), scores, best_possible=1.0) == [1]
    assert stopped(RacingPolicy(alpha=0), scores) == []
    level = [[0.9, 0.9, 0.9], [0.7, nan, nan]]  # 0.7 + 1 + 1
    assert stopped(RacingPolicy(alpha=0), level, best_possible=1.0) == []


def test_a_candidate_the_same_on_all_splits_so_far_goes_on() -> None:
    scores = [[0.5 + 0.1 * ((j + k) % 3) for k in range(5)] for j in range(8)]
    known = np.array([*scores, scores[2]])
    known[1:, 3:] = nan
    known[2] = known[8] = known[0]
    known[8, 3:] = nan
    assert 8 not in stopped(RacingPolicy(alpha=0.5), known)


@pytest.mark.parametrize("n_splits", [2, 3, 5, 10])
def test_the_noise_of_many_candidates_is_its_variance(n_splits: int) -> None:
    noise = np.random.default_rng(0).normal(scale=2, size=(3000, n_splits))
    assert _noise(standings(noise), n_splits) == pytest.approx(4, rel=0.1)


def test_the_probability_to_win_is_that_of_normal_scores() -> None:
    """Against draws of the splits to come, for a variance that is known well."""
    rng = np.random.default_rng(1)
    n, n_splits, m = 2, 5, 4000
    noise = rng.normal(size=(m, n_splits))
    known = noise.copy()
    known[:, n:] = nan
    trials = standings(known)
    for gap in (0.5, 1.0, 1.5):
        one = np.array([-gap, -gap, nan, nan, nan])
        trial = type(trials[0])(0, {}, one)
        rival = np.zeros(n_splits)
        told = _probability_to_win(trials, trial, rival, n)
        # variance of differences: 4 of the 5 degrees of freedom say 2, its own says 0
        s = np.sqrt(2 * 4 / 5)
        scale = s * np.sqrt(5 / rng.chisquare(5, size=200_000))
        mean = -gap + scale / np.sqrt(n) * rng.normal(size=200_000)
        to_come = (n_splits - n) * mean + scale * np.sqrt(n_splits - n) * rng.normal(size=200_000)
        assert np.mean(-gap * n + to_come > 0) == pytest.approx(told, abs=0.015)


@settings(max_examples=50, deadline=None)
@given(races, st.integers(1, 4))
def test_where_several_are_wanted_racing_compares_with_the_last_of_them(made: Any, k: int) -> None:
    scores = race(*made)
    complete = len(scores) // 3
    assume(complete >= k)
    best_first = np.argsort(-scores[:complete].mean(axis=1))
    last = _rival(standings(scores, n_winners=k), made[2])
    np.testing.assert_array_equal(last, scores[best_first[k - 1]])


def test_where_fewer_are_known_than_are_wanted_all_go_on() -> None:
    scores = [[0.9, 0.9, nan], [0.1, 0.1, nan], [-np.inf, -np.inf, nan]]
    assert stopped(RacingPolicy(), scores, best_possible=1.0, n_winners=3) == []
    assert 2 in stopped(RacingPolicy(), scores, best_possible=1.0, n_winners=2)


def test_standings_are_a_sequence() -> None:
    trials = standings(column(0.1, 0.2, 0.3))
    assert [one.number for one in trials[1:]] == [1, 2]
    assert [one.number for one in trials[::-2]] == [2, 0]
    assert trials[-1].mean == 0.3
