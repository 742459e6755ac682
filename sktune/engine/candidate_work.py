"""The outcomes of a candidate that earlier runs have found, and the tasks that are left."""

from __future__ import annotations

from collections.abc import Iterator

from ..early_stopping import Reach
from ..evaluation import Task
from ..journal import Journal
from ..space.setting import has_valid_params
from ..trials import Outcome, Trial
from .setup import Setup


class CandidateWork:
    """The outcomes of candidates that a journal has, and the tasks of those that it has not.

    Both are asked for a candidate on all of its splits, or on one alone, `only`; where candidates
    race it is compared with the first `n_known`.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def found(
        self, journal: Journal, trial: Trial, only: int | None, n_known: int
    ) -> Iterator[Outcome]:
        """Give what earlier runs have found out and need not find out again."""
        for outcome in journal.recall(trial):
            if only not in (None, outcome.split):
                continue
            if self._counts(outcome) and self._is_found_again(trial, outcome, n_known):
                yield outcome

    def left(self, trial: Trial, only: int | None, n_known: int) -> list[Task]:
        """Return the tasks of splits whose outcomes are not known."""
        problem, journal = self._setup.problem, self._setup.journal
        surround = self._setup.surround
        splits = range(len(trial.outcomes)) if only is None else [only]
        left = [split for split in splits if trial.outcomes[split] is None]
        # what is validated once need not be on every split
        valid = (
            bool(left)
            and len(trial.outcomes) > 1
            and has_valid_params(problem.estimator, trial.params)
        )
        return [
            Task(
                trial.number,
                split,
                trial.params,
                context=surround(trial, split) if surround else None,
                valid=valid,
                deaths=0 if journal is None else journal.deaths(trial, split),
                reach=None if only is None else self._reach(trial, split, n_known),
            )
            for split in left
        ]

    def _reach(self, trial: Trial, split: int, n_known: int) -> Reach | None:
        """Return what the fit of a candidate has to come to, where any may be given up."""
        racing = self._setup.racing
        return None if racing is None else racing.reach(trial, split, n_known)

    def _is_found_again(self, trial: Trial, recalled: Outcome, n_known: int) -> bool:
        """Whether a fit that an earlier run has given up would be given up now; others count."""
        missed = None if recalled.rounds is None else recalled.rounds.missed
        reach = None if missed is None else self._reach(trial, recalled.split, n_known)
        return missed is None or (reach is not None and reach.value == missed)

    def _counts(self, recalled: Outcome) -> bool:
        """Whether what an earlier run has found out is not to be done again."""
        if self._setup.problem.raise_errors and recalled.failures:
            return False  # it is to raise, which takes the exception itself
        if self._setup.retry_failed and recalled.failed:
            return False
        if any(failure.stage == "timeout" for failure in recalled.failures):
            seconds = self._setup.workers.limits.seconds
            return seconds is not None and seconds <= recalled.fit_time
        return True
