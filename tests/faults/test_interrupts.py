"""Ctrl-C keeps what there is; whoever ends a search, nothing that it has started outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib.externals.loky.process_executor import TerminatedWorkerError

from sktune.engine import Dispatcher
from sktune.engine.executors import BundleReport, Executor, Workers
from sktune.evaluation import Bundle, Task
from sktune.trials import Outcome
from tests.helpers.interrupted import BUSY, KINDS, Running, running, seconds_until_over, tagged
from tests.helpers.misbehaving import Odd
from tests.helpers.searches import every_search, more

LONGEST = 10.0
"""Seconds that are allowed on a machine that has other things to do; promised are 2."""

every_kind = pytest.mark.parametrize("kind", KINDS)


def assert_what_was_found(said: dict[str, Any], raised: str) -> None:
    """Check results, status and best candidate after an interrupt."""
    assert said["raised"] == raised
    results = said["cv_results_"]
    assert set(results["status"]) <= {"ok", "partial"}
    scores = np.stack([results[f"split{k}_test_score"] for k in range(3)])
    known = ~np.isnan(scores)
    assert known.any(axis=0).all()  # what has nothing is not there
    assert list(results["status"] == "ok") == list(known.all(axis=0))
    assert list(results["error"]) == [None] * len(results["status"])
    most = known.sum(axis=0)
    best = results["params"].index(said["best_params_"])
    assert most[best] == most.max()  # all splits, or the most that there are
    means = np.nanmean(scores, axis=0)
    assert means[best] == means[most == most.max()].max()
    assert said["best_score_"] == pytest.approx(means[best], rel=1e-15)


def assert_nothing_left(run: Running, since: float, family: list[Any]) -> None:
    """Check that soon no process is left, and no folder."""
    seconds_until_over(family, LONGEST)
    print(f"{len(family)} processes over after {time.monotonic() - since:.2f} s")
    assert time.monotonic() - since < LONGEST
    assert tagged(run.folder) == []
    # the one who tidies up after joblib has its own children to wait for
    deadline = time.monotonic() + LONGEST
    while (left := _folders(run.temp)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def _folders(temp: Path) -> list[str]:
    return sorted(path.name for path in temp.iterdir())


def interrupt(kind: str, how: str, n_jobs: int, number: int, folder: Path, **options: Any) -> None:
    """Send a signal to a search in the midst of its fits, and look at what it leaves."""
    with running(kind, how, n_jobs, folder, **options) as run:
        run.wait_for_long(n_jobs if how != "quick" else 8)
        family = run.family()
        assert (len(family) >= n_jobs) is (n_jobs > 1 or bool(options))
        began = time.monotonic()
        os.kill(run.process.pid, number)
        run.process.communicate(timeout=60)
        assert time.monotonic() - began < LONGEST
        if number == signal.SIGINT:
            assert run.process.returncode == 0
            assert_what_was_found(run.said(), "KeyboardInterrupt")
        else:
            assert run.process.returncode == -number
            assert not (folder / "said").exists()
        assert_nothing_left(run, began, family)


@pytest.mark.parametrize(
    ("kind", "how", "n_jobs", "number"),
    [
        ("bayes", "quick", 2, signal.SIGINT),
        ("grid", "computes", 2, signal.SIGKILL),
    ],
)
def test_what_is_interrupted_leaves_results_and_nothing_else(
    kind: str, how: str, n_jobs: int, number: int, tmp_path: Path
) -> None:
    interrupt(kind, how, n_jobs, number, tmp_path)


def _pairs() -> Iterator[tuple[str, str, int, int]]:
    """Not every class with everything, but any two things together in one of them."""
    for row, how in enumerate(BUSY):
        for column, number in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGKILL)):
            yield [*KINDS][(row + column) % 3], how, 1 + (row + column) % 2, number


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "how", "n_jobs", "number"), _pairs())
def test_what_is_interrupted_leaves_results_and_nothing_else_everywhere(
    kind: str, how: str, n_jobs: int, number: int, tmp_path: Path
) -> None:
    interrupt(kind, how, n_jobs, number, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "how", "number"),
    [
        ("grid", "sleeps", signal.SIGINT),
        ("grid", "catches", signal.SIGKILL),
        ("random", "quick", signal.SIGINT),
        ("bayes", "computes", signal.SIGKILL),
    ],
)
def test_a_single_fit_in_a_worker_of_its_own_ends_too(
    kind: str, how: str, number: int, tmp_path: Path
) -> None:
    """As it is where there is a limit at n_jobs=1."""
    interrupt(kind, how, 1, number, tmp_path, fit_timeout=500)


@pytest.mark.slow
@every_kind
def test_workers_that_wait_for_work_do_not_outlive_a_killed_parent(
    kind: str, tmp_path: Path
) -> None:
    """One candidate hangs, the other worker has nothing to do."""
    with running(kind, "sleeps", 3, tmp_path) as run:
        run.wait_for_long(2)
        time.sleep(1)
        family = run.family()
        began = time.monotonic()
        run.process.kill()
        run.process.communicate(timeout=60)
        assert_nothing_left(run, began, family)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "n_jobs"), [("grid", 1), ("grid", 2), ("random", 2), ("bayes", 1)]
)
def test_a_second_interrupt_does_no_harm(kind: str, n_jobs: int, tmp_path: Path) -> None:
    with running(kind, "sleeps", n_jobs, tmp_path) as run:
        run.wait_for_long(n_jobs)
        family = run.family()
        began = time.monotonic()
        for _ in range(2):
            run.process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        try:
            run.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            pytest.fail("it goes on")
        assert_nothing_left(run, began, family)


class Interrupts(Odd):
    """Stands for Ctrl-C, at the third fit."""

    n_fits = 0

    def fit(self, X: Any, y: Any) -> Any:
        Interrupts.n_fits += 1
        if Interrupts.n_fits == 3:
            raise KeyboardInterrupt
        return super().fit(X, y)


@every_search
def test_the_best_of_what_is_partial_has_the_mean_of_what_there_is(make: Any, iris: Any) -> None:
    Interrupts.n_fits = 0
    search = make(Interrupts(), {"how": ["good"]}, cv=5, **more(make, n_iter=1))
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    results = search.cv_results_
    assert list(results["status"]) == ["partial"]
    scores = [results[f"split{k}_test_score"][0] for k in range(2)]
    assert search.best_score_ == pytest.approx(np.mean(scores), rel=1e-15)


class Dying(Executor):
    """Has its workers killed from outside, as often as it is told."""

    def __init__(self, times: int, begun: dict[tuple[int, int], float]) -> None:
        self._times, self._begun = times, begun

    @property
    def workers(self) -> Workers:
        return Workers(2, "processes", ends_together=True)

    def hold(self, evaluate: Any) -> None:
        self._evaluate = evaluate

    def submit(self, bundles: Sequence[Bundle], near: Any = None) -> None:
        self._waiting = bundles

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        (bundle,) = self._waiting
        if not self._times:
            return [BundleReport(bundle, self._evaluate(bundle))]
        self._times -= 1
        error = TerminatedWorkerError("The exit codes are {SIGKILL(-9)}")
        return [BundleReport(bundle, (), "lost", error, self._begun)]

    def cancel(self) -> None:
        pass


def evaluated(bundle: Bundle) -> list[Outcome]:
    return [Outcome(task.trial, bundle.split, {"score": 0.5}) for task in bundle.tasks]


def suspected(times: int, *, begun: bool, deaths: int) -> Outcome:
    """Return what comes of a task that is tried alone, because others died beside it."""
    bundle = Bundle(0, (0, 0), (Task(3, 0, {}, deaths=deaths),))
    with Dispatcher(Dying(times, {(3, 0): 1.0} if begun else {})) as dispatcher:
        dispatcher._recovery.suspects.append(bundle)
        ((outcome,),) = dispatcher.run(evaluated, ())
    assert outcome.trial == 3
    return outcome


@pytest.mark.parametrize(("begun", "crashed"), [(False, False), (True, True)])
def test_a_worker_that_dies_before_it_begins_is_nobodys_fault(begun: bool, crashed: bool) -> None:
    """A task that is tried alone waits for new workers, which may be killed too."""
    assert suspected(1, begun=begun, deaths=1).failed is crashed


def test_who_was_never_begun_with_is_accused_after_two_deaths() -> None:
    """It may be tried alone because those that read it died, and then be killed from outside."""
    for times, crashed in ((1, False), (2, True)):
        assert suspected(times, begun=True, deaths=0).failed is crashed
