"""scikit-learn's callbacks (``set_callbacks``, scikit-learn >= 1.9) as an observer.

The hooks of the search and of its tasks fire here, in the parent; the hooks of the
estimator inside fire where it is fitted. The tree of tasks is scikit-learn's: the fit, in
it the search and the refit, in the search one task for each candidate and split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from .. import _sklearn
from ..events import Observer, SearchInfo
from ..problem import Problem, ProblemOn
from ..results import Results
from ..trials import Outcome, Trial
from ..types import Model, Samples, Target


class Callbacks(Observer):
    """Fire the hooks of a search.

    Parameters
    ----------
    search : estimator
        Handed to the hooks.
    root : callback context
        Of the search's fit.
    problem : Problem
    problem_on : callable
        From a rung, or None, to the problem with the data that hooks may ask for.
    n_tasks : int or None
        How many there will be.

    Attributes
    ----------
    fire_in_fits : bool
        Whether fits fire hooks too, so that each has to be done by itself.
    """

    def __init__(
        self,
        search: Any,
        root: Any,
        problem: Problem,
        problem_on: ProblemOn,
        n_tasks: int | None,
    ) -> None:
        self._search = search
        self._problem = problem
        self._problem_on = problem_on
        self._contexts: dict[tuple[int, int], Any] = {}
        self._context = _sklearn.open_child(
            root, "search", max_subtasks=n_tasks, sequential_subtasks=False
        )
        propagated = _sklearn.propagated_callbacks(self._context, problem.estimator)
        self.fire_in_fits = bool(propagated) or _sklearn.has_callbacks(problem.estimator)
        self._propagated = propagated if self.fire_in_fits else None

    @property
    def sent(self) -> Sequence[Any]:
        """Those that go to where fits are."""
        return self._propagated or ()

    def search_started(self, info: SearchInfo) -> None:
        _sklearn.call_begin(self._context, self._search)

    def surround(self, trial: Trial, split: int) -> _sklearn.FitContext | None:
        """Open a task's context; return what the estimator needs of it in the worker."""
        task_id = trial.number * len(self._problem.splits) + split
        context = _sklearn.open_child(self._context, "candidate-split-evaluation", task_id=task_id)
        self._contexts[trial.number, split] = context
        if self._propagated is None:
            return None
        _sklearn.leave_to_estimator(context, self._propagated)
        return _sklearn.FitContext(context)

    def split_started(self, trial: Trial, split: int) -> None:
        context = self._contexts[trial.number, split]
        _sklearn.call_begin(context, self._search, **self._data(trial, split))

    def split_finished(self, trial: Trial, outcome: Outcome) -> bool:
        if outcome.recalled:
            return False  # no task has begun
        if trial.duplicate_of is not None:  # its task is that of the equal candidate
            self.surround(trial, outcome.split)
            self.split_started(trial, outcome.split)
        context = self._contexts.pop((trial.number, outcome.split))
        data = self._data(trial, outcome.split)
        return _sklearn.call_end(context, self._search, **data)

    def search_finished(self, results: Results) -> None:
        # otherwise there is only the teardown, as in scikit-learn
        if results.ended_by not in ("interrupted", "error"):
            _sklearn.call_end(self._context, self._search)

    def _data(self, trial: Trial, split: int) -> dict[str, Any]:
        """Return a task's data, sliced only if a hook asks for it."""
        problem = self._problem_on(trial.rung)
        names = "X", "y", "metadata"
        return {name: partial(self._training, problem, split, name) for name in names}

    def _training(self, problem: Problem, split: int, name: str) -> Any:
        train, _ = _sklearn.split_indices(problem.X, *problem.splits[split])
        if name == "metadata":
            return _weights(_sklearn.slice_params(problem.X, problem.fit_params, train))
        X, y = _sklearn.slice_xy(problem.estimator, problem.X, problem.y, train)
        return X if name == "X" else y


class FitHooks:
    """The hooks of callbacks that are set on a search, or inside it: since scikit-learn 1.9.

    Attributes
    ----------
    root : callback context
        Of the search's fit.
    """

    def __init__(self, search: Any, X: Samples, y: Target, params: Mapping[str, Any]) -> None:
        self._search = search
        self._data = {"X": X, "y": y, "metadata": _weights(params)}
        n_tasks = 1 + (search.refit is not False)
        self.root = _sklearn.open_context(search, max_subtasks=n_tasks)
        _sklearn.call_begin(self.root, search, **self._data)

    @contextmanager
    def refitting(self, estimator: Model) -> Iterator[None]:
        """Fire those of the refit, and give the estimator its context meanwhile."""
        context = _sklearn.open_child(self.root, "refit-with-best-params")
        with _sklearn.FitContext(context).around(estimator):
            _sklearn.call_begin(context, self._search, **self._data)
            yield
        _sklearn.call_end(context, self._search, **self._data)

    def end(self) -> None:
        """Fire those of the end of the fit."""
        _sklearn.call_end(self.root, self._search, **self._data)


def _weights(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what scikit-learn tells hooks about the fit parameters."""
    weight = params.get("sample_weight")
    return None if weight is None else {"sample_weight": weight}
