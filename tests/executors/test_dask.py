"""Dask's workers: the same results, data that travel once, and faults that end nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.pipeline import Pipeline

from sktune import Observer
from tests.helpers.harmed_searches import fitted, search_of
from tests.helpers.harming import N_SPLITS, Harming, HarmingStep, X, expected, noted, y
from tests.helpers.searches import Make, bayes, every_search, grid

distributed = pytest.importorskip("distributed", reason="its package is not installed")
dask_workers = pytest.importorskip("sktune.engine.executors.dask_workers")

pytestmark = [
    pytest.mark.dask,
    pytest.mark.usefixtures("ends"),
    # Dask's own: sockets and loops that it leaves to the collector
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@contextmanager
def started(n_workers: int = 2, **options: Any) -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=":0", **options
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with started() as client:
        yield client


@pytest.fixture
def ends() -> Iterator[None]:
    """Raise in a test that has not ended in four minutes."""

    def late(*_: Any) -> None:
        raise TimeoutError("it has not ended in four minutes")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(240)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def assert_statuses(search: Any, **others: str) -> None:
    """Check statuses by value, and the scores of those that are "ok"."""
    results = search.cv_results_
    for row, params in enumerate(results["params"]):
        value = params["value"]
        assert results["status"][row] == others.get(str(value), "ok"), results["error"][row]
        if results["status"][row] == "ok":
            for split in range(N_SPLITS):
                assert results[f"split{split}_test_score"][row] == expected(value, split)


class Once(Harming):
    """Ends its process the first time that it is fitted with the value 1."""

    def fit(self, X: Any, y: Any) -> Any:
        if self.value == 1 and not (mark := Path(self.folder, "mark")).exists():
            mark.touch()
            os._exit(3)
        return super().fit(X, y)


@every_search
def test_a_worker_is_killed_once(make: Make, client: Any, tmp_path: Path) -> None:
    search = search_of(make, range(4), executor=client, estimator=Once(str(tmp_path)))
    assert_statuses(fitted(search)[0])


@pytest.mark.parametrize("make", [grid, bayes])
def test_a_candidate_that_kills_each_time_is_named(make: Make, client: Any) -> None:
    search, told = fitted(search_of(make, [0, 1, "kill", 2, 3], executor=client))
    assert_statuses(search, kill="crashed")
    assert "'kill'" in told
    assert "WorkerDiedError" in told


@pytest.mark.parametrize(("make", "harm"), [(grid, "c@1"), (bayes, "sleep@1")])
def test_a_hung_fit_is_ended(make: Make, harm: str, client: Any) -> None:
    search, _ = fitted(search_of(make, [0, 1, harm, 2], executor=client, fit_timeout=1.0))
    assert_statuses(search, **{harm: "timeout"})


def test_a_search_whose_time_is_over_does_not_wait_for_a_hung_fit(client: Any) -> None:
    search = search_of(grid, [0, 1, "sleep", 2], executor=client, timeout=2.0)
    start = time.monotonic()
    fitted(search)
    assert time.monotonic() - start < 10
    assert search.ended_by_ == "timeout"
    for worker in client.nthreads():
        dask_workers.end_process(client, worker)


class Then(Observer):
    """Has something done, in a thread, when three candidates are there."""

    def __init__(self, do: Callable[..., Any], *given: Any) -> None:
        self.n, self.thread = 0, threading.Thread(target=do, args=given)

    def trial_finished(self, trial: Any) -> None:
        self.n += 1
        if self.n == 3:
            self.thread.start()


def test_a_cluster_that_is_closed_ends_the_search_and_keeps_what_has_finished() -> None:
    with started() as client:
        search = search_of(
            grid,
            range(200),
            executor=client,
            estimator=Harming(seconds=0.05),
            observers=[Then(client.cluster.close)],
        )
        with pytest.raises(RuntimeError, match="not connected any more"):
            search.fit(X, y)
    assert 0 < sum(search.cv_results_["status"] == "ok") < 200


class WorkersOf(Observer):
    def __init__(self) -> None:
        self.seen: set[int | None] = set()

    def split_finished(self, trial: Any, outcome: Any) -> None:
        self.seen.add(outcome.worker)


@pytest.mark.parametrize("make", [grid, bayes])
def test_a_worker_that_joins_late_is_used(make: Make) -> None:
    options, seen = {"n_points": 4} if make is bayes else {}, WorkersOf()
    with started(1) as client:
        search = search_of(
            make,
            range(40),
            executor=client,
            estimator=Harming(seconds=0.1),
            observers=[seen := WorkersOf()],
            **options,
        )
        threading.Timer(0.5, client.cluster.scale, [2]).start()
        search.fit(X, y)
    assert len(seen.seen) == 2


def test_a_worker_that_leaves_is_not_missed() -> None:
    with started(2) as client:
        leaving = Then(client.retire_workers, list(client.nthreads())[:1])
        search = search_of(
            grid, range(30), executor=client, estimator=Harming(seconds=0.05), observers=[leaving]
        )
        search.fit(X, y)
        leaving.thread.join()
        assert_statuses(search)


class Interrupts(Observer):
    """Has this process interrupted when three candidates are there."""

    n = 0

    def trial_finished(self, trial: Any) -> None:
        self.n += 1
        if self.n == 3:
            os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_keeps_what_has_finished(client: Any) -> None:
    estimator = Harming(seconds=0.05)
    search = search_of(
        grid, range(50), executor=client, estimator=estimator, observers=[Interrupts()]
    )
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert 3 <= sum(search.cv_results_["status"] == "ok") < 50
    assert fitted(search_of(grid, range(3), executor=client))[0].best_score_ > 0


@every_search
def test_joblibs_backend_chooses_these_workers(make: Make, client: Any) -> None:
    with client.as_current(), parallel_config("dask"):
        search, _ = fitted(search_of(make, range(4)))
    assert_statuses(search)


class Carried:
    """Samples that note when they are read from what was sent."""

    def __init__(self, folder: Path, n: int) -> None:
        self.values = np.arange(2.0 * n).reshape(n, 2)
        self.folder = folder

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Any) -> Any:
        return self.values[rows]

    def __setstate__(self, state: Any) -> None:
        self.__dict__ |= state
        with open(self.folder / "read", "ab", buffering=0) as file:
            file.write(b".")


class Quick(Harming):
    def fit(self, X: Any, y: Any) -> Any:
        time.sleep(0.02)  # so that data are always needed
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


@pytest.mark.parametrize("n", [2, 16, 128])
def test_data_go_to_each_worker_once_whatever_the_number_of_tasks(
    n: int, client: Any, tmp_path: Path
) -> None:
    carried, target = Carried(tmp_path, 2000), np.arange(2000) % 2
    search = grid(Quick(), {"value": list(range(n // 2))}, cv=2, refit=False, executor=client)
    search.fit(carried, target)
    assert 1 <= (tmp_path / "read").stat().st_size <= 2


class Noted(HarmingStep):
    """A step that takes a moment, and is noted."""

    def fit(self, X: Any, y: Any = None) -> Any:
        time.sleep(0.02)
        return super().fit(X, y)


def last_score(pipeline: Any, X: Any, y: Any) -> float:
    pipeline.predict(X)
    return float(pipeline[-1].value)


@pytest.mark.parametrize("make", [grid, bayes])
def test_two_hosts_share_no_files_and_fit_each_prefix_once(make: Make, tmp_path: Path) -> None:
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        root.mkdir()
    (folder := tmp_path / "fits").mkdir()
    pipeline = Pipeline([("first", Noted(str(folder))), ("last", Harming(seconds=0.02))])
    space = {"first__value": [0, 1, 2, 3], "last__value": list(range(6))}
    options: dict[str, Any] = {}
    if make is bayes:
        options = {"n_iter": 24, "n_points": 4, "random_state": 0}
    spec = {
        f"{root.name}-{k}": {
            "cls": distributed.Nanny,
            "options": {"nthreads": 1, "env": {"TMPDIR": str(root)}, "dashboard": False},
        }
        for root in roots
        for k in range(2)
    }
    scheduler = {"cls": distributed.Scheduler, "options": {"dashboard_address": ":0"}}
    with (
        distributed.SpecCluster(spec, scheduler=scheduler) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        search = make(
            pipeline,
            space,
            cv=N_SPLITS,
            scoring=last_score,
            refit=False,
            executor=client,
            **options,
        )
        search.fit(X, y)
        left = [path for root in roots for path in root.glob("sktune-*")]
    fits = noted(folder, "step")
    assert set(search.cv_results_["status"]) == {"ok"}
    assert max(fits.values()) <= 2
    assert sum(fits.values()) <= 1.1 * len(fits)
    assert left == []
