"""Pack tasks into bundles, each with what is to be kept of its work for those that follow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence

from ..evaluation import Bundle, CommonWork, Task
from ..problem import Split
from ..sharing import Leads, PendingUses, Piece


class Packing:
    """Make bundles of tasks, and know which pieces of them are begun and which are still needed.

    Parameters
    ----------
    tasks : sequence of Task
        All that will be packed.
    pieces : mapping of int to Piece or None
        Of each candidate, by its number.
    splits : sequence of (train, test)
    leads : mapping of int to tuple of Lead
        From whose fits others can be derived, by group.
    whole : bool
        Whether the scorer sees more than the last step.
    later : container of int
        Keys of pieces that candidates may need that are planned later.
    checks : set of (candidate, split)
        Tasks that are evaluated the ordinary way too.

    Attributes
    ----------
    begun : mapping of int to set of int
        Keys of the pieces that are in a bundle, by split.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        pieces: Mapping[int, Piece | None],
        splits: Sequence[Split],
        leads: Leads,
        *,
        whole: bool,
        later: Container[int],
        checks: set[tuple[int, int]],
    ) -> None:
        self._pieces = pieces
        self._splits = splits
        self._leads = {
            group: tuple(lead for lead in of_group if not lead.is_stage)
            for group, of_group in leads.items()
        }
        self._later = later
        self._checks = checks
        self._pending: dict[int, PendingUses] = {}
        self._left: dict[int, Counter[int]] = {}
        self._on_the_way: dict[int, set[int]] = {}
        self.begun: dict[int, set[int]] = {}
        by_split: defaultdict[int, list[int]] = defaultdict(list)
        for task in tasks:
            by_split[task.split].append(task.trial)
        for split, trials in by_split.items():
            found = [(trial, pieces[trial]) for trial in trials]
            self._pending[split] = PendingUses(found, whole=whole)
            self._on_the_way[split] = self._pending[split].on_the_way()
            self._left[split] = Counter(key for _, p in found if p is not None for key in p.keys)
            self.begun[split] = set()

    def bundle(
        self, tasks: list[Task], *, alone: bool = False, leads: Leads | None = None
    ) -> Bundle:
        """Make a bundle of tasks of one split; `alone` if no other worker needs what it fits.

        `leads` are those of some groups, if they are not to be tried as ever.
        """
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
            earlier = (ours & self.begun[split]) - self._on_the_way[split]
            keep |= earlier
            common = frozenset({key for key in ours if left[key]} - self._on_the_way[split])
            common |= later | earlier
        self.begun[split] |= ours
        found = {key: self._leads[key] for key in ours & self._leads.keys()} | dict(leads or {})
        checks = frozenset(task.trial for task in tasks if (task.trial, split) in self._checks)
        shared = CommonWork(pieces, frozenset(keep), common, found, checks)
        return Bundle(split, self._splits[split], tuple(tasks), shared)


def is_led_by_users(piece: Piece | None, leads: Leads) -> bool:
    """Whether a user's family may derive any of a candidate's fits, or assists one."""
    return piece is not None and any(
        part.users_family is not None and (part.member is None or part.member.group in leads)
        for part in piece.walk
    )
