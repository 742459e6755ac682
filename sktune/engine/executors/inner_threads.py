"""Threads within fits: no more than cores, whatever number of workers fit at the same time.

joblib tells loky's workers by their environment, before libraries are loaded. In all others that
are on this machine it is set around what they do. On other hosts it is the engine's affair.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from .contract import Workers

Api = Literal["blas", "openmp"]

_CORES = "LOKY_MAX_CPU_COUNT"
"""The environment variable by which `n_jobs=-1` comes to fewer."""


@dataclass(frozen=True)
class InnerThreads:
    """How many threads a worker's fits may use.

    Attributes
    ----------
    n_threads : int or None
        Of a library for linear algebra, or of OpenMP; None if that is set already.
    n_cores : int or None
        What ``n_jobs=-1`` of an estimator comes to; None if that is all cores.
    api : {"blas", "openmp"} or None
        The only kind of libraries that is meant, if it is not all.
    """

    n_threads: int | None = None
    n_cores: int | None = None
    api: Api | None = None

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
            return cls()
        share = max(cpu_count() // max(workers.count, 1), 1)
        if workers.where == "threads":  # linear algebra has one number for all threads
            return cls(share, None, "openmp")
        return cls(None if told else share, share if most is None else most)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep to them in this thread; in a process of a worker's."""
        before = os.environ.get(_CORES)
        if self.n_cores is not None:
            os.environ[_CORES] = str(self.n_cores)
        try:
            with at_most(self.n_threads, self.api):
                yield
        finally:
            if self.n_cores is not None:
                if before is None:
                    del os.environ[_CORES]
                else:
                    os.environ[_CORES] = before


@contextmanager
def at_most(n_threads: int | None, api: Api | None = None) -> Iterator[None]:
    """Have libraries use so many threads at most; they keep to fewer that are set already."""
    libraries = None if n_threads is None else _libraries(len(sys.modules))
    over = {
        library.prefix: n_threads
        for library in (libraries.lib_controllers if libraries else ())
        if api in (None, library.user_api) and (library.num_threads or 0) > (n_threads or 0)
    }
    if libraries is None or not over:
        yield
        return
    with libraries.limit(limits=over):
        yield


@lru_cache(maxsize=1)
def _libraries(n_modules: int) -> ThreadpoolController:  # noqa: ARG001 - what it is kept by
    """Look for the libraries that are loaded; again, if modules were imported meanwhile."""
    return ThreadpoolController()
