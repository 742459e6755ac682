"""Data travel once to each worker, and those that lie in an engine are used from there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from tests.helpers.engines import engines

MB = 2**20


class Looks(ClassifierMixin, BaseEstimator):
    """Has a look at a few rows."""

    def __init__(self, value: int = 0, seconds: float = 0.0) -> None:
        self.value = value
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Any:
        time.sleep(self.seconds)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(X.shape[0], dtype=int)


def few_rows(X: Any) -> Any:
    """Splits of a few rows: what is measured is how X travels, and not what is done with it."""
    rows = np.arange(X.shape[0])
    return [(rows[:50], rows[50:80]), (rows[50:100], rows[:30])]


def peak(estimator: Any, X: Any, y: Any) -> float:
    """Score by the most memory that this process has had."""
    estimator.predict(X)
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = [one for one in status if one.startswith("VmHWM:")]
    return float(line.split()[1]) * 1024


@contextmanager
def most_used(ray: Any) -> Iterator[list[float]]:
    """Note how many bytes of Ray's object store are used, at most."""
    total = ray.cluster_resources()["object_store_memory"]
    found, over = [0.0], threading.Event()
    before = total - ray.available_resources().get("object_store_memory", total)

    def look() -> None:
        while not over.wait(0.05):
            left = ray.available_resources().get("object_store_memory", total)
            found[0] = max(found[0], total - left - before)

    thread = threading.Thread(target=look)
    thread.start()
    yield found
    time.sleep(0.5)
    over.set()
    thread.join()


@pytest.mark.ray
@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 8, 64])
def test_ray_has_one_copy_of_the_data(n: int, ray: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers of one machine share it; what is put is counted, and what is used."""
    import ray as engine

    X, y = np.random.default_rng(0).normal(size=(25, MB)).T.copy(), np.arange(MB) % 2
    put, plain = [], engine.put

    def counted(value: Any) -> Any:
        put.append(getattr(value, "nbytes", 0))
        return plain(value)

    monkeypatch.setattr(engine, "put", counted)
    search = GridSearch(
        Looks(), {"value": list(range(n))}, cv=few_rows(X), executor=ray, refit=False
    )
    with most_used(engine) as found:
        search.fit(X, y)
    assert sum(put) <= 1.2 * (X.nbytes + y.nbytes)
    assert found[0] <= 1.2 * (X.nbytes + y.nbytes)


@contextmanager
def sent_on(client: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Count the bytes that go out of this process, and from worker to worker."""
    from distributed.comm.tcp import TCP

    found, plain = [0.0], TCP.write

    async def counted(self: Any, *args: Any, **options: Any) -> int:
        n_bytes: int = await plain(self, *args, **options)
        found[0] += n_bytes
        return n_bytes

    monkeypatch.setattr(TCP, "write", counted)
    before = client.run(passed_on)
    yield found
    found[0] += sum(client.run(passed_on).values()) - sum(before.values())


def passed_on(dask_worker: Any) -> int:
    """Return the bytes that a worker has sent to others."""
    return int(dask_worker.transfer_outgoing_bytes_total)


@pytest.mark.dask
@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 8, 64])
def test_dask_sends_a_worker_the_data_once(
    n: int, dask_processes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = np.random.default_rng(0).normal(size=(MB, 25)), np.arange(MB) % 2
    search = GridSearch(
        Looks(), {"value": list(range(n))}, cv=few_rows(X), executor=dask_processes, refit=False
    )
    with sent_on(dask_processes, monkeypatch) as found:
        search.fit(X, y)
    assert X.nbytes <= found[0] <= 1.2 * 2 * (X.nbytes + y.nbytes)


@engines(
    "loky", "multiprocessing", "ThreadPoolExecutor", "ProcessPoolExecutor", "dask", "ray", "spark"
)
@pytest.mark.slow
def test_a_worker_has_hardly_more_memory_than_a_copy_takes(engine: str, on: Any) -> None:
    if engine == "ThreadPoolExecutor":
        pytest.skip("workers are this process, which has the data")
    if engine == "ProcessPoolExecutor":
        pytest.skip("X goes through a pipe, pickled with its task: three copies for a moment")
    most = []
    for n_rows in (200, MB):
        X, y = np.ones((n_rows, 25)), np.arange(n_rows) % 2
        search = GridSearch(
            Looks(), {"value": list(range(8))}, cv=few_rows(X), scoring=peak, refit=False, **on
        ).fit(X, y)
        scores = [search.cv_results_[f"split{split}_test_score"] for split in (0, 1)]
        most.append(np.max(scores))
    assert most[1] - most[0] <= 1.5 * (X.nbytes + y.nbytes)


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


@pytest.mark.dask
@pytest.mark.parametrize("n", [2, 16, 128])
def test_dasks_workers_read_the_data_once(n: int, dask_processes: Any, tmp_path: Path) -> None:
    """Whatever the number of tasks, and whatever the data are.

    Unless Dask's memory manager lets a copy go at a moment when nothing waits for it.
    """
    carried, y = Carried(tmp_path, 2000), np.arange(2000) % 2
    search = GridSearch(
        Looks(seconds=0.02), {"value": list(range(n // 2))}, cv=2, refit=False,
        executor=dask_processes,
    )  # fmt: skip
    dask_processes.amm.stop()
    try:
        search.fit(carried, y)
    finally:
        dask_processes.amm.start()
    assert 1 <= (tmp_path / "read").stat().st_size <= 2


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 8, 64])
def test_spark_broadcasts_the_data_once(
    n: int, spark: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    from sktune.engine.executors import spark_jobs as module

    X, y = np.random.default_rng(0).normal(size=(MB, 25)), np.arange(MB) % 2
    context = spark.sparkContext
    plain, sizes, sent = context.broadcast, [], []

    def counted(value: Any) -> Any:
        made = plain(value)
        sizes.append(os.path.getsize(made._path))
        return made

    class Counted(module._Work):
        def __post_init__(self) -> None:
            sent.append(sum(map(len, self.pickled)))

    monkeypatch.setattr(context, "broadcast", counted)
    monkeypatch.setattr(module, "_Work", Counted)
    GridSearch(Looks(), {"value": list(range(n))}, cv=few_rows(X), executor=spark, refit=False).fit(
        X, y
    )
    assert sum(sizes) <= 1.2 * (X.nbytes + y.nbytes)
    assert sum(sent) <= MB


KINDS = {
    "array": lambda X: X,
    "sparse": sparse.csr_matrix,
    "frame": lambda X: pytest.importorskip("pandas").DataFrame(X, columns=list("abcd")),
}


@pytest.mark.ray
@pytest.mark.parametrize("kind", KINDS)
def test_an_object_of_rays_is_used_as_it_is(
    kind: str, ray: Any, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray as engine

    X, y = KINDS[kind](np.tile(iris[0], (40, 1))), np.tile(iris[1], 40)
    there, put, plain = engine.put(X), [], engine.put

    def counted(value: Any) -> Any:
        put.append(type(value))
        return plain(value)

    monkeypatch.setattr(engine, "put", counted)
    tree, grid = DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}
    ours = GridSearch(tree, grid, executor=ray).fit(there, y)
    monkeypatch.undo()
    theirs = GridSearch(tree, grid).fit(X, y)
    assert type(X) not in put or kind == "array"
    assert ours.best_score_ == theirs.best_score_
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


@pytest.mark.dask
@pytest.mark.parametrize("kind", [*KINDS, "list"])
def test_a_future_of_dasks_is_used_as_it_is(
    kind: str, dask_processes: Any, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = np.tile(iris[0], (40, 1)), np.tile(iris[1], 40)
    X = X.tolist() if kind == "list" else KINDS[kind](X)
    there, sent, plain = dask_processes.scatter(X, hash=False), [], type(dask_processes).scatter
    if kind == "list":
        there = dask_processes.submit(list, X)

    def counted(self: Any, values: Any, **options: Any) -> Any:
        sent.extend(map(type, values))
        return plain(self, values, **options)

    monkeypatch.setattr(type(dask_processes), "scatter", counted)
    tree, grid = DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}
    ours = GridSearch(tree, grid, executor=dask_processes).fit(there, y)
    theirs = GridSearch(tree, grid).fit(X, y)
    assert sent.count(type(X)) == (1 if kind in ("array", "list") else 0)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")
def test_a_frame_of_sparks_is_brought_here(spark: Any, iris: Any) -> None:
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(iris[0], columns=list("abcd"))
    frame = spark.createDataFrame(X.values.tolist(), list("abcd"))
    tree, grid = DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}
    ours = GridSearch(tree, grid, executor=spark).fit(frame, iris[1])
    theirs = GridSearch(tree, grid).fit(X, iris[1])
    assert list(ours.feature_names_in_) == list("abcd")
    assert ours.best_score_ == theirs.best_score_


def test_what_is_too_large_is_refused(iris: Any) -> None:
    """A frame that says it has more rows than any memory."""

    class Huge:
        columns = range(100)

        def toPandas(self) -> Any:
            raise AssertionError("it was brought here")

        def count(self) -> int:
            return 10**13

    Huge.__module__ = "pyspark.sql.dataframe"
    with pytest.raises(MemoryError, match=r"Huge takes about .* GiB, .*pass a sample"):
        GridSearch(DecisionTreeClassifier(), {"max_depth": [1, 2]}).fit(Huge(), iris[1])
