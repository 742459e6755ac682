"""Dask's cluster: whether it is there, its workers and their data."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from ...evaluation.limits import GRACE
from ...optional import package
from ...sharing.files import remove_here
from .bringing import lies_in
from .contract import Workers
from .dask_worker import TOPIC, place_of

PREFIX = TOPIC
"""With which the names of loads begin."""

PATIENCE = 60.0
"""Seconds that are waited for workers, if there are none."""

_FRESH = 0.5
"""Seconds for which the number of workers is taken to be what it was."""

_TRIES = 4
"""Times that data are sent to workers, some of which may just be dying."""

_ANSWER = 3.0
"""Seconds in which a worker answers whose interpreter nobody holds."""

_GONE = (
    "The Dask client is not connected any more: its cluster was closed, or the scheduler is lost. "
    "What has finished is kept; connect another client, and go on from the checkpoint, if any."
)


class DaskCluster:
    """A cluster of Dask's, through its client.

    Attributes
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self._places: dict[str, str | None] = {}  # of each worker, when it has told
        self._known: Workers | None = None
        self._asked = self._had = time.monotonic()
        self._scattered: dict[int, tuple[Any, Any]] = {}  # with the object, which keeps its address
        self._plugin = ""

    def check(self) -> None:
        """Raise if it is not."""
        if self.client.status != "running":
            raise RuntimeError(_GONE)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Tell of a client that is closed, or is being closed, in words of our own."""
        self.check()
        try:
            yield
        except (OSError, RuntimeError, AttributeError, TimeoutError) as error:
            raise RuntimeError(_GONE) from error

    def start(self, name: str) -> None:
        """Wait for workers; under a name of its own, have loads be tried once.

        Raises
        ------
        TimeoutError
            If there are none.
        """
        if not self._nthreads():
            try:  # which a cluster that adapts to its work takes as a reason to have some
                self.client.submit(int, pure=False).result(timeout=PATIENCE)
            except TimeoutError as error:
                raise TimeoutError(
                    f"The Dask cluster has no worker after {PATIENCE:g} seconds. Look whether "
                    "workers are started, and can reach the scheduler."
                ) from error
        if (asking := self._look_for(self._nthreads())) is not None:
            asking.join(_ANSWER)
        self._plugin = f"{PREFIX}-{name}"
        with self.connected(), suppress(ValueError):  # of a scheduler that takes none: it tries on
            self.client.register_plugin(_tried_once(), self._plugin)

    def close(self, folders: Sequence[str]) -> None:
        """Let go of all that was made, and of temporary folders, by their names."""
        self._scattered.clear()
        if folders:
            tidy = partial(self.client.run, remove_here, folders, on_error="ignore")
            # a worker that holds the interpreter does not answer
            _aside(tidy).join(GRACE)
        if self._plugin:
            with suppress(Exception):  # of a client that is closed
                self.client.unregister_scheduler_plugin(self._plugin)
            self._plugin = ""

    @property
    def workers(self) -> Workers:
        now = time.monotonic()
        if self._known is None or now - self._asked > _FRESH:
            of_each = self._nthreads()
            threads = list(of_each.values())
            self._look_for(of_each)
            self._asked = now
            self._had = now if threads else self._had
            # what else a worker's process was at is lost with it
            together = max(threads, default=1) > 1
            self._known = Workers(max(sum(threads), 1), "hosts", ends_together=together)
        return self._known

    def check_workers(self) -> None:
        """Raise if there have been none for long."""
        _ = self.workers
        if self._asked - self._had > PATIENCE:
            raise RuntimeError(
                f"The Dask cluster has had no worker for {PATIENCE:g} seconds. What has "
                "finished is kept."
            )

    def _nthreads(self) -> Mapping[str, int]:
        with self.connected():
            return dict(self.client.nthreads())

    @property
    def hosts(self) -> dict[str, list[str]]:
        """The workers of each host: of those that see the same temporary files."""
        found: dict[str, list[str]] = {}
        for worker, place in list(self._places.items()):
            if place is not None:
                found.setdefault(place, []).append(worker)
        return found

    def _look_for(self, workers: Mapping[str, int]) -> threading.Thread | None:
        """Ask workers that are new for their place: aside, since one may be busy for ever."""
        for worker in self._places.keys() - workers.keys():
            del self._places[worker]
        new = [worker for worker in workers if worker not in self._places]
        self._places.update(dict.fromkeys(new))

        def ask() -> None:
            places = self.client.run(place_of, workers=new, on_error="ignore")
            for worker in self._places.keys() & places.keys():
                self._places[worker] = places[worker]

        return _aside(ask) if new else None

    def end(self, worker: str | None) -> None:
        """Have a worker's nanny kill its process, and start another; one without goes on."""
        # `restart_workers` asks first, and ends the nanny too if the worker does not hear
        _aside(partial(self.client.run, _kill, workers=[worker], nanny=True))

    def end_if_silent(self, worker: str) -> None:
        """End a worker's process if it does not answer: a fit may hold the interpreter."""

        def ask() -> None:
            asking = _aside(partial(self.client.run, place_of, workers=[worker], on_error="ignore"))
            asking.join(_ANSWER)
            if asking.is_alive():
                self.end(worker)

        _aside(ask)

    def data(self, value: Any) -> Any:
        """Return the future of data, scattering them if they have not been, or are lost."""
        _, future = self._scattered.get(id(value), (None, lies_in("distributed", value)))
        if future is None or future.client is not self.client or future.status != "finished":
            future = self._scatter(value)
            self._scattered[id(value)] = value, future
        return future

    def _scatter(self, value: Any) -> Any:
        for n_left in reversed(range(_TRIES)):
            with self.connected():
                try:
                    # past the scheduler, which would be another copy on the way
                    return self.client.scatter([value], direct=True, hash=False)[0]
                except (OSError, KeyError):  # the worker that was to have it has just been lost
                    if not n_left or self.client.status != "running":
                        raise
            time.sleep(_FRESH)
        return None


def _aside(call: Callable[[], Any]) -> threading.Thread:
    """Call something in a thread, whatever comes of it."""

    def calling() -> None:
        with suppress(Exception):
            call()

    thread = threading.Thread(target=calling, daemon=True)
    thread.start()
    return thread


def _kill(dask_worker: Any) -> None:  # the name by which a nanny is passed
    os.kill(dask_worker.pid, signal.SIGKILL)


def _tried_once() -> Any:
    """Return a plugin of the scheduler's by which a load is an error as soon as its worker dies.

    `retries=0` is about what raises: a task whose worker dies is tried on three others, and kills
    them too. The class is made here so that it is sent whole: a scheduler need not have us.
    """
    base: Any = package("distributed").SchedulerPlugin
    prefix = PREFIX

    class TriedOnce(base):  # type: ignore[misc] # without types
        def update_graph(self, scheduler: Any, *, keys: Any, **_: Any) -> None:
            for key in keys:
                if str(key).startswith(prefix) and key in scheduler.tasks:
                    scheduler.tasks[key].suspicious = scheduler.allowed_failures

    return TriedOnce()
