"""What cannot be searched with is refused before the first fit, with the remedy."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joblib import parallel_config
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch


class Never(DecisionTreeClassifier):
    """An estimator that must not be fitted."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        raise AssertionError("it was fitted")


def search_of(executor: Any = None) -> Any:
    return GridSearch(Never(), {"max_depth": [1, 2]}, executor=executor)


def assert_refused(executor: Any, iris: Any, error: type[Exception], *texts: str) -> None:
    """Check that a search is refused, and that what an earlier fit has found is still there."""
    search = GridSearch(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}).fit(*iris)
    before = search.cv_results_
    search.set_params(estimator=Never(), executor=executor)
    with pytest.raises(error) as raised:
        search.fit(*iris)
    for text in texts:
        assert text in str(raised.value)
    assert search.cv_results_ is before


@pytest.mark.parametrize("given", [3, "dask", "localhost:8786", object, [1]], ids=str)
def test_what_is_no_executor(given: Any, iris: Any) -> None:
    assert_refused(given, iris, TypeError, "Pass a Dask client", "ray.init()", "Spark session")


@pytest.mark.parametrize(
    ("package", "given"),
    [("distributed", "tcp://127.0.0.1:1"), ("ray", "ray://127.0.0.1:1"), ("pyspark", "spark://a")],
)
def test_a_missing_package(
    package: str, given: str, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    for module in ("dask", "ray", "spark"):
        monkeypatch.delitem(sys.modules, f"sktune.engine.executors.{module}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    assert_refused(given, iris, ImportError, f"pip install {package}")


@pytest.mark.parametrize(
    ("backend", "package"), [("ray", "ray"), ("spark", "joblibspark")], ids=["ray", "spark"]
)
def test_a_backend_whose_package_is_missing(
    backend: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=f"pip install {package}"), parallel_config(backend):
        pass


def test_dasks_backend_is_joblibs_own_and_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("joblib._dask.distributed", None)
    with pytest.raises(ValueError, match="Please install dask"), parallel_config("dask"):
        pass


@pytest.mark.dask
def test_dasks_backend_without_a_client() -> None:
    pytest.importorskip("distributed", reason="its package is not installed")
    # in a process of its own: in this one a worker of another test's may be found, and its client
    code = "from joblib import parallel_config; parallel_config('dask')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert "ValueError" in done.stderr
    assert "first create a Dask Client" in done.stderr


def test_a_backend_that_joblib_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"'ray'.*'spark'"), parallel_config("rays"):
        pass


def test_a_pool_that_was_shut_down(iris: Any) -> None:
    pool = ThreadPoolExecutor(2)
    pool.shutdown()
    assert_refused(pool, iris, RuntimeError, "shut", "pass another")


@pytest.mark.dask
def test_a_client_that_was_closed(iris: Any) -> None:
    distributed = pytest.importorskip("distributed", reason="its package is not installed")
    with distributed.Client(processes=False, n_workers=1, dashboard_address=":0") as client:
        pass
    assert_refused(client, iris, RuntimeError, "not connected", "connect another client")


@pytest.mark.spark
def test_a_session_that_was_stopped(iris: Any) -> None:
    """Or whose process of Java's has ended: it is asked, and does not answer."""
    sql = pytest.importorskip("pyspark.sql", reason="its package is not installed")
    session = sql.SparkSession.__new__(sql.SparkSession)
    session._sc = type("Context", (), {"_jsc": None})()
    assert_refused(session, iris, ConnectionError, "getOrCreate")


@pytest.mark.ray
def test_a_ray_that_was_shut_down(iris: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="its package is not installed")
    from sktune.engine.executors.ray import RayExecutor

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(ConnectionError, match=r"ray\.init\(\)"):
        RayExecutor(own=False).connected()


def fails(*_: Any, **__: Any) -> None:
    raise OSError("nobody answers")


def assert_not_there(given: Any, iris: Any) -> None:
    assert_refused(given, iris, ConnectionError, str(given), "nobody answers", "address right")


@pytest.mark.ray
def test_a_ray_that_is_not_there(iris: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="its package is not installed")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", fails)
    assert_not_there("ray://127.0.0.1:1", iris)


@pytest.mark.dask
def test_a_scheduler_that_is_not_there(iris: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="its package is not installed")
    monkeypatch.setattr(distributed.Client, "__init__", fails)
    monkeypatch.setattr(distributed.Client, "__del__", lambda self: None)
    assert_not_there("tcp://127.0.0.1:1", iris)


@pytest.mark.spark
def test_a_spark_that_is_not_there(iris: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither at an address, nor here, where Java may be missing."""
    sql = pytest.importorskip("pyspark.sql", reason="its package is not installed")
    monkeypatch.setattr(sql.SparkSession.Builder, "getOrCreate", fails)
    monkeypatch.setattr(sql.SparkSession, "getActiveSession", lambda: None)
    assert_not_there("spark://127.0.0.1:1", iris)
    from sktune.engine.executors.spark import SparkExecutor

    with pytest.raises(ConnectionError, match=r"A local Spark .*nobody answers"):
        SparkExecutor().connected()


def test_a_pool_whose_workers_do_not_answer_is_told_of(
    iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sktune.engine.executors.futures._PATIENCE", 0.05)
    tree, over = DecisionTreeClassifier(random_state=0), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(over.wait, 20)
        threading.Timer(1.0, over.set).start()
        search = GridSearch(tree, {"max_depth": [1, 2]}, executor=pool)
        with pytest.warns(UserWarning, match="No worker of ThreadPoolExecutor has answered"):
            search.fit(*iris)
    assert search.best_params_ in ({"max_depth": 1}, {"max_depth": 2})
