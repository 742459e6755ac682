"""On every engine: finished results stay, the culprit is named, and nothing hangs."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sktune import Observer
from tests.helpers.cluster_runs import CLUSTERS, N, run
from tests.helpers.engines import engines
from tests.helpers.harmed_searches import fitted, search_of
from tests.helpers.harming import N_SPLITS, Harming, X, expected, noted, y
from tests.helpers.searches import Make, bayes, every_search, grid

pytestmark = pytest.mark.slow

everywhere = engines(
    "loky", "multiprocessing", "ThreadPoolExecutor", "ProcessPoolExecutor", "dask", "ray", "spark"
)
of_clusters = pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in CLUSTERS]
)
grid_and_bayes = pytest.mark.parametrize("make", [grid, bayes])


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """Raise in a test that has not ended in three minutes."""

    def late(*_: Any) -> None:
        raise TimeoutError("it has not ended in three minutes")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(180)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def skip_threads(engine: str, why: str = "a worker is this process") -> None:
    if engine == "ThreadPoolExecutor":
        pytest.skip(why)


class KillsOnce(Harming):
    """Ends its process the first time that it is fitted with the value 1."""

    def fit(self, X: Any, y: Any) -> Any:
        if self.value == 1 and not (mark := Path(self.folder, "mark")).exists():
            mark.touch()
            os._exit(3)
        return super().fit(X, y)


def assert_right(results: Any, **others: str) -> None:
    """Check statuses by value, and the scores of all that are "ok"."""
    for row, params in enumerate(results["params"]):
        value = params["value"]
        assert results["status"][row] == others.get(str(value), "ok"), results["error"][row]
        if results["status"][row] == "ok":
            for split in range(N_SPLITS):
                assert results[f"split{split}_test_score"][row] == expected(value, split)


@everywhere
@every_search
def test_a_worker_killed_once(engine: str, make: Make, on: Any, tmp_path: Path) -> None:
    skip_threads(engine)
    if engine == "ProcessPoolExecutor":
        pytest.skip("it makes no new workers: see the next test")
    search, told = fitted(search_of(make, range(5), estimator=KillsOnce(str(tmp_path)), **on))
    assert_right(search.cv_results_)
    assert told == ""
    fits = noted(tmp_path, "fit")
    assert all(n <= 2 for n in fits.values())


@engines("ProcessPoolExecutor")
def test_a_pool_without_new_workers(on: Any, tmp_path: Path) -> None:
    values = [*range(8), "kill"]
    search = search_of(grid, values, tmp_path, estimator=Harming(str(tmp_path), seconds=0.05), **on)
    with pytest.raises(RuntimeError, match="are gone"):
        search.fit(X, y)
    assert (search.cv_results_["status"] == "ok").any()


@everywhere
@grid_and_bayes
def test_a_candidate_that_kills_each_time(engine: str, make: Make, on: Any, tmp_path: Path) -> None:
    skip_threads(engine)
    if engine == "ProcessPoolExecutor":
        pytest.skip("it makes no new workers: see the test before")
    values = [0, 1, "kill", 2, 3]
    search, told = fitted(search_of(make, values, tmp_path, **on))
    assert_right(search.cv_results_, kill="crashed")
    assert "WorkerDiedError" in told
    assert "'kill'" in told
    assert sum(noted(tmp_path, "fit-kill").values()) <= 6


@everywhere
@pytest.mark.parametrize("harm", ["sleep@1", "c@1"])
def test_a_hung_fit_with_a_limit(engine: str, harm: str, on: Any) -> None:
    skip_threads(engine, "it is told when it has ended: see the next test")
    if engine == "ProcessPoolExecutor" and harm == "c@1":
        pytest.skip("nothing can end its workers from outside")
    began = time.monotonic()
    search, told = fitted(search_of(grid, [0, 1, harm, 2], fit_timeout=1.0, **on))
    assert_right(search.cv_results_, **{harm: "timeout"})
    assert repr(harm) in told
    assert harm == "c@1" or time.monotonic() - began < 55  # it sleeps for 60; in C it never ends


@engines("threading", "ThreadPoolExecutor", "dask threads")
def test_a_hung_fit_in_a_thread_is_told_when_it_has_ended(engine: str, on: Any) -> None:
    search, _ = fitted(search_of(grid, [0, 1, 2], estimator=Slow(), fit_timeout=0.2, **on))
    results = search.cv_results_
    assert list(results["status"]) == ["ok", "timeout", "ok"]


class Slow(Harming):
    """Takes half a second with the value 1."""

    def fit(self, X: Any, y: Any) -> Any:
        time.sleep(0.5 if self.value == 1 else 0.0)
        return super().fit(X, y)


@everywhere
def test_a_hung_fit_without_a_limit(engine: str, on: Any) -> None:
    """The others are done meanwhile, each a bundle by itself; the time of the search ends it."""
    skip_threads(engine, "a thread cannot be ended")
    if engine == "ProcessPoolExecutor":
        pytest.skip("nothing can end its workers from outside, and its end waits for them")
    fitted(search_of(grid, [0, 1], **on))  # workers have started
    began = time.monotonic()
    values, slow = [0, 1, "sleep@0", 2], Harming(seconds=0.6)
    search, _ = fitted(search_of(grid, values, estimator=slow, timeout=20.0, **on))
    assert time.monotonic() - began < 50
    assert search.ended_by_ == "timeout"
    for row, params in enumerate(search.cv_results_["params"]):
        if params["value"] != "sleep@0":
            assert search.cv_results_["status"][row] == "ok"


class Finished(Observer):
    """Tells when so many candidates have finished."""

    def __init__(self, n: int) -> None:
        self.there, self._left = threading.Event(), n

    def trial_finished(self, trial: Any) -> None:
        self._left -= 1
        if self._left <= 0:
            self.there.set()


@contextmanager
def interrupted(finished: Finished, later: float) -> Iterator[None]:
    """Have what is done meanwhile interrupted some seconds after that, and end soon then."""
    main, began = threading.main_thread().ident, []

    def interrupt() -> None:
        finished.there.wait()
        time.sleep(later)
        began.append(time.monotonic())
        if main is not None:
            signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        yield
    assert time.monotonic() - began[0] < 30


@everywhere
@grid_and_bayes
def test_ctrl_c(engine: str, make: Make, on: Any) -> None:
    warm = search_of(make, range(2), **on)
    fitted(warm)
    some = Finished(2)
    search = search_of(make, range(60), estimator=Harming(seconds=0.1), observers=[some], **on)
    with interrupted(some, 0.2):
        search.fit(X, y)
    status = search.cv_results_["status"]
    assert 0 < np.sum(status == "ok") < 60
    assert search.ended_by_ == "interrupted"
    again, _ = fitted(search_of(make, range(2), **on))  # and its workers are there
    assert_right(again.cv_results_)


@engines("here", "threading")
@grid_and_bayes
def test_ctrl_c_here(engine: str, make: Make, on: Any) -> None:
    test_ctrl_c(engine, make, on)


@engines("dask")
def test_ctrl_c_while_fits_hang(engine: str, on: Any) -> None:
    """Also where each worker has one: none is left with it, and the next search has them all."""
    fitted(search_of(grid, range(2), **on))
    values = [0, 1, 2, "c@0", "c@1"]
    some = Finished(2)
    search = search_of(grid, values, estimator=Harming(seconds=0.05), observers=[some], **on)
    with interrupted(some, 4.0):
        search.fit(X, y)
    results = search.cv_results_  # of what has begun
    begun = [str(params["value"]) for params in results["params"]]
    status = dict(zip(begun, results["status"], strict=True))
    assert search.ended_by_ == "interrupted"
    assert "ok" in status.values()
    assert {status.get("c@0", "partial"), status.get("c@1", "partial")} == {"partial"}
    again, _ = fitted(search_of(grid, range(6), estimator=Harming(seconds=0.1), **on))
    assert_right(again.cv_results_)


@of_clusters
@pytest.mark.parametrize("kind", ["grid", "bayes"])
def test_a_cluster_closed_in_the_middle(engine: str, kind: str, tmp_path: Path) -> None:
    said = run(engine, "close", tmp_path, kind)
    assert said["raised"] is not None
    assert "connected" in said["raised"] or "not there" in said["raised"]
    assert_kept(said)


@engines("ThreadPoolExecutor", "ProcessPoolExecutor")
def test_a_pool_shut_down_in_the_middle(engine: str, on: Any) -> None:
    class ShutsDown(Observer):
        def trial_finished(self, trial: Any) -> None:
            on["executor"].shutdown(wait=False, cancel_futures=True)

    search = search_of(grid, range(20), observers=[ShutsDown()], **on)
    with pytest.raises(RuntimeError, match="are gone"):
        search.fit(X, y)
    status = search.cv_results_["status"]
    assert 0 < np.sum(status == "ok") < 20


@everywhere
def test_a_limit_of_memory(engine: str, on: Any) -> None:
    """It holds in processes of this machine; elsewhere it is told that it does not."""
    search = search_of(grid, [0, "array" if on_this_machine(engine) else 1, 2], **on)
    search.set_params(memory_limit=2**30)
    if not on_this_machine(engine):
        with pytest.warns(UserWarning, match="memory_limit has no effect"):
            search.fit(X, y)
        return
    fitted(search)
    assert_right(search.cv_results_, array="failed")
    assert "MemoryError" in search.cv_results_["error"][1]


def on_this_machine(engine: str) -> bool:
    return engine in ("loky", "multiprocessing", "ProcessPoolExecutor")


@of_clusters
def test_a_scheduler_lost(engine: str, tmp_path: Path) -> None:
    said = run(engine, "lose_scheduler", tmp_path)
    assert_kept(said)
    if engine == "dask":
        assert "not connected any more" in said["raised"]


@of_clusters
@pytest.mark.parametrize("kind", ["grid", "bayes"])
def test_a_worker_joining_late(engine: str, kind: str, tmp_path: Path) -> None:
    if engine == "spark":
        pytest.skip("a local cluster of Spark's takes no others")
    said = run(engine, "join", tmp_path, kind)
    assert said["raised"] is None
    assert said["status"] == ["ok"] * N
    assert said["workers"] >= 2


@of_clusters
def test_a_worker_leaving(engine: str, tmp_path: Path) -> None:
    said = run(engine, "leave", tmp_path)
    assert said["raised"] is None, said
    assert said["status"] == ["ok"] * N


def assert_kept(said: dict[str, Any]) -> None:
    """Check that what has finished is there, in the search and in its journal."""
    n_ok = said["status"].count("ok")
    assert n_ok > 0
    assert set(said["status"]) <= {"ok", "partial"}
    assert said["recorded"] >= n_ok
    if said["raised"] is not None:
        assert n_ok < N
