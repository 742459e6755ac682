"""The setup of a search: all that is decided before its first fit."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..background import Background
from ..environment import Environment, Moment
from ..evaluation import Limits
from ..evaluation.tasks import Surrounds
from ..events import Observers, SearchInfo
from ..journal import Journal
from ..objective import Objective
from ..policies import Deadline, Ending
from ..problem import Problem, ProblemOn, first_rows
from ..sharing import Lineages
from ..strategies import Strategy
from ..trials import Trial, Trials
from .executors import Executor
from .executors.choosing import executor_for
from .fold_models import FoldModels
from .racing import Racing


@dataclass(frozen=True)
class Execution:
    """How bundles are executed: by which workers, and within what limits.

    Attributes
    ----------
    executor : Executor
        By default that of joblib's active backend.
    pre_dispatch : int or str
        How many bundles are handed out before the first of them has come back.
    limits : Limits
        Of each fit.
    deadline : Deadline or None
        Of the search.
    """

    executor: Executor = field(default_factory=executor_for)
    pre_dispatch: int | str = "2*n_jobs"
    limits: Limits = field(default_factory=Limits)
    deadline: Deadline | None = None


@dataclass(frozen=True, eq=False)
class Setup:
    """All that a search is made of.

    Attributes
    ----------
    problem : Problem
        What is measured.
    strategy : Strategy
        Proposes candidates.
    objective : Objective
        What decides.
    trials : Trials
        The store, still empty.
    workers : Execution
    observers : Observers
        Told of what happens; the trials tell them of most of it.
    endings : tuple of Ending
        Each can end the search before everything is tried.
    racing : Racing or None
        Stops candidates after any of their splits, which are then evaluated one by one.
    problem_on : callable or None
        From a rung of successive halving to what is measured on it; None without rungs.
    journal : Journal or None
        Knows what earlier runs have found out, which is not done again.
    retry_failed : bool
        Whether of that what has failed is done again.
    lineages : Lineages or None
        Tells what candidates have in common, so that it is done once.
    verify : bool
        Whether some of what was shared is done the ordinary way too, to compare.
    in_order : bool
        Whether a single worker keeps to the order of candidates: a line is printed for each.
    surround : callable or None
        Gives what a task has around its fit, for scikit-learn's callbacks.
    name : str
        Of the search's class.
    space : object
        What is searched, as it was given. For observers, as are environment and background.
    began : float
        When ``fit`` was called, as `time.time` tells it.
    environment : Environment or Moment
    id : str
        Of the search, which a journal keeps.
    background : Background
    models : FoldModels or None
        Keeps what was fitted for those that may be the best.
    """

    problem: Problem
    strategy: Strategy
    objective: Objective
    trials: Trials
    workers: Execution = field(default_factory=Execution)
    observers: Observers = field(default_factory=Observers)
    endings: tuple[Ending, ...] = ()
    racing: Racing | None = None
    problem_on: ProblemOn | None = None
    journal: Journal | None = None
    retry_failed: bool = False
    lineages: Lineages | None = None
    verify: bool = False
    in_order: bool = False
    surround: Callable[[Trial, int], Surrounds | None] | None = None
    name: str = ""
    space: Any = None
    began: float = field(default_factory=time.time)
    environment: Environment | Moment = field(default_factory=dict)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    background: Background = field(default_factory=Background)
    models: FoldModels | None = None

    @cached_property
    def may_stop(self) -> bool:
        """Whether a rule may end the search after any candidate: later ones are then in vain."""
        return any(ending.reason == "stop" for ending in self.endings)

    @property
    def info(self) -> SearchInfo:
        """The description of the search that observers get when it begins."""
        journal, deadline = self.journal, self.workers.deadline
        return SearchInfo(
            self.name,
            self.strategy.total,
            self.trials.n_splits,
            self.objective.metric,
            self.trials,
            self.workers.executor.workers.count,
            self.began,
            None if journal is None else str(journal.path),
            None if deadline is None else time.time() + deadline.left,
            self.environment,
            id=self.id,
            notes={} if journal is None else journal.notes,
            space=self.space,
            sample=first_rows(self.problem.X),
            background=self.background,
        )
