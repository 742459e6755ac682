"""Searches that learn: what they make of their options, and what they can be asked afterwards."""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, cast

from sklearn.utils.validation import check_is_fitted

from ..engine import Setup
from ..objective import Objective
from ..optimizers import AskTells, Optimizer
from ..policies import make_policy
from ..results import Results, train_ranks
from ..space import Space
from ..space.checking import check_space, warn_of_skopt_ranges
from ..space.suitable import check_ranges
from ..strategies import Bayesian, FoldByFold, Strategy
from ..strategies.costs import Cost
from ..strategies.importances import Importance, importances_seen
from ..strategies.inspection import OptimizeResults, SpaceSurrogate
from ..strategies.warm_start import results_of
from ..trials import SINGLE, Trial
from ..types import Samples, Seed, Target
from .auto import good_values, known_if_auto, own_values
from .base import BaseSearch
from .earlier import check_possible, check_same_metric
from .folds import first_steps_of
from .options import OptimizerName

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


class LearningSearch(BaseSearch):
    """A search whose strategy is `Bayesian`: made of the options, asked when it has been told."""

    search_spaces: Mapping[str, Any] | Sequence[Any] | Literal["auto"]
    n_iter: int
    n_points: int
    optimizer: OptimizerName | Optimizer | AskTells
    optimizer_kwargs: Mapping[str, Any] | None
    initial_points: Sequence[Mapping[str, Any]] | None
    warm_start_from: Any
    transfer: bool
    constraints: Callable[[dict[str, Any]], bool] | None
    cost: Cost | None
    random_state: Seed

    def __reduce_ex__(self, protocol: Any) -> Any:
        state = {**vars(self), "executor": None}  # as in what is pickled otherwise
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined] # without types

    def __getstate__(self) -> dict[str, Any]:
        """Return what is kept without a pickle, as skops does: all but the optimizer's model."""
        estimator: Any = super()  # scikit-learn's class, which has no types
        state = estimator.__getstate__()
        return {name: state[name] for name in state if name not in ("_strategy", "_results")}

    @property
    def total_iterations(self) -> int:
        """The number of candidates that the search tries, if the space has as many.

        On all splits: with ``folds="adaptive"`` there are more that have some.
        """
        if isinstance(self.search_spaces, str):
            return self.n_iter
        allotments = Space.read(self.search_spaces, "search_spaces").allotments
        return sum(allotments) if allotments else self.n_iter

    @property
    def optimizer_results_(self) -> list[Any]:
        """One OptimizeResult for each dict of the space, with the surrogate as its model."""
        return OptimizeResults(self._told_strategy).all()

    @property
    def surrogate_(self) -> SpaceSurrogate:
        """The optimizer's model of the scores, in the user's space."""
        return SpaceSurrogate(self._told_strategy)

    @property
    def param_importances_(self) -> list[Importance]:
        """The importance of each parameter: name, importance and standard error."""
        strategy = self._told_strategy
        return importances_seen(strategy.space, strategy.seen())

    @property
    def _told_strategy(self) -> Bayesian:
        if hasattr(self, "cv_results_") and not hasattr(self, "_strategy"):
            raise AttributeError(
                "what the optimizer has learned is not kept where a search is saved without a "
                "pickle, as by skops"
            )
        check_is_fitted(self, "_strategy")
        return self._strategy

    def _checked_space(self, X: Samples, y: Target) -> Space:
        for name, remedy in _REFUSED.items():
            if getattr(self, name) is not None:
                raise ValueError(f"{name} is not a parameter of the search: {remedy}.")
        given = known_if_auto(self.search_spaces, "search_spaces", self, X, y)
        space = Space.read(given, "search_spaces")
        check_space(space, self.estimator, "search_spaces")
        check_ranges(space, self.estimator, "search_spaces")
        warn_of_skopt_ranges(space, "search_spaces")
        return space

    def _strategy_over(
        self, space: Space, objective: Objective, seed: Seed, most_candidates: int | None
    ) -> Strategy:
        if self.warm_start_from is not None and not self.transfer:
            check_same_metric(self, self.warm_start_from, objective)
        make: Callable[..., Bayesian] = Bayesian
        if self.folds == "adaptive":
            make = partial(FoldByFold, work=first_steps_of(self.estimator, self.share_work))
        strategy = make(
            space.given,
            self.n_iter,
            n_points=self.n_points,
            optimizer=self.optimizer,
            optimizer_kwargs=self.optimizer_kwargs,
            initial_points=self.initial_points,
            defaults=self.estimator.get_params() if self.include_defaults else None,
            known=[own_values(self.estimator, space.given), *good_values(space.given)],
            warm_start_from=self.warm_start_from,
            transfer=self.transfer,
            constraints=self.constraints,
            cost=self.cost,
            random_state=seed,
            metric=objective.metric or SINGLE,
        )
        check_possible(strategy, objective)
        return strategy

    def _proposed_from(self, objective: Objective, space: Space) -> Mapping[str, Any]:
        named = {name: getattr(self, name) for name in _DECIDING}
        earlier = results_of(self.warm_start_from, objective.metric or SINGLE)
        if earlier is not None:  # an earlier search takes other times, and that is all
            columns = "params", f"mean_test_{objective.metric}", "status"
            earlier = [list(earlier[name]) for name in columns if name in earlier]
        named |= {"warm_start_from": earlier, "metric": objective.metric}
        named["search_spaces"] = space.given
        if self.transfer:
            named["transfer"] = True
        if self.include_defaults:
            named["include_defaults"] = True
        if self.folds != "all":
            named["folds"] = self.folds
        if self.cost is not None:
            named["cost"] = self.cost
        if self.early_termination is not None:  # what is stopped is learned from, too
            named["early_termination"] = make_policy(self.early_termination)
        return named

    def _install_setup(self, setup: Setup) -> None:
        super()._install_setup(setup)
        self._strategy = cast(Bayesian, setup.strategy)
        self._results: OptimizeResults | None = None

    def _install(self, results: Results) -> None:
        super()._install(results)
        if self.return_train_score:  # as in skopt's; scikit-learn ranks no train scores
            self.cv_results_ |= train_ranks(results.table)

    @property
    def _kept_by_clone(self) -> tuple[str, ...]:
        return "executor", "warm_start_from"

    @property
    def __sktune_clones_params__(self) -> bool:
        """Whether its parameters, as clone has them, say all: not with a fitted search in them."""
        return not hasattr(self.warm_start_from, "get_params")

    @property
    def _is_guided(self) -> bool:
        return True

    def _result_of(self, trials: Sequence[Trial]) -> Any:
        if self._results is None:  # only callbacks ask, and it takes as long as some trials
            self._results = OptimizeResults(self._strategy)
        return self._results.latest(trials)
