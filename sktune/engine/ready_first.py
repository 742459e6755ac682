"""The order in which bundles are handed out: first those whose pieces are there.

A worker that needs a piece which another is fitting waits for it, and could have done something
else meanwhile.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set

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
    stages : container of int
        Keys of those that no worker waits for: it would do again what they are.
    """

    def __init__(
        self,
        needs: Callable[[Sequence[Task]], frozenset[int]],
        begun: Mapping[int, Set[int]],
        stages: Container[int] = (),
    ) -> None:
        self._needs = needs
        self._begun = begun
        self._stages = stages
        self._made: defaultdict[int, set[int]] = defaultdict(set)

    def take_in(self, split: int, keys: Set[int]) -> None:
        """Take in that pieces are made."""
        self._made[split] |= keys

    def order(
        self, planned: Iterator[list[Task]], n_workers: Callable[[], int]
    ) -> Iterator[list[Task] | None]:
        """Give the tasks of bundles; those that wait when nothing else is left, or too many do.

        What begins a piece does not wait for another: the piece is needed soon. None where all
        go on from stages that are under way, until something has come back.
        """
        waiting: dict[Needed, deque[list[Task]]] = {}
        n_waiting = 0
        while True:
            ready = next((at for at in waiting if at[1] <= self._made[at[0]]), None)
            most = _MOST_WAITING * n_workers() if any(self._made.values()) else 0
            while ready is None and n_waiting <= most and (tasks := next(planned, None)):
                split, needed = at = tasks[0].split, self._needs(tasks)
                waiting.setdefault(at, deque()).append(tasks)
                n_waiting += 1
                missing = needed - self._made[split]
                if not missing or not (missing <= self._begun[split] or self._goes_on(at)):
                    ready = at
            if not waiting:
                return
            now = ready or next((at for at in waiting if not self._goes_on(at)), None)
            if now is None:
                yield None
                continue
            yield waiting[now].popleft()
            n_waiting -= 1
            if not waiting[now]:
                del waiting[now]

    def _goes_on(self, at: Needed) -> bool:
        """Whether tasks go on from a stage that is not made."""
        split, needed = at
        return any(key in self._stages for key in needed - self._made[split])
