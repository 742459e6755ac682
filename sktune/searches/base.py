"""What the searches have in common: `fit`.

The classes inherit from scikit-learn's own, so that prediction, tags, routing and display
are scikit-learn's, and `isinstance` holds; how candidates are evaluated is not.
"""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline

from .. import _sklearn
from ..engine import Executor, run
from ..evaluation import Limits
from ..journal import Journal
from ..observers import (
    Observer,
    RefitMetricCheck,
    callbacks_for,
    say,
    weights,
)
from ..policies import Deadline, Ending
from ..problem import (
    Problem,
    ProblemOn,
    check_lengths,
    draw_splits,
    held_out_share,
    make_splitter,
)
from ..results import (
    report_failures,
    report_non_finite,
    report_rungs,
)
from ..strategies import Halving, Strategy
from ..trials import Trials
from .checkpointing import Checkpoint
from .checks import check_before_all, check_expectation, check_window
from .company import lineages_of, who_watches
from .concluding import Concluding
from .ending import endings_of, racing_of
from .halving import Halved
from .winners import Winning

_FITTED = (
    "best_estimator_",
    "best_index_",
    "best_params_",
    "best_score_",
    "checkpoint_",
    "cv_results_",
    "feature_names_in_",
    "max_resources_",
    "min_resources_",
    "multimetric_",
    "n_candidates_",
    "n_iterations_",
    "n_possible_iterations_",
    "n_remaining_candidates_",
    "n_required_iterations_",
    "n_resources_",
    "refit_time_",
    "scorer_",
    "sharing_",
    "_fit_is_finished",
    "_rivals",
    "_strategy",
)


class Searching(Concluding, Winning):
    """Prepare, run, conclude. Mixed into a class derived from `BaseSearchCV`."""

    # the parameters that BaseSearchCV stores
    estimator: Any
    scoring: Any
    n_jobs: int | None
    refit: Any
    cv: Any
    verbose: int
    pre_dispatch: int | str
    error_score: Any
    return_train_score: bool
    share_work: bool
    verify_sharing: bool
    checkpoint: Any
    fit_timeout: float | None
    memory_limit: int | None
    early_termination: Any
    timeout: float | None
    stop: Any

    @abstractmethod
    def _make_strategy(self, metric: Any, seed: Any, halved: Halved | None) -> Strategy:
        """Make what proposes the candidates, guided by a metric; refuse a bad space.

        Under successive halving, those of the first rung.
        """

    @abstractmethod
    def _proposed_from(self, metric: Any) -> dict[str, Any]:
        """All that decides which candidates come next, but for how many, by name."""

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fit_is_finished")

    @_sklearn.fit_method(check_before_all)
    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
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

    def _fit(self, X: Any, y: Any, params: dict[str, Any], extra: Sequence[Observer] = ()) -> Any:
        """Prepare, run, conclude, with further observers, which may be policies."""
        scorer, refit_metric = _sklearn.resolve_scoring(self)
        X, y = check_lengths(X, y, params)
        params = _sklearn.indexable_params(X, params)
        routed = _sklearn.route_fit_params(self, params)
        root = _sklearn.open_context(self, max_subtasks=1 + (self.refit is not False))
        data = {"X": X, "y": y, "metadata": weights(params)}
        if root is not None:
            _sklearn.call_begin(root, self, **data)
        cv = make_splitter(self.cv, y, classifier=is_classifier(self.estimator))
        n_splits = cv.get_n_splits(X, y, **routed.splitter.split)
        # as in scikit-learn, candidates are drawn before splits: a source of randomness that
        # they share gives the same of both
        halved = Halved.of(self, X, y, n_splits)
        seed = getattr(self, "random_state", None) if halved is None else halved.seed(self)
        checkpoint = Checkpoint.of(self, seed, lambda: self._drawn_from(refit_metric, halved))
        # what cannot work is refused before anything of an earlier fit is dropped
        strategy = self._propose(refit_metric, 0 if checkpoint.seeds else seed, halved)
        splits = draw_splits(cv, n_splits, X, y, routed.splitter.split)
        if halved is not None:
            halved.check(splits, strategy)
        problem = Problem(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            splits=splits,
            scorer=scorer,
            fit_params=routed.estimator.fit,
            score_params=routed.scorer.score,
            return_train_score=self.return_train_score,
            raise_errors=isinstance(self.error_score, str),
        )

        self._forget()
        with checkpoint.opened(problem, params) as journal:
            if journal is not None:
                self.checkpoint_ = journal.path
            if journal is not None and checkpoint.seeds:
                seed = journal.seed
                strategy = self._propose(refit_metric, seed, halved)
            check_expectation(self.stop, strategy)
            self._remember(strategy)
            problem_on = None if halved is None else halved.problem_on(problem, seed)
            self.n_splits_ = len(splits)
            self._test_share = held_out_share(splits)
            self.scorer_ = _sklearn.single_scorers(scorer)
            self._search(problem, strategy, root, refit_metric, extra, journal, problem_on)
        if self.refit:
            self._refit(problem, root, data)
        if root is not None:
            _sklearn.call_end(root, self, **data)
        self._fit_is_finished = True
        return self

    def _propose(self, metric: Any, seed: Any, halved: Halved | None) -> Strategy:
        """Make the strategy."""
        first = self._make_strategy(metric, seed, halved)
        if halved is None:
            return first
        return halved.strategy(first, self, self._metric(metric), seed)

    def _drawn_from(self, metric: Any, halved: Halved | None) -> dict[str, Any]:
        """All that decides what is drawn, by name."""
        return self._proposed_from(metric) | ({} if halved is None else halved.drawn_from(self))

    def _search(
        self,
        problem: Problem,
        strategy: Strategy,
        root: Any,
        metric: Any,
        extra: Sequence[Observer],
        journal: Journal | None,
        problem_on: ProblemOn | None,
    ) -> None:
        """Run the engine and conclude, also from what there is when it is interrupted."""
        callbacks = callbacks_for(self, root, problem, problem_on)
        observers = [*self._make_checks(), *who_watches(self, callbacks, metric), *extra]
        if journal is not None:
            observers.insert(0, journal)
        guide = self._metric(metric)
        deadline = None if self.timeout is None else Deadline(self.timeout)
        endings = [*endings_of(self, strategy, guide), *([] if deadline is None else [deadline])]
        observers += [ending for ending in endings if isinstance(ending, Observer)]
        endings += [o for o in observers if isinstance(o, Ending) and o not in endings]
        # with callbacks, every evaluation that was asked for can be observed
        trials = Trials(len(problem.splits), observers, merge_equal=callbacks is None)
        try:
            ahead = strategy.window is None
            with Executor(
                self.n_jobs,
                self.pre_dispatch,
                ahead=ahead,
                batched=journal is None,
                limits=Limits(self.fit_timeout, self.memory_limit),
                deadline=deadline,
            ) as executor:
                racing = racing_of(self, trials, guide)
                check_window(
                    strategy, trials.n_splits, executor.n_workers, in_turn=racing is not None
                )
                if journal is not None:
                    journal.begin(strategy, notes_starts=executor.here)
                run(
                    problem,
                    strategy,
                    trials,
                    executor,
                    observers=observers,
                    endings=endings,
                    racing=racing,
                    may_stop=self.stop is not None,
                    surround=callbacks.surround if callbacks else None,
                    memory=journal,
                    lineages=lineages_of(self, problem) if callbacks is None else None,
                    verify=self.verify_sharing,
                    in_order=self.verbose > 1,
                    problem_on=problem_on,
                )
        except BaseException:
            # Ctrl-C, a lost worker, error_score="raise": keep what is there. Nothing that
            # goes wrong on the way may hide why the search ended.
            with warnings.catch_warnings(), suppress(Exception):
                warnings.simplefilter("ignore")
                self._conclude(problem, trials, metric)
            raise
        table = self._conclude(problem, trials, metric)
        # line by line, nothing but scikit-learn's lines where it would share nothing itself
        if self.sharing_.shared and (self.verbose == 1 or (self.verbose and self._has_steps)):
            say(self.sharing_.in_one_line)
        report_failures(table.rows, self.error_score)
        report_non_finite(table, self.cv_results_)
        report_rungs(table, guide)

    @property
    def _has_steps(self) -> bool:
        return isinstance(self.estimator, Pipeline)

    def __dir__(self) -> list[str]:
        # scikit-learn's tests compare what is listed with what a search of its own has
        hidden = {"best_score_bias_"} | (set() if self._has_steps else {"sharing_"})
        return [name for name in super().__dir__() if name not in hidden]

    @property
    def _is_guided(self) -> bool:
        """Whether one metric decides on the way, and not only in the end."""
        options = self.early_termination, self.stop, getattr(self, "strategy", None)
        return any(option is not None for option in options)

    def _metric(self, metric: Any) -> Any:
        """What decides on the way, given the metric that scikit-learn would refit by."""
        several = not isinstance(self.scoring, str | None)  # or maybe, where it is a callable
        return self.refit if several and isinstance(self.refit, str) else metric

    def _make_checks(self) -> list[Observer]:
        return [RefitMetricCheck(self, self._is_guided)] if callable(self.scoring) else []

    def _remember(self, strategy: Strategy) -> None:
        """Keep what can be looked into."""
        if isinstance(strategy, Halving):
            plan = strategy.schedule
            self.min_resources_, self.max_resources_ = plan.min_resources, plan.max_resources
            self.n_required_iterations_ = plan.n_required
            self.n_possible_iterations_ = plan.n_possible

    def _forget(self) -> None:
        """Drop what an earlier fit left, so that nothing of it is taken for this one's."""
        for name in _FITTED:
            vars(self).pop(name, None)
