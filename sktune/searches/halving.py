"""The plan of successive halving: which resources candidates get, and on which samples."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.multiclass import check_classification_targets

from .. import _sklearn
from ..messages import did_you_mean
from ..objective import Objective
from ..problem import Problem, ProblemOn, Split, subsampled
from ..space import Space
from ..strategies import Halving, Strategy, SuccessiveHalving
from ..trials import Rung
from ..types import Estimator, Samples, Seed, Target


@dataclass(frozen=True, eq=False)
class HalvingPlan:
    """Successive halving of a search, with the resources that there are.

    Attributes
    ----------
    halving : SuccessiveHalving
    smallest, largest : int
        What a candidate gets at least and at most.
    n_samples : int
    seed : object
        Source of the samples that are drawn: the strategy's own, or the search's.
    """

    halving: SuccessiveHalving
    smallest: int
    largest: int
    n_samples: int
    seed: Seed = None

    @classmethod
    def of(
        cls, halving: SuccessiveHalving, estimator: Estimator, X: Samples, y: Target, n_splits: int
    ) -> HalvingPlan:
        """Work out the resources.

        Raises
        ------
        ValueError
            If there are none, or not enough.
        """
        n_samples = _sklearn.n_samples(X)
        if not halving.of_samples:
            _check_is_parameter(halving.resource, estimator)
        smallest = halving.min_resources
        if isinstance(smallest, str):
            smallest = 2 * n_splits if halving.of_samples else 1
            if halving.of_samples and is_classifier(estimator):
                smallest *= _n_classes(y)
        largest = halving.max_resources
        if isinstance(largest, str):
            if not halving.of_samples:
                raise ValueError(
                    "resource can only be 'n_samples' when max_resources='auto'. Say what is the "
                    f"most, for example SuccessiveHalving({halving.resource!r}, max_resources=100)."
                )
            largest = n_samples
        if smallest > largest:
            raise ValueError(
                f"min_resources_={smallest} is greater than max_resources_={largest}. Lower "
                "min_resources or raise max_resources; with few samples, take fewer splits."
            )
        if smallest == 0:
            raise ValueError(
                f"min_resources_={smallest}: you might have passed an empty dataset X."
            )
        return cls(halving, int(smallest), int(largest), n_samples, halving.random_state)

    def seeded(self, seed: Seed) -> HalvingPlan:
        """Return the plan with the search's seed, where the strategy has none of its own."""
        return self if self.halving.random_state is not None else replace(self, seed=seed)

    @property
    def most_candidates(self) -> int:
        """The number of candidates to begin with, if the last rung is to have all resources."""
        return self.largest // self.smallest

    def drawn_from(self, *, beside_a_seed: bool) -> dict[str, Any]:
        """Return all that decides which samples are drawn, by name; with the search's own seed.

        Raises
        ------
        ValueError
            If the same samples cannot be drawn again.
        """
        if not self.halving.of_samples:
            return {}
        if self.seed is not None and not _is_repeatable(self.seed):
            raise ValueError(
                "checkpoint: samples that are drawn from a RandomState cannot be drawn again. "
                "Pass a number for random_state."
            )
        state = self.halving.random_state
        name = "strategy's random_state" if beside_a_seed else "random_state"
        return {} if state is None and beside_a_seed else {name: state}

    def strategy(self, first: Strategy, space: Space, objective: Objective) -> Halving:
        """Make the strategy that proposes the candidates of `first`, and again those that did best.

        Raises
        ------
        ValueError
            If there are no such resources.
        """
        if any(self.halving.resource in names for names in space.subspaces):
            raise ValueError(
                f"Cannot use parameter {self.halving.resource} as the resource since it is part of "
                "the searched parameters. Take it out of them."
            )
        plan = self.halving.schedule(first.total or 1, self.smallest, self.largest)
        if self.halving.of_samples and plan.n_resources[-1] > self.n_samples:
            raise ValueError(
                f"max_resources={self.largest} is more than the {self.n_samples} samples that "
                "there are. Pass 'auto'."
            )
        redraws = not _is_repeatable(self.seed)
        return Halving(first, plan, self.halving.resource, objective, redraws=redraws)

    def check(self, splits: Sequence[Split], strategy: Strategy) -> None:
        """Refuse fewer samples than there must be to draw from each split.

        Raises
        ------
        ValueError
        """
        rung = strategy.rung
        if rung is not None and rung.n_samples is not None:
            subsampled(splits, rung.n_samples / self.n_samples, 0)

    def problem_on(self, problem: Problem) -> ProblemOn:
        """Return what gives the problem of a rung."""
        if not self.halving.of_samples:
            return lambda _: problem
        known: dict[int, Problem] = {}

        def on(rung: Rung | None) -> Problem:
            assert rung is not None  # noqa: S101 - for the type checker
            if rung.splits not in known:
                known.clear()
                share = rung.n_resources / self.n_samples
                splits = subsampled(problem.splits, share, self.seed)
                known[rung.splits] = replace(problem, splits=splits)
            return known[rung.splits]

        return on


def _n_classes(y: Any) -> int:
    if y is None:
        raise ValueError(
            "y is None, but min_resources goes by the number of classes. Pass y, or a number for "
            "min_resources."
        )
    check_classification_targets(y)
    return len(np.unique(y))


def _is_repeatable(source: object) -> bool:
    """Whether the same samples are drawn from it again."""
    return isinstance(source, numbers.Integral)


def _check_is_parameter(resource: str, estimator: Estimator) -> None:
    known = estimator.get_params() if hasattr(estimator, "get_params") else {}
    if resource not in known:
        raise ValueError(
            f"Cannot use resource={resource} which is not supported by estimator "
            f"{type(estimator).__name__}.{did_you_mean(resource, known)} Pass 'n_samples' or the "
            "name of a parameter."
        )
