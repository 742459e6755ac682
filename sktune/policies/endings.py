"""Endings of a search: its deadline, and rules that are asked of candidates in their order.

Candidates after the one at which the search ends are dropped, finished or not: what else has
finished depends on the workers, and the results must not.
"""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from ..messages import in_short
from ..objective import Objective
from ..trials import Trial, Trials
from .base import Ending, Rule
from .standings import Board


class Deadline(Ending):
    """The end of the search, some seconds after this was made."""

    reason = "timeout"

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; 0 or less if none are."""
        return self._end - self._clock()

    @property
    def over(self) -> bool:
        return self.left <= 0

    def expire(self) -> None:
        """Be over from now on: a worker whose clock says so has left work undone."""
        self._end = -math.inf

    def check(self, trials: Trials) -> int | None:
        return len(trials) if self.over else None


class InOrder(Ending):
    """A look at candidates one by one, in their order, as soon as there is no more to come."""

    def __init__(self) -> None:
        self._n_seen = 0

    @abstractmethod
    def decide(self, trials: Trials, n: int) -> bool:
        """Decide whether the search ends with the last of the first n candidates."""

    def check(self, trials: Trials) -> int | None:
        while self._n_seen < len(trials) and trials.is_over(trials[self._n_seen]):
            self._n_seen += 1
            if self.decide(trials, self._n_seen):
                return self._n_seen
        return None


class SkoptCallbacks(InOrder):
    """Call scikit-optimize's callbacks; one that returns True ends the search.

    Parameters
    ----------
    callbacks : callable or sequence of callable
        Called with a result.
    result_of : callable
        From the trials so far, in their order, to the result.

    Raises
    ------
    TypeError
        For anything else.
    """

    reason = "callback"

    def __init__(self, callbacks: Any, result_of: Callable[[Sequence[Trial]], Any]) -> None:
        super().__init__()
        self._callbacks = [callbacks] if callable(callbacks) else callbacks
        if not isinstance(self._callbacks, list | tuple) or not all(map(callable, self._callbacks)):
            raise TypeError(
                f"callback is {in_short(callbacks)}; pass a callable that takes an OptimizeResult, "
                "or a list of such."
            )
        self._result_of = result_of

    def decide(self, trials: Trials, n: int) -> bool:
        result = self._result_of(trials[:n])
        said = [bool(callback(result)) for callback in self._callbacks]  # all, whatever one says
        return any(said)


class StopAfter(InOrder):
    """End the search where a rule is met.

    Parameters
    ----------
    rule : callable
        From standings to bool.
    objective : Objective
        What it sees.
    expected : callable, optional
        From the first candidates to the improvement that is expected of the next.
    """

    reason = "stop"

    def __init__(
        self,
        rule: Rule,
        objective: Objective,
        expected: Callable[[Sequence[Trial]], float] | None = None,
    ) -> None:
        super().__init__()
        self._rule = rule
        self._objective = objective
        self._expected = expected
        self._board: Board | None = None

    def check(self, trials: Trials) -> int | None:
        if self._board is None:
            self._board = Board(trials, self._objective)
        return super().check(trials)

    def decide(self, trials: Trials, n: int) -> bool:
        last = trials[n - 1]
        if last.duplicate_of is not None or self._board is None:  # nothing new
            return False
        self._board.enter(last)
        expected = self._expected
        standings = self._board.before(
            n, expected=None if expected is None else lambda: expected(trials[:n])
        )
        return bool(self._rule(standings))
