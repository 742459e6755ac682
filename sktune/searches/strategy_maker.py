"""The strategy of a search in the making, and the seed that it or its journal gives."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..background import background_of
from ..environment import Environment
from ..journal import (
    Journal,
    as_fields,
    check_some_recur,
    data_of,
    fields_of,
    is_folder,
    make_journal,
)
from ..objective import Objective
from ..problem import Problem
from ..space import Space
from ..strategies import Strategy, SuccessiveHalving
from ..types import Samples, Target
from .halving import HalvingPlan
from .options import Options


class StrategyMaker:
    """The strategy of a search in the making, and its seed.

    Attributes
    ----------
    space : Space or None
        Of all candidates; None where a strategy of the user's own proposes them.
    halving : HalvingPlan or None
    lacks_seed : bool
        Whether the search has no seed, so that the journal gives one.
    """

    def __init__(
        self,
        search: Options,
        space: Space,
        objective: Objective,
        X: Samples,
        y: Target,
        n_splits: int,
    ) -> None:
        self._search, self._space, self._objective = search, space, objective
        self.space = None if isinstance(search.strategy, Strategy) else space
        self.halving: HalvingPlan | None = None
        self._seed = getattr(search, "random_state", None)
        if isinstance(search.strategy, SuccessiveHalving):
            plan = HalvingPlan.of(search.strategy, search.estimator, X, y, n_splits)
            if not hasattr(search, "random_state") and search.strategy.of_samples:
                self._seed = search.strategy.random_state
            self.halving = plan.seeded(self._seed)
        self._fields = {} if search.checkpoint is None else as_fields(self._proposed_from())
        unseeded = self._seed is None or self._seed is np.random
        self.lacks_seed = unseeded and "random_state" in self._fields
        if self.lacks_seed:
            self._seed = 0  # until the journal gives one

    def _proposed_from(self) -> dict[str, Any]:
        """Return all that decides which candidates come next, by name."""
        found = dict(self._search._proposed_from(self._objective, self._space))
        if self.halving is not None:
            beside = hasattr(self._search, "random_state")
            found |= self.halving.drawn_from(beside_a_seed=beside)
        if isinstance(self._search.strategy, Strategy):
            found["strategy"] = self._search.strategy
        return found

    def strategy(self) -> Strategy:
        """Make the strategy."""
        search, halving = self._search, self.halving
        space = self._space
        if isinstance(search.strategy, Strategy):
            return copy.deepcopy(search.strategy)  # which a second fit needs as it is
        most = None if halving is None else halving.most_candidates
        if halving is not None and not halving.halving.of_samples:
            # scikit-learn draws once to look for the resource, and then what it evaluates
            search._strategy_over(space, self._objective, self._seed, most)
        strategy = search._strategy_over(space, self._objective, self._seed, most)
        return strategy if halving is None else halving.strategy(strategy, space, self._objective)

    @contextmanager
    def journal(
        self, problem: Problem, params: Mapping[str, Any], environment: Environment
    ) -> Iterator[Journal]:
        """Open the journal of a problem."""
        search = self._search
        fields = fields_of(type(search), search.scoring, problem, params) | self._fields
        environment["data"] = data_of(fields)
        name, draws = type(search).__name__, self.lacks_seed
        journal = make_journal(
            search.checkpoint, name, problem, fields, environment, background_of(search),
            draws_seed=draws,
        )  # fmt: skip
        with journal:
            if self.lacks_seed:
                self._seed = environment["seeds"]["random_state"] = journal.seed
                self.halving = None if self.halving is None else self.halving.seeded(self._seed)
            # a strategy of the user's own may propose what is in no grid
            grid = None if isinstance(search.strategy, Strategy) else search._recurring
            if grid is not None:
                as_fields({"param_grid": grid.subspaces})  # whose values must be recognised again
                if not is_folder(search.checkpoint):
                    resource = None if self.halving is None else self.halving.halving.resource
                    check_some_recur(journal, grid.subspaces, resource=resource)
            yield journal
