"""The order in which bundles are handed out: first those whose pieces are there.

A worker that needs a piece which another is fitting waits for it, and could have done something
else meanwhile.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from heapq import heappop, heappush
from itertools import count

from ..evaluation import Task

Needed = tuple[int, frozenset[int]]
"""A split, and keys of pieces on it."""

_MOST_WAITING = 16
"""Bundles a worker that may wait for pieces; of more the sizes would be of long ago."""


class ReadyFirst:
    """Knows which pieces have been made, and puts off bundles that need others.

    Parameters
    ----------
    needs : callable
        From the tasks of a bundle to keys of the pieces that they need before their last steps.
    begun : mapping of int to set of int
        Keys of the pieces that are in a bundle that was handed out, by split.
    stages : set of int
        Keys of those that no worker waits for: it would do again what they are.
    """

    def __init__(
        self,
        needs: Callable[[Sequence[Task]], frozenset[int]],
        begun: Mapping[int, Set[int]],
        stages: Set[int] = frozenset(),
    ) -> None:
        self._needs = needs
        self._begun = begun
        self._stages = stages
        self._made: defaultdict[int, set[int]] = defaultdict(set)
        self._waiting: dict[Needed, deque[list[Task]]] = {}
        self._missing: dict[Needed, frozenset[int]] = {}
        self._wanted: defaultdict[tuple[int, int], list[Needed]] = defaultdict(list)
        # those that wait, by when they came; an entry is good as long as its place is the same
        self._place: dict[Needed, int] = {}
        self._ready: list[tuple[int, Needed]] = []
        self._free: list[tuple[int, Needed]] = []
        self._places = count()

    def take_in(self, split: int, keys: Set[int]) -> None:
        """Take in that pieces are made."""
        new = keys - self._made[split]
        self._made[split] |= new
        for key in new:
            for at in self._wanted.pop((split, key), ()):
                if key in self._missing.get(at, ()):
                    self._missing[at] -= {key}
                    self._sort_in(at)

    def order(
        self, planned: Iterator[list[Task]], n_workers: Callable[[], int]
    ) -> Iterator[list[Task] | None]:
        """Give the tasks of bundles; those that wait when nothing else is left, or too many do.

        What begins a piece does not wait for another: the piece is needed soon. None where all
        go on from stages that are under way, until something has come back.
        """
        n_waiting = 0
        while True:
            ready = self._first(self._ready)
            most = _MOST_WAITING * n_workers() if any(self._made.values()) else 0
            while ready is None and n_waiting <= most and (tasks := next(planned, None)):
                at = tasks[0].split, self._needs(tasks)
                self._wait(at, tasks)
                n_waiting += 1
                missing = self._missing[at]
                if not (missing <= self._begun[at[0]]) and missing.isdisjoint(self._stages):
                    ready = at
                ready = ready or self._first(self._ready)
            if not self._waiting:
                return
            now = ready or self._first(self._free)
            if now is None:
                yield None
                continue
            yield self._taken(now)
            n_waiting -= 1

    def _wait(self, at: Needed, tasks: list[Task]) -> None:
        if at in self._waiting:
            self._waiting[at].append(tasks)
            return
        split, needed = at
        self._waiting[at], self._missing[at] = deque([tasks]), needed - self._made[split]
        self._place[at] = next(self._places)
        for key in self._missing[at]:
            self._wanted[split, key].append(at)
        self._sort_in(at)

    def _sort_in(self, at: Needed) -> None:
        """Note whether tasks need nothing more, or no stage: then they may be handed out."""
        if not self._missing[at]:
            heappush(self._ready, (self._place[at], at))
        if self._missing[at].isdisjoint(self._stages):
            heappush(self._free, (self._place[at], at))

    def _first(self, heap: list[tuple[int, Needed]]) -> Needed | None:
        while heap and self._place.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][1] if heap else None

    def _taken(self, at: Needed) -> list[Task]:
        tasks = self._waiting[at].popleft()
        if not self._waiting[at]:
            del self._waiting[at], self._missing[at], self._place[at]
        return tasks
