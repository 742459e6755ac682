"""Data travel once to each worker, and those that lie in an engine are used from there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch

MB = 2**20


class Looks(ClassifierMixin, BaseEstimator):
    """Has a look at a few rows."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(X.shape[0], dtype=int)


def few_rows(X: Any) -> Any:
    """Splits of a few rows: what is measured is how X travels, and not what is done with it."""
    rows = np.arange(X.shape[0])
    return [(rows[:50], rows[50:80]), (rows[50:100], rows[:30])]


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
