"""The contract of executors, of all but the engines that have tests of their own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from joblib import parallel_config

from sktune.engine.executors.choosing import executor_for
from sktune.engine.executors.ray import RayExecutor
from sktune.testing import ExecutorContract
from tests.helpers.engines import ON


class TestThisThread(ExecutorContract):
    test_a_search_is_what_it_is_in_this_thread = None  # type: ignore[assignment]
    test_a_search_ends_when_its_time_is_over = None  # type: ignore[assignment]

    def make(self) -> Any:
        return executor_for(None, 1)


class OfJoblib(ExecutorContract):
    backend = ""

    @pytest.fixture(autouse=True)
    def _active(self) -> Iterator[None]:
        with parallel_config(self.backend):
            yield

    def make(self) -> Any:
        return executor_for(None, 2)


@pytest.mark.slow
class TestLoky(OfJoblib):
    backend = "loky"


@pytest.mark.slow
class TestThreading(OfJoblib):
    backend = "threading"


@pytest.mark.slow
class TestMultiprocessing(OfJoblib):
    backend = "multiprocessing"


class TestThreadPoolExecutor(ExecutorContract):
    @pytest.fixture(autouse=True)
    def _pool(self) -> Iterator[None]:
        with ThreadPoolExecutor(2) as self.pool:
            yield

    def make(self) -> Any:
        return executor_for(self.pool)


@pytest.mark.slow
class TestProcessPoolExecutor(ExecutorContract):
    renews = False

    @pytest.fixture(autouse=True)
    def _pool(self) -> Iterator[None]:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as self.pool:
            yield

    def make(self) -> Any:
        return executor_for(self.pool)


@pytest.mark.slow
class TestMPI(ExecutorContract):
    apart = False  # MPI ends this process with a worker that dies

    @pytest.fixture(autouse=True)
    def _pool(self) -> Iterator[None]:
        with ON["MPIPoolExecutor"]() as given:
            self.pool = given["executor"]
            yield

    def make(self) -> Any:
        return executor_for(self.pool)


class OfDask(ExecutorContract):
    client: Any

    def make(self) -> Any:
        return executor_for(self.client)


@pytest.mark.dask
class TestDask(OfDask):
    @pytest.fixture(autouse=True)
    def _client(self, dask_processes: Any) -> None:
        self.client = dask_processes


@pytest.mark.dask
class TestDaskThreads(OfDask):
    apart = False

    @pytest.fixture(autouse=True)
    def _client(self, dask_threads: Any) -> None:
        self.client = dask_threads


@pytest.mark.ray
class TestRay(ExecutorContract):
    @pytest.fixture(autouse=True)
    def _started(self, ray: Any) -> None:
        self.started = ray

    def make(self) -> Any:
        return RayExecutor(1, own=False)  # of two


@pytest.mark.spark
class TestSpark(ExecutorContract):
    @pytest.fixture(autouse=True)
    def _session(self, spark: Any) -> None:
        self.session = spark

    def make(self) -> Any:
        return executor_for(self.session)
