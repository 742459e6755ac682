"""The searches' base class: `fit`, from the setup to the refit.

The classes inherit from scikit-learn's own, so that prediction, tags, routing and display
are scikit-learn's, and `isinstance` holds; how candidates are evaluated is not.
"""

from __future__ import annotations

import copy
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import astuple
from os import PathLike
from typing import Any, Self

from sklearn.utils.validation import check_is_fitted

from .. import _sklearn
from ..early_stopping import rounds_on_all
from ..engine import Setup, brought_here, run
from ..exceptions import warn
from ..observers import FitHooks
from ..optional import package
from ..policies import Ending
from ..problem import Problem, held_out_share
from ..results import REFIT_BY_HAND, EndedBy, Results, ending_in_words, why_in_words
from ..results.failures import stories_of
from ..space.setting import configured
from ..strategies import Halving
from ..types import Samples, Target
from ..unlogged import AUTOLOGGING, unlogged
from .checks import check_options
from .fitted import FittedSearch
from .honest import kept_of
from .keywords import check_keywords, wrong_parameter
from .setup import prepared
from .stopping import refit_stopped
from .verifying import Verification, remember, verify


class BaseSearch(FittedSearch):
    """The base of all searches. Put before a class derived from `BaseSearchCV`."""

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
            The search itself.

        Raises
        ------
        ValueError
            For a name that is none, with the one that was probably meant, and for the search
            itself in the place of a parameter.
        """
        for name, value in params.items():
            if value is self:
                raise ValueError(
                    f"{name} is the search itself, which cannot have itself for a parameter. Pass "
                    "copy.copy(search), or what of it is meant, such as search.cv_results_."
                )
        search: Any = super()  # scikit-learn's class, which has no types
        try:
            search.set_params(**params)
        except ValueError:
            known = search.get_params()
            if wrong := [name for name in params if name not in known]:
                raise ValueError(wrong_parameter(self, wrong[0])) from None
            raise
        return self

    @property
    def _kept_by_clone(self) -> tuple[str, ...]:
        """Parameters that a clone has as they are: workers, or an earlier search's results."""
        return ("executor",)

    @property
    def __sktune_clones_params__(self) -> bool:
        """Whether its parameters, as clone has them, say all."""
        return True

    def __sklearn_clone__(self) -> Self:
        """Clone all but what is to stay as it is."""
        # by a copy without it, which clone would copy or make unfitted
        copied = copy.copy(self)
        for name in self._kept_by_clone:
            setattr(copied, name, None)
        cloned: Self = _sklearn.BaseSearchCV.__sklearn_clone__(copied)
        for name in self._kept_by_clone:
            setattr(cloned, name, getattr(self, name))
        return cloned

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled or copied, in plain types: workers are not."""
        estimator: Any = super()  # scikit-learn's class, which has no types
        state = {**estimator.__getstate__(), "executor": None}
        if "_environment" in state:
            state["_environment"] = dict(state["_environment"])
        return state

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
            The search itself, fitted.

        Raises
        ------
        ValueError, TypeError
            Before the first fit, for anything that cannot work: unknown parameter names,
            empty lists, unknown scorers, data of different lengths, empty splits. After
            the last, if every candidate failed.
        """
        return self._fit(X, y, params)

    def verify(
        self,
        journal: str | PathLike[str] | None = None,
        X: Samples | None = None,
        y: Target = None,
        *,
        n: int = 3,
        **params: Any,
    ) -> Verification:
        """Evaluate some recorded candidates again, to see whether they score the same here.

        Nothing is written, and the search stays as it is; it need not be fitted. Candidates are
        evaluated with its `n_jobs`, without sharing work.

        Parameters
        ----------
        journal : str or path-like, default=None
            The file of a checkpoint; by default the one that this search has written.
        X, y : array-likes, default=None
            The data; by default those that the search was fitted on, while they are there.
        n : int, default=3
            How many candidates: the best, and others down to the last, the same ones each time.
            Left out are those that were stopped, or ended by a limit.
        **params : dict of str to object
            What else was given to `fit`.

        Returns
        -------
        verification : Verification
            True if all scores are equal to the bit; it prints as text, and has the candidates with
            their scores then and now, the largest ``difference``, and what differs in the
            ``environment``.

        Raises
        ------
        CheckpointError
            If the scores were measured otherwise: on other data, splits or another estimator; if
            no candidate can be evaluated again; and if there is no such file.
        ValueError
            Without data.

        Examples
        --------
        >>> import tempfile
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.svm import SVC
        >>> from sktune import GridSearch
        >>> X, y = load_iris(return_X_y=True)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/search.jsonl"
        ...     search = GridSearch(SVC(), {"C": [1, 10, 100]}, checkpoint=path).fit(X, y)
        ...     search.verify(path, n=2)
        2 of 3 recorded candidates were evaluated again.
        Their scores are equal to the bit.
        The environment is the same.
        """
        if journal is None:
            check_is_fitted(self, "checkpoint_")
            journal = self.checkpoint_
        return verify(self, journal, X, y, n, params)

    def _fit(
        self, X: Samples, y: Target, params: Mapping[str, Any], endings: Sequence[Ending] = ()
    ) -> Self:
        """Set up, run, install the results, refit."""
        X, y = brought_here(X), brought_here(y)
        autologging = _autologging()
        logs = None if autologging is None else autologging.autologged(self)
        guests = [] if logs is None else [logs]
        with unlogged(), prepared(self, X, y, params, endings, guests) as (setup, hooks):
            self._forget()
            remember(self, X, y, params)
            self._install_setup(setup)
            results = self._run(setup)
        self._install(results)
        self._keep_models(setup, results)
        results.warn(self.error_score)
        if self.refit:
            autologging = _autologging()  # what the search has used may have loaded it
            with nullcontext() if autologging is None else autologging.around_refit(self, logs):
                self._refit(setup, hooks)
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
                how = self.ended_by_ = _how(exc)
                results = Results.of(setup.trials, setup.objective, setup.problem, how)
                if how == "interrupted":  # also if it is printed: a long traceback comes after that
                    exc.add_note(
                        ending_in_words(
                            results,
                            n_candidates=setup.strategy.total,
                            seconds=time.time() - setup.began,
                            checkpoint=setup.info.checkpoint,
                        )
                    )
                with suppress(Exception):
                    setup.observers.search_finished(results)
                self._install(results)
                self._ended = _ended_in_words(setup, results)
                self._keep_models(setup, results)
            raise
        self.ended_by_ = ended_by
        results = Results.of(setup.trials, setup.objective, setup.problem, ended_by)
        self._ended = _ended_in_words(setup, results)
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
        if self.early_stopping is not None:
            self._n_samples = _sklearn.n_samples(setup.problem.X)
        self.scorer_ = _sklearn.single_scorers(setup.problem.scorer)
        self._environment = setup.environment
        self._resumed_at = 0.0 if setup.journal is None else setup.journal.seconds
        self._id = setup.id
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
        table = results.table
        self._timing = {"started": table.started, "worker": table.worker, "clock": table.clock}
        self._timing["seconds"] = table.own_time
        self._stories = stories_of(results.trials) if results.has_failures else []
        self._rounds = [
            [astuple(one.rounds) if one and one.rounds else None for one in trial.outcomes]
            for trial in (() if table.n_rounds is None else table.rows)
        ]
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
        if self.early_stopping is not None:
            found = [o.rounds for o in results.trials[best.row].finished if o.rounds is not None]
            n_rounds = rounds_on_all(found, self.early_stopping.refit, self._n_samples)
            vars(self).update({} if n_rounds is None else {"best_n_rounds_": n_rounds})
        if best.score is not None:
            self.best_score_ = best.score
        if not best.complete:
            warn(
                "The search ended before any candidate had all its splits; the best is "
                "taken from those that have most of them."
            )

    def _keep_models(self, setup: Setup, results: Results) -> None:
        """Keep the fits of the best candidate, if they are asked for."""
        if setup.models is not None:
            best = vars(self).get("best_index_")
            self._kept = kept_of(setup.problem, setup.models, results, best)

    def _refit(self, setup: Setup, hooks: FitHooks | None) -> None:
        """Fit the best candidate on all data, and tell of it."""
        observers = setup.observers
        if observers:
            observers.refit_started(self.best_params_)
        try:
            self._fit_best(setup.problem, hooks)
        except BaseException as exc:
            self.ended_by_ = _how(exc)
            if self.ended_by_ == "interrupted":
                exc.add_note(
                    "Interrupted during the refit: cv_results_ and best_params_ are kept, "
                    f"best_estimator_ is missing. {REFIT_BY_HAND}"
                )
            raise
        finally:
            if observers:
                observers.refit_finished(getattr(self, "best_estimator_", None))

    def _fit_best(self, problem: Problem, hooks: FitHooks | None) -> None:
        best = configured(problem.estimator, self.best_params_)
        with nullcontext() if hooks is None else hooks.refitting(best):
            start = time.time()
            if problem.stopping is not None:
                self.best_n_rounds_ = refit_stopped(
                    problem, problem.stopping, best, getattr(self, "best_n_rounds_", None)
                )
            elif problem.y is None:
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
        private = "environment", "fit_is_finished", "kept", "rivals", "shared", "strategy", "timing"
        for name in (*fitted, *(f"_{name}" for name in private)):
            vars(self).pop(name, None)


def _autologging() -> Any:
    """Return what has to do with MLflow's autologging; None where MLflow is not loaded."""
    return package("sktune.tracking.autologging") if AUTOLOGGING in sys.modules else None


def _ended_in_words(setup: Setup, results: Results) -> str:
    seconds = time.time() - setup.began
    return why_in_words(results, n_candidates=setup.strategy.total, seconds=seconds)


def _how(raised: BaseException) -> EndedBy:
    return "error" if isinstance(raised, Exception) else "interrupted"
