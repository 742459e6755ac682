"""Ray: a task for each load, with data in Ray's object store, and outcomes one by one."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from ...evaluation import Bundle
from ...evaluation.limits import GRACE
from ...sharing.files import remove_here
from .bringing import lies_in
from .contract import BundleReport, Evaluate, Executor, State, Terms, Workers
from .homes import Bringing, Homes
from .parcels import Parcel
from .ray_cluster import TRIP, Nodes, only_on, work
from .ray_cluster import ray as _ray
from .registry import unreachable
from .remote import Load, RemoteWork, of_one_home, pickled_one_by_one

_LOOK = 0.5
"""Seconds between two looks at whether Ray is still there, and whose time is over."""

_SILENCE = 25.0
"""Seconds without a word from Ray's scheduler, after which it is given up: after 60 Ray ends this
process."""

_OFTEN = 0.1
"""Seconds for which a worker collects outcomes, where none of them has a limit of time."""

_TIDYING = 2.0
"""Seconds that are waited for temporary folders to be removed."""

_NOT_THERE = (
    "Ray is not connected (any more): call ray.init(), or pass executor='ray://host:10001'."
)


def of_backend(backend: Any, n_jobs: int | None) -> RayExecutor:  # noqa: ARG001 - as for all
    """Return the executor for Ray's backend of joblib, which begins a Ray where there is none."""
    return RayExecutor(n_jobs).connected()


def of_given(given: Any) -> RayExecutor:
    """Return the executor for an address, or for what `ray.init` has returned."""
    if isinstance(given, str):
        return RayExecutor(address=given).connected()
    return RayExecutor(own=False).connected()


class RayExecutor(Executor):
    """Workers of a Ray cluster: as many as it has CPUs, as it grows and shrinks.

    Parameters
    ----------
    n_jobs : int, optional
        At most so many tasks at the same time.
    address : str, optional
        Of a cluster to connect to, where this process is not connected.
    own : bool, default=True
        Whether a connection may be made, where there is none.
    """

    def __init__(
        self, n_jobs: int | None = None, address: str | None = None, *, own: bool = True
    ) -> None:
        self._most = n_jobs if n_jobs is not None and n_jobs > 0 else None
        self._address = address
        self._own = own
        self._ours = False
        self._evaluate: Evaluate | None = None
        self._nodes: Nodes | None = None
        self._loads: dict[Any, Load] = {}
        self._unsent: deque[BundleReport] = deque()
        self._waiting: dict[Load, list[bytes]] = {}
        self._put: dict[int, tuple[Any, Any]] = {}

    def connected(self) -> RayExecutor:
        """Return the same, connected.

        Raises
        ------
        ConnectionError
        """
        ray = _ray()
        if ray.is_initialized():
            return self
        if not self._own:
            raise ConnectionError(_NOT_THERE)
        try:
            ray.init(self._address, log_to_driver=False, configure_logging=False)
        except Exception as exc:
            raise unreachable("Ray", self._address, exc) from exc
        self._ours = self._address is not None
        return self

    def start(self, terms: Terms) -> None:
        self.connected()
        ray = _ray()
        self._terms = terms
        self._nodes = Nodes()
        self._folders: set[str] = set()
        if not self._nodes.are_there(_SILENCE):
            raise ConnectionError(f"Ray's scheduler does not answer. {_NOT_THERE}")
        self._task = ray.remote(
            num_cpus=1, max_retries=0, retry_exceptions=False, num_returns="streaming"
        )(work)

    @property
    def workers(self) -> Workers:
        n = sum(self._cpus.values()) or 1
        return Workers(min(n, self._most or n), "hosts")

    @property
    def _cpus(self) -> dict[str, int]:
        """The CPUs of each node, as they are now."""
        return {} if self._nodes is None else self._nodes.cpus

    def hold(self, evaluate: Evaluate) -> None:
        if evaluate is self._evaluate:
            return
        ray = _ray()
        self._evaluate, self._parcel = evaluate, Parcel(evaluate)
        self._homes = Homes(TRIP, whole=self._parcel.whole)
        self._folders.update(self._parcel.folders)
        before, self._put = self._put, {}
        for value in self._parcel.data:  # what is there already is not put there again
            self._put[id(value)] = before.get(id(value)) or (
                value,
                lies_in("ray", value) or ray.put(value),
            )
        refs = [self._put[id(value)][1] for value in self._parcel.data]
        self._held = ray.put((RemoteWork(self._parcel), refs))

    def submit(self, bundles: Sequence[Bundle]) -> None:
        for some in of_one_home(bundles):
            sent, pickled, unsent = pickled_one_by_one(self._parcel, some)
            self._unsent += unsent
            if sent:
                self._waiting[Load(deque(sent), lags=False)] = pickled
        self._send()

    def _send(self) -> None:
        """Hand on to Ray what may be under way, which it queues as long as it has no workers."""
        if not self._waiting:
            return
        room = None if self._most is None else max(self._most - len(self._loads), 0)
        settled = self._homes.settled(self._waiting, self._cpus, self._loads.values())
        for load in islice(settled, room):
            self._send_one(load, self._waiting.pop(load))

    def _send_one(self, load: Load, pickled: list[bytes]) -> None:
        often = 0.0 if self._terms.limits.seconds is not None else _OFTEN
        node = load.home.host
        task = self._task if not node else self._task.options(**only_on(node, soft=True))
        bringing = Bringing.of(load, self._parcel.folders, {node: node for node in self._cpus})
        # in a list: it is looked up by the worker that has it already
        given = self._called(
            task.remote, [self._held], pickled, self._terms.seconds, often, bringing
        )
        self._loads[given] = load

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            reports = [self._unsent.popleft() for _ in range(len(self._unsent))]
            left = _LOOK if end is None else max(end - time.monotonic(), 0.0)
            for given in self._ready(0.0 if reports else min(left, _LOOK)):
                reports += self._heard(given)
            self._end_overdue()
            self._send()
            if reports or (end is not None and time.monotonic() >= end):
                return reports

    def cancel(self) -> None:
        ray = _ray()
        for given in self._loads if ray.is_initialized() else ():
            ray.cancel(given, force=True)
        self._loads.clear()
        self._unsent.clear()
        self._waiting.clear()

    def close(self) -> None:
        self._put.clear()
        self._held = self._evaluate = None
        if self._nodes is not None:
            with suppress(Exception):  # it may be gone
                self._tidy()
            self._nodes.stop()
            self._nodes = None
        if self._ours:
            self._ours = False
            _ray().shutdown()

    def _tidy(self) -> None:
        """Have each node remove its temporary folders."""
        ray = _ray()
        silent = self._nodes is None or self._nodes.silence > _TIDYING
        if silent or not self._folders or not ray.is_initialized():
            return
        remove = ray.remote(num_cpus=0, max_retries=0)(remove_here)
        names, self._folders = sorted(self._folders), set()
        tidying = [remove.options(**only_on(node, soft=False)).remote(names) for node in self._cpus]
        ray.wait(tidying, num_returns=len(tidying), timeout=_TIDYING)

    def _called(self, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call Ray; what it does where it was shut down is an error, and no end of the program.

        Raises
        ------
        ConnectionError
        """
        ray = _ray()
        if ray.is_initialized():  # it would begin another one
            try:
                return call(*args, **options)
            except (ray.exceptions.RayError, KeyboardInterrupt):
                raise
            except BaseException as exc:
                if ray.is_initialized():
                    raise
                raise ConnectionError(_NOT_THERE) from exc
        raise ConnectionError(_NOT_THERE)

    def _ready(self, timeout: float) -> list[Any]:
        """Return the loads of which there is something to hear."""
        if self._nodes is not None and self._nodes.silence > _SILENCE:
            raise ConnectionError(
                f"Ray's scheduler has not answered for {_SILENCE:g} seconds; start the cluster "
                "anew, and run the search again: with a checkpoint it goes on."
            )
        given = list(self._loads)
        if not given:
            time.sleep(timeout)
            return []
        wait = _ray().wait
        ready, rest = self._called(wait, given, timeout=timeout, fetch_local=False)
        if ready and rest:
            ready += self._called(wait, rest, num_returns=len(rest), timeout=0, fetch_local=False)[
                0
            ]
        return ready  # type: ignore[no-any-return]

    def _heard(self, given: Any) -> list[BundleReport]:
        """Return the reports of what a worker has told next."""
        ray, load = _ray(), self._loads[given]
        try:
            told = self._called(ray.get, self._called(next, given))
        except StopIteration:
            told = None
        except ray.exceptions.RayTaskError as exc:
            return self._over(given, "unsent", exc.cause if exc.cause is not None else exc)
        except ray.exceptions.RayError as exc:
            return self._over(given, "lost", exc)
        if told is None:
            return self._over(given, "lost", RuntimeError("it has told of less than it was sent"))
        reports = load.take(told)
        for report in reports:
            self._homes.take_in(load, report, told.made)
        if not load.left:
            del self._loads[given]
        return reports

    def _over(self, given: Any, state: State, error: BaseException) -> list[BundleReport]:
        """Return the reports of bundles of which there will be no more."""
        exact = self._terms.limits.seconds is not None
        load = self._loads.pop(given)
        self._homes.lost(load)
        return load.over(state, error, exact=exact)

    def _end_overdue(self) -> None:
        """End the workers that have not heard the alarm."""
        seconds, deadline = self._terms.limits.seconds, self._terms.deadline
        over = deadline is not None and deadline.left < -GRACE
        for given, load in self._loads.items():
            late = seconds is not None and load.is_late(seconds + _LOOK)
            if (late or over) and not load.ended:
                load.ended = True
                _ray().cancel(given, force=True)
