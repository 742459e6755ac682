"""Observers of nested cross-validation, which is several searches, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from ..events import Observer, Observers, SearchInfo
from ..results import Results, SharedWork
from ..trials import Outcome, Rung, Trial
from .progress import Progress


class Relay(Observers):
    """Pass on what each search tells; clones of a search have the same one.

    Parameters
    ----------
    listeners : sequence of Observer
    """

    def __init__(self, listeners: Sequence[Observer]) -> None:
        super().__init__(guests=listeners)

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def split_finished(self, trial: Trial, outcome: Outcome) -> bool:
        self.want_end = False  # of this search; the next one goes on
        super().split_finished(trial, outcome)
        return self.want_end

    def trial_finished(self, trial: Trial) -> bool:
        self.want_end = False
        super().trial_finished(trial)
        return self.want_end

    def hear_of(self, fitted: Any, replay: Callable[[Any, Observer], None]) -> None:
        """Hear afterwards of a search that could not tell while it ran."""
        if len(self):
            replay(fitted, _Afterwards([self]))


class _Afterwards(Relay):
    """Pass on what is told afterwards as if it were told while it happened."""

    def split_finished(self, trial: Trial, outcome: Outcome) -> bool:
        return super().split_finished(trial, replace(outcome, recalled=False))


class OneProgress(Progress):
    """Show how far several searches are, as if they were one.

    Parameters
    ----------
    n_searches : int
    """

    def __init__(self, n_searches: int) -> None:
        super().__init__()
        self._n_searches = n_searches
        self._before = self._begun = self._n_heard = 0
        self._last: Results | None = None

    def search_started(self, info: SearchInfo) -> None:
        self._before, self._begun = self._before + self._begun, 0
        self._n_heard += 1
        if self._n_heard == 1:
            n = info.n_candidates
            total = None if n is None else n * self._n_searches
            super().search_started(replace(info, n_candidates=total))

    def rung_started(self, rung: Rung) -> None:
        """Pass over what is not the same place in all of them."""

    def trial_started(self, trial: Trial) -> None:
        self._begun = max(self._begun, trial.number + 1)
        super().trial_started(self._numbered(trial))

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        super().split_finished(self._numbered(trial), outcome)

    def trial_finished(self, trial: Trial) -> None:
        super().trial_finished(self._numbered(trial))

    def trial_dropped(self, trial: Trial) -> None:
        super().trial_dropped(self._numbered(trial))

    def search_finished(self, results: Results) -> None:
        self._last = results

    def over(self) -> None:
        """Tell how it was, when all of them are over, or one has ended them all."""
        if self._last is not None:
            super().search_finished(replace(self._last, shared_work=SharedWork({})))

    def refit_started(self, params: Any) -> None:
        """Pass over what is one fit among many."""

    def refit_finished(self, estimator: Any) -> None:
        """Likewise."""

    def _numbered(self, trial: Trial) -> Trial:
        """Return a trial with a number that no search before has had."""
        first = trial.duplicate_of
        duplicate_of = None if first is None else first + self._before
        return replace(trial, number=trial.number + self._before, duplicate_of=duplicate_of)
