"""scikit-learn's callbacks (``set_callbacks``, scikit-learn >= 1.9).

The hooks of the search and of its tasks fire here, in the parent; the hooks of the
estimator inside fire where it is fitted. The tree of tasks is scikit-learn's: the fit, in
it the search and the refit, in the search one task for each candidate and split.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from .. import _sklearn
from ..policies import Ending
from ..problem import Problem, ProblemOn
from ..trials import Outcome, Trial, Trials
from .base import Observer


class Callbacks(Observer, Ending):
    """Fires the hooks of a search; ends it when one of them asks to stop.

    Parameters
    ----------
    search : estimator
        Handed to the hooks.
    root : callback context
        Of the search's fit.
    problem : Problem
    problem_on : callable
        From a rung, or None, to the problem with the data that hooks may ask for.
    """

    def __init__(self, search: Any, root: Any, problem: Problem, problem_on: ProblemOn) -> None:
        self._search = search
        self._root = root
        self._problem = problem
        self._problem_on = problem_on
        self._contexts: dict[tuple[int, int], Any] = {}
        self._stop = False

    def search_started(self, trials: Trials, total: int | None) -> None:
        n_tasks = None if total is None else total * trials.n_splits
        self._context = _sklearn.open_child(
            self._root, "search", max_subtasks=n_tasks, sequential_subtasks=False
        )
        _sklearn.call_begin(self._context, self._search)
        self._propagated = _sklearn.propagated_callbacks(self._context, self._problem.estimator)

    def surround(self, trial: Trial, split: int) -> _sklearn.FitContext | None:
        """Open a task's context; what the estimator needs of it in the worker."""
        task_id = trial.number * len(self._problem.splits) + split
        context = _sklearn.open_child(self._context, "candidate-split-evaluation", task_id=task_id)
        self._contexts[trial.number, split] = context
        if self._propagated is None:
            return None
        _sklearn.leave_to_estimator(context, self._propagated)
        return _sklearn.FitContext(context)

    def task_started(self, trial: Trial, split: int) -> None:
        context = self._contexts[trial.number, split]
        _sklearn.call_begin(context, self._search, **self._data(trial, split))

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        context = self._contexts.pop((trial.number, outcome.split))
        data = self._data(trial, outcome.split)
        self._stop |= _sklearn.call_end(context, self._search, **data)

    def task_recalled(self, trial: Trial, outcome: Outcome) -> None:
        """Fire nothing: no task has begun."""

    def search_ended(self, trials: Trials, *, completed: bool) -> None:
        if completed:  # otherwise there is only the teardown, as in scikit-learn
            _sklearn.call_end(self._context, self._search)

    def ends(self, trials: Trials) -> bool:
        """Whether a hook has returned True."""
        return self._stop

    def _data(self, trial: Trial, split: int) -> dict[str, Any]:
        """A task's data, sliced only if a hook asks for it."""
        problem = self._problem_on(trial.rung)
        names = "X", "y", "metadata"
        return {name: partial(self._training, problem, split, name) for name in names}

    def _training(self, problem: Problem, split: int, name: str) -> Any:
        train, _ = _sklearn.split_indices(problem.X, *problem.splits[split])
        if name == "metadata":
            return weights(_sklearn.slice_params(problem.X, problem.fit_params, train))
        X, y = _sklearn.slice_xy(problem.estimator, problem.X, problem.y, train)
        return X if name == "X" else y


def weights(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """What scikit-learn tells hooks about the fit parameters."""
    weight = params.get("sample_weight")
    return None if weight is None else {"sample_weight": weight}


def callbacks_for(
    search: Any, root: Any, problem: Problem, problem_on: ProblemOn | None = None
) -> Callbacks | None:
    """Make the observer if there is anybody to call."""
    if root is None or not _sklearn.has_callbacks(search, problem.estimator):
        return None
    return Callbacks(search, root, problem, problem_on or (lambda _: problem))
