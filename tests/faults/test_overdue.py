"""Workers that do not end by themselves when their time is over are ended from outside."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from sktune.engine import executor_for
from sktune.engine.executors import Terms
from sktune.engine.executors.loky_workers import Overdue
from sktune.evaluation import Limits, Notes, ReadNotes
from sktune.evaluation.notes import _HEAD, DONE
from sktune.trials import Outcome
from tests.helpers.harmed_searches import assert_right, search_of
from tests.helpers.harmed_searches import fitted as searched
from tests.helpers.harming import Harming
from tests.helpers.searches import Make, bayes, grid, random


class Stopping(Harming):
    """Is stopped, or takes the timer away and hears nothing; both as text in its value."""

    def fit(self, X: Any, y: Any) -> Stopping:
        if self.value == "sleep":
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.value == "mask":
            faulthandler.cancel_dump_traceback_later()
        super().fit(X, y)
        return self


@pytest.mark.slow
@pytest.mark.parametrize(("make", "n_jobs"), [(grid, 1), (grid, 2), (random, 2), (bayes, 2)])
def test_who_is_stopped_or_takes_its_timer_away_is_ended(
    make: Make, n_jobs: int, ends: None, tmp_path: Path
) -> None:
    values = [0, "sleep", 1, "mask", 2]
    estimator = Stopping(str(tmp_path))
    search, told = searched(
        search_of(make, values, estimator=estimator, n_jobs=n_jobs, fit_timeout=1.0)
    )
    assert_right(search.cv_results_, values, told)


def process_that_noted(folder: Path, *since: float) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(["sleep", "60"])
    notes = b"".join(_HEAD.pack(number, 0, at, 0) for number, at in enumerate(since))
    Path(folder, f"{process.pid}-0").write_bytes(notes)
    return process


def test_only_who_is_at_a_task_and_silent_is_ended(tmp_path: Path) -> None:
    begun, done = process_that_noted(tmp_path, DONE, 1.0), process_that_noted(tmp_path, DONE)
    busy = process_that_noted(tmp_path, DONE, 1.0)
    try:
        with Overdue(Limits(0.1), Notes(str(tmp_path))):
            while begun.poll() is None:
                path = Path(tmp_path, f"{busy.pid}-0")
                path.write_bytes(path.read_bytes())  # begins one after the other
                time.sleep(0.02)
        assert begun.returncode == -signal.SIGKILL
        for other in (busy, done):  # a signal takes a moment
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(0.3)
    finally:
        for process in (begun, done, busy):
            process.kill()
            process.wait()


def test_a_process_that_is_not_a_child_is_let_be(tmp_path: Path) -> None:
    """Its number may have been given again."""
    Path(tmp_path, f"{os.getppid()}-0").write_bytes(_HEAD.pack(0, 0, 1.0, 0))
    with Overdue(Limits(0.01), Notes(str(tmp_path))) as overdue:
        time.sleep(1.0)
        assert overdue._thread is not None
        assert overdue._thread.is_alive()


def test_without_a_limit_of_time_workers_are_not_looked_after() -> None:
    for limits, watched in ((Limits(None, 2**30), False), (Limits(9.0), True)):
        executor = executor_for(None, 2)
        executor.start(Terms(limits))
        assert isinstance(executor._overdue, Overdue) == watched
        executor.close()


def test_notes_on_a_full_disk_cost_no_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes(str(tmp_path))
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(notes, "_file", lambda begins: full)
        notes.begin(0, 0)
        assert not notes.end(Outcome(0, 0, {}))
    assert ReadNotes(notes).outcomes() == []
