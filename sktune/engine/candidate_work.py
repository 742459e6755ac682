"""The outcomes of a candidate that earlier runs have found, and the tasks that are left.

Both are asked for a candidate on all of its splits, or on one alone, `only`; where candidates race
it is compared with the first `n_known`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..early_stopping import Reach
from ..evaluation import Task
from ..space.setting import has_valid_params
from ..trials import Outcome, Trial
from .setup import Setup


def recalled(setup: Setup, trial: Trial, only: int | None, n_known: int) -> Iterator[Outcome]:
    """Give what earlier runs have found out and need not find out again."""
    for outcome in () if setup.journal is None else setup.journal.recall(trial):
        if only not in (None, outcome.split):
            continue
        if _counts(setup, outcome) and _is_found_again(setup, trial, outcome, n_known):
            yield outcome


def tasks_left(setup: Setup, trial: Trial, only: int | None, n_known: int) -> list[Task]:
    """Return the tasks of splits whose outcomes are not known."""
    problem, journal, surround = setup.problem, setup.journal, setup.surround
    splits = range(len(trial.outcomes)) if only is None else [only]
    left = [split for split in splits if trial.outcomes[split] is None]
    # what is validated once need not be on every split
    valid = (
        bool(left) and len(trial.outcomes) > 1 and has_valid_params(problem.estimator, trial.params)
    )
    return [
        Task(
            trial.number,
            split,
            trial.params,
            context=surround(trial, split) if surround else None,
            valid=valid,
            deaths=0 if journal is None else journal.deaths(trial, split),
            reach=None if only is None else _reach(setup, trial, split, n_known),
        )
        for split in left
    ]


def _reach(setup: Setup, trial: Trial, split: int, n_known: int) -> Reach | None:
    """Return what the fit of a candidate has to come to, where any may be given up."""
    return None if setup.racing is None else setup.racing.reach(trial, split, n_known)


def _is_found_again(setup: Setup, trial: Trial, outcome: Outcome, n_known: int) -> bool:
    """Whether a fit that an earlier run has given up would be given up now; others count."""
    missed = None if outcome.rounds is None else outcome.rounds.missed
    reach = None if missed is None else _reach(setup, trial, outcome.split, n_known)
    return missed is None or (reach is not None and reach.value == missed)


def _counts(setup: Setup, outcome: Outcome) -> bool:
    """Whether what an earlier run has found out is not to be done again."""
    if setup.problem.raise_errors and outcome.failures:
        return False  # it is to raise, which takes the exception itself
    if setup.retry_failed and outcome.failed:
        return False
    if any(failure.stage == "timeout" for failure in outcome.failures):
        seconds = setup.workers.limits.seconds
        return seconds is not None and seconds <= outcome.fit_time
    return True
