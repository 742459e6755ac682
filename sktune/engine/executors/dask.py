"""Dask's workers, through a `distributed.Client`.

Data are scattered once and fetched by the workers that need them. Loads are tasks of their own;
what becomes of them is told by their futures, and by messages over the scheduler: a worker
tells when it begins with a load and what has come of it so far, the scheduler which workers are
gone and what they were at. So Dask's own tries of a task that kills workers are not waited for.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import cloudpickle

from ...evaluation import Bundle
from ...evaluation.limits import GRACE
from ...optional import is_of, package
from ...trials import Outcome
from .contract import BundleReport, Evaluate, Executor, State, Terms, Workers
from .dask_workers import TELL, TOPIC, end_process, place_of, run_load, tidy
from .errands import Surroundings
from .parcels import Parcel

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
class _Load:
    """Bundles that are under way as one of Dask's tasks."""

    bundles: Sequence[Bundle]
    future: Any = None
    began: float | None = None  # by the clock of this process
    heard: float = 0.0  # likewise, of its last message
    worker: str | None = None
    told: dict[tuple[int, int], Outcome] = field(default_factory=dict)

    @property
    def left(self) -> list[tuple[int, int]]:
        """Its tasks of which nothing is known, in their order."""
        keys = [(task.trial, task.split) for bundle in self.bundles for task in bundle.tasks]
        return [key for key in keys if key not in self.told]


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
        self._hosts: list[list[str]] = []  # the workers of each
        self._forget()

    def _forget(self) -> None:
        self._token = secrets.token_hex(8)
        self._came: SimpleQueue[tuple[str, Any, Any]] = SimpleQueue()
        self._loads: dict[int, _Load] = {}
        self._n_loads = 0

    @property
    def workers(self) -> Workers:
        now = time.monotonic()
        if self._known is None or now - self._asked > _FRESH:
            of_each = self._nthreads()
            threads = list(of_each.values())
            if set(of_each) != {worker for host in self._hosts for worker in host}:
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

    def _look_at_hosts(self) -> list[list[str]]:
        """Return the workers of each host: of those that see the same temporary files."""
        found: dict[Any, list[str]] = {}
        with self._connected():
            for worker, place in self._client.run(place_of, on_error="ignore").items():
                found.setdefault(place, []).append(worker)
        return [sorted(found[place]) for place in sorted(found)]

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
            self._held, self._parcel, self._around = evaluate, Parcel(evaluate), Surroundings()
            folders = getattr(getattr(evaluate, "guard", None), "folders", ())
            self._folders.update(map(os.path.basename, folders))

    def _data(self, number: int) -> Any:
        """Return the future of data, scattering them if they have not been, or are lost."""
        value = self._parcel.data[number]
        _, future = self._scattered.get(id(value), (None, None))
        if future is None or future.status in ("lost", "cancelled"):
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

    def submit(self, bundles: Sequence[Bundle], near: Hashable | None = None) -> None:
        number = self._n_loads = self._n_loads + 1
        load = self._loads[number] = _Load(bundles)
        sent = self._parcel.load(bundles)
        needed = self._parcel.needed(sent)
        deadline = self._terms.deadline
        seconds = None if deadline is None else deadline.left
        # it may kill its worker at once, or keep it from telling anything
        careful = self._terms.limits.seconds is not None or any(
            task.deaths for bundle in bundles for task in bundle.tasks
        )
        about = (self._token, number, careful)
        data, key = [self._data(one) for one in needed], f"sktune-{self._token}-{number}"
        home = self._home(bundles)
        with self._connected():
            load.future = self._client.submit(
                run_load, self._parcel, sent, needed, self._around, seconds, about, *data,
                key=key, pure=False, retries=0, workers=home, allow_other_workers=home is not None,
            )  # fmt: skip
        load.future.add_done_callback(partial(self._finished, self._came, number))

    def _home(self, bundles: Sequence[Bundle]) -> list[str] | None:
        """Return the workers to which bundles go rather than to others; None for any.

        What bundles have in common with others is of one split, and is where those were before.
        """
        if len(self._hosts) < 2 or all(
            bundle.shared is None or not bundle.shared.common for bundle in bundles
        ):
            return None
        splits = {bundle.split for bundle in bundles}
        return self._hosts[min(splits) % len(self._hosts)] if len(splits) == 1 else None

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
            reports: list[BundleReport] = []
            with suppress(Empty):
                reports += self._of(*self._came.get(timeout=max(left, 0.0)))
                while True:
                    reports += self._of(*self._came.get_nowait())
            reports += self._over_their_time()
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
            load.heard = time.monotonic()
            load.began = load.heard if load.worker != more["worker"] else load.began
            load.worker = more["worker"]
            return self._told(load, cloudpickle.loads(more["outcomes"]))
        return self._ended(which, load)

    def _told(self, load: _Load, outcomes: Sequence[Outcome]) -> list[BundleReport]:
        reports = []
        for outcome in outcomes:
            if (outcome.trial, outcome.split) in load.told:
                continue
            load.told[outcome.trial, outcome.split] = outcome
            bundle = _bundle_of(outcome, load.bundles)
            reports.append(BundleReport(bundle, (outcome,), "under way", place=load.worker))
        return reports

    def _ended(self, number: int, load: _Load) -> list[BundleReport]:
        self._check_connected()
        status, error = load.future.status, None
        if status == "finished":
            try:
                outcomes = load.future.result(timeout=_PATIENCE)
            except Exception as exc:  # noqa: BLE001 - its worker is gone, or it cannot be read
                error = exc
            else:
                reports = self._told(load, outcomes)
                del self._loads[number]
                return [*reports, *(BundleReport(one, place=load.worker) for one in load.bundles)]
        elif status == "error":
            error = load.future.exception()
        if error is None or is_of(error, "distributed.scheduler", "KilledWorker"):
            return self._lost(number, error or RuntimeError("Dask has lost it"))
        state: State = "unsent" if status == "finished" or _is_of_sending(error) else "raised"
        del self._loads[number]
        return [BundleReport(bundle, (), state, error) for bundle in load.bundles]

    def _lost(
        self, number: int, error: BaseException, seconds: float | None = None
    ) -> list[BundleReport]:
        load = self._loads.pop(number)
        with suppress(Exception):
            self._client.cancel([load.future], force=True)
        left = load.left
        begun: dict[tuple[int, int], float] | None = None
        if seconds is not None:
            begun = {left[0]: seconds}
        elif load.began is not None and len(left) == 1:
            begun = {left[0]: time.monotonic() - load.began}
        elif load.began is None and any(t.deaths for b in load.bundles for t in b.tasks):
            begun = {}
        return [BundleReport(bundle, (), "lost", error, begun) for bundle in load.bundles]

    def _over_their_time(self) -> list[BundleReport]:
        """End workers that are at a task for longer than it may take."""
        limit, now = self._terms.limits.seconds, time.monotonic()
        if limit is None:
            return []
        over = [
            (number, load)
            for number, load in self._loads.items()
            if load.began is not None and now - load.heard > limit + GRACE + TELL and load.left
        ]
        reports = []
        for number, load in over:
            error = RuntimeError(f"the Dask worker at {load.worker} was ended")
            reports += self._lost(number, error, now - load.heard)
            end = partial(end_process, self._client, load.worker)
            threading.Thread(target=end, daemon=True).start()
        return reports

    def cancel(self) -> None:
        futures = [load.future for load in self._loads.values() if load.future is not None]
        self._forget()
        if futures and self._client.status == "running":
            with suppress(Exception):
                self._client.cancel(futures, force=True)


def _is_of_sending(error: BaseException | None) -> bool:
    """Whether an error is Dask's own, of what could not be pickled or read."""
    text = f"{type(error).__name__}: {error}"
    return "serializ" in text.lower() or "pickle" in text.lower()


def _bundle_of(outcome: Outcome, bundles: Sequence[Bundle]) -> Bundle:
    return next(
        bundle
        for bundle in bundles
        if bundle.split == outcome.split and any(t.trial == outcome.trial for t in bundle.tasks)
    )
