"""The order of tasks for a single worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from ..evaluation import Task
from ..sharing import Leads
from .turns import Turns
from .work_left import Subtree, on_splits

UNKNOWN = 0.33
"""Share of the memory that another subtree may take, before anything is known of any."""

MARGIN = 1.5
"""How much more than the most so far the next may take."""

InTurn = Iterator[tuple[Task, Leads | None]]
"""Tasks, and leads that are other than usual."""


class SingleWorker:
    """Tasks one by one; some of them more than once.

    Each candidate on all of its splits, in turn (`Turns`), or by their numbers, and those of
    subtrees that are begun while memory might not do for another. When what is held of all splits
    is more than there is room for, subtrees split by split. In the order of candidates as soon as
    that matters, because they draw from a common source of randomness.

    Parameters
    ----------
    in_order : sequence of Task
        By the numbers of candidates.
    subtrees : sequence of Subtree
    turns : Turns
    """

    def __init__(self, in_order: Sequence[Task], subtrees: Iterable[Subtree], turns: Turns) -> None:
        self._in_order = in_order
        self._subtrees = list(subtrees)
        self._turns = turns

    def tasks(
        self, in_order: Callable[[], bool], held: Callable[[], float], *, numbered: bool
    ) -> InTurn:
        """Give tasks, by whether order is found to matter, and by what share of memory is held."""
        by_split = (
            (task, None)
            for subtree in self._subtrees
            for tasks in on_splits(subtree.candidates)
            for task in tasks
        )
        orders: tuple[tuple[InTurn, Callable[[], bool]], ...] = (
            (self._by_number() if numbered else self._in_turn(held), lambda: held() > 1),
            (by_split, lambda: False),
        )
        for order, is_over in orders:
            for each in order:
                if in_order():
                    yield from ((task, None) for task in self._in_order)
                    return
                if is_over():
                    break
                yield each

    def _by_number(self) -> InTurn:
        for tasks, leads in self._turns.by_number():
            yield from ((task, leads) for task in tasks)

    def _in_turn(self, held: Callable[[], float]) -> InTurn:
        turns = iter(self._turns)
        by_subtree = iter([tasks for subtree in self._subtrees for tasks in subtree.candidates])
        given, before, most = set[int](), 0.0, UNKNOWN
        while True:
            now, leads = held(), None
            if len(given) > 1 and now > before:  # the first has what all of them need
                most = max(now - before, 0.0 if most == UNKNOWN else most)
            tasks = next(by_subtree, None) if now + MARGIN * most > 1 else None
            if tasks is None:
                tasks, leads = next(turns, (None, None))
            if tasks is None:
                return
            if tasks[0].trial not in given:
                given.add(tasks[0].trial)
                before = now
                yield from ((task, leads) for task in tasks)
