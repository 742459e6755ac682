"""The contract of an executor."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ..engine.executors import BundleReport, Executor, Terms
from ..evaluation import Bundle, Task
from ..trials import Outcome
from .executor_searches import ExecutorSearches

_LONG = 150.0
"""Seconds in which whatever is under way here has come back."""


class Sums:
    """An evaluator with data: a task's score is the sum of the data plus the candidate's value.

    What a candidate does first is its `does`: "raises", "kills", "sleeps", "ends later" (its
    process, when that has nothing to do any more) or nothing.
    """

    def __init__(self, data: Any, home: int | None = None) -> None:
        self.data = data
        self.home = os.getpid() if home is None else home

    def __call__(self, bundle: Bundle) -> Iterator[Outcome]:
        for task in bundle.tasks:
            does = task.params.get("does")
            if "note" in task.params:
                with open(task.params["note"], "ab") as file:
                    file.write(b".")
            if does == "raises":
                raise KeyError("told by its text")
            if does == "kills" and os.getpid() != self.home:
                os._exit(3)
            if does == "ends later" and os.getpid() != self.home:
                threading.Timer(1.0, os._exit, (3,)).start()
            if "seconds" in task.params:
                time.sleep(task.params["seconds"])
            score = float(np.sum(self.data)) + task.params["value"]
            place = os.getpid(), threading.get_ident(), self.data.__array_interface__["data"][0]
            yield Outcome(task.trial, task.split, {"score": score}, {"place": place})  # type: ignore[dict-item]


class Unreadable:
    """A value that workers cannot read."""

    def __reduce__(self) -> Any:
        return _not_to_be_read, ()


def _not_to_be_read() -> Any:
    raise ValueError("told by its text")


def bundle(trial: int, n_tasks: int = 1, **params: Any) -> Bundle:
    """Return a bundle of candidates that begin with a number."""
    rows = np.arange(4)
    tasks = [Task(trial + n, 0, {"value": trial + n, **params}) for n in range(n_tasks)]
    return Bundle(0, (rows, rows), tuple(tasks))


class ExecutorContract(ExecutorSearches):
    """Every bundle comes back exactly once, with what became of it, whatever becomes of others.

    And every search is what it is in this thread.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from sktune.engine.executors.choosing import executor_for
    >>> from sktune.testing import ExecutorContract
    >>> class TestThreads(ExecutorContract):
    ...     def make(self):
    ...         return executor_for(ThreadPoolExecutor(2), None)
    """

    @pytest.fixture
    def executor(self) -> Iterator[Executor]:
        """An executor that was started, and holds data."""
        made = self.make()
        made.start(Terms())
        try:
            made.hold(Sums(np.ones(10_000)))
            yield made
        finally:
            made.close()

    def test_it_tells_of_its_workers(self, executor: Executor) -> None:
        workers = executor.workers
        assert workers.count >= 1
        assert workers.where in ("here", "threads", "processes", "hosts")
        assert workers.count == 1 or workers.where != "here"

    def test_every_bundle_comes_back_once(self, executor: Executor) -> None:
        bundles = [bundle(4 * n, 1 + n % 3) for n in range(20)]
        for one in bundles:
            executor.submit([one])
        assert_right(bundles, drain(executor, len(bundles)))
        assert executor.wait(0.05) in ([], ())

    def test_no_more_run_at_the_same_time_than_it_tells(self, executor: Executor) -> None:
        n = executor.workers.count
        bundles = [bundle(k, does="sleeps", seconds=0.2) for k in range(2 * n)]
        start = time.monotonic()
        for one in bundles:
            executor.submit([one])
        assert_right(bundles, drain(executor, len(bundles)))
        assert time.monotonic() - start >= 0.4

    def test_bundles_may_be_sent_together(self, executor: Executor) -> None:
        bundles = [bundle(4 * n, 1 + n % 3) for n in range(12)]
        for first in range(0, 12, 4):
            executor.submit(bundles[first : first + 4])
        assert_right(bundles, drain(executor, len(bundles)))

    def test_waiting_ends_when_its_time_is_over(self, executor: Executor) -> None:
        if executor.workers.where == "here":
            pytest.skip("it evaluates while it is waited for")
        executor.submit([bundle(0)])
        drain(executor, 1)
        executor.submit([bundle(1, does="sleeps", seconds=1.0)])
        start = time.monotonic()
        assert executor.wait(0.1) in ([], ())
        assert time.monotonic() - start < 0.9
        drain(executor, 1)

    def test_other_data_may_be_held(self, executor: Executor) -> None:
        executor.submit([bundle(0)])
        (before,) = drain(executor, 1)
        executor.hold(Sums(np.full(10_000, 2.0)))
        executor.submit([bundle(0)])
        (after,) = drain(executor, 1)
        assert before.outcomes[0].test_scores == {"score": 10_000.0}
        assert after.outcomes[0].test_scores == {"score": 20_000.0}

    def test_a_worker_has_its_data_once(self, executor: Executor) -> None:
        bundles = [bundle(n) for n in range(12)]
        for one in bundles:
            executor.submit([one])
        reports = drain(executor, len(bundles))
        if executor.workers.where != "hosts":
            pytest.skip("memory or files are shared")
        places = {outcome.train_scores["place"] for one in reports for outcome in one.outcomes}
        copies = {(process, address) for process, _, address in places}  # type: ignore[misc]
        assert len(copies) == len({process for process, _ in copies})

    def test_what_raises_is_told_and_nothing_else_is_lost(self, executor: Executor) -> None:
        bundles = [bundle(n) for n in range(4)]
        raising = bundle(10, does="raises")
        for one in (*bundles[:2], raising, *bundles[2:]):
            executor.submit([one])
        reports = drain(executor, 5)
        (told,) = [one for one in reports if one.bundle is raising]
        assert told.state == "raised"
        assert "told by its text" in str(told.error)
        assert_right(bundles, [one for one in reports if one is not told])

    def test_what_cannot_be_read_is_told_and_nothing_else_is_lost(self, executor: Executor) -> None:
        if executor.workers.where in ("here", "threads"):
            pytest.skip("nothing is sent")
        bundles = [bundle(n) for n in range(4)]
        unreadable = bundle(10, other=Unreadable())
        for one in (*bundles[:2], unreadable, *bundles[2:]):
            executor.submit([one])
        reports = drain(executor, 5)
        (told,) = [one for one in reports if one.bundle is unreadable]
        assert told.state == "unsent"
        assert told.error is not None
        if not executor.workers.ends_together:
            assert_right(bundles, [one for one in reports if one is not told])

    def test_what_kills_its_worker_is_told(self, executor: Executor) -> None:
        if executor.workers.where in ("here", "threads") or not self.apart:
            pytest.skip("it would kill this process")
        bundles = [bundle(n) for n in range(4)]
        killing = bundle(10, does="kills")
        executor.submit([killing])
        for one in bundles:
            executor.submit([one])
        reports = drain(executor, 5)
        (told,) = [one for one in reports if one.bundle is killing]
        assert told.state == "lost"
        assert told.error is not None
        assert told.outcomes in ([], ())
        others = [one for one in reports if one is not told]
        lost = [one.bundle for one in others if one.state == "lost"]
        if lost and not self.renews:
            return
        for one in lost:  # with it: they are no worse for it
            executor.submit([one])
        done = [one for one in others if one.state != "lost"]
        assert_right(bundles, done + drain(executor, len(lost)))

    def test_what_kills_its_worker_is_tried_once(self, executor: Executor, tmp_path: Path) -> None:
        if executor.workers.where in ("here", "threads") or not self.apart:
            pytest.skip("it would kill this process")
        note, all_have = tmp_path / "note", 2 * executor.workers.count
        for k in range(all_have):  # the data, so that any might try it
            executor.submit([bundle(k, seconds=0.2)])
        drain(executor, all_have)
        executor.submit([bundle(10, does="kills", note=str(note))])
        time.sleep(2.0)  # in which an engine may try what it likes
        (told,) = drain(executor, 1)
        assert told.state == "lost"
        assert len(note.read_bytes()) == 1

    def test_it_goes_on_after_a_worker_was_lost(self, executor: Executor) -> None:
        self.test_what_kills_its_worker_is_told(executor)
        if not self.renews:
            pytest.skip("it makes no new workers")
        bundles = [bundle(n) for n in range(4)]
        for one in bundles:
            executor.submit([one])
        assert_right(bundles, drain(executor, 4))

    def test_workers_may_end_while_they_wait(self, executor: Executor) -> None:
        if executor.workers.where in ("here", "threads") or not self.apart:
            pytest.skip("it would end this process")
        ending = [bundle(k, does="ends later", seconds=0.1) for k in range(executor.workers.count)]
        for one in ending:
            executor.submit([one])
        drain(executor, len(ending))
        time.sleep(1.5)
        left = [bundle(k) for k in range(4)]
        if not self.renews:
            with pytest.raises(RuntimeError, match="are gone"):
                executor.submit(left)
            return
        for _ in range(4):  # they may be the first that find out
            for one in left:
                executor.submit([one])
            reports = drain(executor, len(left))
            lost = [one.bundle for one in reports if one.state == "lost"]
            done = [one for one in reports if one.state != "lost"]
            assert_right([one for one in left if one not in lost], done)
            left = lost
        assert not left

    renews = True
    """Whether there are other workers after some were lost."""

    apart = True
    """Whether workers are other processes, where they tell of hosts."""

    def test_nothing_is_heard_of_what_was_cancelled(self, executor: Executor) -> None:
        if executor.workers.where == "here":
            pytest.skip("nothing is under way")
        executor.submit([bundle(0)])
        drain(executor, 1)
        for n in range(4):
            executor.submit([bundle(n, does="sleeps", seconds=1.0)])
        executor.cancel()
        executor.submit([last := bundle(20)])
        reports = drain(executor, 1)
        assert [one.bundle for one in reports] == [last]
        assert executor.wait(1.2) in ([], ())

    def test_it_may_be_closed_twice_and_started_again(self) -> None:
        made = self.make()
        for _ in range(2):
            made.start(Terms())
            made.hold(Sums(np.ones(10)))
            made.submit([one := bundle(3)])
            (report,) = drain(made, 1)
            assert report.bundle is one
            assert report.outcomes[0].test_scores == {"score": 13.0}
            made.close()
            made.close()


def drain(executor: Executor, n: int) -> list[BundleReport]:
    """Wait for so many bundles; return a report for each, with all of its outcomes."""
    over: list[BundleReport] = []
    partly: dict[int, list[Outcome]] = {}
    end = time.monotonic() + _LONG
    while len(over) < n:
        assert time.monotonic() < end, "bundles have not come back"
        for report in executor.wait(1.0):
            told = partly.setdefault(id(report.bundle), [])
            told += report.outcomes
            if report.state != "under way":
                assert all(report.bundle is not one.bundle for one in over), "told of twice"
                over.append(replace(report, outcomes=told))
    return over


def assert_right(bundles: Sequence[Bundle], reports: Sequence[BundleReport]) -> None:
    """Check that each bundle is there, with the outcomes of its tasks in their order."""
    assert {id(one.bundle) for one in reports} == {id(one) for one in bundles}
    for report in reports:
        assert report.state == "done", report.error
        told = [(one.trial, one.split) for one in report.outcomes]
        assert told == [(task.trial, task.split) for task in report.bundle.tasks]
        for one in report.outcomes:
            assert one.test_scores == {"score": 10_000.0 + one.trial}
