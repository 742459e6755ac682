"""Dask's workers, through a `distributed.Client`.

Data are scattered once and fetched by the workers that need them. Loads are tasks of their own,
each tried once; what becomes of them is told by their futures, and by messages over the scheduler:
a worker tells when it begins with a load and what has come of it so far.
"""

from __future__ import annotations

import pickle
import secrets
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from ...evaluation import Bundle
from ...evaluation.limits import GRACE
from ...optional import is_of, package
from .contract import BundleReport, Evaluate, Executor, Terms, Workers
from .dask_cluster import PATIENCE, PREFIX, DaskCluster
from .dask_worker import TELL, TOPIC, TRIP, run_load
from .homes import Bringing, Homes
from .parcels import Parcel
from .registry import unreachable
from .remote import Load, RemoteWork, Told, of_one_home, pickled_one_by_one

_LOOK = 0.5
"""Seconds between two looks at whether workers are there, and whose time is over."""


def of_backend(backend: Any, n_jobs: int | None) -> Executor:  # noqa: ARG001 - all its threads
    """Return the executor of joblib's backend, which has a client."""
    return Dask(backend.client)


def of_given(given: Any) -> Executor:
    """Return the executor of a client, a cluster, an address, or a client's `get_executor()`."""
    if is_of(given, "distributed", "Client"):
        return Dask(given)
    client = getattr(given, "_client", None)
    if is_of(client, "distributed", "Client"):
        return Dask(client)
    try:
        client = package("distributed").Client(given, set_as_default=False)
    except OSError as exc:
        raise unreachable("Dask", given, exc) from exc
    return Dask(client, owned=True)


@dataclass(eq=False)
class _DaskLoad(Load):
    """A load that is one of Dask's tasks.

    Attributes
    ----------
    future : distributed.Future
    worker : str or None
        Which has it.
    careful : bool
        Whether each outcome is told at once.
    pickled : list of bytes
        Its bundles.
    """

    pickled: list[bytes] = field(default_factory=list)
    future: Any = None
    worker: str | None = None
    careful: bool = False


class Dask(Executor):
    """Workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
    owned : bool, default=False
        Whether it is to be closed with the search.
    """

    def __init__(self, client: Any, *, owned: bool = False) -> None:
        self._client = client
        self._cluster = DaskCluster(client)
        self._owned = owned
        self._terms = Terms()
        self._held: Any = None
        self._folders: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        self._token = secrets.token_hex(8)
        self._came: SimpleQueue[tuple[str, Any, Any]] = SimpleQueue()
        self._loads: dict[int, _DaskLoad] = {}
        self._waiting: list[_DaskLoad] = []
        self._unsent: deque[BundleReport] = deque()
        self._n_loads = 0

    @property
    def workers(self) -> Workers:
        return self._cluster.workers

    # --- a search -------------------------------------------------------------------------

    def start(self, terms: Terms) -> None:
        self._terms = terms
        self._cluster.start(self._token)
        self._client.subscribe_topic(TOPIC, self._hear)

    def close(self) -> None:
        self.cancel()
        self._held = None
        self._cluster.close(sorted(self._folders))
        self._folders.clear()
        with suppress(Exception):  # of a client that is closed
            self._client.unsubscribe_topic(TOPIC)
        if self._owned:
            self._client.close()

    def hold(self, evaluate: Evaluate) -> None:
        if evaluate is not self._held:
            self._held, self._parcel = evaluate, Parcel(evaluate)
            self._homes = Homes(TRIP, whole=self._parcel.whole)
            self._work = RemoteWork(self._parcel)
            self._folders.update(self._parcel.folders)

    # --- bundles --------------------------------------------------------------------------

    def submit(self, bundles: Sequence[Bundle]) -> None:
        for some in of_one_home(bundles):
            sent, pickled, unsent = pickled_one_by_one(self._parcel, some)
            self._unsent += unsent
            if sent:
                self._waiting.append(_DaskLoad(deque(sent), pickled=pickled))
        self._send()

    def _send(self) -> None:
        """Hand on to Dask what has a home."""
        if self._waiting:
            hosts = self._cluster.hosts
            sizes = {host: len(workers) for host, workers in hosts.items()}
            for load in self._homes.settled(self._waiting, sizes, self._loads.values()):
                self._waiting.remove(load)
                self._send_one(load, hosts)

    def _send_one(self, load: _DaskLoad, hosts: Mapping[str, list[str]]) -> None:
        number = self._n_loads = self._n_loads + 1
        self._loads[number] = load
        needed = self._parcel.needed(self._parcel.load(load.left))
        # it may kill its worker at once, or keep it from telling anything
        limited = self._terms.limits.seconds is not None
        load.careful = limited or any(task.deaths for task in load.tasks)
        about = (self._token, number, load.careful)
        data = [self._cluster.data(self._parcel.data[one]) for one in needed]
        bringing = Bringing.of(load, self._parcel.folders, hosts)
        with self._cluster.connected():
            load.future = self._client.submit(
                run_load, self._work, load.pickled, needed, self._terms.seconds, about,
                bringing, *data,
                key=f"{PREFIX}-{self._token}-{number}", pure=False, retries=0,
                workers=hosts.get(load.home.host),
            )  # fmt: skip
        load.future.add_done_callback(partial(self._finished, self._came, number))

    @staticmethod
    def _finished(queue: SimpleQueue[Any], number: int, future: Any) -> None:
        queue.put(("finished", number, future))

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        """Take a message of a worker's; in the client's own thread."""
        message = event[1]
        if message["search"] == self._token:
            self._came.put(("heard", message["load"], message))

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._send()
            left = _LOOK if end is None else min(end - time.monotonic(), _LOOK)
            reports = [self._unsent.popleft() for _ in range(len(self._unsent))]
            left = 0.0 if reports else left
            with suppress(Empty):
                reports += self._of(*self._came.get(timeout=max(left, 0.0)))
                while True:
                    reports += self._of(*self._came.get_nowait())
            reports += self._over_their_time() + self._homeless()
            if reports:
                return reports
            self._cluster.check_workers()
            if end is not None and time.monotonic() >= end:
                return []

    def _of(self, what: str, which: Any, more: Any) -> list[BundleReport]:
        load = self._loads.get(which)
        if load is None:
            return []
        if what == "heard":
            load.worker, load.heard = more["worker"], time.monotonic()
            told = pickle.loads(more["told"])  # noqa: S301 - our own worker's
            return self._taken(load, told)
        return self._ended(which, load)

    def _taken(self, load: _DaskLoad, told: Sequence[Told]) -> list[BundleReport]:
        """Take in what a worker has told."""
        reports = []
        for one in told:
            for report in load.take(one):
                self._homes.take_in(load, report, one.made)
                reports.append(report)
        return reports

    def _ended(self, number: int, load: _DaskLoad) -> list[BundleReport]:
        self._cluster.check()
        status: str = load.future.status
        error: Any = RuntimeError("Dask has lost it")
        if status == "finished":
            try:
                told = load.future.result(timeout=PATIENCE)
            except Exception as exc:  # noqa: BLE001 - its worker is gone, or it cannot be read
                status, error = "error", exc
            else:
                del self._loads[number]
                return self._taken(load, told)
        elif status == "error":
            error = load.future.exception()
        if is_of(error, "distributed.scheduler", "KilledWorker"):
            gone = getattr(error.args[1], "address", load.worker)
            status, error = "lost", RuntimeError(f"the Dask worker at {gone} is gone")
        if status != "error":
            return self._lost(number, error)
        del self._loads[number]
        return load.over("unsent", error, exact=False)

    def _lost(self, number: int, error: BaseException) -> list[BundleReport]:
        load = self._loads.pop(number)
        self._homes.lost(load)
        with suppress(Exception):
            self._client.cancel([load.future], force=True)
        return load.over("lost", error, exact=load.careful)

    def _over_their_time(self) -> list[BundleReport]:
        """End workers that are at a task for longer than it may take."""
        limit = self._terms.limits.seconds
        if limit is None:
            return []
        over = [
            (number, load)
            for number, load in self._loads.items()
            if load.left and load.is_late(limit + TELL)
        ]
        reports = []
        for number, load in over:
            error = RuntimeError(f"the Dask worker at {load.worker} was ended")
            reports += self._lost(number, error)
            self._cluster.end(load.worker)
        return reports

    def _homeless(self) -> list[BundleReport]:
        """Take back what waits for the workers of a host that has left."""
        gone = [
            number
            for number, load in self._loads.items()
            if load.home.host and load.home.host not in self._cluster.hosts
        ]
        error = RuntimeError("the Dask workers of its host are gone")
        return [report for number in gone for report in self._lost(number, error)]

    def cancel(self) -> None:
        if self._loads and self._client.status == "running":
            with suppress(Exception):  # it may be gone meanwhile
                self._give_up()
        self._forget()

    def _give_up(self) -> None:
        """Cancel what is under way, and end workers that are at it for more than a moment.

        Dask would have them go on to its end, which may never come.
        """
        waiting = {load.future.key: load.future for load in self._loads.values() if not load.heard}
        silent = {
            worker
            for worker, keys in self._client.processing().items()
            if not waiting.keys().isdisjoint(keys)
        }
        self._client.cancel(list(waiting.values()), force=True)
        end = time.monotonic() + GRACE
        with suppress(Empty):
            while True:
                begun = [load for load in self._loads.values() if load.heard is not None]
                left = end - time.monotonic() if begun else 0.0
                what, which, more = self._came.get(timeout=max(left, 0.0))
                if what == "finished":
                    self._loads.pop(which, None)
                elif what == "heard" and which in self._loads:
                    self._loads[which].heard = end
                    self._loads[which].worker = more["worker"]
        self._client.cancel([load.future for load in begun], force=True)
        at_it = {load.worker for load in begun}
        for worker in at_it:
            self._cluster.end(worker)
        for worker in silent - at_it:  # it may not have come to say that it has begun
            self._cluster.end_if_silent(worker)
