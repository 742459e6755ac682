"""The engines that searches run on, and how a search is told to."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import get_context
from typing import Any

import pytest
from joblib import parallel_config

On = Callable[[], AbstractContextManager[dict[str, Any]]]
"""Enter it to have an engine; it gives the options of a search."""

OF_JOBLIB = ("loky", "threading", "multiprocessing", "dask", "dask threads", "ray", "spark")


def _of_joblib(name: str) -> On:
    @contextmanager
    def on() -> Iterator[dict[str, Any]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a local Spark has not
            context = parallel_config(name.partition(" ")[0], n_jobs=2)
        with context:
            yield {}

    return on


@contextmanager
def _here() -> Iterator[dict[str, Any]]:
    yield {"n_jobs": 1}


@contextmanager
def _threads() -> Iterator[dict[str, Any]]:
    with ThreadPoolExecutor(2) as pool:
        yield {"executor": pool}


@contextmanager
def _processes() -> Iterator[dict[str, Any]]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield {"executor": pool}


@contextmanager
def _mpi() -> Iterator[dict[str, Any]]:
    os.environ.setdefault("MPI4PY_RC_RECV_MPROBE", "0")
    # two workers and this process, on two cores: else Open MPI starts none, and nobody hears of it
    os.environ.setdefault("OMPI_MCA_rmaps_base_oversubscribe", "1")
    try:
        from mpi4py.futures import MPIPoolExecutor
    except (ImportError, RuntimeError) as exc:
        pytest.skip(f"the tests of MPI need mpi4py, and an MPI library: {exc}".partition("\n")[0])
    if shutil.which("mpiexec") is None:
        pytest.skip("the tests of MPI need mpiexec, which starts its workers")
    with MPIPoolExecutor(2) as pool:
        yield {"executor": pool}


ON: dict[str, On] = {
    "here": _here,
    **{name: _of_joblib(name) for name in OF_JOBLIB},
    "ThreadPoolExecutor": _threads,
    "ProcessPoolExecutor": _processes,
    "MPIPoolExecutor": _mpi,
}

STARTED = {
    "dask": "dask_processes",
    "dask threads": "dask_threads",
    "ray": "ray",
    "spark": "spark",
}
"""The fixture that starts an engine."""

_SLOW = ("loky", "threading", "multiprocessing", "ProcessPoolExecutor", "MPIPoolExecutor")
"""Of those that are always there: what starts processes, and threads of two kinds are alike."""


def _param(name: str) -> Any:
    marker = name.partition(" ")[0]
    marks = [getattr(pytest.mark, marker)] if name in STARTED else []
    return pytest.param(name, id=name, marks=[pytest.mark.slow] if name in _SLOW else marks)


def engines(*names: str) -> Any:
    """Run a test on these engines."""
    return pytest.mark.parametrize("engine", [_param(name) for name in names])
