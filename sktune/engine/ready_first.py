"""The order in which bundles are handed out: first those whose pieces are there.

A worker that needs a piece which another is fitting waits for it, and could have done something
else meanwhile.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Set

from ..evaluation import Task
from ..trials import Outcome
from .work_left import Steps

_MOST_WAITING = 16
"""Bundles a worker that may wait for pieces; of more the sizes would be of long ago."""


class ReadyFirst:
    """Knows which pieces have been made, and puts off bundles that need others.

    Parameters
    ----------
    steps : mapping of int to frozenset of int
    begun : mapping of int to set of int
        Keys of the pieces that are in a bundle that was handed out, by split.
    """

    def __init__(self, steps: Steps, begun: Mapping[int, Set[int]]) -> None:
        self._steps = steps
        self._begun = begun
        self._made: defaultdict[int, set[int]] = defaultdict(set)

    def take_in(self, outcome: Outcome) -> None:
        """Take in that a task is done, and with it all that its last step was fitted on."""
        if outcome.trial in self._steps:
            self._made[outcome.split] |= self._steps[outcome.trial]

    def order(
        self, planned: Iterator[list[Task]], n_workers: Callable[[], int]
    ) -> Iterator[list[Task]]:
        """Give the tasks of bundles; those that wait when nothing else is left, or too many do.

        What begins a piece does not wait for another: the piece is needed soon.
        """
        waiting: dict[tuple[int, frozenset[int]], deque[list[Task]]] = {}
        n_waiting = 0
        while True:
            ready = next((at for at in waiting if at[1] <= self._made[at[0]]), None)
            most = _MOST_WAITING * n_workers() if any(self._made.values()) else 0
            while ready is None and n_waiting <= most and (tasks := next(planned, None)):
                needed = frozenset[int]().union(*(self._steps[task.trial] for task in tasks))
                split = tasks[0].split
                waiting.setdefault((split, needed), deque()).append(tasks)
                n_waiting += 1
                if not needed <= self._begun[split] or needed <= self._made[split]:
                    ready = split, needed
            if not waiting:
                return
            at = ready or next(iter(waiting))
            yield waiting[at].popleft()
            n_waiting -= 1
            if not waiting[at]:
                del waiting[at]
