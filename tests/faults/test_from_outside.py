"""Signals from outside: who is killed, or interrupted, has done nothing wrong."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from joblib import parallel_config
from sklearn.ensemble import RandomForestClassifier

from sktune import Observer
from sktune.evaluation import Notes
from tests.helpers.harmed_searches import assert_few_fits, assert_right, fitted, search_of
from tests.helpers.harming import N_SPLITS, Harming, X, noted, y
from tests.helpers.searches import Make, bayes, every_search, more

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ends")]


def workers() -> list[psutil.Process]:
    """Workers of this process, which are its children."""
    return [p for p in psutil.Process().children() if "popen_loky" in " ".join(p.cmdline())]


class Killer(threading.Thread):
    """Kills the workers of this process from outside, one now and then."""

    def __init__(self, folder: Path, after: list[int], how: int = signal.SIGKILL) -> None:
        super().__init__(daemon=True)
        self.folder, self.after, self.how, self.killed = folder, after, how, 0
        self.over = threading.Event()

    def run(self) -> None:
        for n in self.after:
            while sum(noted(self.folder, "fit").values()) < n:
                if self.over.wait(0.005):
                    return
            # an interrupt is for all, of whom those that are busy do not hear it
            for process in workers()[: 1 if self.how == signal.SIGKILL else None]:
                process.send_signal(self.how)
                self.killed += 1

    def __enter__(self) -> Killer:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.over.set()
        self.join()


@every_search
def test_workers_killed_from_outside_accuse_nobody(make: Make, tmp_path: Path) -> None:
    values = list(range(12))
    search = search_of(make, values, estimator=Harming(str(tmp_path), seconds=0.1), n_jobs=2)
    # fewer than it takes for the same task to be hit twice
    with Killer(tmp_path, [5, 16, 27]) as killer:
        search, told = fitted(search)
    assert killer.killed == 3
    assert not told
    assert_right(search.cv_results_, values)
    assert_few_fits(tmp_path, values)


@every_search
def test_workers_killed_while_they_wait_accuse_nobody(make: Make, tmp_path: Path) -> None:
    """Between two searches the workers are kept, and may die."""
    for _ in range(2):
        search, told = fitted(search_of(make, range(4), tmp_path, n_jobs=2))
        assert not told
        assert_right(search.cv_results_, range(4))
        for process in workers():
            process.kill()


class KillsAll(Observer):
    """Kills all workers of multiprocessing when so many splits are done."""

    def __init__(self, after: list[int]) -> None:
        self.after, self.n_done, self.killed = after, 0, 0

    def split_finished(self, trial: Any, outcome: Any) -> None:
        self.n_done += 1
        for process in multiprocessing.active_children() if self.n_done in self.after else ():
            process.kill()
            self.killed += 1


@every_search
def test_workers_of_multiprocessing_killed_while_they_wait(make: Make, tmp_path: Path) -> None:
    """In the middle, where most of four have nothing to do, and when all is done."""
    killer, options = KillsAll([2, 4 * N_SPLITS]), {"n_points": 2} if make is bayes else {}
    search = search_of(make, range(4), tmp_path, n_jobs=4, observers=[killer], **options)
    with parallel_config("multiprocessing"):
        search, told = fitted(search)
    assert killer.killed == 8
    assert not told
    assert_right(search.cv_results_, range(4))


def end_whoever_fits(temp: Path) -> None:
    """Kill the first worker that has noted that it has begun a task."""
    while not (found := list(temp.glob("sktune-notes-*/*"))):
        time.sleep(0.005)
    notes = Notes(str(found[0].parent))
    while not notes.is_doing(found[0].name):
        time.sleep(0.005)
    time.sleep(0.1)  # it takes a multiple of that
    os.kill(int(found[0].name), signal.SIGKILL)


@every_search
def test_who_is_killed_in_a_fit_that_contains_others_loses_none(make: Make, tmp_path: Path) -> None:
    forest = RandomForestClassifier(max_depth=2, random_state=0)
    space = {"n_estimators": [100, 200, 400, 800]}
    options = {"cv": N_SPLITS, "refit": False, **more(make, n_iter=4)}
    clean = make(forest, space, **options).fit(X, y).cv_results_
    killer = threading.Thread(target=end_whoever_fits, args=(tmp_path,), daemon=True)
    killer.start()
    search, told = fitted(make(forest, space, n_jobs=2, **options))
    assert not killer.is_alive()
    assert not told
    assert list(search.cv_results_["status"]) == ["ok"] * 4
    assert search.cv_results_["params"] == clean["params"]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], clean["mean_test_score"])


class Deaf(Harming):
    """Hears no interrupt while it is fitted."""

    def fit(self, X: Any, y: Any) -> Deaf:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            super().fit(X, y)
        finally:
            signal.signal(signal.SIGINT, before)
        return self


@every_search
def test_who_is_interrupted_while_it_waits_ends_no_search(make: Make, tmp_path: Path) -> None:
    """One of four workers has nothing to do, and dies of it, as loky's workers do."""
    options = {"n_points": 2} if make is bayes else {}
    search = search_of(make, [0], estimator=Deaf(str(tmp_path), seconds=1.0), n_jobs=4, **options)
    with Killer(tmp_path, [N_SPLITS], signal.SIGINT) as killer:
        search, told = fitted(search)
    assert killer.killed == 4
    assert not told
    assert_right(search.cv_results_, [0])


class Counts:
    """Counts the tasks that begin and end, by the hooks of scikit-learn's callbacks."""

    def __init__(self) -> None:
        self.begun = self.ended = self.torn_down = 0

    def setup(self, estimator: Any, context: Any) -> None: ...

    def teardown(self, estimator: Any, context: Any) -> None:
        self.torn_down += 1

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.begun += context.task_name == "candidate-split-evaluation"

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        self.ended += context.task_name == "candidate-split-evaluation"


@every_search
def test_hooks_are_called_for_all_though_one_kills(make: Make, tmp_path: Path) -> None:
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")
    values = [0, "kill@1", 1, 2]
    counts = Counts()
    search = search_of(make, values, tmp_path, n_jobs=2).set_callbacks(counts)
    search, told = fitted(search)
    assert_right(search.cv_results_, values, told)
    assert_few_fits(tmp_path, values)
    # the killer's too: once each, whether they were tried, tried again, or not tried
    assert counts.ended == len(values) * N_SPLITS
    assert counts.begun == counts.ended
    assert counts.torn_down == 1
