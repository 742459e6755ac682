"""Any `concurrent.futures.Executor`: pools of threads and of processes, and mpi4py's."""

from __future__ import annotations

import os
import platform
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent import futures
from contextlib import ExitStack
from functools import partial
from pickle import PicklingError
from queue import Empty, SimpleQueue
from typing import Any

from ...evaluation import Bundle
from ...exceptions import warn
from .contract import BundleReport, Evaluate, Executor, State, Terms, Where, Workers
from .errands import Surroundings, evaluated, put
from .inner_threads import InnerThreads, at_most
from .parcels import Parcel
from .remote import RemoteWork, Told, pickled_one_by_one

_PATIENCE = 30.0
"""Seconds after which it is told that no worker of a pool answers."""

_GRACE = 0.5
"""Seconds that are waited for what is under way, when it is given up."""


class Futures(Executor):
    """An executor of the standard library's kind, which remains the user's.

    Parameters
    ----------
    pool : concurrent.futures.Executor
    n_jobs : int or None
        How many bundles run at the same time, at most; by default as many as the pool has workers.
    """

    def __init__(self, pool: futures.Executor, n_jobs: int | None = None) -> None:
        self._pool = pool
        self._n_jobs = n_jobs
        self._known: Workers | None = None
        self._terms = Terms()
        self._held = ExitStack()
        self._forget()

    def _forget(self) -> None:
        self._came: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._loads: dict[int, tuple[Sequence[Bundle], futures.Future[Any]]] = {}
        self._unsent: deque[BundleReport] = deque()
        self._pickled: dict[int, list[bytes]] = {}
        self._n_loads = 0

    @property
    def workers(self) -> Workers:
        if self._known is None:
            where = self._where()
            self._known = Workers(self._count(), where, ends_together=where == "processes")
        return self._known

    def _count(self) -> int:
        own = getattr(self._pool, "num_workers", None) or getattr(self._pool, "_max_workers", None)
        asked = self._n_jobs if self._n_jobs is not None and self._n_jobs > 0 else None
        if own is None and asked is None:
            raise ValueError(
                f"{type(self._pool).__name__} does not tell how many workers it has; pass n_jobs."
            )
        return min(one for one in (own, asked) if one is not None)

    def _where(self) -> Where:
        name = type(self._pool).__name__
        try:
            asked = self._pool.submit(_place)
            if not futures.wait([asked], _PATIENCE).done:
                warn(
                    f"No worker of {name} has answered for {_PATIENCE:g} seconds, and the search "
                    "waits on: they are busy, or queued for, or could not be started (MPI says so "
                    "above: with fewer cores than workers it needs leave to oversubscribe)."
                )
            machine, process, parent = asked.result()
        except RuntimeError as error:  # it was shut down, or its workers are gone
            raise RuntimeError(f"{name} takes nothing ({error}); pass another executor.") from error
        if machine != platform.node():
            return "hosts"
        if process == os.getpid():
            return "threads"
        return "processes" if parent == os.getpid() else "hosts"

    def start(self, terms: Terms) -> None:
        self._terms = terms
        if self.workers.where == "threads":
            self._held.enter_context(at_most(InnerThreads.of(self.workers).n_threads, "blas"))

    def close(self) -> None:
        self._held.close()

    def hold(self, evaluate: Evaluate) -> None:
        self._surroundings = Surroundings(InnerThreads.of(self.workers))
        self._evaluate: Any = evaluate
        if self.workers.where != "threads":
            self._evaluate = RemoteWork(Parcel(evaluate), self._surroundings)
            self._token = secrets.token_hex(8)

    def submit(self, bundles: Sequence[Bundle]) -> None:
        number = self._n_loads = self._n_loads + 1
        if self.workers.where == "threads":
            tell = partial(put, self._came, number)
            self._send(
                number,
                bundles,
                partial(evaluated, self._evaluate, bundles, self._surroundings, None, tell),
            )
            return
        # as bytes: what cannot be read would end a process of the pool, and the pool
        bundles, pickled, unsent = pickled_one_by_one(self._evaluate.parcel, bundles)
        self._unsent += unsent
        if bundles:
            self._pickled[number] = pickled
            self._send_away(number, bundles, None)

    def _send_away(self, number: int, bundles: Sequence[Bundle], data: Any) -> None:
        pickled, left = self._pickled[number], self._terms.seconds
        self._send(
            number, bundles, partial(_evaluated, self._token, self._evaluate, data, pickled, left)
        )

    def _send(self, number: int, bundles: Sequence[Bundle], call: Callable[[], Any]) -> None:
        try:
            future = self._pool.submit(call)
        except RuntimeError as error:  # it is broken, or was shut down
            raise RuntimeError(
                f"The workers of {type(self._pool).__name__} are gone ({error}), and it makes no "
                "others. What has finished is kept; pass another executor to go on."
            ) from error
        self._loads[number] = bundles, future
        future.add_done_callback(partial(put, self._came, number))

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            if self._unsent:
                return [self._unsent.popleft() for _ in range(len(self._unsent))]
            try:
                left = None if end is None else max(end - time.monotonic(), 0.0)
                number, came = self._came.get(timeout=left)
            except Empty:
                return ()
            if number in self._loads and (reports := self._of(number, came)):
                return reports

    def _of(self, number: int, came: Any) -> list[BundleReport]:
        bundles = self._loads[number][0]
        if isinstance(came, BundleReport):
            return [came]
        del self._loads[number]
        try:
            answer = came.result()
        except BaseException as error:  # noqa: BLE001 - whatever it was, it is told
            self._pickled.pop(number, None)
            state: State = "raised"
            if isinstance(error, futures.BrokenExecutor | futures.CancelledError):
                state = "lost"
            elif isinstance(error, PicklingError):
                state = "unsent"
            return [BundleReport(bundle, (), state, error) for bundle in bundles]
        if answer is None:  # a worker that does not have the data yet
            self._send_away(number, bundles, self._evaluate.parcel.data)
            return []
        if self._pickled.pop(number, None) is not None:
            return [
                BundleReport(bundle, told.outcomes, told.state, told.raised)
                for bundle, told in zip(bundles, answer, strict=True)
            ]
        return [BundleReport(bundle) for bundle in bundles]

    def cancel(self) -> None:
        for _, future in self._loads.values():
            future.cancel()
        futures.wait([future for _, future in self._loads.values()], _GRACE)
        self._forget()


# in a worker

_held: dict[str, Sequence[Any]] = {}
"""The data of the search that this process works for, under a name of its own."""


def _place() -> tuple[str, int, int]:
    return platform.node(), os.getpid(), os.getppid()


def _evaluated(
    token: str,
    work: RemoteWork,
    data: Sequence[Any] | None,
    pickled: Sequence[bytes],
    seconds: float | None,
) -> list[Told] | None:
    """Evaluate bundles; None if the data are needed, and were not sent."""
    if token not in _held:
        if data is None:
            return None
        _held.clear()
        _held[token] = data
    return list(work.evaluated(_held[token], pickled, seconds))
