"""The order in which a single worker takes candidates that have work in common.

That a search which ends early is never worse off with shared work than without, candidates come in
the order that they were given in, each for no more than it would have cost by itself. So no
fit may be much larger than what it is wanted for now: what grows does so by stages, and where only
the largest fit will do, all that is taken out of it comes right after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

from ..evaluation import Task
from ..sharing import Lead, Leads, Member, Piece


class Turns:
    """Candidates in the order that they were given in, and from which fits to take theirs.

    Parameters
    ----------
    candidates : sequence over candidates of the tasks over splits
    pieces : mapping of int to Piece or None
        Of each candidate, by its number.
    leads : mapping of int to tuple of Lead
        From whose fits others can be derived, by group.
    """

    def __init__(
        self,
        candidates: Sequence[Sequence[Task]],
        pieces: Mapping[int, Piece | None],
        leads: Leads,
    ) -> None:
        self._candidates = candidates
        self._pieces = pieces
        self._leads = leads
        self._grown: dict[Hashable, Lead] = {}

    def __iter__(self) -> Iterator[tuple[Sequence[Task], Leads]]:
        """Give each candidate's tasks, and leads that are other than usual."""
        of_fit: defaultdict[Hashable, list[Sequence[Task]]] = defaultdict(list)
        for tasks in self._candidates:
            of_fit[self._fit(tasks)].append(tasks)
        given = set[int]()
        for tasks in self._candidates:
            if tasks[0].trial in given:
                continue
            member = self._member(tasks)
            taken, leads = [tasks], dict[int, tuple[Lead, ...]]()
            if member is not None and not member.family.costs_alike:
                left = [t for t in of_fit[self._fit(tasks)] if t[0].trial not in given]
                left.sort(key=self._size)
                # the smaller first: what they respond is a part of what the larger ones do
                taken = left if self._size(left[0]) < self._size(left[-1]) else taken
                if member.family.grows:
                    stage = self._grow(self._fit(tasks), member)
                    others = (lead for lead in self._leads[member.group] if lead is not stage)
                    leads[member.group] = (stage, *others)
                    taken = [t for t in left if self._size(t) <= stage.order]
            for each in taken:
                given.add(each[0].trial)
                yield each, leads

    def _member(self, tasks: Sequence[Task]) -> Member | None:
        """Return a candidate's place among those whose last fits are derived from one another."""
        piece = self._pieces[tasks[0].trial]
        member = None if piece is None else piece.final.member
        return member if member is not None and member.group in self._leads else None

    def _fit(self, tasks: Sequence[Task]) -> Hashable:
        """Return what stands for the fit that a candidate's last one is taken out of."""
        member = self._member(tasks)
        return (tasks[0].trial,) if member is None else (member.group, member.order[:-1])

    def _size(self, tasks: Sequence[Task]) -> tuple[float, ...]:
        member = self._member(tasks)
        return () if member is None else member.order

    def _grow(self, fit: Hashable, member: Member) -> Lead:
        """Return how far to grow: as far as the candidates so far would have paid for."""
        so_far = self._grown.get(fit)
        if so_far is not None and so_far.order >= member.order:
            return so_far
        most = member.order[-1] + (0 if so_far is None else so_far.order[-1])
        same = [ld for ld in self._leads[member.group] if ld.order[:-1] == member.order[:-1]]
        self._grown[fit] = next((lead for lead in same if lead.order[-1] <= most), same[-1])
        return self._grown[fit]
