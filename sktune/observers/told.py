"""scikit-optimize's callbacks: called after each candidate, in order; True ends the search.

Candidates after the one at which it ends are dropped, finished or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..policies import Policy
from ..trials import Outcome, Trial, Trials
from .base import Observer


class OnTold(Observer, Policy):
    """Calls whoever wants to hear of every finished candidate.

    Parameters
    ----------
    callbacks : callable or sequence of callable
        Called with a result; one that returns True ends the search.
    result_of : callable
        From the trials so far, all complete, to the result.

    Raises
    ------
    TypeError
        For anything else.
    """

    def __init__(self, callbacks: Any, result_of: Callable[[Sequence[Trial]], Any]) -> None:
        self._callbacks = [callbacks] if callable(callbacks) else callbacks
        if not isinstance(self._callbacks, list | tuple) or not all(map(callable, self._callbacks)):
            raise TypeError(
                f"callback is {callbacks!r}; pass a callable that takes an OptimizeResult, or a "
                "list of such."
            )
        self._result_of = result_of
        self._n_told = 0
        self._stop = False

    def search_started(self, trials: Trials, total: int | None) -> None:
        self._trials = trials

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        trials = self._trials
        while not self._stop and self._n_told < len(trials) and trials[self._n_told].complete:
            self._n_told += 1
            result = self._result_of(trials[: self._n_told])
            for callback in self._callbacks:  # all of them, also after one that says stop
                self._stop |= bool(callback(result))
        if self._stop:
            # what else has finished depends on the workers, and the results must not
            trials.cut(self._n_told)

    def ends(self, trials: Trials) -> bool:
        """Whether a callback has returned True."""
        return self._stop
