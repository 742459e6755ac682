"""Plan bundles of candidates that have work in common.

Their tasks are trees, one a split and all alike: those that begin with the same pieces are one
subtree. Candidates are taken in the order of the tree, so that little has to be kept, and each on
all of its splits before the next, so that a search that ends early has complete ones. A
bundle is as much of a subtree, on one split, as takes half a second. Subtrees are begun with the
largest, so that all workers end together, and cut where they have least in common.
"""

from __future__ import annotations

import sys
from collections import defaultdict, deque
from collections.abc import (
    Callable,
    Container,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)

from ..evaluation import Bundle, Task
from ..problem import Split
from ..sharing import Lead, Leads, Piece
from ..trials import Outcome
from .packing import Packing, is_led_by_users
from .planning import GROWTH, SECONDS, Cost
from .ready_first import ReadyFirst
from .single_worker import SingleWorker
from .turns import Stage, Turns
from .work_left import Path, Subtree, WorkLeft, in_common, on_splits, route

QUICK = 0.1
"""Expected work that is not worth a cut, nor a bundle of its own, unless workers are idle without:
what it has in common with another bundle goes through a file, which takes as long as small fits."""

QUICK_GROWTH = 4
"""How much larger than the last a bundle of quick work may be: the first that come back may be
those that fail at once, and nothing would be complete before all others are."""


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
        self._leads = leads
        self._in_order = [task for of_candidate in tasks for task in of_candidate]
        self._pieces = {task.trial: pieces.get(task.trial) for task in self._in_order}
        self._routes = {trial: route(piece, leads) for trial, piece in self._pieces.items()}
        wholes = [piece for piece in self._pieces.values() if piece is not None]
        leaves = {part.key for piece in wholes for part in piece.walk if not part.parts}
        self._steps = {
            trial: frozenset(key for key in path if key in leaves)
            for trial, (path, _) in self._routes.items()
        }
        self._turns = Turns(tasks, self._pieces, leads)
        by_beginning: defaultdict[Hashable, list[Sequence[Task]]] = defaultdict(list)
        for of_one in tasks:
            by_beginning[self._beginning(of_one)].append(of_one)
        self._subtrees = [Subtree(some, self._routes) for some in by_beginning.values()]
        self._depth = 1
        self._deepest = max((len(path) for path, _ in self._routes.values()), default=0)
        checks = self._to_check() if verify else set()
        self._packing = Packing(
            self._in_order, self._pieces, splits, leads, whole=whole, later=later, checks=checks
        )
        self._n_splits = len(self._packing.begun)
        self._given = set[tuple[int, int]]()
        self._begun: dict[int, set[int]] = {split: set() for split in self._packing.begun}
        self._stages: dict[int, Stage] = {}
        stages = {lead.fit for of_group in leads.values() for lead in of_group}
        self._ready_first = ReadyFirst(self._needs, self._packing.begun, stages)

    def _beginning(self, tasks: Sequence[Task]) -> Hashable:
        """Return what stands for the first piece of a candidate; fits that grow each begin anew."""
        path, _ = self._routes[tasks[0].trial]
        alone = len(path) == 1 and self._turns.grows(tasks)
        return self._turns.fit(tasks) if alone else path[:1]

    def _to_check(self) -> set[tuple[int, int]]:
        """Return which tasks are evaluated the ordinary way too, by candidate and split."""
        checks: set[tuple[int, int]] = set()
        for subtree in self._subtrees:
            for of_split in on_splits(subtree.candidates):
                # the first of a subtree shares nothing
                checks.update((task.trial, task.split) for task in of_split[1:2])
        checks.update(
            (task.trial, task.split)
            for task in self._in_order
            if is_led_by_users(self._pieces[task.trial], self._leads)
        )
        return checks

    def one_by_one(
        self,
        in_order: Callable[[], bool],
        held: Callable[[], float],
        *,
        n_workers: Callable[[], int] = lambda: 1,
        numbered: bool = False,
    ) -> Iterator[Bundle]:
        """Give bundles of one task, as long as there is a single worker; see `SingleWorker`."""
        turns = SingleWorker(self._in_order, self._subtrees, self._turns)
        for task, leads in turns.tasks(in_order, held, numbered=numbered):
            if n_workers() > 1:
                return
            if (task.trial, task.split) not in self._given:
                self._given.add((task.trial, task.split))
                yield self._packing.bundle([task], alone=True, leads=leads)

    def bundles(
        self,
        cost: Cost,
        n_workers: Callable[[], int],
        *,
        numbered: bool = False,
        hand_on: bool = True,
    ) -> Iterator[Bundle | None]:
        """Give bundles of what is left for several workers, sized by what is learnt of costs.

        What needs a piece that another bundle is fitting comes later, if there is anything else
        and workers `hand_on` what they have fitted: its worker would wait. How many workers there
        are is asked for every bundle, as they may join and leave. Candidates that are `numbered`
        come one by one in their order: what comes after one that is the last would be in vain.
        """
        if numbered:
            for of_one, leads in self._turns.by_number():
                for task in self._not_given(of_one):
                    yield self._packing.bundle([task], leads=leads)
            return
        planned = self._planned(cost, n_workers, by_stages=hand_on)
        for tasks in self._ready_first.order(planned, n_workers) if hand_on else planned:
            yield None if tasks is None else self._packing.bundle(tasks, leads=self._staged(tasks))

    def take_in(self, outcome: Outcome) -> None:
        """Take in that a task is done, and with it all that its last step was fitted on."""
        stage = self._stages.get(outcome.trial)
        made = self._steps.get(outcome.trial, frozenset())
        self._ready_first.take_in(outcome.split, made | ({stage.lead.fit} if stage else set()))

    def _planned(
        self, cost: Cost, n_workers: Callable[[], int], *, by_stages: bool
    ) -> Iterator[list[Task]]:
        """Give the tasks of bundles.

        Subtrees are begun with the largest. So many are under way at a time that workers need not
        wait for each other's pieces.
        """
        size = most_workers = 0
        if self._given:
            self._begun = {split: set(keys) for split, keys in self._packing.begun.items()}
            rest = [[self._not_given(c) for c in s.candidates] for s in self._subtrees]
            self._subtrees = [Subtree(filter(None, some), self._routes) for some in rest]
        left, begun = self._work_left(0), deque[Subtree]()
        while left:
            n = max(n_workers(), 1)
            if n > most_workers:
                most_workers = n
                left, begun = self._work_left(3 * n), deque[Subtree]()
            quick = min(QUICK, left.seconds(cost) / n)
            subtree = None
            if len(begun) < -(-2 * n // self._n_splits):
                subtree = left.begin_largest(cost)
            subtree = subtree or begun.popleft()
            begun.append(subtree)
            most = QUICK_GROWTH * size if size else sys.maxsize
            n_left = left.n_candidates
            size = 1 if cost.last is None else self._size(subtree, cost, size, n_left, n, quick)
            size = self._with_the_rest(subtree, size, by_stages=by_stages)
            taken = left.take(subtree, size)
            if subtree not in left:
                if cost.last is not None:
                    spare = quick - self._seconds(taken, cost) / self._n_splits
                    taken += self._more(left, cost, spare, most - size)
                begun = deque(other for other in begun if other in left)
            for tasks in on_splits(taken):
                keys = {key for task in tasks for key in self._keys(task.trial)}
                left.note_begun(tasks[0].split, keys)
                self._begun[tasks[0].split] |= keys
                yield tasks

    def _not_given(self, tasks: Sequence[Task]) -> list[Task]:
        return [task for task in tasks if (task.trial, task.split) not in self._given]

    def _keys(self, trial: int) -> Set[int]:
        """Return the keys of all that a candidate needs, and of the stage it is derived from."""
        piece, stage = self._pieces[trial], self._stages.get(trial)
        keys = frozenset[int]() if piece is None else piece.keys
        return keys if stage is None else keys | {stage.lead.fit}

    def _size(
        self, subtree: Subtree, cost: Cost, last: int, n_left: int, n_workers: int, quick: float
    ) -> int:
        """Return how many candidates to take: not many more than last, nor than a fair share."""
        least, most = (self._cut(subtree, cost, limit) for limit in (quick, SECONDS))
        least = min(least, QUICK_GROWTH * last) if last else least
        fair_share = -(-n_left // (2 * n_workers))
        return max(1, min(most, max(least, min(GROWTH * last, fair_share))))

    def _more(self, left: WorkLeft, cost: Cost, seconds: float, most: int) -> list[Sequence[Task]]:
        """Take whole subtrees: work of some seconds on a split, and so many candidates at most."""
        more: list[Sequence[Task]] = []
        whole: list[Subtree] = []
        for subtree in left:
            seconds -= subtree.seconds(cost) / self._n_splits
            if seconds < 0 or len(more) + len(subtree.candidates) > most:
                break
            more += subtree.candidates
            whole.append(subtree)
        for subtree in whole:
            left.take(subtree, len(subtree.candidates))
        return more

    def _work_left(self, wanted: int) -> WorkLeft:
        """Return all that is left, cut into so many subtrees, if they have that much in common.

        Workers then begin with different pieces, and need not wait for each other's.
        """
        while len(self._subtrees) * self._n_splits < wanted and self._depth < self._deepest:
            self._depth += 1
            groups: defaultdict[Path, list[Sequence[Task]]] = defaultdict(list)
            for subtree in self._subtrees:
                for tasks, path in zip(subtree.candidates, subtree.paths, strict=True):
                    groups[path[: self._depth]].append(tasks)
            self._subtrees = [Subtree(tasks, self._routes) for tasks in groups.values()]
        self._subtrees = [subtree for subtree in self._subtrees if subtree.candidates]
        return WorkLeft(self._subtrees, self._steps, self._begun)

    def _seconds(self, candidates: Iterable[Sequence[Task]], cost: Cost) -> float:
        """Expected work of some candidates; see `Subtree.seconds`."""
        steps = frozenset[int]().union(*(self._steps[tasks[0].trial] for tasks in candidates))
        n_fits = sum(len(steps - begun) for begun in self._begun.values())
        return sum(map(len, candidates)) * (cost.last or 1.0) + n_fits * (cost.step or 0.0)

    def _cut(self, subtree: Subtree, cost: Cost, limit: float) -> int:
        """Return how many candidates to take: up to a limit of seconds that they take on a split.

        Where the next has least in common.
        """
        paths = subtree.paths
        begun = self._begun[subtree.candidates[0][0].split]
        n, seconds, seen = 0, 0.0, set[int]()
        while n < len(paths):
            new = self._steps[subtree.candidates[n][0].trial] - seen - begun
            seconds += (cost.last or 0.0) + len(new) * (cost.step or 0.0)
            if n and seconds > limit:
                break
            seen |= new
            n += 1
        if n == len(paths):
            return n
        candidates = range(max(1, n // 2), n + 1)
        return min(candidates, key=lambda k: (in_common(paths[k - 1], paths[k]), -k))

    def _with_the_rest(self, subtree: Subtree, size: int, *, by_stages: bool) -> int:
        """Move a cut to the end of what is derived from one fit, or from a stage of it."""
        of, turns = subtree.candidates, self._turns
        first, end, fit = size - 1, size, turns.fit(of[size - 1])
        while first and turns.fit(of[first - 1]) == fit:
            first -= 1
        while end < len(of) and turns.fit(of[end]) == fit:
            end += 1
        if first and end > size:
            return first
        stage = turns.stage(of[size - 1]) if by_stages else None
        if stage is None:
            return end
        while size < end and turns.is_within(of[size], stage):
            size += 1
        self._stages.update((tasks[0].trial, stage) for tasks in of[first:size])
        return size

    def _needs(self, tasks: Sequence[Task]) -> frozenset[int]:
        """Return keys of what tasks need before their last steps, and of stages that they go on."""
        stages = {self._stages[t.trial].before for t in tasks if t.trial in self._stages}
        begun = self._begun[tasks[0].split]
        before = (frozenset({ld.fit}) for ld in stages if ld is not None and ld.fit in begun)
        return frozenset[int]().union(*(self._steps[task.trial] for task in tasks), *before)

    def _staged(self, tasks: Sequence[Task]) -> Leads:
        """Return the leads of stages from which tasks are derived."""
        found: dict[int, tuple[Lead, ...]] = {}
        for stage in {self._stages[t.trial] for t in tasks if t.trial in self._stages}:
            found |= self._turns.leads(stage)
        return found
