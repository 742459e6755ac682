"""A worker that dies takes nothing with it but the candidate that killed it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from joblib.externals.loky.process_executor import TerminatedWorkerError
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from sktune import register_path
from sktune.engine import Dispatcher
from sktune.engine.executors import BundleReport, Executor, Workers
from sktune.engine.recovering import Recovery
from sktune.evaluation import Bundle, Limits, Notes, ReadNotes
from sktune.evaluation.notes import _files, is_doing
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


@pytest.mark.parametrize("value", ["kill@1", pytest.param("exit0", marks=pytest.mark.slow)])
def test_killers_in_a_pool_that_tells_nothing_of_its_dead(value: str, tmp_path: Path) -> None:
    values = [0, value, *range(1, 4)]
    with parallel_config("multiprocessing", n_jobs=2):
        search, told = fitted(search_of(grid, values, tmp_path, n_jobs=2))
    assert_right(search.cv_results_, values, told)
    assert_few_fits(tmp_path, values)


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


class Dying(Executor):
    """Takes bundles as they come, of which each time so many are done; then a worker dies."""

    def __init__(self, plan: list[int], *, together: bool = True) -> None:
        self.plan = plan
        self.together = together
        self.seen: list[list[int]] = []
        self._waiting: list[Bundle] = []

    @property
    def workers(self) -> Workers:
        return Workers(2, "processes", ends_together=self.together)

    def hold(self, evaluate: Any) -> None:
        pass

    def submit(self, bundles: Sequence[Bundle], near: Any = None) -> None:
        self._waiting += bundles

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        taken, self._waiting = self._waiting, []
        self.seen.append([task.trial for bundle in taken for task in bundle.tasks])
        n_done = self.plan.pop(0) if self.plan else len(taken)
        reports = [BundleReport(bundle, done(bundle)) for bundle in taken[:n_done]]
        for number, bundle in enumerate(taken[n_done:]):
            first, *others = bundle.tasks
            current = others[0] if others else first  # it has got to its second task
            if number == 0 and others:
                reports.append(BundleReport(bundle, [Outcome(first.trial, 0, {})], "under way"))
            begun = {(current.trial, 0): 1.0} if number == 0 else {}
            reports.append(
                BundleReport(bundle, (), "lost", TerminatedWorkerError("{EXIT(3)}"), begun)
            )
            if not self.together:
                self._waiting += taken[n_done + 1 :]
                break
        return reports

    def cancel(self) -> None:
        self._waiting = []


def run_dying(dying: Dying, bundles: list[Bundle]) -> list[int]:
    with Dispatcher(dying) as dispatcher:
        return [o.trial for outcomes in dispatcher.run(done, bundles) for o in outcomes]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("plan", [[1], [0, 1, 0], [2, 1, 1], [0, 9, 0, 9, 0]])
def test_however_often_workers_die_nothing_is_lost(plan: list[int], together: bool) -> None:
    dying = Dying(plan, together=together)
    assert sorted(run_dying(dying, [bundle_of(k) for k in range(10)])) == list(range(10))


def test_what_was_under_way_is_tried_alone() -> None:
    dying = Dying([0])
    found = run_dying(dying, [bundle_of(0, 1, 2), bundle_of(3), bundle_of(4)])
    # the second was under way, the first was done, and others had not been begun
    assert dying.seen == [[0, 1, 2, 3, 4], [1], [2, 3, 4]]
    assert sorted(found) == list(range(5))


def test_where_workers_are_lost_one_by_one_others_go_on() -> None:
    dying = Dying([0], together=False)
    found = run_dying(dying, [bundle_of(0), bundle_of(1), bundle_of(2), bundle_of(3)])
    assert dying.seen[:2] == [[0, 1, 2, 3], [1, 2, 3, 0]]
    assert sorted(found) == list(range(4))


def sorted_out(report: BundleReport, **limits: Any) -> tuple[list[Outcome], list[int], list[int]]:
    recovery = Recovery(Limits(**limits))
    known = recovery.sort_out(report.bundle, report.bundle.tasks, report, alone=False)
    trials = [[t.trial for b in bs for t in b.tasks] for bs in (recovery.suspects, recovery.rest)]
    return known, *trials


def test_what_was_begun_is_told_from_what_was_not() -> None:
    report = BundleReport(bundle_of(1, 2, 3), (), "lost", None, {(1, 0): 2.0})
    assert sorted_out(report) == ([], [1], [2, 3])


def test_where_nothing_is_known_all_are_suspects() -> None:
    assert sorted_out(BundleReport(bundle_of(0, 1), (), "lost")) == ([], [0, 1], [])


def test_what_was_over_its_time_is_known() -> None:
    report = BundleReport(bundle_of(0, 1), (), "lost", None, {(0, 0): 2.0})
    (outcome,), suspects, rest = sorted_out(report, seconds=1.5)
    assert (outcome.trial, outcome.failures[0].stage) == (0, "timeout")
    assert (suspects, rest) == ([], [1])


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    yield Notes(str(tmp_path))
    for _, file in _files.values():
        file.close()
    _files.clear()


def test_outcomes_that_were_noted_are_not_lost_with_a_worker(notes: Notes, tmp_path: Path) -> None:
    read = ReadNotes(notes)
    notes.begin(0, 0)
    assert (read.outcomes(), set(read.begun)) == ([], {(0, 0)})
    notes.end(Outcome(0, 0, {"score": 0.5}))
    notes.begin(1, 0)
    with open(next(tmp_path.iterdir()), "ab") as file:
        file.write(b"half a note")
    (outcome,) = read.outcomes()
    assert outcome.test_scores == {"score": 0.5}
    assert set(read.begun) == {(1, 0)}
    assert read.outcomes() == []


def test_notes_take_no_more_room_than_what_is_unread(
    notes: Notes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sktune.evaluation.notes._LARGEST", 2000)
    read, found = ReadNotes(notes), []
    for number in range(100):
        notes.begin(number, 0)
        assert notes.end(Outcome(number, 0, {"score": 0.5}))
        if number % 10 == 9:
            found += [outcome.trial for outcome in read.outcomes()]
            assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3000
    assert found == list(range(100))


def test_an_outcome_that_cannot_be_noted_is_told_otherwise(notes: Notes, tmp_path: Path) -> None:
    notes.begin(0, 0)
    assert not notes.end(Outcome(0, 0, {"score": lambda: 0}))  # type: ignore[dict-item]
    (path,) = tmp_path.iterdir()
    assert not is_doing(str(path))
