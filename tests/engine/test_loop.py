"""What the loop asks, tells and records."""

from __future__ import annotations

import threading
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.engine import Setup, executor_for
from sktune.engine.executors.here import Here
from sktune.engine.loop import BLOCK, STOP_BLOCK, Loop
from sktune.engine.racing import ROUND, Racing
from sktune.engine.staging import Stages
from sktune.engine.subtrees import Subtrees
from sktune.events import Observer, Observers
from sktune.exceptions import FailedCandidatesWarning
from sktune.objective import Objective
from sktune.policies import Board, Ending
from sktune.space import Space
from sktune.strategies import Enumerated
from sktune.trials import Outcome, Trial, Trials
from tests.helpers.engine import After, Learns, problem, run, searched
from tests.helpers.estimators import Counting, Faulty, Slow, n_fits
from tests.helpers.racers import Racer, samples


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_strategy_is_told_of_a_block_before_it_is_asked_for_the_next(n_jobs: int) -> None:
    n = STOP_BLOCK + 9
    strategy = Learns(Space.of({"value": list(range(n))}))
    run(problem(), strategy, Trials(3), executor_for(None, n_jobs), endings=[After(10**6)])
    assert strategy.learnt == [(i, STOP_BLOCK if i < STOP_BLOCK else n) for i in range(n)]
    assert strategy.told == n


@pytest.mark.parametrize(
    ("n_workers", "may_stop", "races", "size"),
    [
        (1, False, False, BLOCK),
        (40, False, False, 64 * 40),
        (40, False, True, BLOCK),
        (40, True, False, STOP_BLOCK),
    ],
)
def test_so_many_candidates_are_planned_together(
    n_workers: int, may_stop: bool, races: bool, size: int
) -> None:
    asked = []

    class Asked(Enumerated):
        def ask(self, n: int) -> Any:
            asked.append(n)
            return []

    trials, objective = Trials(3), Objective()
    racing = Racing(lambda *_: False, Board(trials, objective), trials) if races else None
    endings = (After(9),) if may_stop else ()
    strategy = Asked(Space.of({"value": [1]}))
    setup = Setup(problem(), strategy, objective, trials, racing=racing, endings=endings)
    workers: Any = SimpleNamespace(count=n_workers, where="here")
    with Stages(setup, workers) as stages:
        dispatcher = SimpleNamespace(n_workers=lambda: n_workers)
        Loop(setup, dispatcher, stages).exhaust()  # type: ignore[arg-type] # asks how many
    assert asked == [size]


def test_the_plan_of_shared_work_hears_of_all_that_comes_back(
    monkeypatch: pytest.MonkeyPatch, iris: Any
) -> None:
    heard = []

    def take_in(self: Any, outcome: Outcome) -> None:
        heard.append((outcome.trial, outcome.split))

    monkeypatch.setattr(Subtrees, "take_in", take_in)
    grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 5]}
    GridSearch(DecisionTreeClassifier(random_state=0), grid, cv=3, refit=False).fit(*iris)
    assert sorted(heard) == [(trial, split) for trial in range(6) for split in range(3)]


def test_a_strategy_is_not_told_of_what_a_policy_cut_short() -> None:
    strategy = Learns(Space.of({"value": list(range(9))}))
    run(problem(), strategy, Trials(3), Here(), endings=[After(4)])
    assert strategy.told == 0


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_failure_that_ends_a_search_is_in_its_results(n_jobs: int, iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": ["raise"]}, n_jobs=n_jobs, error_score="raise")
    with pytest.raises(RuntimeError, match="this candidate raises") as caught:
        search.fit(*iris)
    where = "".join(traceback.format_exception(caught.value))  # also in a worker
    assert "raise RuntimeError" in where.partition("Traceback")[2]
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


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_observers_hear_everything_in_the_main_thread(n_jobs: int) -> None:
    trials, witness = searched(n_jobs)
    assert witness.threads == {threading.get_ident()}
    assert witness.events[0] == ("search started", 8)
    assert sorted(e[1] for e in witness.events if e[0] == "trial finished") == list(range(8))
    everything = {(i, j) for i in range(8) for j in range(3)}
    for kind in ("started", "finished"):
        assert sorted(e[1:] for e in witness.events if e[0] == kind) == sorted(everything)
    for i, j in everything:
        assert witness.events.index(("started", i, j)) < witness.events.index(("finished", i, j))
    assert all(trial.complete for trial in trials)


def test_one_worker_goes_candidate_by_candidate() -> None:
    _, witness = searched(1)
    finished = [e[1:] for e in witness.events if e[0] == "finished"]
    assert finished == sorted(finished)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_policy_ends_the_search_and_what_has_begun_is_recorded(n_jobs: int) -> None:
    _, witness = searched(n_jobs, [After(4)], n=400, estimator=Slow())
    started = [e[1:] for e in witness.events if e[0] == "started"]
    finished = [e[1:] for e in witness.events if e[0] == "finished"]
    assert sorted(started) == sorted(finished)
    assert 4 <= len(finished) <= 600  # what two workers have in hand, of 1200
    assert n_jobs == 2 or len(finished) == 4


class Learning(Enumerated):
    """Notes what it is told."""

    def __init__(self, space: Space) -> None:
        super().__init__(space)
        self.learnt: list[Trial] = []

    def learn(self, trials: Any) -> None:
        self.learnt += trials


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_strategy_is_told_everything_in_order(n_jobs: int) -> None:
    strategy = Learning(Space.of({"value": [1, 2, 1, 3]}))
    measured = problem()
    trials = Trials(len(measured.splits))
    run(measured, strategy, trials, executor_for(None, n_jobs))
    assert [trial.number for trial in strategy.learnt] == [0, 1, 2, 3]
    assert all(trial.complete for trial in strategy.learnt)


class RaisesAtTheEnd(Observer):
    def search_finished(self, results: Any) -> None:
        raise OSError("the end")


def test_an_observer_cannot_hide_why_a_search_ended(iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": ["interrupt"]}, observers=[RaisesAtTheEnd()])
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)


class Hangs(Counting):
    """Fails at once, or takes for ever."""

    def fit(self, X: Any, y: Any) -> Any:
        if self.value == "fail":
            raise RuntimeError("this candidate raises")
        if self.value == "hang":
            time.sleep(600)
        return super().fit(X, y)


def test_an_error_does_not_wait_for_long_fits() -> None:
    """Those under way are cancelled: they would take ten minutes."""
    measured = problem(estimator=Hangs(), raise_errors=True)
    warm = Enumerated(Space.of({"value": [1, 2, 3]}))
    run(measured, warm, Trials(3), executor_for(None, 2))
    strategy = Enumerated(Space.of({"value": ["fail", "hang", "hang"]}))
    with pytest.raises(RuntimeError, match="this candidate raises"):
        run(measured, strategy, Trials(3), executor_for(None, 2))


class Raises(Observer):
    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        raise OSError("the disk is full")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_an_observer_of_the_searchs_own_raises_ends_the_search(n_jobs: int) -> None:
    observers = Observers([Raises()])
    trials = Trials(3, observers)
    strategy = Enumerated(Space.of({"value": [1, 2]}))
    with pytest.raises(OSError, match="disk is full"):
        run(problem(), strategy, trials, executor_for(None, n_jobs), observers=observers)
    assert len(trials[0].finished) + len(trials[1].finished) == 1


class Sleeps(Counting):
    """Takes some seconds."""

    def fit(self, X: Any, y: Any) -> Any:
        time.sleep(0.0 if self.value is None else self.value)
        return super().fit(X, y)


def test_a_fit_over_its_time_ends_the_search_where_failures_are_raised(iris: Any) -> None:
    search = GridSearch(Sleeps(), {"value": [5.0]}, error_score="raise", fit_timeout=0.05)
    with pytest.raises(RuntimeError, match=r"fit_timeout=0\.05 seconds are over: .*'value': 5"):
        search.fit(*iris)
    assert list(search.cv_results_["status"]) == ["timeout"]


def test_what_took_too_long_is_tried_again_only_with_more_time(iris: Any, tmp_path: Path) -> None:
    folder, path = tmp_path / "fits", tmp_path / "a.jsonl"
    folder.mkdir()
    sleeps = Sleeps(folder=str(folder), value=0.1)
    for limit, whole in ((0.02, 0), (0.02, 0), (0.01, 0), (None, 2), (0.02, 2)):
        search = GridSearch(
            sleeps, {"other": [1]}, cv=2, refit=False, checkpoint=path, fit_timeout=limit
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FailedCandidatesWarning)
            with suppress(ValueError):  # as all have failed
                search.fit(*iris)
        assert n_fits(folder) == whole
    assert path.read_bytes().count(b'"timeout"') == 2


def test_a_rule_is_met_by_what_a_race_stops() -> None:
    """Nothing more of its round is fitted."""
    X, y, cv = samples(3)
    Racer.fits.clear()
    search = GridSearch(
        Racer(), {"value": list(range(30))}, cv=cv, refit=False,
        early_termination=lambda _, trial: trial.params["value"] >= ROUND,
        stop=lambda trials: len(trials) == ROUND + 3,
    ).fit(X, y)  # fmt: skip
    assert len(search.cv_results_["params"]) == ROUND + 3
    assert len(Racer.fits) == 3 * ROUND + 10
