"""Threads within fits: no more than cores, whatever number of workers fit at the same time.

joblib tells loky's workers by their environment, before libraries are loaded. In all others that
are on this machine it is set around what they do. On other hosts it is the engine's affair, which
tells OpenMP: no more are then used by ``n_jobs=-1`` either.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from joblib import cpu_count
from threadpoolctl import LibController

from ...environment.machine import libraries
from .contract import Where, Workers

Api = Literal["blas", "openmp"]

_CORES = "LOKY_MAX_CPU_COUNT"
"""The environment variable by which `n_jobs=-1` comes to fewer."""

_OF_ENGINES = "OMP_NUM_THREADS"
"""That by which Dask, Ray and Spark tell their workers how many threads they are to have."""

_share: ContextVar[int | None] = ContextVar("share", default=None)


@dataclass(frozen=True)
class InnerThreads:
    """How many threads a worker's fits may use.

    Attributes
    ----------
    n_threads : int or None
        Of a library for linear algebra, or of OpenMP; None if that is set already.
    n_cores : int or None
        What ``n_jobs=-1`` comes to: of all that a process does, or of searches in a thread; None
        if that is all cores.
    where : {"here", "threads", "processes", "hosts"}
        Of threads only OpenMP's libraries are meant; that of linear algebra has one number for all.
    """

    n_threads: int | None = None
    n_cores: int | None = None
    where: Where = "here"

    @classmethod
    def of(cls, workers: Workers, *, told: bool = False, most: int | None = None) -> InnerThreads:
        """Share the cores of this machine out.

        Parameters
        ----------
        workers : Workers
        told : bool
            Whether joblib has told workers by their environment.
        most : int or None
            What the user has told joblib, instead of an equal share.
        """
        if workers.where not in ("threads", "processes"):
            return cls(where=workers.where)
        share = max(min(cpu_count(), _share.get() or cpu_count()) // max(workers.count, 1), 1)
        if workers.where == "threads":
            return cls(share, share, "threads")
        return cls(None if told else share, share if most is None else most, "processes")

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep to them in this thread; in a process of a worker's."""
        if self.where == "threads":
            token = _share.set(self.n_cores)
            try:
                with at_most(self.n_threads, "openmp"):
                    yield
            finally:
                _share.reset(token)
            return
        told = os.environ.get(_OF_ENGINES, "") if self.where == "hosts" else ""
        with _told(int(told) if told.isdigit() else self.n_cores), at_most(self.n_threads):
            yield


def share_of_this_thread() -> int | None:
    """Return the cores of this thread; None if it is not one of a search's workers."""
    return _share.get()


_lock = threading.Lock()
_before: list[str | None] = []
"""What the environment said, once for each thread for which it says something else."""


@contextmanager
def _told(n_cores: int | None) -> Iterator[None]:
    """Have the environment tell this process of fewer cores."""
    if n_cores is None:
        yield
        return
    with _lock:
        _before.append(_before[0] if _before else os.environ.get(_CORES))
        os.environ[_CORES] = str(n_cores)
    try:
        yield
    finally:
        with _lock:
            before = _before.pop()
            if not _before and before is None:
                del os.environ[_CORES]
            elif not _before:
                os.environ[_CORES] = before or ""


@contextmanager
def at_most(n_threads: int | None, api: Api | None = None) -> Iterator[None]:
    """Have libraries use so many threads at most; they keep to fewer that are set already.

    Those for linear algebra have one number for all threads of this process, of which several may
    have them keep to some, and not leave in turn: the least holds, as long as it does.
    """
    if n_threads is None:
        yield
        return
    with ExitStack() as stack:
        for library in libraries().lib_controllers:  # its own contexts set all back, others' too
            if api in (None, library.user_api):
                least = _least if library.user_api == "blas" else _least_here
                stack.enter_context(least(library, n_threads))
        yield


_limits: dict[str, list[int]] = {}
"""The numbers that a library keeps to, by its file; the first is what it had."""


@contextmanager
def _least(library: LibController, n_threads: int) -> Iterator[None]:
    """Have a library keep to a number, unless to fewer."""
    with _lock:
        limits = _limits.setdefault(library.filepath, [library.num_threads or n_threads])
        limits.append(n_threads)
        library.set_num_threads(min(limits))
    try:
        yield
    finally:
        with _lock:
            del limits[limits.index(n_threads, 1)]
            library.set_num_threads(min(limits))
            if len(limits) == 1:
                del _limits[library.filepath]


@contextmanager
def _least_here(library: LibController, n_threads: int) -> Iterator[None]:
    """Have a library of which each thread has a number of its own keep to one likewise."""
    before = library.num_threads or n_threads
    library.set_num_threads(min(before, n_threads))
    try:
        yield
    finally:
        library.set_num_threads(before)
