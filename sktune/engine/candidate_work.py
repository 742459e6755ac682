"""The tasks that are left of a candidate, and whether what earlier runs found of it is settled.

Where candidates race, a candidate is compared with the first `n_known`.
"""

from __future__ import annotations

from ..early_stopping import Reach
from ..evaluation import Task
from ..space.setting import has_valid_params
from ..trials import Outcome, Trial
from .setup import Setup


def tasks_left(setup: Setup, trial: Trial, only: int | None, n_known: int) -> list[Task]:
    """Return the tasks of splits whose outcomes are not known; of one alone, if `only` is given."""
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


def is_settled(setup: Setup, trial: Trial, recalled: Outcome, n_known: int) -> bool:
    """Whether what an earlier run has found out is not to be done again."""
    if setup.problem.raise_errors and recalled.failures:
        return False  # it is to raise, which takes the exception itself
    if setup.retry_failed and recalled.failed:
        return False
    if any(failure.stage == "timeout" for failure in recalled.failures):
        seconds = setup.workers.limits.seconds
        return seconds is not None and seconds <= recalled.fit_time
    if recalled.rounds is None or (missed := recalled.rounds.missed) is None:
        return True
    reach = _reach(setup, trial, recalled.split, n_known)  # would it be given up now?
    return reach is not None and reach.value == missed


def _reach(setup: Setup, trial: Trial, split: int, n_known: int) -> Reach | None:
    """Return what the fit of a candidate has to come to, where any may be given up."""
    return None if setup.racing is None else setup.racing.reach(trial, split, n_known)
