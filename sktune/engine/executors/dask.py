"""Dask's workers, through a `distributed.Client`.

Data are scattered once and fetched by the workers that need them. Loads are tasks of their own;
what becomes of them is told by their futures, and by messages over the scheduler: a worker
tells when it begins with a load and what has come of it so far, the scheduler which workers are
gone and what they were at. So Dask's own tries of a task that kills workers are not waited for.
"""

from __future__ import annotations

import pickle
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from ...evaluation import Bundle
from ...evaluation.limits import GRACE
from ...optional import is_of, package
from .bringing import lies_in
from .contract import BundleReport, Evaluate, Executor, Terms, Workers
from .dask_workers import TELL, TOPIC, end_if_silent, end_process, place_of, run_load, tidy
from .parcels import Parcel
from .remote import Homes, Load, RemoteWork, of_one_home, pickled_one_by_one

_FRESH = 0.5
"""Seconds for which the number of workers is taken to be what it was."""

_TRIES = 4
"""Times that data are sent to workers, some of which may just be dying."""

_PATIENCE = 60.0
"""Seconds that are waited for workers, if there are none."""

_GONE = (
    "The Dask client is not connected any more: its cluster was closed, or the scheduler is lost. "
    "What has finished is kept; connect another client, and go on from the checkpoint, if any."
)


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
    return Dask(package("distributed").Client(given, set_as_default=False), owned=True)


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
    """

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
        self._owned = owned
        self._terms = Terms()
        self._known: Workers | None = None
        self._asked = self._had = time.monotonic()
        self._scattered: dict[int, tuple[Any, Any]] = {}  # with the object, which keeps its address
        self._held: Any = None
        self._folders: set[str] = set()
        self._hosts: dict[str, list[str]] = {}  # the workers of each
        self._forget()

    def _forget(self) -> None:
        self._token = secrets.token_hex(8)
        self._came: SimpleQueue[tuple[str, Any, Any]] = SimpleQueue()
        self._loads: dict[int, _DaskLoad] = {}
        self._unsent: deque[BundleReport] = deque()
        self._n_loads = 0

    @property
    def workers(self) -> Workers:
        now = time.monotonic()
        if self._known is None or now - self._asked > _FRESH:
            of_each = self._nthreads()
            threads = list(of_each.values())
            if set(of_each) != {worker for host in self._hosts.values() for worker in host}:
                self._hosts = self._look_at_hosts()
            self._asked = now
            self._had = now if threads else self._had
            # what else a worker's process was at is lost with it
            together = max(threads, default=1) > 1
            self._known = Workers(max(sum(threads), 1), "hosts", ends_together=together)
        return self._known

    def _check_connected(self) -> None:
        if self._client.status != "running":
            raise RuntimeError(_GONE)

    def _nthreads(self) -> Mapping[str, int]:
        with self._connected():
            return dict(self._client.nthreads())

    def _look_at_hosts(self) -> dict[str, list[str]]:
        """Return the workers of each host: of those that see the same temporary files."""
        found: dict[str, list[str]] = {}
        with self._connected():
            for worker, place in self._client.run(place_of, on_error="ignore").items():
                found.setdefault(place, []).append(worker)
        return found

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Tell of a client that is closed, or is being closed, in words of our own."""
        self._check_connected()
        try:
            yield
        except (OSError, RuntimeError, AttributeError, TimeoutError) as error:
            raise RuntimeError(_GONE) from error

    # --- a search -------------------------------------------------------------------------

    def start(self, terms: Terms) -> None:
        self._terms = terms
        if not self._nthreads():
            try:  # which a cluster that adapts to its work takes as a reason to have some
                self._client.submit(int, pure=False).result(timeout=_PATIENCE)
            except TimeoutError as error:
                raise TimeoutError(
                    f"The Dask cluster has no worker after {_PATIENCE:g} seconds. Look whether "
                    "workers are started, and can reach the scheduler."
                ) from error
        self._client.subscribe_topic(TOPIC, self._hear)
        self._client.subscribe_topic("all", self._hear_of_workers)

    def close(self) -> None:
        self.cancel()
        self._scattered.clear()
        self._held = None
        if self._folders:
            names, self._folders = sorted(self._folders), set()
            tidying = threading.Thread(target=partial(tidy, self._client, names), daemon=True)
            tidying.start()
            tidying.join(GRACE)  # a worker that holds the interpreter does not answer
        with suppress(Exception):  # of a client that is closed
            self._client.unsubscribe_topic(TOPIC)
            self._client.unsubscribe_topic("all")
        if self._owned:
            self._client.close()

    def hold(self, evaluate: Evaluate) -> None:
        if evaluate is not self._held:
            self._held, self._parcel, self._homes = evaluate, Parcel(evaluate), Homes()
            self._work = RemoteWork(self._parcel)
            self._folders.update(self._parcel.folders)

    def _data(self, number: int) -> Any:
        """Return the future of data, scattering them if they have not been, or are lost."""
        value = self._parcel.data[number]
        _, future = self._scattered.get(id(value), (None, lies_in("distributed", value)))
        if future is None or future.client is not self._client or future.status != "finished":
            # past the scheduler, which would be another copy on the way
            future = self._scatter(value)
            self._scattered[id(value)] = value, future
        return future

    def _scatter(self, value: Any) -> Any:
        for n_left in reversed(range(_TRIES)):
            with self._connected():
                try:
                    return self._client.scatter([value], direct=True, hash=False)[0]
                except OSError:  # the worker that was to have it has just been lost
                    if not n_left or self._client.status != "running":
                        raise
            time.sleep(_FRESH)
        return None

    # --- bundles --------------------------------------------------------------------------

    def submit(self, bundles: Sequence[Bundle]) -> None:
        for some in of_one_home(bundles):
            self._submit(some)

    def _submit(self, bundles: Sequence[Bundle]) -> None:
        sent, pickled, unsent = pickled_one_by_one(self._parcel, bundles)
        self._unsent += unsent
        if not sent:
            return
        number = self._n_loads = self._n_loads + 1
        load = self._loads[number] = _DaskLoad(deque(sent))
        needed = self._parcel.needed(self._parcel.load(sent))
        # it may kill its worker at once, or keep it from telling anything
        limited = self._terms.limits.seconds is not None
        load.careful = limited or any(task.deaths for task in load.tasks)
        about = (self._token, number, load.careful)
        data, key = [self._data(one) for one in needed], f"sktune-{self._token}-{number}"
        hosts = {host: len(workers) for host, workers in self._hosts.items()}
        load.home = self._homes.of(bundles, hosts, self._loads.values())
        with self._connected():
            load.future = self._client.submit(
                run_load, self._work, pickled, needed, self._terms.seconds, about, *data,
                key=key, pure=False, retries=0,
                workers=load.home and self._hosts[load.home],
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

    def _hear_of_workers(self, event: tuple[float, Any]) -> None:
        message = event[1]
        is_lost = isinstance(message, Mapping) and message.get("action") == "remove-worker"
        if is_lost and not message.get("expected"):
            self._came.put(("worker", message.get("worker"), message.get("processing-tasks", ())))

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = 0.5 if end is None else min(end - time.monotonic(), 0.5)
            reports = [self._unsent.popleft() for _ in range(len(self._unsent))]
            left = 0.0 if reports else left
            with suppress(Empty):
                reports += self._of(*self._came.get(timeout=max(left, 0.0)))
                while True:
                    reports += self._of(*self._came.get_nowait())
            reports += self._over_their_time() + self._homeless()
            if reports:
                return reports
            _ = self.workers  # which looks whether there are any
            if self._asked - self._had > _PATIENCE:
                raise RuntimeError(
                    f"The Dask cluster has had no worker for {_PATIENCE:g} seconds. What has "
                    "finished is kept."
                )
            if end is not None and time.monotonic() >= end:
                return []

    def _of(self, what: str, which: Any, more: Any) -> list[BundleReport]:
        if what == "worker":
            lost = [n for n, load in self._loads.items() if load.future.key in more]
            error = RuntimeError(f"the Dask worker at {which} is gone")
            return [report for n in lost for report in self._lost(n, error)]
        load = self._loads.get(which)
        if load is None:
            return []
        if what == "heard":
            load.worker, load.heard = more["worker"], time.monotonic()
            told = pickle.loads(more["told"])  # noqa: S301 - our own worker's
            return [report for one in told for report in load.take(one)]
        return self._ended(which, load)

    def _ended(self, number: int, load: _DaskLoad) -> list[BundleReport]:
        self._check_connected()
        status, error = load.future.status, None
        if status == "finished":
            try:
                told = load.future.result(timeout=_PATIENCE)
            except Exception as exc:  # noqa: BLE001 - its worker is gone, or it cannot be read
                error = exc
            else:
                del self._loads[number]
                return [report for one in told for report in load.take(one)]
        elif status == "error":
            error = load.future.exception()
        if error is None or is_of(error, "distributed.scheduler", "KilledWorker"):
            return self._lost(number, error or RuntimeError("Dask has lost it"))
        del self._loads[number]
        return load.over("unsent", error, exact=False)

    def _lost(self, number: int, error: BaseException) -> list[BundleReport]:
        load = self._loads.pop(number)
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
            if load.left and load.seconds > limit + GRACE + TELL
        ]
        reports = []
        for number, load in over:
            error = RuntimeError(f"the Dask worker at {load.worker} was ended")
            reports += self._lost(number, error)
            self._end(load.worker)
        return reports

    def _homeless(self) -> list[BundleReport]:
        """Take back what waits for the workers of a host that has left."""
        gone = [
            number
            for number, load in self._loads.items()
            if load.home is not None and load.home not in self._hosts
        ]
        error = RuntimeError("the Dask workers of its host are gone")
        return [report for number in gone for report in self._lost(number, error)]

    def _end(self, worker: str | None) -> None:
        end = partial(end_process, self._client, worker)
        threading.Thread(target=end, daemon=True).start()

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
            self._end(worker)
        for worker in silent - at_it:  # it may not have come to say that it has begun
            ask = partial(end_if_silent, self._client, worker)
            threading.Thread(target=ask, daemon=True).start()
