"""Find which tasks have work in common, and what of it is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..evaluation import Bundle, CommonWork, Evaluator, Guard, OwnCopies, SharedEvaluator, Task
from ..problem import Problem
from ..sharing import Leads, Lineages, Piece
from ..sharing.files import Files
from ..trials import Trial
from .packing import is_led_by_users
from .subtrees import Subtrees


@dataclass(frozen=True, slots=True)
class Block:
    """Candidates that are known together, and what they have in common.

    Attributes
    ----------
    pieces : mapping of int to Piece
        Of candidates that have something in common with others, by their number.
    all_pieces : mapping of int to Piece
        Of all candidates that could have.
    more : bool
        Whether there may be another block, which may need any piece.
    leads : dict
        From whose fits others are derived, by the splits that are planned together.
    """

    pieces: Mapping[int, Piece]
    all_pieces: Mapping[int, Piece]
    more: bool
    leads: dict[tuple[int, ...], Leads] = field(default_factory=dict)

    def keys(self, numbers: Iterable[int]) -> Container[int]:
        """Return the keys of pieces that some of the candidates need, or that may come later."""
        if self.more:
            return _Everything()
        return {key for n in numbers if n in self.pieces for key in self.pieces[n].keys}


class _Everything(Container[int]):
    """Keys of which none is known not to be needed."""

    def __contains__(self, key: object) -> bool:
        return True


class SharingPlan:
    """Find what tasks have in common, and make bundles of those that have anything.

    Parameters
    ----------
    problem : Problem
    files : Files or None
        Where workers hand on what they have in common.
    lineages : Lineages or None
        Without it every task is on its own.
    guard : Guard
        Stands beside every task.
    copies : OwnCopies, optional
        Where tasks run in threads, gives each what it could change for the others.
    verify : bool
        Whether some of what was shared is done the ordinary way too, to compare.
    in_order : bool
        Whether the order of tasks is to be kept in any case.

    Attributes
    ----------
    evaluator : Evaluator or SharedEvaluator
        For the bundles that have been planned so far.
    """

    def __init__(
        self,
        problem: Problem,
        files: Files | None,
        lineages: Lineages | None,
        *,
        guard: Guard,
        copies: OwnCopies | None = None,
        verify: bool,
        in_order: bool,
    ) -> None:
        self.evaluator: Evaluator | SharedEvaluator = Evaluator(problem, guard, copies=copies)
        self._problem = problem
        self._files = files
        self._lineages = lineages
        self._verify = verify
        self._in_order = in_order
        self._seen: Counter[int] = Counter()
        self._led: defaultdict[tuple[int, ...], set[int]] = defaultdict(set)

    @property
    def in_order(self) -> bool:
        """Whether the order of tasks matters where there is a single worker, as far as is known."""
        found = isinstance(self.evaluator, SharedEvaluator) and self.evaluator.in_order
        told = self._lineages is not None and self._lineages.in_order
        return self._in_order or told or found

    @property
    def held(self) -> float:
        """The share of the memory that all splits take, by what is kept of one."""
        if not isinstance(self.evaluator, SharedEvaluator):
            return 0.0
        return self.evaluator.held(len(self._problem.splits))

    # --- candidates that are known together -----------------------------------------------

    def block(self, trials: Sequence[Trial], *, more: bool = False) -> Block:
        """Look at candidates that are known together; `more` if there may be another block."""
        pieces: dict[int, Piece] = {}
        if self._lineages is not None:
            for trial in trials:
                if (piece := self._lineages.of(trial.params)) is not None:
                    pieces[trial.number] = piece
        if not pieces:
            return Block({}, {}, more)
        counts = Counter(key for piece in pieces.values() for key in piece.keys_before_last)
        self._seen.update(counts.keys())
        leads = self._leads(pieces.values())
        common = {
            number: piece
            for number, piece in pieces.items()
            if self._is_helped(piece, leads)
            or any(counts[key] > 1 or self._seen[key] > 1 for key in piece.keys_before_last)
        }
        if common:  # all pipelines are counted by their pieces
            common |= {number: piece for number, piece in pieces.items() if piece.chain}
        return Block(common, pieces, more)

    def plan(
        self,
        block: Block,
        tasks: Sequence[Sequence[Task]],
        *,
        gone: Collection[int] = (),
        later: Container[int] | None = None,
    ) -> tuple[list[Sequence[Task]], Subtrees | None]:
        """Tell candidates that are on their own from those that are not.

        Parameters
        ----------
        block : Block
            To which all of them belong.
        tasks : sequence over candidates of the tasks over splits
            Of all splits that are left, or of a single one.
        gone : collection of int
            Numbers of candidates that will never be evaluated on any of these splits.
        later : container of int, optional
            Keys of what those of the block need that are planned later; by default there are none.

        Returns
        -------
        alone : list of sequence of Task
        subtrees : Subtrees or None
            Of the others; of all, in their order, if that matters.
        """
        if not any(of_one[0].trial in block.pieces for of_one in tasks):
            return list(tasks), None
        self._share()
        alone: list[Sequence[Task]] = []
        if not self.in_order:
            alone = [of_one for of_one in tasks if of_one[0].trial not in block.pieces]
            tasks = [of_one for of_one in tasks if of_one[0].trial in block.pieces]
        subtrees = Subtrees(
            tasks,
            block.pieces,
            self._problem.splits,
            leads=self._leads_of(block, tasks, gone),
            whole=self._problem.needs_whole,
            later=block.keys(()) if later is None else later,
            verify=self._verify,
        )
        return alone, subtrees

    def _leads_of(
        self, block: Block, tasks: Sequence[Sequence[Task]], gone: Collection[int]
    ) -> Leads:
        """Return the leads: the same for all planned for a split, whatever is gone meanwhile."""
        splits = tuple(task.split for task in tasks[0])
        if splits not in block.leads:
            still = [piece for number, piece in block.all_pieces.items() if number not in gone]
            also = self._led[splits] if gone else None
            leads = self._leads(still, also=also)
            self._led[splits].update(lead.fit for of_group in leads.values() for lead in of_group)
            block.leads[splits] = leads
        return block.leads[splits]

    def _leads(self, pieces: Iterable[Piece], *, also: Iterable[int] | None = None) -> Leads:
        return {} if self._lineages is None else self._lineages.leads(pieces, also=also)

    def _is_helped(self, piece: Piece, leads: Leads) -> bool:
        """Whether any of a candidate's fits can be derived from another's, or has kin."""
        led = any(part.member and part.member.group in leads for part in piece.walk)
        return led or (self._lineages is not None and self._lineages.have_kin(piece))

    def _share(self) -> None:
        if isinstance(self.evaluator, Evaluator):
            self.evaluator = SharedEvaluator(self.evaluator, self._files)

    # --- candidates of which more may come ------------------------------------------------

    def bundles(self, tasks: Sequence[Sequence[Task]]) -> list[Bundle]:
        """Make bundles of one task, where the candidates to come are not known.

        What has come before, and what does not depend on a float, may come again. All
        candidates are asked for at the same time.
        """
        pieces: list[Piece | None] = [None] * len(tasks)
        leads: Leads = {}
        if self._lineages is not None:
            self._share()  # later candidates may have pieces, when bundles are drawn already
            of = self._lineages.of
            pieces = [of(of_one[0].params) if of_one else None for of_one in tasks]
            leads = self._lineages.leads_so_far([p for p in pieces if p is not None])
        found: list[Bundle] = []
        for of_candidate, piece in zip(tasks, pieces, strict=True):
            shared = None if piece is None else self._shared_work(of_candidate[0], piece, leads)
            rows = self._problem.splits
            found += [Bundle(t.split, rows[t.split], (t,), shared) for t in of_candidate]
        return found

    def _shared_work(self, task: Task, piece: Piece, all_leads: Leads) -> CommonWork | None:
        lasting = _keys_without_floats(piece, task.params)
        leads = {group: all_leads[group] for group in lasting & all_leads.keys()}
        before = piece.keys_before_last
        lasting |= {key for key in before if self._seen[key]}
        recurs = any(self._seen[key] == 1 for key in before)
        check = self._verify and (recurs or is_led_by_users(piece, leads))
        self._seen.update(before)
        lasting |= {piece.source} if piece.source is not None else set()
        if not (piece.chain or leads or piece.kin):
            return None
        keys, checks = frozenset(lasting), frozenset((task.trial,) if check else ())
        return CommonWork({task.trial: piece}, keys, keys, leads, checks)


def _keys_without_floats(piece: Piece, params: Mapping[str, Any]) -> set[int]:
    """Return keys of pieces and groups that depend on no float, which hardly comes twice."""
    floats = [name for name, value in params.items() if isinstance(value, float)]
    found: set[int] = set()
    for part in piece.parts if piece.chain else (piece,):
        for inner in () if part is None else part.walk:
            within = f"{inner.name}__" if inner.name else ""
            ours = [name.removeprefix(within) for name in floats if name.startswith(within)]
            if inner.member is not None and not set(ours) - set(inner.member.free):
                found.add(inner.member.group)
            if inner.key is not None and part is not piece.final and not ours:
                found.add(inner.key)
        if part is not None and any(name.startswith(f"{part.name}__") for name in floats):
            break  # whatever follows is fitted on what it gives
    return found
