"""Subtrees of candidates that are not planned yet, and how much work they are.

What is asked of all of them is counted as they change: there may be thousands, and it is asked
for every few tasks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from heapq import heappop, heappush
from typing import Any

from ..evaluation import Task
from ..sharing import Leads, Piece
from .planning import Cost

Path = tuple[int, ...]

Route = tuple[Path, tuple[Any, ...]]
"""A candidate's place in the tree, and its place among those that are derived from one fit."""

Steps = Mapping[int, frozenset[int]]
"""Keys of what is fitted before the last step of a candidate, by its number."""


def route(piece: Piece | None, leads: Leads) -> Route:
    """Return keys of what is fitted before the last step, after those of groups that have leads.

    The smaller come first: what they respond is put together from the smaller one's.
    """
    if piece is None:
        return (), ()
    keys: list[int | None] = []
    for part in piece.before_last:
        for inner in part.walk:
            keys += [*_group(inner, leads), inner.key]
    keys += _group(piece.final, leads)
    member = piece.final.member
    path = tuple(-1 if key is None else key for key in keys)
    return path, () if member is None else member.order


def _group(piece: Piece, leads: Leads) -> list[int]:
    member = piece.member
    return [] if member is None or member.group not in leads else [member.group]


def in_common(a: Path, b: Path) -> int:
    """Count how many of the first entries of two paths are the same."""
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same


class Subtree:
    """Candidates that begin alike, in the order of the tree, each with its tasks.

    Attributes
    ----------
    candidates : list of sequence of Task
    paths : list of tuple of int
        Of the candidates.
    n_tasks : int
    n_fits : int
        Of steps before the last, on splits on which they are not begun; known to `WorkLeft`.
    """

    def __init__(self, candidates: Iterable[Sequence[Task]], routes: Mapping[int, Route]) -> None:
        self.candidates = sorted(candidates, key=lambda tasks: routes[tasks[0].trial])
        self.paths = [routes[tasks[0].trial][0] for tasks in self.candidates]
        self.n_tasks = sum(map(len, self.candidates))
        self.n_fits = 0
        self.users = Counter[int]()

    def seconds(self, cost: Cost) -> float:
        """Expected work: the last steps, and each piece once a split where it is not begun."""
        return self.n_tasks * (cost.last or 1.0) + self.n_fits * (cost.step or 0.0)


def on_splits(candidates: Iterable[Sequence[Task]]) -> Iterator[list[Task]]:
    """Give the tasks of candidates, split by split."""
    by_split: defaultdict[int, list[Task]] = defaultdict(list)
    for tasks in candidates:
        for task in tasks:
            by_split[task.split].append(task)
    yield from (by_split[split] for split in sorted(by_split))


class WorkLeft:
    """Subtrees in their order, until all of their candidates are taken.

    Parameters
    ----------
    subtrees : iterable of Subtree
    steps : mapping of int to frozenset of int
    begun : mapping of int to set of int
        Keys of the pieces that are in a bundle, by split.

    Attributes
    ----------
    n_candidates : int
    """

    def __init__(
        self, subtrees: Iterable[Subtree], steps: Steps, begun: Mapping[int, Set[int]]
    ) -> None:
        self._steps = steps
        self._begun = begun
        self._subtrees = dict.fromkeys(subtrees)
        self._place = {subtree: n for n, subtree in enumerate(self._subtrees)}
        self._having: defaultdict[int, list[Subtree]] = defaultdict(list)
        self.n_candidates = self._n_tasks = self._n_fits = 0
        self._waiting = dict.fromkeys(self._subtrees)
        self._by_work: defaultdict[tuple[int, int], list[tuple[int, Subtree]]] = defaultdict(list)
        for subtree in self._subtrees:
            subtree.users = Counter(
                key for tasks in subtree.candidates for key in steps[tasks[0].trial]
            )
            subtree.n_fits = sum(map(self._n_lacking, subtree.users))
            for key in subtree.users:
                self._having[key].append(subtree)
            self.n_candidates += len(subtree.candidates)
            self._n_tasks += subtree.n_tasks
            self._n_fits += subtree.n_fits
            self._queue(subtree)

    def __iter__(self) -> Iterator[Subtree]:
        return iter(self._subtrees)

    def __len__(self) -> int:
        return len(self._subtrees)

    def __contains__(self, subtree: object) -> bool:
        return subtree in self._subtrees

    def _n_lacking(self, key: int) -> int:
        """Count the splits on which a piece is not begun."""
        return sum(key not in begun for begun in self._begun.values())

    def seconds(self, cost: Cost) -> float:
        """Expected work of all subtrees; what two of them begin with counts for both."""
        return self._n_tasks * (cost.last or 1.0) + self._n_fits * (cost.step or 0.0)

    # --- which to begin with --------------------------------------------------------------

    def begin_largest(self, cost: Cost) -> Subtree | None:
        """Take note that the subtree with most work is begun; None if all are."""
        heads: list[tuple[float, int, Subtree]] = []
        for work, queue in tuple(self._by_work.items()):
            while queue and not self._is_at(queue[0][1], work):
                heappop(queue)
            if queue:
                place, subtree = queue[0]
                heads.append((-subtree.seconds(cost), place, subtree))
            else:
                del self._by_work[work]
        return self._begin(min(heads)[2]) if heads else None

    def _begin(self, subtree: Subtree) -> Subtree:
        del self._waiting[subtree]
        return subtree

    def _is_at(self, subtree: Subtree, work: tuple[int, int]) -> bool:
        return subtree in self._waiting and (subtree.n_tasks, subtree.n_fits) == work

    def _queue(self, subtree: Subtree) -> None:
        """Queue a waiting subtree among those with as much work, by its place."""
        work = subtree.n_tasks, subtree.n_fits
        heappush(self._by_work[work], (self._place[subtree], subtree))

    # --- what changes ---------------------------------------------------------------------

    def take(self, subtree: Subtree, n: int) -> list[Sequence[Task]]:
        """Take the first candidates of a subtree out of it."""
        taken = subtree.candidates[:n]
        del subtree.candidates[:n], subtree.paths[:n]
        self.n_candidates -= len(taken)
        if not subtree.candidates:
            self._n_tasks -= subtree.n_tasks
            self._n_fits -= subtree.n_fits
            del self._subtrees[subtree]
            self._waiting.pop(subtree, None)
            return taken
        n_tasks, n_fits = sum(map(len, taken)), 0
        for tasks in taken:
            for key in self._steps[tasks[0].trial]:
                subtree.users[key] -= 1
                if not subtree.users[key]:
                    del subtree.users[key]
                    n_fits += self._n_lacking(key)
        subtree.n_tasks -= n_tasks
        subtree.n_fits -= n_fits
        self._n_tasks -= n_tasks
        self._n_fits -= n_fits
        if subtree in self._waiting:
            self._queue(subtree)
        return taken

    def note_begun(self, split: int, keys: Set[int]) -> None:
        """Note that pieces are about to be in a bundle; to be called before `begun` says it."""
        for key in keys - self._begun[split]:
            if key in self._having:
                having = [s for s in self._having[key] if s in self._subtrees and key in s.users]
                self._having[key] = having
                self._n_fits -= len(having)
                for subtree in having:
                    subtree.n_fits -= 1
                    if subtree in self._waiting:
                        self._queue(subtree)
