"""Search that learns from the candidates it has tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted

from .. import _sklearn
from ..observers import Observer, OnTold
from ..policies import make_policy
from ..space import Space
from ..space.checking import check_space
from ..strategies import Bayesian, Strategy
from ..strategies.importances import Importance
from ..strategies.looking import Results, Surrogate
from ..trials import Trial
from .base import Searching
from .checks import check_before_all
from .halving import Halved

_DECIDING = (
    "search_spaces",
    "n_points",
    "optimizer",
    "optimizer_kwargs",
    "initial_points",
    "constraints",
    "random_state",
)
"""Parameters that decide which candidates are proposed, beside `warm_start_from`."""

_REFUSED = {
    "fit_params": "pass them to fit: search.fit(X, y, **fit_params)",
    "iid": "leave it out; it has had no effect since scikit-learn 0.24",
}


class BayesSearch(Searching, _sklearn.BaseSearchCV):  # type: ignore[misc] # scikit-learn has no types
    """Bayesian search: a drop-in for `skopt.BayesSearchCV`.

    Each candidate is chosen from what the earlier ones scored, by a Gaussian process and
    expected improvement. The same seed gives the same candidates, whatever `n_jobs` and
    the backend, and however fast the fits are.

    Parameters
    ----------
    estimator : estimator object
        What is tuned; never changed.
    search_spaces : dict, list of dict, or list of (dict, int)
        Names of parameters and what to try: ``(low, high)`` or ``(low, high,
        "log-uniform")`` for a range, of integers if both bounds are; a list for choices of
        anything; a dimension of `skopt.space`; a frozen distribution of `scipy.stats`.
        Of a list of dicts, a candidate takes one, and what is learned of a name counts in
        all that have it. ``(dict, n)`` gives that dict n candidates.
    n_iter : int, default=50
        How many candidates to try in all, unless they are allotted in the space.
    n_points : int, default=1
        How many candidates may be under way. Candidate t is chosen from exactly what
        candidates 0 to t - n_points scored. With `n_jobs` workers and three splits or more
        take `n_jobs`, with a single split twice that.
    optimizer : {"gp", "skopt"} or object, default="gp"
        What chooses. "gp" is sktune's own and takes milliseconds; "skopt" is
        `skopt.Optimizer`; an object has ``ask() -> params`` and ``tell(params, score)``.
    optimizer_kwargs : dict, default=None
        ``n_initial_points``, the size of the design to begin with (3); for "skopt" also
        the arguments of `skopt.Optimizer`, such as ``base_estimator`` and ``acq_func``.
    initial_points : list of dict, default=None
        Candidates to begin with; names that are left out are drawn. They are followed by
        the estimator's own parameters, where the space contains them, and by the design.
    warm_start_from : dict or fitted search, default=None
        `cv_results_` of an earlier search on the same data: its candidates count as tried
        and are not fitted again. They have no rows in this search's `cv_results_`.
    constraints : callable, default=None
        ``constraints(params) -> bool``; only candidates for which it is true are tried.
    scoring : str, callable, list, tuple or dict, default=None
        How to score; the estimator's own ``score`` by default.
    n_jobs : int, default=None
        Workers; None is 1 unless a joblib backend is active, -1 all cores.
    refit : bool, str or callable, default=True
        Whether to fit the best candidate on all data. With several metrics the name of the
        one that guides the search.
    cv : int, splitter or iterable, default=None
        Splits, drawn once; 5 folds by default.
    verbose : int, default=0
        1 shows how far the search is, 2 a line a fit, 3 also the scores, 10 everything.
    pre_dispatch : int or str, default='2*n_jobs'
        An int bounds how many fits are handed out at a time; never more than workers.
    random_state : int, RandomState instance or None, default=None
        Source of all that is drawn.
    error_score : 'raise' or numeric, default=np.nan
        What stands in for a score that could not be had; 'raise' ends the search. To the
        optimizer a failed candidate is as bad as the worst that was seen.
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
        given up has status "stopped", no mean score, and the last rank. The splits of a
        candidate are run in turn, so `n_points` should be no less than `n_jobs`.
    timeout : float, default=None
        Seconds that the search may take, without the refit. What there is by then counts.
    stop : callable, default=None
        When the search is over before it has tried all: ``NoImprovement(20)``,
        ``TargetScore(0.95)``, ``ImprovementExhausted(1e-4)``,
        ``rule(trials) -> bool``, and these combined with ``|`` and ``&``. Asked after each
        candidate in their order; later ones are dropped.
    fit_params, iid : None
        Of `skopt.BayesSearchCV`; anything else is refused, with the remedy.

    Attributes
    ----------
    cv_results_ : dict of arrays
        scikit-learn's columns, and ``status`` ("ok", "failed", "timeout", "crashed",
        "stopped" or "partial") and ``error`` (the first reason, or None). There as soon as the last
        candidate is evaluated.
    best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_, \
    refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in scikit-learn.
    optimizer_results_ : list of OptimizeResult
        One a dict of the space, for `skopt.plots`.
    param_importances_ : list of (name, importance, std)
        How much each parameter matters, the largest first: the share of the variance of the
        score over the space that is there because of it, and its standard error, by what a
        Gaussian process makes of the candidates that were tried. `pandas.DataFrame` takes it.
    surrogate_ : object
        ``surrogate_.predict(candidates) -> (mean, std)`` of the score.
    total_iterations : int
        How many candidates the search tries at most.

    See Also
    --------
    RandomSearch : Draws candidates without learning from them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": (0.01, 100.0, "log-uniform"), "kernel": ["linear", "rbf"]}
    >>> search = BayesSearch(SVC(), space, n_iter=10, random_state=0).fit(X, y)
    >>> len(search.cv_results_["params"]), bool(search.best_score_ > 0.97)
    (10, True)
    >>> mean, std = search.surrogate_.predict([{"C": 1.0, "kernel": "rbf"}])
    >>> mean.shape
    (1,)
    """

    # not metadata: it stays here
    __metadata_request__fit = {"callback": UNUSED}  # noqa: RUF012 - as scikit-learn has it

    def __init__(
        self,
        estimator: Any,
        search_spaces: Mapping[str, Any] | Sequence[Any],
        *,
        n_iter: int = 50,
        n_points: int = 1,
        optimizer: Any = "gp",
        optimizer_kwargs: Mapping[str, Any] | None = None,
        initial_points: Sequence[Mapping[str, Any]] | None = None,
        warm_start_from: Any = None,
        constraints: Callable[[dict[str, Any]], bool] | None = None,
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
        fit_params: None = None,
        iid: None = None,
    ) -> None:
        self.search_spaces = search_spaces
        self.n_iter = n_iter
        self.n_points = n_points
        self.optimizer = optimizer
        self.optimizer_kwargs = optimizer_kwargs
        self.initial_points = initial_points
        self.warm_start_from = warm_start_from
        self.constraints = constraints
        self.random_state = random_state
        self.fit_params = fit_params
        self.iid = iid
        super().__init__(
            estimator=estimator,
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
        self.fit_timeout = fit_timeout
        self.memory_limit = memory_limit
        self.early_termination = early_termination
        self.timeout = timeout
        self.stop = stop

    @_sklearn.fit_method(check_before_all)
    def fit(self, X: Any, y: Any = None, *, callback: Any = None, **params: Any) -> Any:
        """Search for the best candidate, then fit it on all data if `refit` says so.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data; a kernel or distance matrix if the estimator is pairwise.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        callback : callable or list of callable, default=None
            As scikit-optimize's: called with an OptimizeResult after each candidate, in
            their order; one that returns True ends the search.
        **params : dict of str to object
            Parameters for the estimator's ``fit``, the scorer and the splitter.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError, TypeError
            Before the first fit, for anything that cannot work. After the last, if every
            candidate failed.
        """
        extra: list[Observer] = []
        if callback is not None:
            extra = [OnTold(callback, self._result_of)]
        return self._fit(X, y, params, extra)

    @property
    def total_iterations(self) -> int:
        """How many candidates the search tries, if the space has as many."""
        allotments = Space.read(self.search_spaces, "search_spaces").allotments
        return sum(allotments) if allotments else self.n_iter

    @property
    def optimizer_results_(self) -> list[Any]:
        """One OptimizeResult for each dict of the space, with the surrogate as its model."""
        check_is_fitted(self, "_strategy")
        return Results(self._strategy).all()

    @property
    def surrogate_(self) -> Surrogate:
        """The optimizer's model of the scores, in the user's space."""
        check_is_fitted(self, "_strategy")
        return Surrogate(self._strategy)

    @property
    def param_importances_(self) -> list[Importance]:
        """How much each parameter matters: name, importance and standard error."""
        check_is_fitted(self, "_strategy")
        return self._strategy.importances()

    def _make_strategy(self, metric: Any, seed: Any, halved: Halved | None) -> Strategy:
        for name, remedy in _REFUSED.items():
            if getattr(self, name) is not None:
                raise ValueError(f"{name} is not a parameter of the search: {remedy}.")
        space = Space.read(self.search_spaces, "search_spaces")
        check_space(space, self.estimator, "search_spaces")
        own = self.estimator.get_params() if hasattr(self.estimator, "get_params") else None
        return Bayesian(
            self.search_spaces,
            self.n_iter,
            n_points=self.n_points,
            optimizer=self.optimizer,
            optimizer_kwargs=self.optimizer_kwargs,
            initial_points=self.initial_points,
            defaults=own,
            warm_start_from=self.warm_start_from,
            constraints=self.constraints,
            random_state=seed,
            metric=self._metric(metric),
        )

    def _proposed_from(self, metric: Any) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in _DECIDING}
        earlier = getattr(self.warm_start_from, "cv_results_", self.warm_start_from)
        if earlier is not None:  # an earlier search takes other times, and that is all
            columns = "params", f"mean_test_{self._metric(metric)}", "status"
            earlier = [list(earlier[name]) for name in columns if name in earlier]
        named |= {"warm_start_from": earlier, "metric": self._metric(metric)}
        if self.early_termination is not None:  # what is stopped is learned from, too
            named["early_termination"] = make_policy(self.early_termination)
        return named

    def _remember(self, strategy: Any) -> None:
        self._strategy: Bayesian = strategy
        self._results: Results | None = None

    @property
    def _is_guided(self) -> bool:
        return True

    def _result_of(self, trials: Sequence[Trial]) -> Any:
        if self._results is None:  # only callbacks ask, and it takes as long as some trials
            self._results = Results(self._strategy)
        return self._results.latest(trials)
