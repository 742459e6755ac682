"""Spark: a job for each load, from threads of this process, with data broadcast once."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

from ...evaluation import Bundle
from ...evaluation.limits import GRACE
from .contract import BundleReport, Evaluate, Executor, State, Terms, Workers
from .parcels import Parcel
from .remote import SLACK, Load, RemoteWork, pickled_one_by_one
from .spark_jobs import NOT_THERE, jobs_of, shortened_error

_LOOK = 0.5
"""Seconds between two looks at jobs whose time may be over."""


def of_backend(backend: Any, n_jobs: int | None) -> SparkExecutor:  # noqa: ARG001 - as for all
    """Return the executor for joblib's backend, with the active session, or a local one."""
    return SparkExecutor(None, n_jobs).connected()


def of_given(given: Any) -> SparkExecutor:
    """Return the executor for a session, a context, or an address."""
    return SparkExecutor(given).connected()


class SparkExecutor(Executor):
    """Workers of a Spark cluster: as many as it has slots for tasks.

    Parameters
    ----------
    given : SparkSession, SparkContext, str or None
        A session, or the address of a cluster; by default the session that is active.
    n_jobs : int, optional
        At most so many jobs at the same time.
    """

    def __init__(self, given: Any = None, n_jobs: int | None = None) -> None:
        self._given = given
        self._most = n_jobs if n_jobs is not None and n_jobs > 0 else None
        self._jobs: Any = None
        self._asked = -1e9, 1
        self._forget()

    def _forget(self) -> None:
        self._queue: SimpleQueue[_SparkLoad | None] = SimpleQueue()
        self._came: SimpleQueue[tuple[_SparkLoad, Any]] = SimpleQueue()
        self._loads: set[_SparkLoad] = set()
        self._unsent: deque[BundleReport] = deque()
        self._n_threads = 0

    def connected(self) -> SparkExecutor:
        """Return the same, connected.

        Raises
        ------
        ConnectionError
        """
        self._jobs = jobs_of(self._given)
        return self

    def start(self, terms: Terms) -> None:
        self._terms = terms
        self.connected()
        self._asked = -1e9, 1
        self._evaluate: Evaluate | None = None
        self._folders: set[str] = set()
        self._forget()

    @property
    def workers(self) -> Workers:
        at, n = self._asked
        if time.monotonic() - at > 1.0 and self._jobs is not None:
            with suppress(Exception):  # where it is gone, `wait` tells of it
                n = self._jobs.n_slots()
            self._asked = time.monotonic(), n
        return Workers(max(1, min(n, self._most or n)), "hosts")

    def hold(self, evaluate: Evaluate) -> None:
        if evaluate is self._evaluate:
            return
        self._evaluate, self._parcel = evaluate, Parcel(evaluate)
        self._folders.update(self._parcel.folders)
        self._jobs.hold(RemoteWork(self._parcel), self._parcel.data)

    def submit(self, bundles: Sequence[Bundle]) -> None:
        sent, pickled, unsent = pickled_one_by_one(self._parcel, bundles)
        self._unsent += unsent
        if not sent:
            return
        load = _SparkLoad(deque(sent), pickled=pickled)
        self._loads.add(load)
        self._queue.put(load)
        if self._n_threads < min(len(self._loads), self.workers.count):
            self._n_threads += 1
            self._jobs.thread(self._send_all, (self._queue, self._came)).start()

    def _send_all(self, queue: SimpleQueue[_SparkLoad | None], came: SimpleQueue[Any]) -> None:
        """Run jobs, one after the other; in a thread."""
        while (load := queue.get()) is not None:
            if load.ended:
                continue
            load.sent = True
            try:
                came.put((load, self._jobs.run(load.group, load.pickled, self._terms.seconds)))
            except BaseException as exc:  # noqa: BLE001 - whatever it is, it is told
                came.put((load, exc))

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            if self._unsent:
                return [self._unsent.popleft() for _ in range(len(self._unsent))]
            left = _LOOK if end is None else max(min(end - time.monotonic(), _LOOK), 0.0)
            try:
                load, came = self._came.get(timeout=left)
            except Empty:
                self._end_overdue()
                if end is not None and time.monotonic() >= end:
                    return []
                continue
            if load in self._loads:
                self._loads.discard(load)
                return self._reports(load, came)

    def _reports(self, load: _SparkLoad, came: Any) -> list[BundleReport]:
        if isinstance(came, BaseException):
            if self._jobs.gone():
                raise ConnectionError(NOT_THERE) from came
            state: State = "unsent" if _is_of_reading(came) else "lost"
            return load.over(state, shortened_error(came), exact=False)
        if came and came[0].state == "lost":
            error = RuntimeError("a worker of Spark's has died with it")
            return load.over("lost", error, exact=False)
        return [report for told in came for report in load.take(told)]

    def _end_overdue(self) -> None:
        """End jobs whose tasks have not heard the alarm."""
        limit, deadline = self._terms.limits.seconds, self._terms.deadline
        over = deadline is not None and deadline.left < -GRACE
        if limit is None and not over:
            return
        for load in self._loads:
            if not load.sent or load.ended:
                continue
            if load.heard is None and self._jobs.runs(load.group):
                load.heard, load.ready = time.monotonic(), True  # it may have waited for a slot
            most = (limit or 0.0) + GRACE
            if over or load.seconds > most * len(load.tasks) + SLACK:
                load.ended = True
                self._jobs.cancel(load.group)

    def cancel(self) -> None:
        for load in self._loads:
            load.ended = True
            if load.sent:
                with suppress(Exception):  # it may be gone
                    self._jobs.cancel(load.group)
        for _ in range(self._n_threads):
            self._queue.put(None)
        self._forget()

    def close(self) -> None:
        if self._jobs is not None:
            self.cancel()
            with suppress(Exception):  # it may be gone
                self._jobs.close(sorted(self._folders))
            self._jobs = self._evaluate = None


_numbers = count()


@dataclass(eq=False)
class _SparkLoad(Load):
    """A load that is a job.

    Attributes
    ----------
    pickled : list of bytes
    group : str
        By which the job is known to Spark.
    sent : bool
        Whether the job was begun.
    """

    pickled: list[bytes] = field(default_factory=list)
    group: str = field(default_factory=lambda: f"sktune-{secrets.token_hex(4)}-{next(_numbers)}")
    sent: bool = False


def _is_of_reading(error: BaseException) -> bool:
    """Whether a worker could not read what it was sent: what it evaluates does not raise."""
    text = str(error)
    python = "PythonException" in (text, type(error).__name__) or "PythonException:" in text
    return python and "exited unexpectedly" not in text
