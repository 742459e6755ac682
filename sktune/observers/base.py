"""Whoever watches a search."""

from __future__ import annotations

from ..trials import Outcome, Trial, Trials


class Observer:
    """Hears what happens, in the main thread; override what is of interest.

    An observer looks at the trials and never changes them. What it raises ends the search,
    with the results so far kept.
    """

    def search_started(self, trials: Trials, total: int | None) -> None:
        """Hear that the search begins.

        Parameters
        ----------
        trials : Trials
            The store, still empty.
        total : int or None
            How many candidates there will be; None if that is not known.
        """

    def trial_begun(self, trial: Trial) -> None:
        """Hear of a candidate that has been asked for."""

    def task_started(self, trial: Trial, split: int) -> None:
        """Hear that a candidate is being evaluated on a split."""

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Hear what a candidate gave on a split."""

    def task_recalled(self, trial: Trial, outcome: Outcome) -> None:
        """Hear what it gave in an earlier run, of which there is a record."""
        self.task_finished(trial, outcome)

    def trial_stopped(self, trial: Trial) -> None:
        """Hear that a candidate is not evaluated on its remaining splits."""

    def search_ended(self, trials: Trials, *, completed: bool) -> None:
        """Hear that there will be no more outcomes.

        Parameters
        ----------
        trials : Trials
        completed : bool
            False if an error or an interrupt ended the search.
        """
