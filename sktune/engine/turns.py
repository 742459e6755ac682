"""The order in which a single worker takes candidates that have work in common, and how fits grow.

That a search which ends early is never worse off with shared work than without, candidates come in
the order that they were given in, each for no more than it would have cost by itself. So no
fit may be much larger than what it is wanted for now: what grows does so by stages, and where only
the largest fit will do, all that is taken out of it comes right after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..evaluation import Task
from ..sharing import Lead, Leads, Member, Piece


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a fit is grown, for some of those that are derived from it.

    Attributes
    ----------
    group : int
    lead : Lead
    before : Lead or None
        The stage that it goes on from.
    """

    group: int
    lead: Lead
    before: Lead | None


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
        self._stages: dict[Hashable, Stage] = {}
        # of each group what fits may go on from, by its place among all of the group's
        self._of_use: dict[int, dict[Lead, int]] = {}

    def __iter__(self) -> Iterator[tuple[Sequence[Task], Leads | None]]:
        """Give each candidate's tasks, and leads that are other than usual."""
        of_fit: defaultdict[Hashable, list[Sequence[Task]]] = defaultdict(list)
        for tasks in self._candidates:
            of_fit[self.fit(tasks)].append(tasks)
        given = set[int]()
        for tasks in self._candidates:
            if tasks[0].trial in given:
                continue
            member = self._member(tasks)
            taken, stage = [tasks], self.stage(tasks)
            if member is not None and not member.family.costs_alike:
                left = [t for t in of_fit[self.fit(tasks)] if t[0].trial not in given]
                left.sort(key=self._size)
                # the smaller first: what they respond is a part of what the larger ones do
                taken = left if self._size(left[0]) < self._size(left[-1]) else taken
                if stage is not None:
                    taken = [t for t in left if self.is_within(t, stage)]
            for each in taken:
                given.add(each[0].trial)
                yield each, None if stage is None else self.leads(stage)

    def by_number(self) -> Iterator[tuple[Sequence[Task], Leads | None]]:
        """Give each candidate's tasks likewise, in the order of candidates alone."""
        for tasks in self._candidates:
            stage = self.stage(tasks)
            yield tasks, None if stage is None else self.leads(stage)

    def stage(self, tasks: Sequence[Task]) -> Stage | None:
        """Return how far to grow for a candidate: as far as those so far would have paid for."""
        member, fit = self._member(tasks), self.fit(tasks)
        if member is None or not self.grows(tasks):
            return None
        before = self._stages.get(fit)
        if before is None or before.lead.order < member.order:
            most = member.order[-1] + (0 if before is None else before.lead.order[-1])
            same = [ld for ld in self._leads[member.group] if ld.order[:-1] == member.order[:-1]]
            lead = next((lead for lead in same if lead.order[-1] <= most), same[-1])
            self._stages[fit] = Stage(member.group, lead, None if before is None else before.lead)
            self._used(member.group)[lead] = self._leads[member.group].index(lead)
        return self._stages[fit]

    def grows(self, tasks: Sequence[Task]) -> bool:
        """Whether the fit that a candidate's last one is taken out of grows."""
        member = self._member(tasks)
        return member is not None and member.family.grows

    def is_within(self, tasks: Sequence[Task], stage: Stage) -> bool:
        """Whether a candidate of a growing fit is derived from a stage of it."""
        return self._size(tasks) <= stage.lead.order

    def leads(self, stage: Stage) -> Leads:
        """Return the leads of a stage's group: itself, what it may go on from, and the largest."""
        place = self._used(stage.group)
        others = (lead for lead in sorted(place, key=place.__getitem__) if lead is not stage.lead)
        return {stage.group: (stage.lead, *others)}

    def _used(self, group: int) -> dict[Lead, int]:
        if group not in self._of_use:
            every = enumerate(self._leads[group])
            self._of_use[group] = {lead: n for n, lead in every if not lead.is_stage}
        return self._of_use[group]

    def fit(self, tasks: Sequence[Task]) -> Hashable:
        """Return what stands for the fit that a candidate's last one is taken out of."""
        member = self._member(tasks)
        return (tasks[0].trial,) if member is None else (member.group, member.order[:-1])

    def _member(self, tasks: Sequence[Task]) -> Member | None:
        """Return a candidate's place among those whose last fits are derived from one another."""
        piece = self._pieces[tasks[0].trial]
        member = None if piece is None else piece.final.member
        return member if member is not None and member.group in self._leads else None

    def _size(self, tasks: Sequence[Task]) -> tuple[float, ...]:
        member = self._member(tasks)
        return () if member is None else member.order
