"""Planning, executing and the loop."""

from __future__ import annotations

import math
import pickle
import threading
import time
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config
from joblib.parallel import register_parallel_backend

from sktune import GridSearch
from sktune.engine import Executor
from sktune.engine.planning import SECONDS, Cost, plan
from sktune.evaluation import Bundle, Evaluator, Task
from sktune.events import Observer, Observers
from sktune.space import Space
from sktune.strategies import Enumerated
from sktune.trials import Outcome, Trial, Trials
from tests.helpers.engine import (
    After,
    WithoutGenerators,
    doubled,
    problem,
    run,
    searched,
)
from tests.helpers.estimators import Counting, Faulty, Slow


def tasks(n_candidates: int, n_splits: int) -> list[list[Task]]:
    return [[Task(i, j, {}) for j in range(n_splits)] for i in range(n_candidates)]


# --- planning -------------------------------------------------------------------------


@given(
    n_candidates=st.integers(0, 60),
    n_splits=st.integers(1, 5),
    n_workers=st.integers(1, 16),
    costs=st.lists(st.floats(1e-6, 10) | st.none(), min_size=1, max_size=20),
)
def test_every_task_is_planned_once_and_each_bundle_has_one_split(
    n_candidates: int, n_splits: int, n_workers: int, costs: list[float | None]
) -> None:
    cost = Cost()
    planned: list[tuple[int, int]] = []
    bundles = plan(
        tasks(n_candidates, n_splits),
        [(i, i) for i in range(n_splits)],
        cost,
        n_workers=n_workers,
    )
    for index, bundle in enumerate(bundles):
        assert {task.split for task in bundle.tasks} == {bundle.split}
        assert bundle.rows == (bundle.split, bundle.split)
        planned += [(task.trial, task.split) for task in bundle.tasks]
        cost.seconds = costs[index % len(costs)]
    assert sorted(planned) == [(i, j) for i in range(n_candidates) for j in range(n_splits)]


def sizes(seconds: float | None, n_candidates: int, n_workers: int) -> list[int]:
    bundles = plan(
        tasks(n_candidates, 1),
        [(0, 0)],
        Cost(seconds),
        n_workers=n_workers,
    )
    return [len(bundle.tasks) for bundle in bundles]


def test_bundles_grow_with_what_is_known_and_end_small() -> None:
    assert max(sizes(None, 50, 2)) == 1
    assert max(sizes(10 * SECONDS, 50, 2)) == 1
    cheap = sizes(SECONDS / 1000, 1000, 2)
    assert cheap[:3] == [1, 1, 1] or cheap[0] <= 2
    assert max(cheap) > 50
    assert cheap[-1] <= 2
    assert max(cheap) <= math.ceil(1000 / 4)


def test_costs_follow_what_has_been_measured() -> None:
    cost = Cost()
    for _ in range(50):
        cost.learn(Outcome(0, 0, {}, own_time=1.0, fits=(("scale", 0.4), ("clf", 0.6))))
    assert cost.seconds == pytest.approx(1.0)
    for _ in range(50):
        cost.learn(Outcome(0, 0, {}, own_time=3.0, fits=(("clf", 3.0),)))
    assert cost.seconds is not None
    assert 2.9 < cost.seconds <= 3.0
    assert cost.last is not None
    assert 2.9 < cost.last <= 3.0
    assert cost.step == pytest.approx(0.4)


def test_one_worker_gets_one_task_at_a_time() -> None:
    assert max(sizes(1e-6, 50, 1)) == 1


def test_nothing_that_grows_with_the_search_travels_with_a_task() -> None:
    def sent(n_candidates: int, n_splits: int) -> int:
        measured = problem(n_splits)
        bundles = plan(
            tasks(n_candidates, n_splits),
            measured.splits,
            Cost(),
            n_workers=2,
        )
        return len(pickle.dumps((Evaluator(measured), list(bundles)[7])))

    assert sent(1000, 3) <= sent(10, 3) + 8
    assert sent(10, 30) <= sent(10, 3) + 150  # a larger training set, but one split


# --- executing ------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_executor_gives_every_outcome_once(n_jobs: int) -> None:
    bundles = [Bundle(0, (i, i), (Task(i, 0, {}),)) for i in range(20)]
    with Executor(n_jobs, "2*n_jobs") as executor:
        for _ in range(2):  # the pool is used again
            outcomes = [o.trial for result in executor.run(doubled, bundles) for o in result]
            assert sorted(outcomes) == list(range(20))


def test_leaving_early_is_silent() -> None:
    bundles = [Bundle(0, (i, i), (Task(i, 0, {}),)) for i in range(20)]
    with warnings.catch_warnings(), Executor(2, "2*n_jobs") as executor:
        warnings.simplefilter("error")
        results = executor.run(doubled, bundles)
        next(results)
        results.close()
        assert sum(1 for _ in executor.run(doubled, bundles)) == 20


def test_a_backend_without_generators(iris: Any) -> None:
    register_parallel_backend("without-generators", WithoutGenerators)
    with parallel_config("without-generators", n_jobs=2):
        search = GridSearch(Counting(), {"value": [1, 2, 3]}).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok"] * 3


def test_what_is_in_flight_is_bounded(tmp_path: Any, iris: Any) -> None:
    """With pre_dispatch=1 the second of two workers never gets anything."""
    running = Running()
    with parallel_config("threading", n_jobs=2):
        for pre_dispatch, most in ((1, 1), (2, 2)):
            running.most = 0
            GridSearch(
                Watched(running), {"value": list(range(6))}, pre_dispatch=pre_dispatch, refit=False
            ).fit(*iris)
            assert running.most == most


class Running:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.now -= 1

    def __deepcopy__(self, memo: Any) -> Running:
        return self


class Watched(Counting):
    def __init__(self, running: Any = None, value: Any = None) -> None:
        self.running = running
        self.value = value

    @property
    def folder(self) -> str:
        return ""

    def fit(self, X: Any, y: Any) -> Any:
        with self.running:
            threading.Event().wait(0.02)
            return super().fit(X, y)


# --- the loop -------------------------------------------------------------------------


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
    with Executor(n_jobs, "2*n_jobs") as executor:
        run(measured, strategy, trials, executor)
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
    with Executor(2, "2*n_jobs") as executor:
        warm = Enumerated(Space.of({"value": [1, 2, 3]}))
        run(measured, warm, Trials(3), executor)
        strategy = Enumerated(Space.of({"value": ["fail", "hang", "hang"]}))
        with pytest.raises(RuntimeError, match="this candidate raises"):
            run(measured, strategy, Trials(3), executor)


class Raises(Observer):
    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        raise OSError("the disk is full")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_an_observer_of_the_searchs_own_raises_ends_the_search(n_jobs: int) -> None:
    observers = Observers([Raises()])
    trials = Trials(3, observers)
    strategy = Enumerated(Space.of({"value": [1, 2]}))
    with Executor(n_jobs, "2*n_jobs") as executor, pytest.raises(OSError, match="disk is full"):
        run(problem(), strategy, trials, executor, observers=observers)
    assert len(trials[0].finished) + len(trials[1].finished) == 1
