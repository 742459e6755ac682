"""Which tasks have work in common with others, and what of it is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..evaluation import Bundle, Evaluator, Guard, Task
from ..problem import Problem
from ..sharing import Leads, Lineages, Piece
from ..sharing.files import Files
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

    @property
    def in_order(self) -> bool:
        """Whether the order of tasks matters where there is a single worker."""
        return self._in_order or (self._lineages is not None and self._lineages.in_order)

    def of_block(
        self, tasks: Sequence[Sequence[Task]], *, more: bool = False
    ) -> tuple[list[Sequence[Task]], Subtrees | None]:
        """Tell candidates that are on their own from those that are not.

        Parameters
        ----------
        tasks : sequence over candidates of the tasks over splits
        more : bool, default=False
            Whether there may be another block.

        Returns
        -------
        alone : list of sequence of Task
        subtrees : Subtrees or None
            Of the others; of all, in their order, if that matters.
        """
        pieces = [self._piece(of_candidate) for of_candidate in tasks]
        leads = self._leads(pieces)
        counts = Counter(key for piece in pieces for key in _keys_before_last(piece))
        self._seen.update(counts.keys())
        shares = [
            self._is_helped(piece, leads)
            or any(counts[key] > 1 or self._seen[key] > 1 for key in _keys_before_last(piece))
            for piece in pieces
        ]
        if not any(shares):
            return list(tasks), None
        # all pipelines are counted by their pieces
        shares = [
            share or (piece is not None and piece.chain)
            for share, piece in zip(shares, pieces, strict=True)
        ]
        with_pieces = [
            [replace(task, piece=piece) for task in of_candidate] if share else of_candidate
            for of_candidate, piece, share in zip(tasks, pieces, shares, strict=True)
        ]
        alone: list[Sequence[Task]] = []
        if not self.in_order:
            alone = [t for t, share in zip(tasks, shares, strict=True) if not share]
            with_pieces = [t for t, share in zip(with_pieces, shares, strict=True) if share]
        subtrees = Subtrees(
            with_pieces,
            self._problem.splits,
            leads=leads,
            whole=not self._problem.scored_by_responses,
            more=more,
            verify=self._verify,
        )
        return alone, subtrees

    def _leads(self, pieces: Sequence[Piece | None], *, so_far: bool = False) -> Leads:
        if self._lineages is None:
            return {}
        return self._lineages.leads([p for p in pieces if p is not None], so_far=so_far)

    def bundles(self, tasks: Sequence[Sequence[Task]]) -> list[Bundle]:
        """Make bundles of one task, where the candidates to come are not known.

        What has come before, and what does not depend on a float, may come again.

        Parameters
        ----------
        tasks : sequence over candidates, asked for at the same time, of the tasks over splits
        """
        pieces = [self._piece(of_candidate) for of_candidate in tasks]
        leads = self._leads(pieces, so_far=True)
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

    def _piece(self, tasks: Sequence[Task]) -> Piece | None:
        if self._lineages is None or not tasks:
            return None
        return self._lineages.of(tasks[0].params)


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
