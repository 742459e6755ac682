"""The trials as arrays: one row a candidate, one column a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..trials import SINGLE, Failure, Trial, Trials
from ..types import Bools, Floats


@dataclass(frozen=True, eq=False)
class Table:
    """All outcomes of the candidates that were begun, as arrays.

    Attributes
    ----------
    rows : list of Trial
        Those with an outcome, in the order they were asked for.
    multimetric : bool
        Whether the scorer returns a dict.
    metrics : tuple of str
        Names of the metrics, in the scorer's order; "score" if there is a single one.
    known : bool array of shape (n_rows, n_splits)
        Where there is an outcome.
    stopped : bool array of shape (n_rows,)
        Candidates that were stopped before their last split.
    fit_time, score_time : float array of shape (n_rows, n_splits)
        Seconds; nan where there is no outcome.
    own_time : float array of shape (n_rows, n_splits)
        Seconds that were spent; 0 for candidates that are equal to an earlier one.
    started, worker, clock : float array of shape (n_rows, n_splits)
        When it was evaluated, by which worker, and when the clock of the first was at 0; nan where
        it is not known.
    test, train : mapping of metric to float array of shape (n_rows, n_splits)
        `error_score` where a score could not be had, nan where there is no outcome;
        `train` is empty if training scores were not asked for.
    failed : mapping of metric to bool array of shape (n_rows, n_splits)
        Where there is an outcome, but no test score.
    n_rounds : float array of shape (n_rows, n_splits), or None
        The rounds that early stopping has found; nan where there are none.
    """

    rows: list[Trial]
    multimetric: bool
    metrics: tuple[str, ...]
    known: Bools
    stopped: Bools
    fit_time: Floats
    score_time: Floats
    own_time: Floats
    started: Floats
    worker: Floats
    clock: Floats
    test: Mapping[str, Floats]
    train: Mapping[str, Floats]
    failed: Mapping[str, Bools]
    n_rounds: Floats | None = None

    @classmethod
    def of(
        cls,
        trials: Trials,
        *,
        error_score: float,
        metrics: Sequence[str] | None = None,
        return_train_score: bool = False,
    ) -> Table:
        """Read the store.

        Parameters
        ----------
        trials : Trials
        error_score : float
            Stands in for the scores that could not be had.
        metrics : sequence of str, optional
            Names of the metrics where they are known beforehand; otherwise those that most
            outcomes have.
        return_train_score : bool, default=False
        """
        rows = [trial for trial in trials if trial.finished]
        multimetric, names = _metrics(rows, metrics)
        rows = [_agreed(trial, multimetric, names) for trial in rows]
        shape = (len(rows), trials.n_splits)
        known = np.zeros(shape, dtype=bool)
        empty = np.full((7, *shape), np.nan)
        fit_time, score_time, own_time, started, worker, clock, n_rounds = empty
        has_rounds = False
        test = {name: np.full(shape, np.nan) for name in names}
        train = {name: np.full(shape, np.nan) for name in names if return_train_score}
        failed = {name: np.zeros(shape, dtype=bool) for name in names}
        for row, trial in enumerate(rows):
            for outcome in trial.finished:
                at = row, outcome.split
                fit_time[at], score_time[at] = outcome.fit_time, outcome.score_time
                own_time[at] = outcome.own_time if trial.duplicate_of is None else 0.0
                if trial.duplicate_of is None and outcome.started is not None:
                    started[at], worker[at] = outcome.started, outcome.worker
                    clock[at] = np.nan if outcome.clock is None else outcome.clock
                if outcome.rounds is not None:
                    n_rounds[at], has_rounds = outcome.rounds.made, True
                    if outcome.given_up:
                        continue
                known[at] = True
                for name in names:
                    score = outcome.test_scores.get(name)
                    test[name][at] = error_score if score is None else score
                    failed[name][at] = score is None
                for name in train:
                    score = outcome.train_scores.get(name)
                    train[name][at] = error_score if score is None else score
        stopped = ~known.all(axis=1) & np.array([trials.is_stopped(trial) for trial in rows], bool)
        times = fit_time, score_time, own_time, started, worker, clock
        found = n_rounds if has_rounds else None
        return cls(rows, multimetric, names, known, stopped, *times, test, train, failed, found)

    def has_scores(self, metric: str, *, nan: bool = False) -> bool:
        """Return whether there is any score in a metric; with `nan`, one that is nan counts."""
        given = self.known & ~self.failed[metric]
        return bool((given if nan else given & ~np.isnan(self.test[metric])).any())


def _metrics(rows: Sequence[Trial], given: Sequence[str] | None) -> tuple[bool, tuple[str, ...]]:
    """Return the metrics' names: those given, or those that most scores have: one may be odd."""
    if given is not None:
        return True, tuple(given)
    first: dict[tuple[bool, frozenset[str]], tuple[str, ...]] = {}  # in the order seen first
    counts: Counter[tuple[bool, frozenset[str]]] = Counter()
    for trial in rows:
        for outcome in () if trial.duplicate_of is not None else trial.finished:
            if outcome.test_scores:
                key = outcome.multimetric, frozenset(outcome.test_scores)
                first.setdefault(key, tuple(outcome.test_scores))
                counts[key] += 1
    if not counts:
        return False, (SINGLE,)
    [(key, _)] = counts.most_common(1)  # of as many, what was seen first
    return key[0], first[key]


def _agreed(trial: Trial, multimetric: bool, metrics: Sequence[str]) -> Trial:
    """Return the trial, with a failure wherever its scores are not those of the others."""
    outcomes = list(trial.outcomes)
    for split, outcome in enumerate(outcomes):
        scores = {} if outcome is None else outcome.test_scores
        if outcome is None or not scores:
            continue
        alike = outcome.multimetric == multimetric
        if alike and set(metrics) <= set(scores):
            continue
        got, wanted = (
            sorted(names) if several else "a number"
            for several, names in ((outcome.multimetric, scores), (multimetric, metrics))
        )
        reason = (
            "ValueError: scoring must return the same metrics each time, got "
            f"{got} instead of {wanted}"
        )
        failures = (*outcome.failures, Failure("score", reason, reason))
        # a score by the same name would be another one
        outcomes[split] = replace(outcome, test_scores=scores if alike else {}, failures=failures)
    return trial if outcomes == trial.outcomes else replace(trial, outcomes=outcomes)
