"""The setup of a search, made of its options and its data; whatever cannot work is refused here."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sklearn.base import clone, is_classifier

from .. import _sklearn
from ..background import Background, background_of
from ..engine import (
    Execution,
    FoldModels,
    Racing,
    Setup,
    check_can_be_sent,
    executor_for,
    n_ahead,
)
from ..environment import Environment, Moment, completed, seeds_of
from ..evaluation import Limits
from ..events import Observer, Observers
from ..journal import Journal, data_digests
from ..objective import Objective, best_possible
from ..observers import (
    Callbacks,
    FitHooks,
    FitLines,
    HeaderLine,
    Progress,
    RefitMetricCheck,
)
from ..policies import Board, Deadline, Ending, StopAfter, make_policy
from ..problem import (
    Problem,
    ProblemOn,
    check_lengths,
    draw_splits,
    make_splitter,
)
from ..sharing import Lineages
from ..space import space_of
from ..strategies import Strategy
from ..trials import Trials
from ..types import Samples, Target
from .checks import check_expectation, check_refit, check_target, warn_of_other_splits
from .data import check_data, check_fit_params
from .options import Options
from .scorers import check_scores_can_be_had, check_takes_estimator
from .stopping import stopped
from .strategy_maker import StrategyMaker

_NOT_IN_SCORES = ("checkpoint", "executor", "observers", "warm_start_from")
"""Parameters of searches in which nothing takes part in a score."""


@contextmanager
def prepared(
    search: Options,
    X: Samples,
    y: Target,
    params: Mapping[str, Any],
    endings: Sequence[Ending],
    guests: Sequence[Observer] = (),
) -> Iterator[tuple[Setup, FitHooks | None]]:
    """Make the setup of a search, and keep its journal open meanwhile.

    Sources of randomness are drawn from in scikit-learn's order: the estimator is cloned, then
    candidates are drawn, then splits.

    Raises
    ------
    ValueError, TypeError
        For whatever cannot work, before the first fit, and before anything of an earlier
        fit is dropped.
    """
    began = time.time()
    if search.scoring is not None:
        check_takes_estimator(search.scoring, y, params)
    scorer, refit_metric = _sklearn.resolve_scoring(search)
    objective = _objective_of(search, refit_metric)
    limits = Limits(search.fit_timeout, search.memory_limit)
    executor = executor_for(search.executor, search.n_jobs, limits)
    n_workers = executor.workers.count
    if search.pre_dispatch != "all":
        n_ahead(search.pre_dispatch, n_workers)
    X, y = check_lengths(X, y, params)
    space = search._checked_space(X, y)
    if not isinstance(search.strategy, Strategy):  # which may propose anything
        check_data(search.estimator, space, X, y, search.cv)
    params = _sklearn.indexable_params(X, params) if params else {}
    routed = _sklearn.route_fit_params(search, params)
    if routed.estimator.fit and not isinstance(search.strategy, Strategy):
        check_fit_params(search.estimator, space, routed.estimator.fit)
    hooks = FitHooks(search, X, y, params) if _sklearn.has_callbacks(search) else None
    cv = make_splitter(search.cv, y, classifier=is_classifier(search.estimator))
    n_splits = cv.get_n_splits(X, y, **routed.splitter.split)
    estimator = clone(search.estimator)
    maker = StrategyMaker(search, space, objective, X, y, n_splits)
    strategy = maker.strategy()
    problem = Problem(
        estimator=estimator,
        X=X,
        y=y,
        splits=draw_splits(cv, n_splits, X, y, routed.splitter.split),
        scorer=scorer,
        fit_params=routed.estimator.fit,
        score_params=routed.scorer.score,
        return_train_score=search.return_train_score,
        raise_errors=isinstance(search.error_score, str),
        keeps_models=search.keep is not None,
    )
    whole = problem
    if search.scoring is not None:
        check_scores_can_be_had(search.scoring, problem, objective.metric, maker.space)
    if search.early_stopping is not None:
        groups = routed.splitter.split.get("groups")
        problem = stopped(search, problem, objective, maker.space, groups)
    if callable(search.refit):
        check_refit(search, scorer, maker.space)
    if search.stop is not None:
        check_expectation(search.stop, strategy)
        check_target(search.stop, objective.best_possible)
    if maker.halving is not None:
        maker.halving.check(problem.splits, strategy)
    environment = environment_around(search, problem, n_workers)
    recorded = search.checkpoint is not None
    opened = maker.journal(problem, params, completed(environment)) if recorded else nullcontext()
    with opened as journal:
        if journal is not None:
            warn_of_other_splits(cv, whole, routed.splitter.split)
        if maker.lacks_seed:
            strategy = maker.strategy()
        halving = maker.halving
        problem_on = None if halving is None else halving.problem_on(problem)
        space = (maker.space and maker.space.given) or space_of(search)
        parts = _Parts(
            problem,
            strategy,
            objective,
            hooks,
            journal,
            problem_on,
            began,
            environment,
            space,
            Execution(executor, search.pre_dispatch, limits),
        )
        yield _setup_of(search, parts, endings, guests), hooks


def environment_around(search: Any, problem: Problem, n_workers: int) -> Environment | Moment:
    """Return the environment of a search.

    What takes its time is found out only where it is written down, or looked at; data that a
    journal digests are left to it.
    """
    own = search.get_params(deep=False)
    things = [value for name, value in own.items() if name not in _NOT_IN_SCORES]
    things += [*_sklearn.functions_of(problem.scorer), type(problem.X), type(problem.y)]
    watched, recorded = bool(search.observers), search.checkpoint is not None
    data = {} if recorded else data_digests(problem, at_once=watched)
    seeds = seeds_of(search.get_params())
    seeds |= seeds_of({"cv__random_state": getattr(search.cv, "random_state", None)})
    moment = Moment(things, seeds, n_workers, data)
    return completed(moment.found) if watched or recorded else moment


@dataclass(frozen=True)
class _Parts:
    """The parts that a setup is put together from."""

    problem: Problem
    strategy: Strategy
    objective: Objective
    hooks: FitHooks | None
    journal: Journal | None
    problem_on: ProblemOn | None
    began: float
    environment: Environment | Moment
    space: Any
    execution: Execution


def _objective_of(search: Options, refit_metric: object) -> Objective:
    """Return what decides, given the metric that scikit-learn would refit by."""
    several = not isinstance(search.scoring, str | None)  # or maybe, where it is a callable
    metric = search.refit if several and isinstance(search.refit, str) else refit_metric
    metric = metric if isinstance(metric, str) else None
    error_score = search.error_score
    return Objective(
        metric,
        float("nan") if isinstance(error_score, str) else float(error_score),
        best_possible(search.scoring, metric or "", search.estimator),
    )


def _setup_of(
    search: Options, parts: _Parts, endings: Sequence[Ending], guests: Sequence[Observer]
) -> Setup:
    """Put a setup together from the options and what was made of them."""
    problem, strategy, objective = parts.problem, parts.strategy, parts.objective
    journal = parts.journal
    callbacks = None if parts.hooks is None else _callbacks_of(search, parts, parts.hooks.root)
    # where fits fire hooks, every one that was asked for can be observed
    alone = callbacks is not None and callbacks.fire_in_fits
    executor = parts.execution.executor
    if executor.workers.where in ("processes", "hosts"):
        check_can_be_sent(problem, () if callbacks is None else callbacks.sent, executor)
    own: list[Observer] = [] if journal is None else [journal]
    if callable(search.scoring):  # which tells its metrics only when it is called
        check = partial(_sklearn.check_refit_names_a_metric, search)
        own.append(RefitMetricCheck(search.refit, check, search._is_guided))
    if callbacks is not None:
        own.append(callbacks)
    if search.verbose:
        own += _printers_of(search, objective)
    models = None
    if search.keep is not None:
        beside = None if journal is None else journal.model_file
        models = FoldModels(objective, by_rule=callable(search.refit), beside=beside)
        own.append(models)
    observers = Observers(own, [*(search.observers or ()), *guests])
    trials = Trials(len(problem.splits), observers, merge_equal=not alone and problem.repeats)
    deadline = None
    if search.timeout is not None:
        deadline = Deadline(search.timeout - (time.time() - parts.began))
    racing = None
    if search.early_termination is not None:
        policy = make_policy(search.early_termination)
        within = problem.stopping is not None
        racing = Racing(policy, Board(trials, objective), trials, within=within)
    ends: list[Ending] = []
    if search.stop is not None:
        expected = strategy.expected_improvement if strategy.expects else None
        ends.append(StopAfter(search.stop, objective, expected))
    ends += endings
    if deadline is not None:
        ends.append(deadline)
    return Setup(
        problem,
        strategy,
        objective,
        trials,
        workers=replace(parts.execution, deadline=deadline),
        observers=observers,
        endings=tuple(ends),
        racing=racing,
        problem_on=parts.problem_on,
        journal=journal,
        retry_failed=search.retry_failed,
        lineages=_lineages_of(problem) if search.share_work and not alone else None,
        verify=search.verify_sharing,
        in_order=search.verbose > 1 or problem.scores_go_on,
        surround=None if callbacks is None else callbacks.surround,
        name=type(search).__name__,
        space=parts.space,
        began=parts.began,
        environment=parts.environment,
        **({} if journal is None else {"id": journal.contents.header.salt}),
        background=background_of(search) if observers else Background(),
        models=models,
    )


def _callbacks_of(search: Options, parts: _Parts, root: Any) -> Callbacks:
    """Make the observer that fires scikit-learn's hooks."""
    problem = parts.problem
    total = parts.strategy.total
    n_tasks = None if total is None else total * len(problem.splits)
    problem_on = parts.problem_on or (lambda _: problem)
    return Callbacks(search, root, problem, problem_on, n_tasks)


def _printers_of(search: Options, objective: Objective) -> list[Observer]:
    """Make the observers that print what `verbose` asks for."""
    if search.verbose == 1:
        return [HeaderLine(), Progress()]
    lines = FitLines(search.verbose, objective.error_score)
    return [HeaderLine(rungs=True), lines, Progress(beside_lines=True)]


def _lineages_of(problem: Problem) -> Lineages:
    """Make the finder of what candidates have in common."""
    return Lineages(
        problem.estimator,
        fit_params=problem.fit_params,
        writing_matters=problem.uses_data_again,
        groups_matter=problem.scored_by_responses,
        is_alone=None if problem.stopping is None else problem.stopping.stops,
    )
