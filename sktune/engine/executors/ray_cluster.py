"""Ray's cluster: its nodes, whether it is there, and the work of its workers.

The package is imported when it is used, in this module alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from ...optional import package
from ...sharing.files import Address, packed
from .homes import Bringing
from .remote import Told

_EVERY = 1.0
"""Seconds between two questions."""

TRIP = 1.0
"""Seconds that it takes to begin a process for a question to a node whose workers are all busy."""

_KEPT = 10.0
"""Seconds for which a worker that has nothing to do keeps the data of a search."""


def ray() -> Any:
    """Import Ray."""
    return package("ray")


def only_on(node: str, *, soft: bool) -> dict[str, Any]:
    """Return the options of a task for a node; a soft one goes elsewhere if that is gone."""
    strategies = package("ray.util.scheduling_strategies")
    return {"scheduling_strategy": strategies.NodeAffinitySchedulingStrategy(node, soft)}


class Nodes:
    """The nodes of a cluster, for which a thread asks again and again: it may block for ever.

    Attributes
    ----------
    cpus : dict of str to int
        Of each node that has any, by its name; none before the first answer.
    """

    def __init__(self) -> None:
        self._over = threading.Event()
        self._first = threading.Event()
        self._heard = time.monotonic()
        self.cpus: dict[str, int] = {}
        threading.Thread(target=self._ask, name="sktune-nodes", daemon=True).start()

    def are_there(self, seconds: float) -> bool:
        """Wait for the first answer; return whether it has come."""
        return self._first.wait(seconds)

    @property
    def silence(self) -> float:
        """Seconds since the last answer."""
        return time.monotonic() - self._heard

    def stop(self) -> None:
        self._over.set()

    def _ask(self) -> None:
        while not self._over.is_set() and ray().is_initialized():
            with suppress(Exception):  # it is told by the silence
                alive = [node for node in ray().nodes() if node["Alive"]]
                cpus = {node["NodeID"]: int(node["Resources"].get("CPU", 0)) for node in alive}
                self.cpus = {node: n for node, n in cpus.items() if n}
                self._heard = time.monotonic()
                self._first.set()
            self._over.wait(_EVERY)


# in a worker

_here: dict[Any, tuple[Any, ...]] = {}
_forgets: list[threading.Timer] = []


def work(
    held: Sequence[Any],
    pickled: Sequence[bytes],
    seconds: float | None,
    often: float,
    bringing: Bringing | None = None,
) -> Iterator[Told]:
    """Evaluate bundles, and tell of that from the beginning on."""
    yield Told(ready=False)
    while _forgets:
        _forgets.pop().cancel()
    (key,) = held
    if key not in _here:
        _here.clear()
        mine, refs = ray().get(key)
        _here[key] = mine, _Fetched(refs)
    try:
        mine, data = _here[key]
        if bringing is not None:
            bringing.done(_asked)
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
        self[number] = ray().get(self._refs[number])
        return self[number]


def _asked(node: str, seconds: float, address: Address) -> dict[str, bytes]:
    """Have a node send what is packed there, though its CPUs are busy."""
    read = ray().remote(num_cpus=0, max_retries=0)(packed).options(**only_on(node, soft=False))
    packed_there: dict[str, bytes] = ray().get(read.remote(address), timeout=seconds)
    return packed_there
