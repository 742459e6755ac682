"""Search that learns from the candidates it has tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils.metadata_routing import UNUSED

from .. import _sklearn
from ..early_stopping import EarlyStopping
from ..events import Observer
from ..optimizers import AskTells, Optimizer
from ..policies import Policy, Rule, SkoptCallbacks
from ..strategies.costs import Cost
from ..types import CV, Estimator, Samples, Scoring, Seed, Target
from .checks import check_options
from .descriptions import described
from .learning import LearningSearch
from .options import OptimizerName, PolicyName


@described
class BayesSearch(LearningSearch, _sklearn.BaseSearchCV):  # type: ignore[misc] # scikit-learn has no types
    """Bayesian search: a drop-in for `skopt.BayesSearchCV`.

    Each candidate is chosen from what the earlier ones scored, by a Gaussian process and
    expected improvement. The same seed gives the same candidates, whatever `n_jobs` and
    the backend, and however fast the fits are.

    Parameters
    ----------
    {estimator}
    search_spaces : dict, list of dict, list of (dict, int), or "auto"
        Names of parameters and what to try: ``(low, high)`` or ``(low, high,
        "log-uniform")`` for a range, of integers if both bounds are integers; a list for
        choices of anything; a dimension of `skopt.space`; a frozen distribution of
        `scipy.stats`. With a list of dicts, each candidate takes one of them, and what is
        learned about a parameter counts in every dict that has it. ``(dict, n)`` gives that
        dict n candidates. "auto" is
        `sktune.space_for` of the estimator and the data.
    n_iter : int, default=50
        How many candidates to try in all, unless they are allotted in the space; with
        ``folds="adaptive"`` how many could be tried on all splits.
    n_points : int, default=1
        How many candidates may be evaluated at the same time. Candidate t is chosen from
        exactly what candidates 0 to t - n_points scored. With `n_jobs` workers and three
        splits or more take `n_jobs`, with a single split twice that.
    optimizer : {"gp", "skopt"}, Optimizer or object, default="gp"
        What chooses the candidates. "gp" is sktune's own and takes milliseconds; "skopt" is
        `skopt.Optimizer`; `sktune.optimizers.OptunaSampler` is a sampler of Optuna's; an
        `sktune.optimizers.Optimizer` of your own answers one question; any
        other object has ``ask() -> params`` and ``tell(params, score)``, and is used itself, so
        that what it was told is in it afterwards; from a `checkpoint` it is told what is
        recorded. A copy is asked once before the first fit, to see that it can be.
    optimizer_kwargs : dict, default=None
        ``n_initial_points``, the size of the design to begin with (3); for "skopt" also
        the arguments of `skopt.Optimizer`, such as ``base_estimator`` and ``acq_func``. Where
        there are any of those, "gp" means "skopt", as in `skopt.BayesSearchCV`.
    initial_points : list of dict, default=None
        Candidates to begin with; names that are left out are drawn. They are followed by
        the estimator's own parameters, where the space contains them, and by the design.
    warm_start_from : dict, fitted search or study, default=None
        `cv_results_` of an earlier search on the same data, or a study of Optuna's (one that
        minimises counts with the sign turned): its candidates count as tried
        and are not fitted again, and have no rows in this search's `cv_results_`; but for the
        best of them, with which this search begins, so that its best is no worse.
    transfer : bool, default=False
        Whether `warm_start_from` is a search on *other* data: its candidates do not count as
        tried. The best two are tried early, and this search begins where the good ones were, as
        long as its own scores agree with that; numbers outside a range count as its ends.
    folds : {"all", "adaptive"}, default="all"
        Whether each candidate gets all splits. "adaptive" decides after every fit, from which the
        search learns at once: a candidate gets its next split while it may still become the best,
        and those that were set aside are taken up again when they look better. `n_iter` is then
        the budget, in candidates with all splits: ``n_iter`` times the number of splits are fitted
        in all, of about twice as many candidates. Those that have not all splits in the end have
        the status "stopped", no mean score and the last rank. `n_points` fits may be under way, and
        should be no less than `n_jobs`.
    constraints : callable, default=None
        ``constraints(params) -> bool``; only candidates for which it is true are tried.
    cost : "time" or callable, default=None
        Prefers cheaper candidates: the gain that is expected of one is divided by what it is
        expected to cost. ``cost(params) -> float`` says what one has cost; it is called with
        those that were tried. "time" is the time that fits and scores take, which differs from
        run to run: so the same seed gives other candidates in another run, though not where a
        search goes on from its `checkpoint`. For optimizer="gp" and folds="all".
    {scoring}
    {n_jobs}
    {refit}
    {cv}
    {verbose}
    random_state : int, RandomState instance or None, default=None
        Seed of all that is drawn: the same number gives the same candidates.
    {early_termination}
    {early_stopping}
    {executor}
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
    fit_params, iid : None
        Of `skopt.BayesSearchCV`; anything else is refused, with the remedy.

    Attributes
    ----------
    {cv_results_}
    {best}
    {kept}
    {fitted}
    optimizer_results_ : list of OptimizeResult
        One a dict of the space, for `skopt.plots`.
    surrogate_ : object
        ``surrogate_.predict(candidates) -> (mean, std)`` of the score.
    total_iterations : int
        How many candidates the search tries at most; with ``folds="adaptive"`` on all splits.

    See Also
    --------
    RandomSearch : Draws candidates without learning from them.
    GridSearch : Tries all candidates of a grid.

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
        estimator: Estimator,
        search_spaces: Mapping[str, Any] | Sequence[Any] | Literal["auto"],
        *,
        n_iter: int = 50,
        n_points: int = 1,
        optimizer: OptimizerName | Optimizer | AskTells = "gp",
        optimizer_kwargs: Mapping[str, Any] | None = None,
        initial_points: Sequence[Mapping[str, Any]] | None = None,
        warm_start_from: Any = None,
        transfer: bool = False,
        folds: Literal["all", "adaptive"] = "all",
        constraints: Callable[[dict[str, Any]], bool] | None = None,
        cost: Cost | None = None,
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
        observers: Iterable[Observer] | None = None,
        early_stopping: EarlyStopping | None = None,
        executor: Any = None,
        include_defaults: bool = False,
        keep: Literal["best"] | None = None,
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
        self.transfer = transfer
        self.folds = folds
        self.constraints = constraints
        self.cost = cost
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
        self.retry_failed = retry_failed
        self.fit_timeout = fit_timeout
        self.memory_limit = memory_limit
        self.early_termination = early_termination
        self.timeout = timeout
        self.stop = stop
        self.observers = observers
        self.early_stopping = early_stopping
        self.executor = executor
        self.include_defaults = include_defaults
        self.keep = keep

    @_sklearn.fit_method(check_options)
    def fit(self, X: Samples, y: Target = None, *, callback: Any = None, **params: Any) -> Self:
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
            The search itself, fitted.

        Raises
        ------
        ValueError, TypeError
            Before the first fit, for anything that cannot work. After the last, if every
            candidate failed.
        """
        endings = []
        if callback is not None and self.folds == "adaptive":
            raise ValueError(
                "callback hears of each candidate when it is done, and with folds='adaptive' that "
                "is not known before the end. Pass observers, or folds='all'."
            )
        if callback is not None:
            endings = [SkoptCallbacks(callback, self._result_of)]
        return self._fit(X, y, params, endings)
