"""joblib's pools: loky, threading, multiprocessing, and others that take one call at a time.

`Parallel` sets a pool up by joblib's rules: how many workers, what is mapped to memory and where,
what is nested in them. Bundles then go to its backend one by one. Of joblib's private names this
module uses the backend of a `Parallel`, its pool, and the folder of its memory-mapped arrays.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pickle import Pickler, PicklingError
from queue import Empty, SimpleQueue
from typing import Any, Literal

import cloudpickle
from joblib import Parallel
from joblib.externals.loky.backend.reduction import get_loky_pickler
from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError
from joblib.parallel import BatchedCalls

from ...evaluation import Bundle, Notes, ReadNotes
from ...trials import Outcome
from .contract import BundleReport, Evaluate, Executor, State, Terms, Where, Workers
from .errands import Surroundings, evaluated, put
from .inner_threads import InnerThreads, at_most
from .loky_workers import Overdue, have_workers_end_with_us, have_workers_watch
from .multiprocessing_workers import PoolWorkers

Kind = Literal["loky", "multiprocessing", "threads", "others"]

_GRACE = 0.5
"""Seconds that are waited for what is under way, when it is given up: loky's manager thread
can trip over results that come in while it is being shut down (loky 458)."""

_LOOK = 0.05
"""Seconds between two looks at what workers have noted of bundles that they are at."""


class JoblibPool(Executor):
    """A pool of joblib's.

    Parameters
    ----------
    n_jobs : int or None
        As everywhere in scikit-learn.
    count : int
        How many workers that comes to.
    kind : {"loky", "multiprocessing", "threads", "others"}
        Of loky's and multiprocessing's processes it is known that they are this one's: they take
        notes of what they do.
    apart : bool, default=False
        Whether it is for one bundle at a time, in a process that is not this one.
    """

    def __init__(self, n_jobs: int | None, count: int, kind: Kind, *, apart: bool = False) -> None:
        if kind == "multiprocessing":
            self.pickler = Pickler
        elif kind == "loky":
            self.pickler = get_loky_pickler()
        self._kind = kind
        # of a single worker joblib makes none
        self._options: dict[str, Any] = (
            {"n_jobs": 2, "backend": "loky"} if apart else {"n_jobs": n_jobs}
        )
        where: Where = "threads" if kind == "threads" else "processes"
        self._workers = Workers(count, where, ends_together=where == "processes")
        self._notes: Notes | None = None
        self._parallel: Parallel | None = None
        self._silent: PoolWorkers | None = None
        self._overdue: Overdue | None = None
        self._held = ExitStack()
        self._forget()

    def _forget(self) -> None:
        """Know of nothing that is under way; what comes of it is never looked at."""
        self._came: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._loads: dict[int, tuple[Sequence[Bundle], Any]] = {}  # with the backend
        self._bundle_of: dict[tuple[int, int], Bundle] = {}
        self._n_loads = 0

    @property
    def workers(self) -> Workers:
        return self._workers

    # --- a search -------------------------------------------------------------------------

    def start(self, terms: Terms) -> None:
        if self._workers.where == "threads":
            self._held.enter_context(at_most(InnerThreads.of(self._workers).n_threads, "blas"))
        self._notes = Notes.new() if self._kind in ("loky", "multiprocessing") else None
        if self._notes is not None:
            self._read = ReadNotes(self._notes)
            if terms.limits.seconds is not None or terms.deadline is not None:
                self._overdue = Overdue(terms.limits, self._notes, terms.deadline)
                self._overdue.__enter__()
        self._open()

    def _open(self) -> None:
        if self._kind == "loky":
            have_workers_end_with_us()
            have_workers_watch(
                self._options["n_jobs"] if self._workers.count == 1 else self._workers.count
            )
        self._parallel = Parallel(**self._options).__enter__()
        self._pickles: dict[Any, Any] = {}
        if hasattr(self._backend, "start_call"):
            self._backend.start_call()
        if self._kind in ("multiprocessing", "others"):
            self._silent = PoolWorkers.of(self._backend)

    def _shut(self) -> None:
        if self._parallel is not None:
            if self._silent is not None:
                self._silent.end()
            if hasattr(self._backend, "stop_call"):
                self._backend.stop_call()
            self._parallel.__exit__(None, None, None)
            self._parallel = self._silent = None

    def close(self) -> None:
        if self._overdue is not None:
            self._overdue.__exit__(None, None, None)
            self._overdue = None
        self._shut()
        if self._notes is not None:
            self._notes.remove()
        self._held.close()
        self._forget()

    @property
    def _backend(self) -> Any:
        return self._parallel._backend  # type: ignore[union-attr]

    # --- bundles --------------------------------------------------------------------------

    def hold(self, evaluate: Evaluate) -> None:
        backend = getattr(self._parallel, "_backend", None)
        most = getattr(backend, "inner_max_num_threads", None)
        threads = InnerThreads.of(self._workers, told=self._kind == "loky", most=most)
        self._evaluate, self._surroundings = evaluate, Surroundings(threads)

    def submit(self, bundles: Sequence[Bundle]) -> None:
        if self._parallel is None:
            self._open()
        number = self._n_loads = self._n_loads + 1
        self._loads[number] = bundles, self._backend
        self._bundle_of.update(
            {(task.trial, task.split): bundle for bundle in bundles for task in bundle.tasks}
        )
        tell = partial(put, self._came, number) if self._kind == "threads" else None
        sent: Sequence[Bundle] | bytes = tuple(bundles)
        if self._kind in ("multiprocessing", "others"):
            try:
                sent = cloudpickle.dumps(sent)
            except Exception as error:  # noqa: BLE001 - whatever an object's own methods raise
                self._came.put((number, PicklingError(f"{type(error).__name__}: {error}")))
                return
        call = partial(evaluated, self._evaluate, sent, self._surroundings, self._notes, tell)
        backend = self._backend
        nested = backend.get_nested_backend()
        calls = BatchedCalls([(call, (), {})], nested, self._be_in_our_folder, self._pickles)
        send = getattr(backend, "submit", None) or backend.apply_async  # before joblib 1.5
        try:
            send(calls, callback=partial(put, self._came, number))
        except BrokenProcessPool as error:  # meanwhile; nothing of it has been begun
            self._came.put((number, error))

    def _be_in_our_folder(self) -> None:
        """Have arrays mapped in the folder of this pool's `Parallel`, and not in another's."""
        parallel = self._parallel
        manager = getattr(
            getattr(parallel and parallel._backend, "_workers", None), "_temp_folder_manager", None
        )
        if manager is not None:
            manager.set_current_context(parallel._id)  # type: ignore[union-attr]

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        end = time.monotonic() + (1e9 if timeout is None else timeout)
        while True:
            left = max(end - time.monotonic(), 0.0)
            # what takes long may be known in part
            looks = self._notes is not None and any(
                len(bundle.tasks) > 1 for load, _ in self._loads.values() for bundle in load
            )
            often = looks or self._silent is not None
            try:
                number, came = self._came.get(timeout=min(left, _LOOK) if often else min(left, 1e6))
            except Empty:
                reports = (self._of_notes() if looks else []) or self._of_the_dead()
                if reports or left <= _LOOK:
                    return reports
                continue
            if number in self._loads:
                return self._of(number, came)

    def _of(self, number: int, came: Any) -> list[BundleReport]:
        """Return the reports of what has come of a load."""
        if isinstance(came, BundleReport):
            return [came]
        bundles, backend = self._loads[number]
        try:
            if isinstance(came, BrokenProcessPool | PicklingError):
                raise came
            ((process, left),) = backend.retrieve_result_callback(came)
        except BaseException as error:  # noqa: BLE001 - whatever it was, it is told
            return self._of_notes() + self._of_error(number, error)
        reports = self._under_way([*self._noted_outcomes(process), *left])
        del self._loads[number]
        for bundle in bundles:
            self._drop(bundle)
        return [*reports, *map(BundleReport, bundles)]

    def _of_error(self, number: int, error: BaseException) -> list[BundleReport]:
        state: State = "raised"
        if isinstance(error, TerminatedWorkerError):
            state = "lost"
        elif isinstance(error, BrokenProcessPool | PicklingError):
            state = "unsent"
        if isinstance(error, BrokenProcessPool):
            self._shut()  # joblib makes other workers
        reports = []
        now = time.time()
        for bundle in self._loads.pop(number)[0]:
            begun = None
            if self._notes is not None and self._notes.are_there:
                keys = [(task.trial, task.split) for task in bundle.tasks]
                since = self._read.begun
                begun = {key: now - since.pop(key) for key in keys if key in since}
            self._drop(bundle)
            reports.append(BundleReport(bundle, (), state, error, begun))
        return reports

    def _of_the_dead(self) -> list[BundleReport]:
        """Return the reports of all that is under way, if a worker has died that tells nothing."""
        error = None if self._silent is None else self._silent.death
        if error is None:
            return []
        known, loads = self._of_notes(), list(self._loads)
        return known + [report for number in loads for report in self._of_error(number, error)]

    def _drop(self, bundle: Bundle) -> None:
        for task in bundle.tasks:
            self._bundle_of.pop((task.trial, task.split), None)

    def _noted_outcomes(self, process: int | None = None) -> list[Outcome]:
        return [] if self._notes is None else self._read.outcomes(process)

    def _of_notes(self) -> list[BundleReport]:
        return self._under_way(self._noted_outcomes())

    def _under_way(self, outcomes: Sequence[Outcome]) -> list[BundleReport]:
        reports = []
        for outcome in outcomes:
            bundle = self._bundle_of.pop((outcome.trial, outcome.split), None)
            if bundle is not None:
                reports.append(BundleReport(bundle, (outcome,), "under way"))
        return reports

    def cancel(self) -> None:
        end = time.monotonic() + _GRACE
        while self._loads and (left := end - time.monotonic()) > 0:
            with suppress(Empty):
                number, came = self._came.get(timeout=left)
                if not isinstance(came, BundleReport):
                    self._loads.pop(number, None)
        if self._loads and self._parallel is not None:
            if self._silent is not None:
                self._silent.end()
            self._backend.abort_everything(ensure_ready=False)
            self._parallel = self._silent = None
        self._forget()
