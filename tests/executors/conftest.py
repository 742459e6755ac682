"""Engines that are started once a session, on this machine, and ended by what has started them."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engines import ON, STARTED

_ROOT = str(Path(__file__).parents[2])


@pytest.fixture(scope="session")
def ray() -> Iterator[Any]:
    """Ray with two CPUs, in a local cluster of its own."""
    ray = pytest.importorskip("ray", reason="the tests of Ray need its package")
    _have_workers_find_us()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray's own
        started = ray.init(
            "local",
            num_cpus=2,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=800 * 2**20,
        )
    yield started
    ray.shutdown()


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A local Spark with two threads."""
    yield from _spark("local[2]")


@pytest.fixture(scope="session")
def spark_cluster() -> Iterator[Any]:
    """A Spark with two executors, each a process of Java's."""
    yield from _spark("local-cluster[2,1,1024]")


def _spark(master: str) -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="the tests of Spark need pyspark")
    _have_workers_find_us()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyspark's own
        session = (
            sql.SparkSession.builder.master(master)
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.executor.memory", "512m")
            .getOrCreate()
        )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def _have_workers_find_us() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([_ROOT, os.environ.get("PYTHONPATH", "")])


@pytest.fixture(scope="session")
def dask_processes() -> Iterator[Any]:
    """Dask with two workers, each a process."""
    yield from _dask(processes=True)


@pytest.fixture(scope="session")
def dask_threads() -> Iterator[Any]:
    """Dask with two threads of this process."""
    yield from _dask(processes=False)


def _dask(*, processes: bool) -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the tests of Dask need its package")
    _have_workers_find_us()
    # workers that are killed again and again take longer to be back, on a busy machine, than the
    # cluster waits before it ends their nannies too
    patient = {"distributed.deploy.lost-worker-timeout": "5 minutes"}
    with (
        pytest.importorskip("dask").config.set(patient),
        distributed.LocalCluster(
            n_workers=2 if processes else 1,
            threads_per_worker=1 if processes else 2,
            processes=processes,
            dashboard_address=":0",
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def on(engine: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The options of a search on an engine, which is started where it has to be."""
    client = request.getfixturevalue(STARTED[engine]) if engine in STARTED else None
    with client.as_current() if engine.startswith("dask") else nullcontext(), ON[engine]() as given:
        yield given
