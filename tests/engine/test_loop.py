"""What the loop asks, tells and records."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sktune import GridSearch
from sktune.engine import Executor
from sktune.engine.loop import STOP_BLOCK
from sktune.policies import Ending
from sktune.space import Space
from sktune.trials import Trials
from tests.helpers.engine import After, Learns, problem, run, searched
from tests.helpers.estimators import Faulty, Slow


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_strategy_is_told_of_a_block_before_it_is_asked_for_the_next(n_jobs: int) -> None:
    n = STOP_BLOCK + 9
    strategy = Learns(Space.of({"value": list(range(n))}))
    with Executor(n_jobs, "2*n_jobs") as executor:
        run(problem(), strategy, Trials(3), executor, endings=[After(10**6)])
    assert strategy.learnt == [(i, STOP_BLOCK if i < STOP_BLOCK else n) for i in range(n)]
    assert strategy.told == n


def test_a_strategy_is_not_told_of_what_a_policy_cut_short() -> None:
    strategy = Learns(Space.of({"value": list(range(9))}))
    with Executor(1, 1) as executor:
        run(problem(), strategy, Trials(3), executor, endings=[After(4)])
    assert strategy.told == 0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_failure_that_ends_a_search_is_in_its_results(n_jobs: int, iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": ["raise"]}, n_jobs=n_jobs, error_score="raise")
    with pytest.raises(RuntimeError, match="this candidate raises"):
        search.fit(*iris)
    assert list(search.cv_results_["status"]) == ["failed"]
    assert list(search.cv_results_["error"]) == ["RuntimeError: this candidate raises"]


class Once(Ending):
    """Says once that the search is to end."""

    reason = "stop"
    n_asked = 0

    def check(self, trials: Trials) -> int | None:
        self.n_asked += 1
        return len(trials) if self.n_asked == 2 else None


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_policy_that_has_ended_the_search_cannot_take_it_back(n_jobs: int) -> None:
    _, witness = searched(n_jobs, [Once()], n=400, estimator=Slow())
    assert len([e for e in witness.events if e[0] == "finished"]) <= 600  # of 1200


def slow_to_score(estimator: Any, X: Any, y: Any) -> float:
    time.sleep(0.02)
    return 0.0


def test_the_time_for_scoring_is_part_of_the_cost() -> None:
    trials, _ = searched(1, n=2, scorer=slow_to_score)
    costs = [outcome.own_time for trial in trials for outcome in trial.finished]
    assert len(costs) == 6
    assert min(costs) > 0.019
