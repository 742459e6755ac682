"""A worker that dies takes nothing with it but the candidate that killed it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from sktune import register_path
from sktune.engine import Executor
from sktune.engine.recovering import InFlight
from sktune.evaluation import Bundle, Limits, Notes
from sktune.paths.registry import registered
from sktune.trials import Outcome
from tests.helpers.engine import bundle_of
from tests.helpers.harmed_searches import assert_few_fits, assert_right, fitted, search_of
from tests.helpers.harming import (
    N_SPLITS,
    Harming,
    HarmingStep,
    KillsWhenUnpickled,
    X,
    expected,
    noted,
    y,
)
from tests.helpers.searches import Make, bayes, every_search, grid

pytestmark = pytest.mark.usefixtures("ends")


def check(make: Make, values: list[Any], folder: Path, **options: Any) -> None:
    search, told = fitted(search_of(make, values, folder, **{"n_jobs": 2, **options}))
    assert_right(search.cv_results_, values, told)
    assert_few_fits(folder, values)


def test_killers_are_told_from_others(tmp_path: Path) -> None:
    check(grid, [0, "kill@1", *range(1, 5)], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "n_jobs"),
    [
        pytest.param(["segv", *range(6)], 4, id="first"),
        pytest.param([*range(6), "exit0"], 2, id="last"),
        pytest.param([0, 1, "kill", "abort", 2, 3], 2, id="two at once"),
        pytest.param([0, "kill", 1, "exit3@1", *range(2, 8)], 2, id="one on one split only"),
    ],
)
def test_killers_wherever_they_are(values: list[Any], n_jobs: int, tmp_path: Path) -> None:
    check(grid, values, tmp_path, n_jobs=n_jobs)


@pytest.mark.slow
@every_search
@pytest.mark.parametrize(
    ("values", "n_jobs"),
    [
        pytest.param(["kill@1", 0, 1, "exit3@2", 2, 3], 2, id="one split only"),
        pytest.param(["segv", 0, "exit0", 1, "abort", 2], 4, id="many"),
    ],
)
def test_killers_of_all_kinds(make: Make, values: list[Any], n_jobs: int, tmp_path: Path) -> None:
    options = {"n_points": 4} if make is bayes else {}
    check(make, values, tmp_path, n_jobs=n_jobs, **options)


@pytest.mark.slow
@every_search
def test_killers_among_many_tiny_tasks(make: Make, tmp_path: Path) -> None:
    """Several tasks are sent together, which must not be lost more than once each."""
    if make is bayes:
        pytest.skip("it sends tasks one by one, and has no need of it")
    values: list[Any] = list(range(400))
    for k, value in enumerate(["kill", "exit0@2", "exit3@0", "kill@1"]):
        values.insert(80 * k + 60, value)
    check(make, values, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["last", "first"])
def test_killers_among_shared_pipelines(where: str, tmp_path: Path) -> None:
    pipeline = Pipeline([("first", HarmingStep(str(tmp_path))), ("last", Harming(str(tmp_path)))])
    bad = ["kill", "exit3@1"]
    space = {
        "first__value": [10, 11] + (bad if where == "first" else []),
        "last__value": list(range(5)) + (bad if where == "last" else []),
    }
    search, _ = fitted(
        grid(pipeline, space, scoring=last_score, cv=N_SPLITS, refit=False, n_jobs=2)
    )
    results = search.cv_results_
    for row, params in enumerate(results["params"]):
        values = list(params.values())
        status = "crashed" if any(isinstance(value, str) for value in values) else "ok"
        assert results["status"][row] == status, (params, results["error"][row])
        if status == "ok":
            for split in range(N_SPLITS):
                own = expected(values[1], split)
                assert results[f"split{split}_test_score"][row] == own
    for name, n in noted(tmp_path, "fit").items():
        _, _value, split = name.rsplit("-", 2)
        # in each of the pipelines with another first step
        assert n <= 2 * len(space["first__value"]), name


def last_score(pipeline: Any, X: Any, y: Any) -> float:
    pipeline.predict(X)
    last = pipeline[-1]
    return expected(last.value, last.split_)


class KillingForest(RandomForestClassifier):
    """Kills with so many trees, and its fit would contain the others'."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KillingForest:
        if self.n_estimators == 8:
            os._exit(3)
        super().fit(X, y, sample_weight)
        return self


# a class of one's own has no family by itself
register_path(KillingForest, registered(RandomForestClassifier()))


@pytest.mark.slow
def test_a_killer_with_depth_among_members_of_a_path(tmp_path: Path) -> None:
    forest = Pipeline([("first", HarmingStep()), ("last", RandomForestClassifier(random_state=0))])
    space = {
        "first__value": [0, "kill", 1],
        "last__n_estimators": [2, 4, 6],
    }
    options: dict[str, Any] = {"cv": N_SPLITS, "refit": False}
    clean = grid(forest, {**space, "first__value": [0, 1]}, **options).fit(X, y).cv_results_
    search, _ = fitted(grid(forest, space, **options, n_jobs=2))
    rows = [p["first__value"] != "kill" for p in search.cv_results_["params"]]
    assert list(search.cv_results_["status"][rows]) == ["ok"] * 6
    assert list(search.cv_results_["status"][~np.array(rows)]) == ["crashed"] * 3
    got = search.cv_results_["mean_test_score"][rows]
    np.testing.assert_array_equal(got, clean["mean_test_score"])


@pytest.mark.slow
def test_a_fit_that_contains_others_and_kills_leaves_them_alone() -> None:
    forest = KillingForest(random_state=0)
    search, _ = fitted(
        grid(forest, {"n_estimators": [2, 5, 8]}, cv=N_SPLITS, refit=False, n_jobs=2)
    )
    plain = RandomForestClassifier(random_state=0)
    clean = grid(plain, {"n_estimators": [2, 5]}, cv=N_SPLITS, refit=False).fit(X, y).cv_results_
    assert list(search.cv_results_["status"]) == ["ok", "ok", "crashed"]
    got = search.cv_results_["mean_test_score"][:2]
    np.testing.assert_array_equal(got, clean["mean_test_score"])


@pytest.mark.slow
@every_search
def test_where_every_candidate_kills_it_ends(make: Make) -> None:
    with pytest.raises(ValueError, match=r"All the 9 fits failed(.|\n)*SIGKILL"):
        fitted(search_of(make, ["kill", "exit0", "exit3"], n_jobs=2))


@pytest.mark.slow
def test_workers_that_never_begin_end_the_search() -> None:
    estimator = KillsWhenUnpickled(home=os.getpid())
    with pytest.raises(TerminatedWorkerError):
        fitted(search_of(grid, range(4), estimator=estimator, n_jobs=2))


@pytest.mark.slow
@every_search
def test_a_crash_is_raised_on_demand(make: Make, tmp_path: Path) -> None:
    search = search_of(make, [0, 1, "kill"], tmp_path, n_jobs=2, error_score="raise")
    with pytest.raises(RuntimeError, match=r"WorkerDiedError.*SIGKILL(.|\n)*'kill'"):
        fitted(search)
    assert set(search.cv_results_["status"]) <= {"ok", "partial", "crashed"}


@pytest.mark.slow
def test_a_number_stands_for_the_scores_of_a_killer(tmp_path: Path) -> None:
    search, _ = fitted(search_of(grid, [0, "kill"], tmp_path, n_jobs=2, error_score=-1.0))
    assert search.cv_results_["mean_test_score"][1] == -1
    assert search.cv_results_["status"][1] == "crashed"
    assert search.best_index_ == 0


# without workers


def done(bundle: Bundle) -> list[Outcome]:
    return [Outcome(task.trial, task.split, {}) for task in bundle.tasks]


class Dying:
    """In the place of joblib: takes so many bundles each time, does some, dies."""

    def __init__(self, notes: Notes, plan: list[tuple[int, int]]) -> None:
        self.notes, self.plan = notes, plan
        self.seen: list[list[int]] = []

    n_completed_tasks = n_dispatched_tasks = 0

    def __call__(self, calls: Iterator[Any]) -> Iterator[list[Outcome]]:
        return self._run(calls)

    def _run(self, calls: Iterator[Any]) -> Iterator[list[Outcome]]:
        self.seen.append([])
        takes, does = self.plan.pop(0) if self.plan else (10**6, 10**6)
        taken = []
        for _, (_, bundle), _ in calls:
            taken.append(bundle)
            self.seen[-1] += [task.trial for task in bundle.tasks]
            if len(taken) == takes:
                break
        for bundle in taken[:does]:
            yield done(bundle)
        if len(taken) > does:
            with self.notes.doing(taken[does].tasks[0].trial, 0):
                if len(taken[does].tasks) == 1:  # others have got to their second task
                    self._die()
            with self.notes.doing(taken[does].tasks[1].trial, 0):
                self._die()

    def _die(self) -> None:
        # a worker's file stays as it is
        for file in Path(self.notes.folder).iterdir():
            file.with_suffix(".left").write_bytes(file.read_bytes())
        raise TerminatedWorkerError("{EXIT(3)}")


def run_dying(plan: list[tuple[int, int]], bundles: list[Bundle]) -> tuple[Dying, list[int]]:
    with Executor(2, "2*n_jobs") as executor:
        assert executor.notes is not None
        dying = Dying(executor.notes, plan)
        executor._parallel.__exit__(None, None, None)
        real, executor._parallel = executor._parallel, dying
        executor._renew = lambda: None  # type: ignore[method-assign]
        found = [o.trial for outcomes in executor.run(done, bundles) for o in outcomes]
        executor._parallel = real
        real.__enter__()
    return dying, found


@pytest.mark.parametrize("plan", [[(4, 1)], [(6, 0), (1, 1), (2, 0)], [(9, 2), (1, 1), (3, 1)]])
def test_however_often_workers_die_nothing_is_lost(plan: list[tuple[int, int]]) -> None:
    _, found = run_dying(plan, [bundle_of(k) for k in range(10)])
    assert sorted(found) == list(range(10))


def test_what_was_done_is_not_put_at_risk_with_what_is_untried() -> None:
    dying, found = run_dying([(3, 0)], [bundle_of(0, 1, 2), bundle_of(3), bundle_of(4)])
    # the second was under way, the first was done, and others had not been begun
    assert dying.seen == [[0, 1, 2, 3, 4], [1], [0], [2, 3, 4]]
    assert sorted(found) == list(range(5))


def test_notes_tell_what_was_done_from_what_was_not(tmp_path: Path) -> None:
    notes = Notes(str(tmp_path))
    in_flight = InFlight(notes, Limits())
    in_flight.note_sent(bundle_of(0, 1, 2))
    in_flight.note_sent(bundle_of(3))
    in_flight.note_sent(bundle_of(4))
    in_flight.note_returned(done(bundle_of(4)))
    with notes.doing(0, 0):
        pass
    with notes.doing(1, 0):
        lost = in_flight.sort_out()
    assert not lost.known
    trials = [
        [t.trial for b in bs for t in b.tasks] for bs in (lost.suspects, lost.done, lost.rest)
    ]
    assert trials == [[1], [0], [2, 3]]


def test_what_is_lost_twice_after_it_was_done_is_tried_alone(tmp_path: Path) -> None:
    """A task may leave a thread behind that kills later."""
    notes = Notes(str(tmp_path))
    in_flight = InFlight(notes, Limits())
    in_flight.note_sent(bundle_of(0, deaths=1))
    with notes.doing(0, 0):
        pass
    assert [b.tasks[0].trial for b in in_flight.sort_out().suspects] == [0]


def test_without_notes_all_are_suspects() -> None:
    in_flight = InFlight(Notes("/nonexistent/folder"), Limits())
    in_flight.note_sent(bundle_of(0, 1))
    assert [b.tasks[0].trial for b in in_flight.sort_out().suspects] == [0, 1]
