"""Exhaustive search over a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from sklearn.model_selection import GridSearchCV

from ..early_stopping import EarlyStopping
from ..events import Observer
from ..objective import Objective
from ..policies import Policy, Rule
from ..space import Space
from ..space.checking import check_space
from ..strategies import Enumerated, Strategy, SuccessiveHalving
from ..strategies.defaults import DefaultsFirst, n_times_in, own_candidate
from ..types import CV, Estimator, Samples, Scoring, Seed, Target
from .base import BaseSearch
from .descriptions import described
from .options import PolicyName


@described
class GridSearch(BaseSearch, GridSearchCV):  # type: ignore[misc] # scikit-learn has no types
    """Exhaustive search over a grid: a drop-in for `sklearn.model_selection.GridSearchCV`.

    Takes the same parameters and has the same attributes and methods, with the same values
    to the last bit. What is better: candidates that are equal are evaluated once; bad
    input is refused before the first fit; scores that are no finite numbers can neither
    win nor end the search; results stay if the refit raises or the search is interrupted;
    ten million combinations start at once.

    Parameters
    ----------
    {estimator}
    param_grid : dict or list of dict
        Names of parameters and the values to try; with a list of dicts, one grid after the
        other.
    {scoring}
    {n_jobs}
    {refit}
    {cv}
    {verbose}
    {early_termination}
    {early_stopping}
    {executor}
    {strategy}
    {stop}
    {timeout}
    {checkpoint}
    {retry_failed}
    {include_defaults}
    {observers}
    {error_score}
    {return_train_score}
    {keep}
    {fit_timeout}
    {memory_limit}
    {pre_dispatch}
    {share_work}
    {verify_sharing}

    Attributes
    ----------
    {cv_results_}
    {best}
    {kept}
    {fitted}
    {halving}

    See Also
    --------
    RandomSearch : Draws candidates instead of trying all.
    BayesSearch : Chooses each candidate by what those before it have scored.
    SuccessiveHalving : Evaluates all on few samples, and the best of them again on more.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"kernel": ["linear", "rbf"], "C": [1, 10]}).fit(X, y)
    >>> search.best_params_
    {'C': 1, 'kernel': 'linear'}
    >>> print(f"{search.best_score_:.2f}")
    0.98
    """

    def __init__(
        self,
        estimator: Estimator,
        param_grid: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        scoring: Scoring = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., Any] = True,
        cv: CV = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        share_work: bool = True,
        verify_sharing: bool = False,
        checkpoint: str | PathLike[str] | None = None,
        retry_failed: bool = False,
        fit_timeout: float | None = None,
        memory_limit: int | None = None,
        early_termination: PolicyName | Policy | None = None,
        timeout: float | None = None,
        stop: Rule | None = None,
        strategy: SuccessiveHalving | Strategy | None = None,
        observers: Iterable[Observer] | None = None,
        early_stopping: EarlyStopping | None = None,
        executor: Any = None,
        include_defaults: bool = False,
        keep: Literal["best"] | None = None,
    ) -> None:
        super().__init__(
            estimator=estimator,
            param_grid=param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.share_work = share_work
        self.verify_sharing = verify_sharing
        self.checkpoint = checkpoint
        self.retry_failed = retry_failed
        self.fit_timeout = fit_timeout
        self.memory_limit = memory_limit
        self.early_termination = early_termination
        self.timeout = timeout
        self.stop = stop
        self.strategy = strategy
        self.observers = observers
        self.early_stopping = early_stopping
        self.executor = executor
        self.include_defaults = include_defaults
        self.keep = keep

    def _checked_space(self, X: Samples, y: Target) -> Space:
        space = Space.of(self.param_grid)
        check_space(space, self.estimator, "param_grid", enumerable=True)
        return space

    def _strategy_over(
        self, space: Space, objective: Objective, seed: Seed, most_candidates: int | None
    ) -> Strategy:
        if not self.include_defaults:
            return Enumerated(space)
        own = self._own_candidate(space)
        total = 1 + (space.size or 0) - n_times_in(own, space.subspaces)
        return DefaultsFirst(own, space.enumerate(), total)

    def _proposed_from(self, objective: Objective, space: Space) -> Mapping[str, Any]:
        return {}  # a grid may grow: scores are recognised by the values they belong to

    @property
    def _recurring(self) -> Space:
        grid = Space.of(self.param_grid)
        if not self.include_defaults:
            return grid
        own = {name: [value] for name, value in self._own_candidate(grid).items()}
        return Space.of([*grid.subspaces, own])

    def _own_candidate(self, grid: Space) -> dict[str, Any]:
        return own_candidate(self.estimator.get_params(), grid.subspaces)
