"""Ray: a task for each load, with data in Ray's object store, and outcomes one by one.

The package is imported when it is used, in this module alone.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...evaluation import Bundle
from ...evaluation.limits import GRACE
from ...optional import package
from .bringing import in_ray
from .contract import BundleReport, Evaluate, Executor, State, Terms, Workers
from .errands import Surroundings
from .parcels import Parcel
from .pulse import Pulse
from .remote import RemoteWork, Told, pickled_one_by_one

_LOOK = 0.5
"""Seconds between two looks at whether Ray is still there, and whose time is over."""

_SILENCE = 25.0
"""Seconds without a word from Ray's scheduler, after which it is given up: after 60 Ray ends this
process."""

_OFTEN = 0.1
"""Seconds for which a worker collects outcomes, where none of them has a limit of time."""

_KEPT = 10.0
"""Seconds for which a worker that has nothing to do keeps the data of a search."""

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


def _ray() -> Any:
    return package("ray")


def _n_cpus(ray: Any) -> int:
    return int(ray.cluster_resources().get("CPU", 1))


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
        self._pulse: Pulse | None = None
        self._loads: dict[Any, _RayLoad] = {}
        self._unsent: deque[BundleReport] = deque()
        self._queued: deque[tuple[list[Bundle], list[bytes]]] = deque()
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
            where = "A local Ray" if self._address is None else repr(self._address)
            raise ConnectionError(
                f"{where} cannot be connected to: {exc}. Is the cluster there, and the address "
                "right?"
            ) from exc
        self._ours = self._address is not None
        return self

    def start(self, terms: Terms) -> None:
        self.connected()
        ray = _ray()
        self._terms = terms
        self._pulse = Pulse(lambda: ray.is_initialized() and _n_cpus(ray))
        if not self._pulse.first(_SILENCE):
            raise ConnectionError(f"Ray's scheduler does not answer. {_NOT_THERE}")
        self._task = ray.remote(
            num_cpus=1, max_retries=0, retry_exceptions=False, num_returns="streaming"
        )(_work)

    @property
    def workers(self) -> Workers:
        n = 1 if self._pulse is None else self._pulse.answer or 1
        return Workers(max(1, min(n, self._most or n)), "hosts")

    def hold(self, evaluate: Evaluate) -> None:
        if evaluate is self._evaluate:
            return
        ray = _ray()
        self._evaluate, self._parcel = evaluate, Parcel(evaluate)
        before, self._put = self._put, {}
        for value in self._parcel.data:  # what is there already is not put there again
            self._put[id(value)] = before.get(id(value)) or (
                value,
                in_ray(value) or ray.put(value),
            )
        refs = [self._put[id(value)][1] for value in self._parcel.data]
        self._held = ray.put((RemoteWork(self._parcel, Surroundings()), refs))

    def submit(self, bundles: Sequence[Bundle], near: Hashable | None = None) -> None:
        sent, pickled, unsent = pickled_one_by_one(self._parcel, bundles)
        self._unsent += unsent
        if sent:
            self._queued.append((sent, pickled))
            self._send()

    def _send(self) -> None:
        """Hand on to Ray what may be under way, which it queues as long as it has no workers."""
        while self._queued and (self._most is None or len(self._loads) < self._most):
            self._send_one(*self._queued.popleft())

    def _send_one(self, sent: list[Bundle], pickled: list[bytes]) -> None:
        deadline = self._terms.deadline
        seconds = None if deadline is None else deadline.left
        often = 0.0 if self._terms.limits.seconds is not None else _OFTEN
        # in a list: it is looked up by the worker that has it already
        given = self._called(self._task.remote, [self._held], pickled, seconds, often)
        self._loads[given] = _RayLoad(deque(sent))

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
        self._queued.clear()

    def close(self) -> None:
        self._put.clear()
        self._held = self._evaluate = None
        if self._pulse is not None:
            self._pulse.stop()
            self._pulse = None
        if self._ours:
            self._ours = False
            _ray().shutdown()

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
        if self._pulse is not None and self._pulse.silence > _SILENCE:
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
        load.since = time.monotonic()
        if told.place is not None:
            load.place = told.place
            return []
        bundle = load.left[0]
        load.n_told += len(told.outcomes)
        if told.state != "under way":
            load.left.popleft()
            load.n_told = 0
            if not load.left:
                del self._loads[given]
        return [BundleReport(bundle, told.outcomes, told.state, told.raised, place=load.place)]

    def _over(self, given: Any, state: State, error: BaseException) -> list[BundleReport]:
        """Return the reports of bundles of which there will be no more."""
        load = self._loads.pop(given)
        reports = []
        for n, bundle in enumerate(load.left):
            begun: Mapping[tuple[int, int], float] | None = {}
            if not n and load.since is not None:
                begun = load.begun if self._terms.limits.seconds is not None else None
            reports.append(BundleReport(bundle, (), state, error, begun=begun, place=load.place))
        return reports

    def _end_overdue(self) -> None:
        """End the workers that have not heard the alarm."""
        seconds, deadline = self._terms.limits.seconds, self._terms.deadline
        over = deadline is not None and deadline.left < -GRACE
        for given, load in self._loads.items():
            late = seconds is not None and load.seconds > seconds + GRACE + _LOOK
            if (late or over) and not load.ended:
                load.ended = True
                _ray().cancel(given, force=True)


@dataclass
class _RayLoad:
    """Bundles that are under way on one worker; the first of them is being evaluated.

    Attributes
    ----------
    left : deque of Bundle
    n_told : int
        How many tasks of the first bundle are done.
    since : float or None
        When (`time.monotonic`) the worker has told something last.
    place : str or None
        Where it is.
    ended : bool
        Whether its worker was ended from here.
    """

    left: deque[Bundle]
    n_told: int = 0
    since: float | None = None
    place: str | None = None
    ended: bool = False

    @property
    def seconds(self) -> float:
        return 0.0 if self.since is None else time.monotonic() - self.since

    @property
    def begun(self) -> dict[tuple[int, int], float]:
        tasks = self.left[0].tasks[self.n_told :]
        return {(task.trial, task.split): self.seconds for task in tasks[:1]}


_here: dict[Any, tuple[Any, ...]] = {}
_forgets: list[threading.Timer] = []


def _work(
    held: Sequence[Any], pickled: Sequence[bytes], seconds: float | None, often: float
) -> Iterator[Told]:
    """Evaluate bundles in a worker."""
    ray = _ray()
    yield Told(place=ray.get_runtime_context().get_node_id())
    while _forgets:
        _forgets.pop().cancel()
    (key,) = held
    if key not in _here:
        _here.clear()
        mine, refs = ray.get(key)
        _here[key] = mine, _Fetched(refs)
    try:
        mine, data = _here[key]
        yield from mine.evaluated(data, pickled, seconds, often)
    finally:
        later = threading.Timer(_KEPT, _here.clear)
        later.daemon = True
        later.start()
        _forgets.append(later)


class _Fetched(dict[int, Any]):
    """The data that this worker has needed, by their numbers."""

    def __init__(self, refs: Sequence[Any]) -> None:
        super().__init__()
        self._refs = refs

    def __missing__(self, number: int) -> Any:
        self[number] = _ray().get(self._refs[number])
        return self[number]
