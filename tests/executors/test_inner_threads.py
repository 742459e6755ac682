"""No more threads than cores: those of fits, on all workers of this machine together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import effective_n_jobs, parallel_config
from threadpoolctl import threadpool_limits

from sktune import GridSearch
from sktune.engine.executors import Workers
from sktune.engine.executors.inner_threads import InnerThreads, at_most
from tests.helpers.cluster_runs import CLUSTERS
from tests.helpers.engines import engines
from tests.helpers.inner_threads import Nests, most_at_once, search, threads


@pytest.fixture
def four_cores(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have joblib count four cores, and libraries use as many."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "4")
    here = os.getpid()

    def told() -> int:  # in workers that were forked, what they are told
        return 4 if os.getpid() == here else int(os.environ["LOKY_MAX_CPU_COUNT"])

    monkeypatch.setattr("sktune.engine.executors.inner_threads.cpu_count", told)
    with threadpool_limits(4):
        yield


@pytest.mark.parametrize(
    ("count", "where", "threads", "cores"),
    [(1, "processes", 4, 4), (2, "processes", 2, 2), (3, "processes", 1, 1),
     (9, "processes", 1, 1), (0, "processes", 4, 4), (2, "threads", 2, 2),
     (2, "hosts", None, None), (1, "here", None, None)],
)  # fmt: skip
def test_cores_are_shared_out(
    four_cores: None, count: int, where: Any, threads: int | None, cores: int | None
) -> None:
    found = InnerThreads.of(Workers(count, where))
    assert (found.n_threads, found.n_cores) == (threads, cores)


def test_what_the_user_has_told_joblib_holds(four_cores: None) -> None:
    found = InnerThreads.of(Workers(4, "processes"), told=True, most=3)
    assert (found.n_threads, found.n_cores) == (None, 3)


def test_libraries_keep_to_fewer_and_are_left_as_they_were(four_cores: None) -> None:
    before = os.environ.get("LOKY_MAX_CPU_COUNT")
    with InnerThreads(2, 2).kept():
        assert threads("blas") == threads("openmp") == 2
        assert effective_n_jobs(-1) <= 2
        with at_most(3):
            assert threads("blas") == 2
    assert threads("blas") == threads("openmp") == 4
    assert os.environ.get("LOKY_MAX_CPU_COUNT") == before


def test_who_leaves_first_leaves_the_others_what_they_have(four_cores: None) -> None:
    outer, first, second = (at_most(n, "blas") for n in (2, 1, 1))
    outer.__enter__()
    with at_most(1, "openmp"):
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert threads("openmp") == 1
        assert threads("blas") == 1
    assert threads("blas") == 1
    second.__exit__(None, None, None)
    assert threads("blas") == 2
    outer.__exit__(None, None, None)
    assert threads("blas") == 4


@pytest.mark.parametrize("pool", [False, True])
def test_threads_share_the_cores(four_cores: None, pool: bool) -> None:
    if pool:
        with ThreadPoolExecutor(2) as executor:
            found = search(executor=executor)
    else:
        found = search(parallel_config("threading"), n_jobs=2)
    assert found["blas"] == 2
    assert found["openmp"] <= 2
    assert threads("blas") == 4


def test_processes_of_multiprocessing_share_the_cores(four_cores: None) -> None:
    found = search(parallel_config("multiprocessing"), n_jobs=2)
    assert found == {"blas": 2, "openmp": 2, "cores": min(2, effective_n_jobs(-1))}


def test_a_single_worker_has_them_all(four_cores: None) -> None:
    assert search(n_jobs=1) == {"blas": 4, "openmp": 4, "cores": effective_n_jobs(-1)}


@pytest.mark.parametrize("n_outer", [1, 2])
@engines(
    "loky", "multiprocessing", "threading", "ThreadPoolExecutor", "ProcessPoolExecutor",
    "dask", "ray", "spark",
)  # fmt: skip
def test_a_search_in_a_search_has_no_more_than_the_cores(
    engine: str, n_outer: int, four_cores: None, on: Any, tmp_path: Path
) -> None:
    """Whatever has been started for the outer one, the inner one asks for all that there is."""
    if engine == "threading" and n_outer == 2:
        pytest.skip("OpenBLAS takes no smaller number of threads from a thread beside the main one")
    more = {"n_jobs": n_outer} if engine in ("loky", "threading", "multiprocessing") else {}
    GridSearch(Nests(folder=str(tmp_path)), {"x": [0, 1, 2]}, cv=2, refit=False, **on, **more).fit(
        np.zeros((8, 1))
    )
    assert len(list(tmp_path.iterdir())) == 6 * 9
    cores = 2 if engine in CLUSTERS else 4  # each of two workers is to use one there
    assert most_at_once(tmp_path) <= cores


@pytest.mark.slow
def test_a_pool_ends_whose_worker_has_searched_on_workers_of_its_own() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(search, n_jobs=2).result()
        began = time.monotonic()
    assert time.monotonic() - began < 60  # loky's workers wait 300 for something else to do


LOKY = """
from joblib import parallel_config
from tests.helpers.inner_threads import search
for inner in (None, 2):
    found = search(parallel_config("loky", inner_max_num_threads=inner), n_jobs=2)
    print(found["blas"], found["openmp"], found["cores"])
found = search(fit_timeout=60)
print(found["blas"], found["openmp"], found["cores"])
"""


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="with one core there is nothing to share")
def test_processes_of_loky_share_the_cores() -> None:
    told = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    env = {name: value for name, value in os.environ.items() if name not in told}
    done = subprocess.run(
        [sys.executable, "-c", LOKY],
        env=env | {"LOKY_MAX_CPU_COUNT": "2"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    shared, inner, apart = (line.split() for line in done.stdout.splitlines())
    assert shared == ["1", "1", "1"]
    assert inner == ["2", "2", "2"]
    assert max(map(int, apart)) <= 2
