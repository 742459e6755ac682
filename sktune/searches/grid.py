"""Exhaustive search over a grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV

from ..space import Space
from ..space.checking import check_space
from ..strategies import Enumerated, Strategy, SuccessiveHalving
from .base import Searching
from .halving import Halved


class GridSearch(Searching, GridSearchCV):  # type: ignore[misc] # scikit-learn has no types
    """Exhaustive search over a grid: a drop-in for `sklearn.model_selection.GridSearchCV`.

    Takes the same parameters and has the same attributes and methods, with the same values
    to the last bit. What is better: candidates that are equal are evaluated once; bad
    input is refused before the first fit; scores that are no finite numbers can neither
    win nor end the search; results stay if the refit raises or the search is interrupted;
    ten million combinations start at once.

    Parameters
    ----------
    estimator : estimator object
        What is tuned; never changed.
    param_grid : dict or list of dict
        Names of parameters and the values to try; of a list, the grids are tried one
        after the other.
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
        With `SuccessiveHalving`, as of `HalvingGridSearchCV`; and ``iter`` and ``n_resources`` in
        `cv_results_`.

    See Also
    --------
    RandomSearch : Draws candidates instead of trying all.

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
        estimator: Any,
        param_grid: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., Any] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
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
        self.fit_timeout = fit_timeout
        self.memory_limit = memory_limit
        self.early_termination = early_termination
        self.timeout = timeout
        self.stop = stop
        self.strategy = strategy

    def _make_strategy(self, metric: Any, seed: Any, halved: Halved | None) -> Strategy:
        space = Space.of(self.param_grid)
        check_space(space, self.estimator, "param_grid", enumerable=True)
        return Enumerated(space)

    def _proposed_from(self, metric: Any) -> dict[str, Any]:
        return {}  # a grid may grow: scores are recognised by the values they belong to
