"""Does it pay to move prefixes between hosts? A simulation with the real homes of shared work.

    python -m tests.benchmarks.homes

Bundles of half a second over 5 splits, in the order of candidates. A prefix is fitted where it is
needed first, while others on that host wait. `now`: as it is. `moved`: what another host has fitted
comes in a tenth of a second. `open`: a host that has had nothing to do for a while takes bundles of
any split. `free`: bundles go anywhere, and each prefix is fitted once and moved. Seconds of the
search, and fits for each distinct one.
"""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import numpy as np

from sktune.engine.executors import remote
from sktune.evaluation import Bundle, Task
from sktune.evaluation.tasks import CommonWork

SPLITS, MOVE, BUNDLE = 5, 0.1, 0.5
SHAPES = {
    "20 prefixes of 30 s, 100 last steps of 2 s": (20, 30.0, 100, 2.0),
    "a prefix of 30 s, 2000 last steps of .3 s": (1, 30.0, 2000, 0.3),
    "200 prefixes of 5 s, 10 last steps of 1 s": (200, 5.0, 10, 1.0),
    "20 prefixes of 2 s, 50 last steps of .5 s": (20, 2.0, 50, 0.5),
}
CLUSTERS = ((2, 2), (2, 8), (5, 8), (8, 8), (16, 8))
POLICIES = ("now", "moved", "open", "open and moved", "free")
COMMON = CommonWork({}, common=frozenset({0}))
ROWS = (np.arange(2), np.arange(2))


class Open(remote.Homes):
    """Any host that has been idle for a while becomes a home too, though it is one already."""

    def of(
        self,
        bundles: Sequence[Bundle],
        hosts: Mapping[str, int],
        loads: Iterable[remote.Load],
    ) -> str | None:
        (split,), loads = {bundle.split for bundle in bundles}, list(loads)
        has, others = Counter(load.home for load in loads), self._of
        if all(has[home] > hosts[home] for home in others.get(split, ())):
            # as if no host had a split but those that have this one
            self._of = {split: others[split]} if split in others else {}
        home = super().of(bundles, hosts, loads)
        self._of = {**others, split: self._of[split]}
        return home


@dataclass
class Cluster:
    """Hosts, and the bundles that are under way there."""

    n_hosts: int
    n_workers: int
    policy: str
    seconds: float  # of a prefix
    now: float = 0.0
    fits: int = 0
    loads: list[remote.Load] = field(default_factory=list)
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hosts = {str(n): self.n_workers for n in range(self.n_hosts)}
        self.free = dict(self.hosts)
        self.homes = Open() if "open" in self.policy else remote.Homes()
        self.queues: dict[str | None, deque[Any]] = {host: deque() for host in (None, *self.hosts)}
        self.known: dict[Any, list[Callable[[], None]] | None] = {}  # who waits; None: it is there
        self.somewhere: set[Any] = set()

    def at(self, seconds: float, call: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + seconds, len(self.events) + id(call), call))

    def run(self, todo: deque[tuple[int, int, float]]) -> float:
        """Run bundles; return the seconds that it takes."""
        with patch.object(remote.time, "monotonic", lambda: self.now):
            self.fill(todo)
            while self.events:
                self.now, _, call = heapq.heappop(self.events)
                call()
        return self.now

    def fill(self, todo: deque[tuple[int, int, float]]) -> None:
        while todo and len(self.loads) < 2 * self.n_hosts * self.n_workers:
            split, prefix, seconds = todo.popleft()
            bundle = Bundle(
                split, ROWS, (Task(0, split, {}),), CommonWork({}, common=frozenset({0}))
            )
            load = remote.Load(deque([bundle]))
            if self.policy != "free":
                load.home = self.homes.of([bundle], self.hosts, self.loads)
            self.loads.append(load)
            self.queues[load.home].append(((split, prefix), seconds, load))
        for host in self.hosts:
            while self.free[host] and (queue := self.queues[host] or self.queues[None]):
                self.free[host] -= 1
                self.begin(host, todo, *queue.popleft())

    def begin(self, host: str, todo: Any, piece: Any, seconds: float, load: Any) -> None:
        def end() -> None:
            self.free[host] += 1
            self.loads.remove(load)
            self.fill(todo)

        def go() -> None:
            self.at(seconds, end)

        key = piece if self.policy == "free" else (host, *piece)
        if key not in self.known:
            moves = "moved" in self.policy and piece in self.somewhere
            self.fits += not moves
            self.known[key] = [go]
            self.at(MOVE if moves else self.seconds, lambda: self.there(key, piece))
        elif (waiting := self.known[key]) is not None:
            waiting.append(go)
        else:
            go()

    def there(self, key: Any, piece: Any) -> None:
        waiting, self.known[key] = self.known[key] or [], None
        self.somewhere.add(piece)
        for go in waiting:
            go()


def bundles(prefixes: int, lasts: int, seconds: float) -> deque[tuple[int, int, float]]:
    each = max(1, int(BUNDLE / seconds))
    return deque(
        (split, prefix, min(each, lasts - begun) * seconds)
        for prefix in range(prefixes)
        for begun in range(0, lasts, each)
        for split in range(SPLITS)
    )


def main() -> None:
    print(
        f"| search | hosts x workers | {' | '.join(POLICIES)} |\n|{' --- |' * (2 + len(POLICIES))}"
    )
    for name, (prefixes, first, lasts, last) in SHAPES.items():
        for n_hosts, n_workers in CLUSTERS:
            cells = []
            for policy in POLICIES:
                cluster = Cluster(n_hosts, n_workers, policy, first)
                seconds = cluster.run(bundles(prefixes, lasts, last))
                cells.append(f"{seconds:.0f} ({cluster.fits / SPLITS / prefixes:.1f})")
            print(f"| {name} | {n_hosts} x {n_workers} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
