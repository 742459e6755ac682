"""When a search is over before it has tried all."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from sktune import (
    BayesSearch,
    GridSearch,
    ImprovementExhausted,
    NoImprovement,
    RandomSearch,
    StopRule,
    TargetScore,
)
from tests.helpers.racers import TABLE, Racer, samples, standings

X, y, CV = samples(3)
MEANS = TABLE[:, :3].mean(axis=1)
VALUES = list(range(60))


class Seven(StopRule):
    """A rule of one's own."""

    def __call__(self, trials: Any) -> bool:
        return len(trials) == 7


def grid(**options: Any) -> GridSearch:
    return GridSearch(Racer(), {"value": VALUES}, cv=CV, refit=False, **options)


def random(**options: Any) -> RandomSearch:
    return RandomSearch(
        Racer(), {"value": VALUES}, cv=CV, refit=False, n_iter=60, random_state=1, **options
    )


def bayes(**options: Any) -> BayesSearch:
    space = {"value": (0, 59)}
    return BayesSearch(Racer(), space, cv=CV, refit=False, n_iter=25, random_state=0, **options)


every_search = pytest.mark.parametrize("make", [grid, random, bayes])


def tried(search: Any) -> list[int]:
    return [params["value"] for params in search.fit(X, y).cv_results_["params"]]


def test_no_improvement_counts_candidates_in_a_row() -> None:
    rule = NoImprovement(2)
    means = [0.5, 0.6, 0.6, 0.55, 0.7]
    said = [rule(standings([[m, m] for m in means[: n + 1]])) for n in range(5)]
    assert said == [False, False, False, True, False]
    assert NoImprovement(2, tol=0.2)(standings([[m, m] for m in (0.5, 0.6, 0.65)]))
    assert not NoImprovement(2, tol=0.2)(standings([[m, m] for m in (0.5, 0.6, 0.75)]))


def test_no_improvement_waits_for_a_first_score() -> None:
    assert not NoImprovement(1)(standings([[-np.inf, 0.1]] * 4))
    with_stopped = [[0.5, 0.5], [0.4, np.nan], [0.3, np.nan]]
    assert NoImprovement(2)(standings(with_stopped))


def test_target_score_is_reached_or_passed() -> None:
    assert TargetScore(0.6)(standings([[0.5, 0.7]]))
    assert not TargetScore(0.61)(standings([[0.5, 0.7]]))
    assert not TargetScore(0.5)(standings([[0.9, np.nan]]))
    assert TargetScore(-3)(standings([[-2.0, -2.5]]))


def test_rules_are_composed_with_each_other_and_with_functions() -> None:
    def enough(trials: Any) -> bool:
        return len(trials) >= 3

    one, three = standings([[0.9, 0.9]]), standings([[0.5, 0.5]] * 3)
    assert (TargetScore(0.8) | enough)(one)
    assert (TargetScore(0.8) | enough)(three)
    assert (enough | TargetScore(0.8))(three)
    assert not (TargetScore(0.8) & enough)(one)
    assert (TargetScore(0.5) & enough)(three)
    assert (enough & TargetScore(0.5) & NoImprovement(2))(three)
    rule = NoImprovement(3) | TargetScore(0.9)
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert clone(grid(stop=rule)).stop == rule
    with pytest.raises(TypeError, match="no rule"):
        rule | 3  # type: ignore[operator]


RULES = {
    "no improvement": (NoImprovement(6), lambda means: len(means) - 1 - np.argmax(means) >= 6),
    "target": (TargetScore(0.83), lambda means: max(means) >= 0.83),
    "function": (lambda trials: len(trials) == 7, lambda means: len(means) == 7),
    "class": (Seven() | TargetScore(2), lambda means: len(means) == 7),
}
"""Rules, and what each says of the means so far."""


@every_search
@pytest.mark.parametrize("name", RULES)
def test_a_search_ends_with_the_first_candidate_of_which_its_rule_says_so(
    make: Any, name: str
) -> None:
    rule, says = RULES[name]
    everything = tried(make())
    means = MEANS[everything]
    n = next(n for n in range(1, len(means)) if says(means[:n]))  # StopIteration if it never does
    assert tried(make(stop=rule)) == everything[:n]


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_how_many_workers_there_are_does_not_matter(make: Any, n_jobs: int) -> None:
    rule = NoImprovement(5) & TargetScore(0.8)
    more = {"n_points": 2} if make is bayes else {}
    assert tried(make(stop=rule, n_jobs=n_jobs, **more)) == tried(make(stop=rule, **more))


def test_a_grid_plans_a_few_candidates_at_a_time() -> None:
    Racer.fits.clear()
    search = GridSearch(
        Racer(), {"value": list(range(120))}, cv=CV, refit=False, stop=TargetScore(-1)
    ).fit(X, y)
    assert len(search.cv_results_["params"]) == 1
    assert len(Racer.fits) == 3


def test_equal_candidates_are_asked_about_once() -> None:
    asked = []

    def count(trials: Any) -> bool:
        asked.append(len(trials))
        return False

    space = [{"value": [1, 2]}, {"value": [2, 1, 3]}]
    GridSearch(Racer(), space, cv=CV, refit=False, stop=count).fit(X, y)
    assert asked == [1, 2, 3]


def test_bayesian_search_ends_when_it_expects_nothing_better() -> None:
    few = tried(bayes(stop=ImprovementExhausted(0.1, at_least=4)))
    more = tried(bayes(stop=ImprovementExhausted(1e-3, at_least=4)))
    assert 4 <= len(few) < len(more) <= 25
    assert more == tried(bayes())[: len(more)]
    parallel = bayes(stop=ImprovementExhausted(1e-3, at_least=4), n_jobs=2, n_points=3)
    assert tried(parallel) == tried(parallel.set_params(n_jobs=1))


def test_what_is_expected_falls_as_more_is_known() -> None:
    expected = []

    def note(trials: Any) -> bool:
        expected.append(trials.expected_improvement())
        return False

    tried(bayes(stop=note))
    assert all(one >= 0 for one in expected)
    assert expected[-1] < min(expected[:5])


@pytest.mark.parametrize(
    "make",
    [
        grid,
        random,
        lambda **options: bayes(optimizer="skopt", **options),
    ],
    ids=["grid", "random", "skopt"],
)
def test_a_search_that_expects_nothing_refuses_to_go_by_it(make: Any) -> None:
    Racer.fits.clear()
    with pytest.raises(ValueError, match="expects nothing; pass it to BayesSearch"):
        make(stop=TargetScore(0.9) | ImprovementExhausted()).fit(X, y)
    assert not Racer.fits


@pytest.mark.parametrize(
    ("make", "culprit"),
    [
        (lambda: NoImprovement(0), "n=0"),
        (lambda: NoImprovement(2, tol=-1), "tol=-1"),
        (lambda: TargetScore("high"), "score='high'"),
        (lambda: TargetScore(float("nan")), "score=nan"),
        (lambda: ImprovementExhausted(tol=-1), "tol=-1"),
        (lambda: ImprovementExhausted(at_least=0), "at_least=0"),
    ],
)
def test_what_makes_no_rule_is_refused(make: Any, culprit: str) -> None:
    with pytest.raises(ValueError, match=culprit):
        make()
