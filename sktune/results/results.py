"""The results of a search: a function of its trials and its objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from sklearn.pipeline import Pipeline

from .. import _sklearn
from ..exceptions import warn
from ..objective import Objective
from ..problem import Problem, held_out_share
from ..trials import Trial, Trials
from ..types import Bools, Floats
from .best import Best, best_of_most_splits, best_row, last_rung
from .cv_results import cv_results
from .failures import check_not_all_failed, none_is_a_number, report_failures
from .rounds import report_rounds
from .rungs import halving_attributes, n_ranked, report_rungs
from .shared_work import SharedWork
from .table import Table

EndedBy = Literal[
    "completed", "timeout", "stop", "callback", "interrupted", "error", "open", "closed"
]


@dataclass(frozen=True, eq=False)
class Results:
    """The results of a search, as a function of its trials.

    Attributes
    ----------
    trials : sequence of Trial
        Those with an outcome, in the order of the rows of `cv_results`.
    objective : Objective
        The rule by which the best is chosen.
    ended_by : str
        Why there are no more: nothing was left to do ("completed"), the time was over ("timeout"),
        a rule was met ("stop"), an observer or a callback asked for it ("callback"), the user
        interrupted it ("interrupted"), or an error was raised ("error"). Of what is read from a
        checkpoint also "open": nothing has ended it, so it was killed or still runs; and "closed",
        where it has ended, and an older file does not say why.
    shared_work : SharedWork
        What candidates had in common.
    table : Table
        The trials as arrays.
    test_share : float or None
        Share of the samples that are held out in a split, if it is known.
    tells_own_times : bool
        Whether `cv_results` has ``mean_own_time``.
    rounds_found_on : {"validation", "test"}
        By which samples early stopping has gone, if there was any.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, Observer
    >>> class Ended(Observer):
    ...     def search_finished(self, results):
    ...         print(results.ended_by, len(results.trials), results.best(True).params)
    >>> search = GridSearch(SVC(), {"C": [1, 10]}, observers=[Ended()])
    >>> search = search.fit(*load_iris(return_X_y=True))
    completed 2 {'C': 10}
    """

    table: Table = field(repr=False)
    objective: Objective
    ended_by: EndedBy = "completed"
    shared_work: SharedWork = field(default_factory=lambda: SharedWork({}))
    test_share: float | None = field(default=None, repr=False)
    tells_own_times: bool = field(default=False, repr=False)
    rounds_found_on: str = field(default="validation", repr=False)

    @classmethod
    def of(
        cls, trials: Trials, objective: Objective, problem: Problem, ended_by: EndedBy
    ) -> Results:
        """Read the store of a search that has ended."""
        table = Table.of(
            trials,
            error_score=objective.error_score,
            metrics=_sklearn.metric_names(problem.scorer),
            return_train_score=problem.return_train_score,
        )
        shared = SharedWork.of(trials, type(problem.estimator).__name__)
        own_times = isinstance(problem.estimator, Pipeline) or shared.shared
        share = held_out_share(problem.splits)
        on_test = problem.stopping is not None and problem.stopping.option.validation == "test"
        found_on = "test" if on_test else "validation"
        return cls(table, objective, ended_by, shared, share, own_times, found_on)

    @property
    def trials(self) -> list[Trial]:
        return self.table.rows

    @cached_property
    def cv_results(self) -> dict[str, Any]:
        """scikit-learn's ``cv_results_``, with more columns."""
        found_on = self.rounds_found_on
        return cv_results(self.table, own_times=self.tells_own_times, rounds_found_on=found_on)

    @cached_property
    def has_failures(self) -> bool:
        """Whether anything has failed, if only a train score."""
        return any(outcome.failures for trial in self.trials for outcome in trial.finished)

    def _is_odd(self, scores: Floats) -> Bools:
        """Return which rows have a mean that is not finite, which nothing has told of yet."""
        odd: Bools = self.table.known.all(axis=1) & ~np.isfinite(scores.mean(axis=1))
        # the summary of failures has the scores that are none
        return odd & np.isfinite(scores).all(axis=1) if self.has_failures else odd

    @property
    def _has_rungs(self) -> bool:
        return bool(self.trials) and self.trials[0].rung is not None

    @property
    def halving(self) -> dict[str, Any]:
        """The attributes that scikit-learn's halving searches have; empty without rungs."""
        return halving_attributes(self.table) if self._has_rungs else {}

    def best(self, refit: bool | str | Callable[..., Any]) -> Best:
        """Choose the best candidate.

        Parameters
        ----------
        refit : bool, str or callable
            As of the search; a callable takes ``cv_results_`` and returns the row.

        Raises
        ------
        TypeError, IndexError, ValueError
            If a callable returns no row, or every candidate was stopped.
        """
        table, results = self.table, self.cv_results
        metric = self.objective.metric_among(table.metrics)
        n, ranked, rivals = len(table.rows), results, None
        if self._has_rungs:
            n = n_ranked(table, metric)
            if n < len(table.rows):
                ranked = {name: column[:n] for name, column in results.items()}
            rivals = slice(int(last_rung(ranked).argmax()), n)
        complete = bool(table.known[:n].all(axis=1).any())
        if callable(refit) or complete:
            row = best_row(ranked, refit, metric)
        else:
            row = best_of_most_splits(table, metric)
        score = None
        if not callable(refit):
            known = table.known[row]
            mean = results[f"mean_test_{metric}"][row]
            score = mean if known.all() else float(table.test[metric][row, known].mean())
        return Best(row, results["params"][row], score, rivals, complete or callable(refit))

    def check(self, refit: bool | str | Callable[..., Any], *, nan: bool = False) -> None:
        """Refuse to go on where every fit failed, or no candidate has a score to choose it by.

        Where none is to be refitted, what could be fitted is shown, as in scikit-learn.

        Parameters
        ----------
        refit : bool, str or callable
            As of the search; a callable may make something of nan.
        nan : bool, default=False
            Whether nan is a score like any other.

        Raises
        ------
        ValueError
            With all reasons.
        """
        table, nan, metric = self.table, nan or callable(refit), self.objective.metric
        metrics = (metric,) if metric in table.metrics else table.metrics
        any_score = any(table.has_scores(name, nan=nan) for name in metrics)
        any_score |= not refit and not none_is_a_number(self.trials)
        if self.has_failures or not any_score:
            check_not_all_failed(self.trials, any_score=any_score)

    def warn(self, error_score: float | str) -> None:
        """Warn of all that went wrong: failures, scores that are not finite, rungs without any."""
        if self.has_failures:
            report_failures(self.trials, error_score)
        for subset, scores in (("test", self.table.test), ("train", self.table.train)):
            for name, array in scores.items():
                means = self.cv_results.get(f"mean_{subset}_{name}")
                if means is not None and self._is_odd(array).any():
                    warn(f"One or more of the {subset} scores are non-finite: {means}")
        if self.table.n_rounds is not None:
            report_rounds(self.table)
        if self._has_rungs:
            report_rungs(self.table, self.objective.metric_among(self.table.metrics))
