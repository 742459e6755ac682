"""Search over candidates drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import RandomizedSearchCV

from .. import _sklearn
from ..space import Space
from ..space.checking import check_space
from ..strategies import Sampled, Strategy, SuccessiveHalving
from .base import Searching
from .halving import Halved


@_sklearn.also_takes("n_iter", "exhaust")
class RandomSearch(Searching, RandomizedSearchCV):  # type: ignore[misc] # as for GridSearch
    """Random search: a drop-in for `sklearn.model_selection.RandomizedSearchCV`.

    Takes the same parameters, draws the same candidates from the same `random_state`, and
    has the same attributes and methods, with the same values to the last bit. What is
    better is told in `GridSearch`.

    Parameters
    ----------
    estimator : estimator object
        What is tuned; never changed.
    param_distributions : dict or list of dict
        Names of parameters and what to draw from: a sequence of values or a distribution
        with ``rvs``, such as those of `scipy.stats`. Of a list, one dict is drawn first.
        Also, as for `BayesSearch`: ``(low, high)`` and ``(low, high, "log-uniform")`` are
        ranges, dimensions of `skopt.space` are taken, and ``(dict, n)`` in a list gives
        that dict n candidates, whatever `n_iter`.
    n_iter : int or "exhaust", default=10
        How many candidates to draw. Without distributions they are drawn without
        replacement. "exhaust", with `SuccessiveHalving` alone: as many as it takes for the last
        rung to have all resources.
    scoring : str, callable, list, tuple or dict, default=None
        How to score; the estimator's own ``score`` by default. Several metrics as in
        scikit-learn.
    n_jobs : int, default=None
        Workers; None is 1 unless a joblib backend is active, -1 all cores.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all data; with several metrics the one that
        decides; a callable takes `cv_results_` and returns the row.
    cv : int, splitter or iterable, default=None
        Splits, drawn once; 5 folds by default.
    verbose : int, default=0
        1 shows how far the search is, 2 a line a fit, 3 also the scores, 10 everything.
    pre_dispatch : int or str, default='2*n_jobs'
        How many bundles of work are handed out at a time.
    random_state : int, RandomState instance or None, default=None
        Source of the draws. All candidates are drawn before the first fit.
    error_score : 'raise' or numeric, default=np.nan
        What stands in for a score that could not be had; 'raise' ends the search with
        the estimator's own exception.
    return_train_score : bool, default=False
        Whether to score the training sets too.
    share_work : bool, default=True
        Whether steps of a pipeline that candidates have in common are fitted once a split;
        the results are the same to the bit.
    verify_sharing : bool, default=False
        Whether one candidate of each group is evaluated the ordinary way too, and the
        search ends with a RuntimeError if the two differ.
    checkpoint : str or path-like, default=None
        Path of a file in which every fit is recorded as it ends, and from which the same
        search goes on; of a directory for a file for each problem.
    fit_timeout : float, default=None
        Seconds that the fit and the scores of one candidate on one split may take; what takes
        longer is ended, and its candidate failed. The refit has no limit.
    memory_limit : int, default=None
        Bytes that a worker may take; a candidate that would take more fails with a MemoryError.
        On Linux; elsewhere there is no limit.
    early_termination : str, policy or callable, default=None
        Who is not worth all splits: "racing" (recommended), "median", "bandit", "truncation", a
        policy such as ``RacingPolicy(alpha=0.05)``, or ``policy(trials, trial) -> bool``. Who is
        given up has status "stopped", no mean score, and the last rank. Candidates go from
        split to split in rounds of 20.
    timeout : float, default=None
        Seconds that the search may take, without the refit. What there is by then counts.
    stop : callable, default=None
        When the search is over before it has tried all: ``NoImprovement(20)``,
        ``TargetScore(0.95)``, ``rule(trials) -> bool``, and these combined with
        ``|`` and ``&``. Asked after each
        candidate in their order; later ones are dropped.
    strategy : SuccessiveHalving, default=None
        None evaluates every candidate once. `SuccessiveHalving` evaluates all on few samples, few
        trees or little of another resource, and the best of them again on more.

    Attributes
    ----------
    cv_results_ : dict of arrays
        scikit-learn's columns, and ``status`` ("ok", "failed", "timeout", "crashed",
        "stopped" or "partial") and ``error`` (the first reason, or None). There as soon as the last
        candidate is evaluated.
    best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, \
    refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in scikit-learn.
    n_resources_, n_candidates_, n_iterations_, n_required_iterations_, n_possible_iterations_, \
    n_remaining_candidates_, min_resources_, max_resources_
        With `SuccessiveHalving`, as of `HalvingRandomSearchCV`; and ``iter`` and ``n_resources`` in
        `cv_results_`.

    See Also
    --------
    GridSearch : Tries all candidates of a grid.

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
        estimator: Any,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        n_iter: int | str = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., Any] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: float | str = np.nan,
        return_train_score: bool = False,
        share_work: bool = True,
        verify_sharing: bool = False,
        checkpoint: Any = None,
        fit_timeout: float | None = None,
        memory_limit: int | None = None,
        early_termination: Any = None,
        timeout: float | None = None,
        stop: Any = None,
        strategy: SuccessiveHalving | None = None,
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
        self.fit_timeout = fit_timeout
        self.memory_limit = memory_limit
        self.early_termination = early_termination
        self.timeout = timeout
        self.stop = stop
        self.strategy = strategy

    def _make_strategy(self, metric: Any, seed: Any, halved: Halved | None) -> Strategy:
        space = Space.read(self.param_distributions, "param_distributions", tuples_too=True)
        check_space(space, self.estimator, "param_distributions")
        n_iter: Any = self.n_iter
        if halved is not None and isinstance(n_iter, str):
            n_iter = halved.most_candidates
        return Sampled(space, n_iter, seed)

    def _proposed_from(self, metric: Any) -> dict[str, Any]:
        names = "param_distributions", "random_state"
        return {name: getattr(self, name) for name in names}
