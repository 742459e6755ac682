"""Who is asked after each candidate, in their order, whether the search is over.

Candidates after the one at which it ends are dropped, finished or not: what else has finished
depends on the workers, and the results must not.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from ..policies import Board, Ending, Rule
from ..trials import Outcome, Trial, Trials
from .base import Observer


class InOrder(Observer, Ending):
    """Hears of candidates one by one, in their order, as soon as there is no more to come."""

    def __init__(self) -> None:
        self._n_told = 0
        self._stop = False

    @abstractmethod
    def _is_last(self, n: int) -> bool:
        """Say whether the search ends with the last of the first n candidates."""

    def search_started(self, trials: Trials, total: int | None) -> None:
        self._trials = trials

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        self._walk()

    def trial_stopped(self, trial: Trial) -> None:
        self._walk()

    def _walk(self) -> None:
        trials = self._trials
        while (
            not self._stop and self._n_told < len(trials) and trials.is_over(trials[self._n_told])
        ):
            self._n_told += 1
            self._stop = self._is_last(self._n_told)
        if self._stop:
            trials.cut(self._n_told)

    def ends(self, trials: Trials) -> bool:
        return self._stop


class OnTold(InOrder):
    """Calls scikit-optimize's callbacks; one that returns True ends the search.

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

    def __init__(self, callbacks: Any, result_of: Callable[[Sequence[Trial]], Any]) -> None:
        super().__init__()
        self._callbacks = [callbacks] if callable(callbacks) else callbacks
        if not isinstance(self._callbacks, list | tuple) or not all(map(callable, self._callbacks)):
            raise TypeError(
                f"callback is {callbacks!r}; pass a callable that takes an OptimizeResult, or a "
                "list of such."
            )
        self._result_of = result_of

    def _is_last(self, n: int) -> bool:
        result = self._result_of(self._trials[:n])
        said = [bool(callback(result)) for callback in self._callbacks]  # all, whatever one says
        return any(said)


class StopAfter(InOrder):
    """Asks a rule.

    Parameters
    ----------
    rule : callable
        From standings to bool.
    metric : str
        Which score it sees.
    best_possible : float
    expected : callable, optional
        From the first candidates to the improvement that is expected of the next.
    """

    def __init__(
        self,
        rule: Rule,
        metric: str,
        best_possible: float,
        expected: Callable[[Sequence[Trial]], float] | None = None,
    ) -> None:
        super().__init__()
        self._rule = rule
        self._metric = metric
        self._best_possible = best_possible
        self._expected = expected

    def search_started(self, trials: Trials, total: int | None) -> None:
        super().search_started(trials, total)
        self._board = Board(trials, self._metric, self._best_possible)

    def _is_last(self, n: int) -> bool:
        last = self._trials[n - 1]
        if last.twin is not None:  # nothing new
            return False
        self._board.enter(last)
        expected = self._expected
        standings = self._board.before(
            n, expected=None if expected is None else lambda: expected(self._trials[:n])
        )
        return bool(self._rule(standings))
