"""Search over candidates drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
from sklearn.model_selection import RandomizedSearchCV

from .. import _sklearn
from ..early_stopping import EarlyStopping
from ..events import Observer
from ..messages import in_short
from ..objective import Objective
from ..policies import Policy, Rule
from ..space import Space, sobol
from ..space.checking import check_space
from ..space.conditional import read_space
from ..space.suitable import check_ranges
from ..strategies import DrawnFoldByFold, Sampled, Strategy, SuccessiveHalving
from ..strategies.defaults import DefaultsFirst, others_than, own_candidate
from ..trials import SINGLE
from ..types import CV, Estimator, Samples, Scoring, Seed, Target
from .auto import known_if_auto, own_values
from .base import BaseSearch
from .descriptions import described
from .folds import first_steps_of
from .options import PolicyName


@_sklearn.also_takes("n_iter", "exhaust")
@_sklearn.also_takes("param_distributions", "auto")
@described
class RandomSearch(BaseSearch, RandomizedSearchCV):  # type: ignore[misc] # as for GridSearch
    """Random search: a drop-in for `sklearn.model_selection.RandomizedSearchCV`.

    Takes the same parameters, draws the same candidates from the same `random_state`, and
    has the same attributes and methods, with the same values to the last bit. `GridSearch`
    says what is better.

    Parameters
    ----------
    {estimator}
    param_distributions : dict, list of dict or "auto"
        Names of parameters and what to draw from: a sequence of values or a distribution
        with ``rvs``, such as those of `scipy.stats`. With a list of dicts, one of them is
        drawn first for each candidate. Also, as for `BayesSearch`: ``(low, high)`` and
        ``(low, high, "log-uniform")`` are ranges, dimensions of `skopt.space` are taken,
        and ``(dict, n)`` in a list gives that dict n candidates, whatever `n_iter`. "auto"
        is `sktune.space_for` of the estimator and the data.
    n_iter : int or "exhaust", default=10
        How many candidates to draw; with ``folds="adaptive"`` how many could be tried on all
        splits. Without distributions they are drawn without
        replacement. "exhaust", with `SuccessiveHalving` alone: as many as it takes for the last
        rung to have all resources.
    {scoring}
    {n_jobs}
    {refit}
    {cv}
    {verbose}
    random_state : int, RandomState instance or None, default=None
        Seed of the draws: the same number gives the same candidates. All are drawn before the
        first fit.
    sampling : {"random", "sobol"}, default="random"
        How candidates are drawn: each by itself, as in scikit-learn, or as a scrambled Sobol
        sequence, which is spread evenly over the space and has no candidate twice. With a larger
        `n_iter` it begins with the same candidates.
    folds : {"all", "adaptive"}, default="all"
        Whether each candidate gets all splits. "adaptive" decides after every fit: a candidate gets
        its next split while a model of the scores so far (that of `BayesSearch`) says that it may
        still become the best, and those that were set aside are taken up again when they look
        better. Candidates are still drawn at random, none of them twice; they are others than with
        "all". `n_iter` is then the budget, in candidates with all splits: ``n_iter`` times the
        number of splits are fitted in all, of about twice as many candidates. Those that have not
        all splits in the end have the status "stopped", no mean score and the last rank.
    n_points : int, default=1
        How many fits may be under way with ``folds="adaptive"``: fit i is chosen from exactly what
        fits 0 to i - n_points scored. It should be no less than `n_jobs`.
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
    GridSearch : Tries all candidates of a grid.
    BayesSearch : Chooses each candidate by what those before it have scored.
    SuccessiveHalving : Evaluates all on few samples, and the best of them again on more.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import RandomSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": loguniform(0.1, 100), "gamma": loguniform(1e-3, 1)}
    >>> search = RandomSearch(SVC(), space, n_iter=8, random_state=0).fit(X, y)
    >>> sorted(search.best_params_), len(search.cv_results_["params"])
    (['C', 'gamma'], 8)
    """

    def __init__(
        self,
        estimator: Estimator,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Literal["auto"],
        *,
        n_iter: int | str = 10,
        scoring: Scoring = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., Any] = True,
        cv: CV = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Seed = None,
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
        sampling: Literal["random", "sobol"] = "random",
        folds: Literal["all", "adaptive"] = "all",
        n_points: int = 1,
    ) -> None:
        super().__init__(
            estimator=estimator,
            param_distributions=param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
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
        self.sampling = sampling
        self.folds = folds
        self.n_points = n_points

    def _checked_space(self, X: Samples, y: Target) -> Space:
        given = known_if_auto(self.param_distributions, "param_distributions", self, X, y)
        space = Space.read(given, "param_distributions", tuples_too=True)
        check_space(space, self.estimator, "param_distributions")
        check_ranges(space, self.estimator, "param_distributions")
        return space

    def _strategy_over(
        self, space: Space, objective: Objective, seed: Seed, most_candidates: int | None
    ) -> Strategy:
        if self.folds == "adaptive":
            return self._fold_by_fold(space, objective, seed)
        if self.n_points != 1:
            raise ValueError(
                f"n_points={in_short(self.n_points)} says how many fits are under way with "
                "folds='adaptive'. Leave it out, or pass that; n_jobs is how many run at a time."
            )
        n_iter: Any = most_candidates if self.n_iter == "exhaust" else self.n_iter
        draw = sobol if self.sampling == "sobol" else Space.sample
        if not self.include_defaults:
            return Sampled(space, n_iter, seed, draw)
        if space.allotments:
            raise ValueError(
                "include_defaults: each dict of param_distributions has its number of candidates, "
                "and the estimator's own values are of none of them. Pass the dicts without "
                "numbers, or leave include_defaults out."
            )
        own = own_candidate(self.estimator.get_params(), space.subspaces)
        # all at once, as `Sampled` does; draws may be equal to one another, and to this one
        others = list(others_than(own, list(draw(space, n_iter, seed))))
        return DefaultsFirst(own, others, min(n_iter, 1 + len(others)))

    def _fold_by_fold(self, space: Space, objective: Objective, seed: Seed) -> Strategy:
        read_space(space.given, "param_distributions")  # whose errors say where it was given
        own = [own_values(self.estimator, space.given)] if self.include_defaults else []
        return DrawnFoldByFold(
            space.given,
            int(self.n_iter),
            n_points=self.n_points,
            defaults=self.estimator.get_params() if self.include_defaults else None,
            known=own,
            work=first_steps_of(self.estimator, self.share_work),
            random_state=seed,
            metric=objective.metric or SINGLE,
        )

    def _proposed_from(self, objective: Objective, space: Space) -> Mapping[str, Any]:
        named: dict[str, Any] = {
            "param_distributions": space.given,
            "random_state": self.random_state,
        }
        if self.include_defaults:
            named["include_defaults"] = True
        if self.sampling != "random":
            named["sampling"] = self.sampling
        if self.folds != "all":
            named |= {"folds": self.folds, "n_points": self.n_points}
            named["metric"] = objective.metric
        return named
