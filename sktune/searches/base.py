"""The searches' base class: `fit`, from the setup to the refit.

The classes inherit from scikit-learn's own, so that prediction, tags, routing and display
are scikit-learn's, and `isinstance` holds; how candidates are evaluated is not.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from .. import _sklearn
from ..engine import Setup, run
from ..exceptions import warn
from ..looking import Beliefs, Record, overview
from ..observers import FitHooks
from ..policies import Ending
from ..problem import Problem, held_out_share
from ..results import (
    EndedBy,
    Results,
    SharedWork,
    compare,
    correlated_t,
    ending_in_words,
    selection_bias,
    split_scores,
)
from ..space.dimensions import is_number
from ..space.setting import configured
from ..strategies import Halving
from ..strategies.importances import Importance
from ..trials import SINGLE
from ..types import Samples, Target
from .checks import check_options
from .keywords import check_keywords, wrong_parameter
from .options import Options
from .setup import prepared

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class BaseSearch(Options):
    """The base of all searches. Put before a class derived from `BaseSearchCV`."""

    best_estimator_: Any
    best_index_: int
    best_params_: dict[str, Any]
    best_score_: float
    checkpoint_: str
    cv_results_: dict[str, Any]
    multimetric_: bool
    n_splits_: int
    refit_time_: float
    scorer_: Any

    # rows of `cv_results_` that compare with the best: those of its rung, where there are rungs
    _rivals = slice(None)
    _test_share: float
    _shared: tuple[dict[str, tuple[int, int]], float]

    def __new__(cls, *_: Any, **options: Any) -> Self:
        # constructors have explicit signatures, and to tell more than Python does of a wrong
        # keyword, it must be looked at before
        check_keywords(cls, options)
        return super().__new__(cls)

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the search, or of the estimator that it tunes.

        Parameters
        ----------
        **params : dict of str to object
            The search's own by their names, those of the estimator as ``estimator__C``.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For a name that is none, with the one that was probably meant.
        """
        search: Any = super()  # scikit-learn's class, which has no types
        try:
            search.set_params(**params)
        except ValueError:
            known = search.get_params()
            if wrong := [name for name in params if name not in known]:
                raise ValueError(wrong_parameter(self, wrong[0])) from None
            raise
        return self

    @_sklearn.fit_method(check_options)
    def fit(self, X: Samples, y: Target = None, **params: Any) -> Self:
        """Search for the best candidate, then fit it on all data if `refit` says so.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training data; a kernel or distance matrix if the estimator is pairwise.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target; None for unsupervised learning.
        **params : dict of str to object
            Parameters for the estimator's ``fit``, the scorer and the splitter, as in
            scikit-learn. What is as long as X is sliced with it; ``groups`` goes to the
            splitter.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError, TypeError
            Before the first fit, for anything that cannot work: unknown parameter names,
            empty lists, unknown scorers, data of different lengths, empty splits. After
            the last, if every candidate failed.
        """
        return self._fit(X, y, params)

    def _fit(
        self, X: Samples, y: Target, params: Mapping[str, Any], endings: Sequence[Ending] = ()
    ) -> Self:
        """Set up, run, install the results, refit."""
        with prepared(self, X, y, params, endings) as (setup, hooks):
            self._forget()
            self._install_setup(setup)
            results = self._run(setup)
        self._install(results)
        results.warn(self.error_score)
        if self.refit:
            self._refit(setup.problem, hooks)
        if hooks is not None:
            hooks.end()
        self._fit_is_finished = True
        return self

    def _run(self, setup: Setup) -> Results:
        """Run the search; keep what there is if it is interrupted, or an error is raised."""
        try:
            ended_by = run(setup)
        except BaseException as exc:
            # Ctrl-C, a lost worker, error_score="raise". Nothing that goes wrong on the way may
            # hide why the search ended.
            with warnings.catch_warnings(), suppress(Exception):
                warnings.simplefilter("ignore")
                how: EndedBy = "error" if isinstance(exc, Exception) else "interrupted"
                results = Results.of(setup.trials, setup.objective, setup.problem, how)
                if how == "interrupted" and not self.verbose:
                    exc.add_note(ending_in_words(results, setup.strategy.total))
                with suppress(Exception):
                    setup.observers.search_finished(results)
                self._install(results)
            raise
        results = Results.of(setup.trials, setup.objective, setup.problem, ended_by)
        try:
            if setup.observers:
                setup.observers.search_finished(results)
        except BaseException:
            with suppress(Exception):
                self._install(results)  # whatever is raised at the end, nothing is lost
            raise
        return results

    def _install_setup(self, setup: Setup) -> None:
        """Set the attributes that are known before the first fit."""
        self.n_splits_ = len(setup.problem.splits)
        self._test_share = held_out_share(setup.problem.splits)
        self.scorer_ = _sklearn.single_scorers(setup.problem.scorer)
        if setup.journal is not None:
            self.checkpoint_ = setup.journal.path
        if isinstance(setup.strategy, Halving):
            vars(self).update(setup.strategy.schedule.attributes)

    def _install(self, results: Results) -> None:
        """Set scikit-learn's attributes, as far as they are known."""
        if not results.trials:
            raise ValueError(
                f"timeout={self.timeout!r} seconds were over before any fit had ended. Allow more."
                if self.timeout is not None
                else "No fits were performed. Were there no candidates? Does "
                f"pre_dispatch={self.pre_dispatch!r} let any be handed out?"
            )
        self._shared = dict(results.shared_work.steps), results.shared_work.seconds_saved
        self.cv_results_ = results.cv_results
        self.multimetric_ = results.table.multimetric
        if self.multimetric_:
            _sklearn.check_refit_names_a_metric(self, results.table.metrics)
        # what an estimator's own score gives is taken as it is, as scikit-learn's tests want it
        results.check(self.refit, nan=self.scoring is None)
        vars(self).update(results.halving)
        if not (self.refit or not self.multimetric_):
            return
        best = results.best(self.refit)
        if best.rivals is not None:
            self._rivals = best.rivals
        self.best_index_, self.best_params_ = best.row, best.params
        if best.score is not None:
            self.best_score_ = best.score
        if not best.complete:
            warn(
                "The search ended before any candidate had all its splits; the best is "
                "taken from those that have most of them."
            )

    def _refit(self, problem: Problem, hooks: FitHooks | None) -> None:
        """Fit the best candidate on all data."""
        best = configured(problem.estimator, self.best_params_)
        with nullcontext() if hooks is None else hooks.refitting(best):
            start = time.time()
            if problem.y is None:
                best.fit(problem.X, **problem.fit_params)
            else:
                best.fit(problem.X, problem.y, **problem.fit_params)
            self.refit_time_ = time.time() - start
            self.best_estimator_ = best
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_

    def _forget(self) -> None:
        """Drop what an earlier fit left, so that nothing of it is taken for this one's."""
        fitted = [name for name in vars(self) if name.endswith("_") and not name.startswith("_")]
        for name in (*fitted, "_fit_is_finished", "_rivals", "_shared", "_strategy"):
            vars(self).pop(name, None)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fit_is_finished")

    def __dir__(self) -> list[str]:
        # scikit-learn's tests compare what is listed with what a search of its own has
        hidden = {"best_score_bias_", "param_importances_"}
        if not (isinstance(self.estimator, Pipeline) and "_shared" in vars(self)):
            hidden.add("sharing_")
        return [name for name in super().__dir__() if name not in hidden]

    @property
    def sharing_(self) -> SharedWork:
        """Counts of the work that candidates had in common, and that was done once."""
        check_is_fitted(self, "_shared")
        return SharedWork(*self._shared)  # kept in plain types, which skops need not trust

    @property
    def best_score_bias_(self) -> float:
        """By how much `best_score_` is likely to be too high, because it is the best of many.

        From the scores of the splits alone: `best_score_` less what the candidates score on each
        split that are the best without it. nan where candidates were not evaluated on several
        splits; not there where `refit` is a callable, which has no `best_score_` either. Under
        successive halving it is that of the choice on the last rung, and nan if there was none:
        what the choice of those that get there adds is not known.
        """
        check_is_fitted(self, "best_index_")
        if callable(self.refit):
            raise AttributeError("refit is a callable, so there is no best_score_ to be too high")
        rows = self._rivals
        scores = split_scores(self.cv_results_, self._deciding)[rows]
        scores = scores[np.asarray(self.cv_results_["status"])[rows] == "ok"]
        alone = len(scores) == 1 and len(self.cv_results_["params"]) > 1
        return float("nan") if alone and "iter" in self.cv_results_ else selection_bias(scores)

    @property
    def param_importances_(self) -> list[Importance]:
        """The importance of each parameter that varies: name, importance and standard error."""
        check_is_fitted(self, "cv_results_")
        try:
            return Beliefs(Record.of(self)).importances()
        except ValueError as exc:
            raise AttributeError(f"param_importances_: {exc}") from None

    def plot(self, *, metric: str | None = None) -> Figure:
        """Draw the six figures that answer most questions; see `sktune.looking` for all of them.

        Did it converge? What mattered? Where is the good region? Is the winner really better? What
        did time buy? What was stopped?

        Parameters
        ----------
        metric : str, optional
            Which is shown, where there are several; by default the one that decides.

        Returns
        -------
        figure : matplotlib Figure

        Raises
        ------
        ImportError
            Without matplotlib: ``pip install "sktune[plots]"``.
        """
        check_is_fitted(self, "cv_results_")
        return overview(self, metric=metric)

    def compare(self, rope: float = 0.01, *, probability: float = 0.95) -> DataFrame:
        """Compare every candidate with the best one; under successive halving, of its rung.

        Parameters
        ----------
        rope : float, default=0.01
            Difference of scores that does not matter: the region of practical equivalence.
        probability : float, default=0.95
            With which the true difference is within the interval.

        Returns
        -------
        table : pandas.DataFrame
            A row a candidate, by its row in ``cv_results_``: ``params``, ``mean_test_score``,
            ``difference`` to the best on the splits that both have, the interval ``low`` to
            ``high``, and the probabilities ``p_worse``, ``p_equal`` and ``p_better`` that it is
            worse by more than `rope`, practically equal, or better, by a Bayesian correlated
            t-test.

        Raises
        ------
        ImportError
            Without pandas.

        References
        ----------
        Benavoli, Corani, Demsar & Zaffalon (2017), section 3.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neighbors import KNeighborsClassifier
        >>> from sktune import GridSearch
        >>> search = GridSearch(KNeighborsClassifier(), {"n_neighbors": [1, 6, 100]})
        >>> table = search.fit(*load_iris(return_X_y=True)).compare(rope=0.02)
        >>> table[["difference", "p_worse", "p_equal"]].round(2)
           difference  p_worse  p_equal
        0       -0.02      0.5     0.48
        1        0.00      0.0     1.00
        2       -0.33      1.0     0.00
        """
        check_is_fitted(self, "best_index_")
        if not is_number(rope, least=0):
            raise ValueError(f"rope={rope!r}; pass a difference of scores, 0 or more")
        if not (is_number(probability, least=0, most=1) and 0 < probability < 1):
            raise ValueError(f"probability={probability!r}; pass a number between 0 and 1")
        test = partial(correlated_t, rho=self._test_share, rope=rope, probability=probability)
        return compare(self.cv_results_, self.best_index_, self._rivals, self._deciding, test)

    @property
    def _deciding(self) -> str:
        """The metric by which the best was chosen."""
        return self.refit if self.multimetric_ and isinstance(self.refit, str) else SINGLE
