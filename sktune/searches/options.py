"""The options of a search, and the questions that its setup asks it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any, Literal

from ..early_stopping import EarlyStopping
from ..events import Observer
from ..objective import Objective
from ..policies import Policy, Rule
from ..space import Space
from ..strategies import Strategy, SuccessiveHalving
from ..types import CV, Estimator, Samples, Scoring, Seed, Target

PolicyName = Literal["racing", "median", "bandit", "truncation"]
OptimizerName = Literal["gp", "skopt"]


class Options:
    """The options of a search, and the answers to all that its setup needs to know."""

    estimator: Estimator
    scoring: Scoring
    n_jobs: int | None
    refit: bool | str | Callable[..., Any]
    cv: CV
    verbose: int
    pre_dispatch: int | str
    error_score: float | str
    return_train_score: bool
    share_work: bool
    verify_sharing: bool
    checkpoint: str | PathLike[str] | None
    retry_failed: bool
    fit_timeout: float | None
    memory_limit: int | None
    early_termination: PolicyName | Policy | None
    timeout: float | None
    stop: Rule | None
    observers: Iterable[Observer] | None
    early_stopping: EarlyStopping | None
    keep: Literal["best"] | None
    executor: Any

    # which not all of them have
    strategy: SuccessiveHalving | Strategy | None = None
    n_iter: int | str = 0
    folds: str = "all"
    include_defaults: bool = False
    sampling: str = "random"

    @abstractmethod
    def _checked_space(self, X: Samples, y: Target) -> Space:
        """Read what is searched, of these data; refuse what cannot work."""

    @abstractmethod
    def _strategy_over(
        self, space: Space, objective: Objective, seed: Seed, most_candidates: int | None
    ) -> Strategy:
        """Make the strategy that proposes the candidates.

        Under successive halving there may be no more than `most_candidates`.
        """

    @property
    def _recurring(self) -> Space | None:
        """A space of which a value must recur in a checkpoint, to tell a wrong path."""
        return None

    @abstractmethod
    def _proposed_from(self, objective: Objective, space: Space) -> Mapping[str, Any]:
        """Return all that decides which candidates come next, but for how many, by name."""

    @property
    def _is_guided(self) -> bool:
        """Whether one metric decides on the way, and not only in the end."""
        options = self.early_termination, self.stop, self.strategy
        return self.folds != "all" or any(option is not None for option in options)
