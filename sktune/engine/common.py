"""Which tasks have work in common with others, and what of it is kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..evaluation import Bundle, Evaluator, Guard, Task
from ..problem import Problem
from ..sharing import Leads, Lineages, Piece
from ..sharing.files import Files
from ..trials import Params, Trial
from .blocks import Block
from .subtrees import Subtrees


class Common:
    """Finds what tasks have in common.

    Parameters
    ----------
    problem : Problem
    files : Files or None
        Where workers hand on what they have in common.
    lineages : Lineages or None
        Without it every task is on its own.
    guard : Guard, optional
        Stands beside every task.
    verify : bool, default=False
        Whether some of what was shared is done the ordinary way too, to compare.
    in_order : bool, default=False
        Whether the order of tasks is to be kept in any case.

    Attributes
    ----------
    evaluator : Evaluator
    """

    def __init__(
        self,
        problem: Problem,
        files: Files | None,
        lineages: Lineages | None,
        *,
        guard: Guard | None = None,
        verify: bool = False,
        in_order: bool = False,
    ) -> None:
        self.evaluator = Evaluator(problem, files, guard)
        self._problem = problem
        self._lineages = lineages
        self._verify = verify
        self._in_order = in_order
        self._seen: Counter[int] = Counter()
        self._led: defaultdict[tuple[int, ...], set[int]] = defaultdict(set)

    @property
    def in_order(self) -> bool:
        """Whether the order of tasks matters where there is a single worker."""
        return self._in_order or (self._lineages is not None and self._lineages.in_order)

    def block(self, trials: Sequence[Trial], *, more: bool = False) -> Block:
        """Look at candidates that are known together.

        Parameters
        ----------
        trials : sequence of Trial
        more : bool, default=False
            Whether there may be another block.
        """
        pieces = {trial.number: self._piece(trial.params) for trial in trials}
        counts = Counter(key for piece in pieces.values() for key in _keys_before_last(piece))
        self._seen.update(counts.keys())
        leads = self._leads(pieces.values())
        common = {
            number
            for number, piece in pieces.items()
            if self._is_helped(piece, leads)
            or any(counts[key] > 1 or self._seen[key] > 1 for key in _keys_before_last(piece))
        }
        if common:  # all pipelines are counted by their pieces
            common |= {n for n, piece in pieces.items() if piece is not None and piece.chain}
        return Block(pieces, frozenset(common), more=more)

    def plan(
        self,
        block: Block,
        tasks: Sequence[Sequence[Task]],
        *,
        gone: Collection[int] = (),
        to_come: Iterable[int] = (),
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
        to_come : iterable of int
            Of those of the block that are planned later.

        Returns
        -------
        alone : list of sequence of Task
        subtrees : Subtrees or None
            Of the others; of all, in their order, if that matters.
        """
        shares = [bool(block.common) and of_one[0].trial in block.common for of_one in tasks]
        if not any(shares):
            return list(tasks), None
        alone: list[Sequence[Task]] = []
        if not self.in_order:
            alone = [t for t, share in zip(tasks, shares, strict=True) if not share]
            tasks = [t for t, share in zip(tasks, shares, strict=True) if share]
        with_pieces = [
            [replace(task, piece=block.piece(task.trial)) for task in of_one] for of_one in tasks
        ]
        subtrees = Subtrees(
            with_pieces,
            self._problem.splits,
            leads=self._leads_of(block, tasks, gone),
            whole=not self._problem.scored_by_responses,
            later=block.keys(to_come),
            verify=self._verify,
        )
        return alone, subtrees

    def _leads_of(
        self, block: Block, tasks: Sequence[Sequence[Task]], gone: Collection[int]
    ) -> Leads:
        """Whom to fit; the same for all who are planned for a split, whoever is gone meanwhile."""
        splits = tuple(task.split for task in tasks[0])
        if splits not in block.leads:
            still = [piece for number, piece in block.pieces.items() if number not in gone]
            also = self._led[splits] if gone else None
            leads = self._leads(still, also=also)
            self._led[splits].update(lead.fit for of_group in leads.values() for lead in of_group)
            block.leads[splits] = leads
        return block.leads[splits]

    def _leads(self, pieces: Iterable[Piece | None], *, also: Iterable[int] | None = None) -> Leads:
        if self._lineages is None:
            return {}
        known = [piece for piece in pieces if piece is not None]
        return self._lineages.leads(known, also=also)

    def bundles(self, tasks: Sequence[Sequence[Task]]) -> list[Bundle]:
        """Make bundles of one task, where the candidates to come are not known.

        What has come before, and what does not depend on a float, may come again.

        Parameters
        ----------
        tasks : sequence over candidates, asked for at the same time, of the tasks over splits
        """
        pieces = [self._piece(of_one[0].params) if of_one else None for of_one in tasks]
        leads: Leads = {}
        if self._lineages is not None:
            leads = self._lineages.leads_so_far([p for p in pieces if p is not None])
        return [
            bundle
            for of_candidate, piece in zip(tasks, pieces, strict=True)
            for bundle in self._bundles(of_candidate, piece, leads)
        ]

    def _bundles(
        self, tasks: Sequence[Task], piece: Piece | None, all_leads: Leads
    ) -> Iterator[Bundle]:
        keys, check = frozenset[int](), False
        leads: Leads = {}
        if piece is not None:
            keys = frozenset(_lasting(piece, tasks[0].params))
            leads = {group: all_leads[group] for group in keys & all_leads.keys()}
            keys |= {key for key in _keys_before_last(piece) if self._seen[key]}
            check = self._verify and any(self._seen[key] == 1 for key in _keys_before_last(piece))
            self._seen.update(_keys_before_last(piece))
            keys |= {piece.source} if piece.source is not None else set()
            if not (piece.chain or leads or piece.kin):
                piece = None
        for task in tasks:
            rows = self._problem.splits[task.split]
            task = replace(task, piece=piece, check=check)
            yield Bundle(task.split, rows, (task,), keys, keys, leads)

    def _is_helped(self, piece: Piece | None, leads: Leads) -> bool:
        """Whether any of a candidate's fits can be derived from another's, or has kin."""
        if piece is None or self._lineages is None:
            return False
        led = any(part.member and part.member.group in leads for part in piece.walk())
        return led or self._lineages.have_kin(piece)

    def _piece(self, params: Params) -> Piece | None:
        return None if self._lineages is None else self._lineages.of(params)


def _keys_before_last(piece: Piece | None) -> set[int]:
    """Keys of all that is fitted before what is fitted last."""
    parts = () if piece is None else piece.before_last
    return {inner.key for part in parts for inner in part.walk() if inner.key is not None}


def _lasting(piece: Piece, params: Mapping[str, Any]) -> set[int]:
    """Keys of pieces and groups that depend on no float, which hardly comes twice."""
    floats = [name for name, value in params.items() if isinstance(value, float)]
    found: set[int] = set()
    for part in piece.parts if piece.chain else (piece,):
        for inner in () if part is None else part.walk():
            within = f"{inner.name}__" if inner.name else ""
            ours = [name.removeprefix(within) for name in floats if name.startswith(within)]
            if inner.member is not None and not set(ours) - set(inner.member.free):
                found.add(inner.member.group)
            if inner.key is not None and part is not piece.final and not ours:
                found.add(inner.key)
        if part is not None and any(name.startswith(f"{part.name}__") for name in floats):
            break  # whatever follows is fitted on what it gives
    return found
