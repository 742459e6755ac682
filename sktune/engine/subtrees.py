"""Plan bundles of candidates that have work in common.

The tasks of a split are a tree: those that begin with the same pieces are one subtree. A
bundle is a subtree, or as much of one as takes ten seconds, in the order of the tree, so
that little has to be kept. Subtrees are begun with the largest, so that all workers end
together, and cut where they have least in common.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from ..evaluation import Bundle, CommonWork, Task
from ..problem import Split
from ..sharing import Leads, PendingUses, Piece
from .planning import GROWTH, Cost

SECONDS = 10.0
"""Expected work in a bundle at most: what a killed worker loses, and how long a policy waits."""

SHORT = 0.5
"""Expected work that is not cut any more to have all workers end together."""

QUICK = 0.1
"""Expected work that is not worth a cut, nor a bundle of its own, unless workers are idle without:
what it has in common with another bundle goes through a file, which takes as long as small fits."""

Path = tuple[int, ...]

Route = tuple[Path, tuple[Any, ...]]
"""A candidate's place in the tree, and its place among those that are derived from one fit."""


class _Subtree:
    """Tasks of one split that begin alike, in the order of the tree."""

    def __init__(self, tasks: list[Task], routes: Mapping[int, Route]) -> None:
        self.tasks = sorted(tasks, key=lambda task: routes[task.trial])
        self.paths = [routes[task.trial][0] for task in self.tasks]


class Subtrees:
    """Plan the tasks of candidates that have work in common.

    Parameters
    ----------
    tasks : sequence over candidates of the tasks over splits
    pieces : mapping of int to Piece or None
        Of each candidate, by its number.
    splits : sequence of (train, test)
    leads : mapping of int to tuple of Lead
        From whose fits others can be derived, by group.
    whole : bool
        Whether the scorer sees more than the last step.
    later : container of int
        Keys of pieces that candidates may need that are planned later.
    verify : bool, default=False
        Whether one task of each subtree that can use what was fitted for another is
        evaluated the ordinary way too.
    """

    def __init__(
        self,
        tasks: Sequence[Sequence[Task]],
        pieces: Mapping[int, Piece | None],
        splits: Sequence[Split],
        *,
        leads: Leads,
        whole: bool,
        later: Container[int] = (),
        verify: bool = False,
    ) -> None:
        self._splits = splits
        self._leads = leads
        self._later = later
        self._in_order = [task for of_candidate in tasks for task in of_candidate]
        self._pieces = {task.trial: pieces.get(task.trial) for task in self._in_order}
        self._routes = {trial: _route(piece, leads) for trial, piece in self._pieces.items()}
        wholes = [piece for piece in self._pieces.values() if piece is not None]
        leaves = [part for piece in wholes for part in piece.walk if not part.parts]
        self._steps = {part.key for part in leaves if part.key is not None}
        self._pending: dict[int, PendingUses] = {}
        self._left: dict[int, Counter[int]] = {}
        self._on_the_way: dict[int, set[int]] = {}
        self._begun: defaultdict[int, set[int]] = defaultdict(set)
        self._checks: set[tuple[int, int]] = set()
        by_split: defaultdict[int, list[int]] = defaultdict(list)
        by_beginning: defaultdict[tuple[int, int], list[Task]] = defaultdict(list)
        for task in self._in_order:
            by_split[task.split].append(task.trial)
            by_beginning[(*self._routes[task.trial][0], -1)[0], task.split].append(task)
        self._subtrees = [
            _Subtree(by_beginning[where], self._routes) for where in sorted(by_beginning)
        ]
        if verify:  # the first of a subtree shares nothing
            for subtree in self._subtrees:
                self._checks.update((task.trial, task.split) for task in subtree.tasks[1:2])
            self._checks.update(
                (task.trial, task.split)
                for task in self._in_order
                if is_led_by_users(self._pieces[task.trial], leads)
            )
        for split, trials in by_split.items():
            of_split = [(trial, self._pieces[trial]) for trial in trials]
            self._pending[split] = PendingUses(of_split, whole=whole)
            self._on_the_way[split] = self._pending[split].on_the_way()
            self._left[split] = Counter(key for _, p in of_split if p is not None for key in p.keys)

    def one_by_one(self, in_order: Callable[[], bool]) -> Iterator[Bundle]:
        """Give bundles of one task, for a single worker.

        Subtree by subtree; but in the order of candidates as soon as that matters, because they
        draw from a common source of randomness.
        """
        by_tree = [task for subtree in self._subtrees for task in subtree.tasks]
        given = set[int]()
        for task in by_tree:
            if in_order():
                break
            given.add(id(task))
            yield self._bundle([task], alone=True)
        for task in self._in_order:
            if id(task) not in given:
                yield self._bundle([task], alone=True)

    def bundles(self, cost: Cost, n_workers: int) -> Iterator[Bundle]:
        """Give bundles for several workers, sized by what has been learnt of costs."""
        size = 0
        self._regroup(3 * n_workers)
        # until costs are known one task at a time is taken, of two subtrees a worker and no more
        first: deque[_Subtree] = deque()
        while self._subtrees:
            left = [self._seconds(subtree, cost) for subtree in self._subtrees]
            subtree = self._subtrees[left.index(max(left))]
            share = sum(left) / n_workers
            quick = min(QUICK, share)
            if cost.last is None:
                size = 1
                if len(first) == 2 * n_workers:
                    subtree = first.popleft()
                first.append(subtree)
            else:
                n = self._cut(subtree, cost, min(SECONDS, max(share / 2, SHORT)))
                size = max(1, min(n, max(GROWTH * size, self._cut(subtree, cost, quick))))
            size = self._with_the_rest(subtree, size)
            chosen, taken = subtree.tasks[:size], self._seconds(subtree, cost)
            del subtree.tasks[:size], subtree.paths[:size]
            if not subtree.tasks:
                self._subtrees.remove(subtree)
                first = deque(other for other in first if other is not subtree)
                if cost.last is not None:
                    chosen += self._more_of(chosen[0].split, cost, quick - taken)
            yield self._bundle(chosen)

    def _more_of(self, split: int, cost: Cost, seconds: float) -> list[Task]:
        """Take whole subtrees of a split, for as much work as is expected to take some seconds."""
        more: list[Task] = []
        for subtree in [s for s in self._subtrees if s.tasks[0].split == split]:
            seconds -= self._seconds(subtree, cost)
            if seconds < 0:
                break
            more += subtree.tasks
            self._subtrees.remove(subtree)
        return more

    def _bundle(self, tasks: list[Task], *, alone: bool = False) -> Bundle:
        split = tasks[0].split
        pending, left = self._pending[split], self._left[split]
        pieces: dict[int, Piece] = {}
        ours: set[int] = set()
        for task in tasks:
            piece = self._pieces[task.trial]
            pending.done(task.trial, piece)
            if piece is not None:
                pieces[task.trial] = piece
                left.subtract(piece.keys)
                ours |= piece.keys
        later = {key for key in ours if key in self._later}
        keep, common = later | (ours & pending.keys), frozenset[int]()
        if not alone:
            # a later bundle may overtake an earlier one, which then needs what it has fitted
            earlier = (ours & self._begun[split]) - self._on_the_way[split]
            keep |= earlier
            common = frozenset({key for key in ours if left[key]} - self._on_the_way[split])
            common |= later | earlier
        self._begun[split] |= ours
        leads = {key: self._leads[key] for key in ours & self._leads.keys()}
        checks = frozenset(task.trial for task in tasks if (task.trial, split) in self._checks)
        shared = CommonWork(pieces, frozenset(keep), common, leads, checks)
        return Bundle(split, self._splits[split], tuple(tasks), shared)

    def _regroup(self, wanted: int) -> None:
        """Cut deeper, until there are so many subtrees, or they have nothing more in common.

        Workers then begin with different pieces, and need not wait for each other's.
        """
        deepest = max((len(path) for s in self._subtrees for path in s.paths), default=0)
        for depth in range(2, deepest + 1):
            if len(self._subtrees) >= wanted:
                return
            groups: defaultdict[Any, list[Task]] = defaultdict(list)
            for subtree in self._subtrees:
                for task, path in zip(subtree.tasks, subtree.paths, strict=True):
                    groups[path[:depth], task.split].append(task)
            self._subtrees = [_Subtree(tasks, self._routes) for tasks in groups.values()]

    def _seconds(self, subtree: _Subtree, cost: Cost) -> float:
        """Expected work: the last steps, and each piece once that has not been begun."""
        steps = self._steps & {key for path in subtree.paths for key in path}
        steps -= self._begun[subtree.tasks[0].split]
        return len(subtree.paths) * (cost.last or 1.0) + len(steps) * (cost.step or 0.0)

    def _cut(self, subtree: _Subtree, cost: Cost, limit: float) -> int:
        """Return how many tasks to take: up to a limit, where the next has least in common."""
        paths = subtree.paths
        n, seconds, seen = 0, 0.0, set(self._begun[subtree.tasks[0].split])
        while n < len(paths):
            new = self._steps & set(paths[n]) - seen
            seconds += (cost.last or 0.0) + len(new) * (cost.step or 0.0)
            if n and seconds > limit:
                break
            seen |= new
            n += 1
        if n == len(paths):
            return n
        candidates = range(max(1, n // 2), n + 1)
        return min(candidates, key=lambda k: (_in_common(paths[k - 1], paths[k]), -k))

    def _with_the_rest(self, subtree: _Subtree, size: int) -> int:
        """Extend a cut to the end of what is derived from one fit."""
        tasks = subtree.tasks
        while size < len(tasks) and (led := self._led(tasks[size])) is not None:
            if led != self._led(tasks[size - 1]):
                break
            size += 1
        return size

    def _led(self, task: Task) -> Route | None:
        """Return what stands for the fit that a task's last one is derived from."""
        piece = self._pieces[task.trial]
        member = None if piece is None else piece.final.member
        if member is None or member.group not in self._leads:
            return None
        return self._routes[task.trial][0], member.order[:-1]


def is_led_by_users(piece: Piece | None, leads: Leads) -> bool:
    """Whether a user's family may derive any of a candidate's fits, or assists one."""
    return piece is not None and any(
        part.users_family is not None and (part.member is None or part.member.group in leads)
        for part in piece.walk
    )


def _route(piece: Piece | None, leads: Leads) -> Route:
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


def _in_common(a: Path, b: Path) -> int:
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same
