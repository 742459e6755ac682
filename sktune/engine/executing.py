"""Run bundles on workers. joblib is the only executor.

joblib's backends bring the cores of this machine, threads, Dask, Ray and Spark.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from inspect import GEN_CLOSED, getgeneratorstate
from types import TracebackType
from typing import Any

from joblib import effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn.utils.parallel import Parallel, delayed

from ..evaluation import Bundle
from ..trials import Outcome

_PLENTY = "16*n_jobs"
"""More than any worker has to wait for."""

_GRACE = 0.5
"""Seconds that are waited for what is under way, when a run is left early, before it is
cancelled: loky's manager thread can trip over results that come in while it is being shut
down (loky 458)."""

_SHORTEST, _LONGEST = 0.002, 0.5
"""Seconds that a worker waits for work: sending it to wait costs a millisecond, and what
comes up meanwhile waits for it."""

_OWN_BACKENDS = "joblib._parallel_backends"
"""Of joblib's own backends, which leave a single worker's work to this thread."""

Evaluate = Callable[[Bundle], list[Outcome]]


class Executor:
    """A pool of workers that is kept for a whole search.

    Parameters
    ----------
    n_jobs : int or None
        As everywhere in scikit-learn.
    pre_dispatch : int or str
        How many bundles are handed out before the first of them has come back.
    ahead : bool, default=True
        Whether bundles may be drawn before a worker is free. Not where what is drawn
        later depends on what has come back.
    batched : bool, default=True
        Whether joblib may put several bundles that take little time together: what is lost
        with a worker is then more than its bundle.

    Attributes
    ----------
    n_workers : int
        How many tasks run at the same time.
    streams : bool
        Whether outcomes come back one by one; some backends give all at the end.
    pause : float
        Seconds that a worker waits when there is nothing for it to do yet.
    """

    def __init__(
        self,
        n_jobs: int | None,
        pre_dispatch: int | str,
        *,
        ahead: bool = True,
        batched: bool = True,
    ) -> None:
        self.n_workers: int = effective_n_jobs(n_jobs)
        # what is handed out cannot be taken back: a search that ends early has to wait for it
        most = _evaluated(_PLENTY if pre_dispatch == "all" else pre_dispatch, self.n_workers)
        options: dict[str, Any] = {
            "n_jobs": n_jobs,
            "pre_dispatch": most if ahead else min(most, self.n_workers),
            "batch_size": "auto" if ahead and batched else 1,
        }
        self.pause = 0.0
        self.streams = True
        # joblib would call in this thread too, with a tenth of a millisecond of its own
        backend = get_active_backend()[0]
        self._here = self.n_workers == 1 and type(backend).__module__ == _OWN_BACKENDS
        try:
            self._parallel = Parallel(return_as="generator_unordered", **options)
        except ValueError:
            # Ray's and Spark's backends return everything at the end of a call
            self.streams = False
            self._parallel = Parallel(**options)

    def __enter__(self) -> Executor:
        self._parallel.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._parallel.__exit__(kind, exc, tb)

    def run(
        self, evaluate: Evaluate, bundles: Iterable[Bundle | None]
    ) -> Generator[list[Outcome], None, None]:
        """Evaluate bundles; give the outcomes of each as it finishes.

        Parameters
        ----------
        evaluate : callable
            Picklable.
        bundles : iterable of Bundle or None
            Drawn from as workers become free, from threads that are not the main one; must
            not block. joblib holds a lock meanwhile, and hears of nothing that ends: where
            there is nothing to do yet, None sends the worker to wait a moment.
        """
        gate = _Gate(bundles)
        if self._here:
            for bundle in gate:
                if bundle is not None:
                    yield evaluate(bundle)
            return
        results = self._parallel(self._calls(evaluate, gate))
        if isinstance(results, list):
            yield from results
            return
        try:
            for outcomes in results:  # noqa: UP028 - that would close it first, with a warning
                yield outcomes
        finally:
            gate.close()
            if self._ends_soon(results):
                for _ in results:
                    pass
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # joblib tells of what it cancels
                results.close()

    def _calls(self, evaluate: Evaluate, bundles: Iterable[Bundle | None]) -> Iterator[Any]:
        for bundle in bundles:
            if bundle is None:
                yield delayed(_wait)(min(max(self.pause, _SHORTEST), _LONGEST))
            else:
                yield delayed(_evaluate)(evaluate, bundle)

    def _ends_soon(self, results: Generator[Any, None, None]) -> bool:
        """Wait a little for what is under way; whether it has come back."""
        if getgeneratorstate(results) == GEN_CLOSED:  # joblib itself has cancelled it
            return True
        deadline = time.monotonic() + _GRACE
        while self._parallel.n_completed_tasks < self._parallel.n_dispatched_tasks:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


class _Gate:
    """Lets bundles through until it is closed."""

    def __init__(self, bundles: Iterable[Bundle | None]) -> None:
        self._bundles = bundles
        self._open = True

    def __iter__(self) -> Iterator[Bundle | None]:
        for bundle in self._bundles:
            if not self._open:
                return
            yield bundle

    def close(self) -> None:
        self._open = False


def _evaluated(pre_dispatch: int | str, n_workers: int) -> int:
    """What joblib makes of an expression such as '2*n_jobs'.

    Raises
    ------
    ValueError
        If it is none, or nothing would ever be handed out.
    """
    most: Any = pre_dispatch
    if isinstance(pre_dispatch, str):
        sums = pre_dispatch.replace("n_jobs", str(n_workers))
        try:
            # nothing but digits and signs gets here
            most = eval(sums) if re.fullmatch(r"[\d\s.+*/()-]+", sums) else None  # noqa: S307
        except (SyntaxError, TypeError, ArithmeticError):
            most = None
    if most is None or most < 1:
        raise ValueError(
            f"pre_dispatch={pre_dispatch!r} would never hand out anything; pass at least 1, "
            "or an expression such as '2*n_jobs'."
        )
    return int(most)


def _evaluate(evaluate: Evaluate, bundle: Bundle) -> list[Outcome]:
    """Call; scikit-learn's `delayed` would take along what is in the object it wraps."""
    return evaluate(bundle)


def _wait(seconds: float) -> list[Outcome]:
    time.sleep(seconds)
    return []
