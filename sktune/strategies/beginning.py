"""The candidates that come before an optimizer's own: recorded ones, given points, a design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..exceptions import warn
from ..space import ConditionalSpace, Pool
from ..space.pool import PATIENCE
from .base import Proposal
from .start import StartingPoint, design
from .warm_start import Earlier


class Beginning:
    """The first candidates of a Bayesian search, in their order.

    Parameters
    ----------
    space : ConditionalSpace
    pool : Pool
        What is proposed is taken out of it.
    first, own : sequence of StartingPoint
        What the user wants to begin with, and what is known of the estimator: tried after the best
        of `earlier`.
    earlier : Earlier
    n_design : int
        How many points the design has, unless enough is known already.
    rng : Generator

    Raises
    ------
    ValueError
        If there is nothing to try.
    """

    def __init__(
        self,
        space: ConditionalSpace,
        pool: Pool,
        first: Sequence[StartingPoint],
        own: Sequence[StartingPoint],
        earlier: Earlier,
        n_design: int,
        rng: np.random.Generator,
    ) -> None:
        self._space, self._pool = space, pool
        self._recorded: list[StartingPoint] = []
        start = [*first, *own]
        best = earlier.best
        n_earlier = len(earlier.points) + (best is not None)
        pool.know(np.array([*earlier.points, *(given.point for given in start)]))
        if not any(pool.is_new(given.point) for given in start) and pool.is_empty(rng):
            raise ValueError(
                "warm_start_from has every candidate of the search space already. Its best one "
                "is the answer; to go on, widen the space."
                if n_earlier
                else f"constraints allow none of {PATIENCE} candidates that were drawn from "
                "search_spaces. Return True for those that may be tried, narrow the ranges "
                "around them, or give one of them as initial_points."
            )
        if best is not None:
            pool.give_back(best.point)
            start = [*first, best, *own]
        begun = {int(point[0]) for point in earlier.points}
        begun |= {int(given.point[0]) for given in start}
        n_design = 0 if n_earlier >= n_design else max(0, n_design - len(own[1:]))
        self._start = start + design(space, pool, n_design, rng, begun)

    @property
    def next(self) -> StartingPoint | None:
        """The start that comes next, unless the pool no longer has it."""
        return self._start[0] if self._start else None

    def restore(self, proposals: Sequence[Proposal]) -> None:
        """Begin with what was proposed before; see `Strategy.restore`."""
        recorded = []
        own = self._start[0].given if self._start else {}  # the defaults' may be in no range
        for number, proposal in enumerate(proposals):
            point = self._space.point_at(proposal.branch, proposal.at)
            known = {*self._space.encode_some(proposal.given, proposal.branch)}
            if number == 0:
                known |= own.keys()
            odd = {n: value for n, value in proposal.given.items() if n not in known}
            if odd:
                raise ValueError(f"not of the space: {odd}"[:200])
            recorded.append(StartingPoint(point, proposal.given))
        self._recorded = recorded

    def was_chosen(self, number: int) -> bool:
        """Whether candidate `number` is recorded, and was the optimizer's choice."""
        return number < len(self._recorded) and not any(
            int(first.point[0]) in self._pool.branches and self._pool.is_new(first.point)
            for first in self._start
        )

    def take(self, number: int) -> StartingPoint | None:
        """Take candidate `number`; None once the optimizer is to choose."""
        if number < len(self._recorded):
            return self._again(self._recorded[number])
        while self._start:
            first = self._start.pop(0)
            if int(first.point[0]) in self._pool.branches and self._pool.take(first.point):
                return first
            if first.name:
                warn(
                    f"{first.name} is not tried: another candidate is the same, or the allotment "
                    "of its dict is spent."
                )
        return None

    def _again(self, recorded: StartingPoint) -> StartingPoint:
        """Take a recorded candidate; of the start, what came before it had its turn."""
        points = [recorded.point, *(given.point for given in self._start)]
        signs = self._space.signs(np.array(points))
        same = (signs[1:] == signs[0]).all(axis=1)
        del self._start[: int(same.argmax()) + 1 if same.any() else 1]
        self._pool.take(recorded.point)
        return recorded
