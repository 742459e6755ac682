"""The optimizer of its own: Gaussian process, expected improvement, mixed local search.

Snoek, Larochelle & Adams, Practical Bayesian Optimization of Machine Learning Algorithms
(2012), with what was measured to help (`docs/bayes_engine.md` has the ablation).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..space import ConditionalSpace, Pool
from ..types import Bools, Floats
from .acquisition import log_expected_improvement
from .base import Optimizer, Seen, one_thread
from .candidates import best_point
from .costs import log_cost
from .evidence import owed
from .exploration import apart_in_all, is_plateau, is_turn_of_model
from .feasibility import labels_of, log_feasibility
from .folds import probability_to_beat
from .surrogate import Posterior, Surrogates

_AHEAD = 1e6
"""More than logarithms of the improvement differ by where anything can be expected."""


class GPOptimizer(Optimizer):
    """Maximise expected improvement under a Gaussian process.

    Parameters
    ----------
    space : ConditionalSpace
        What is searched.

    Examples
    --------
    >>> import numpy as np
    >>> from sktune.optimizers import GPOptimizer, Seen
    >>> from sktune.space import ConditionalSpace, Real
    >>> space = ConditionalSpace([{"C": Real(0, 20)}])
    >>> tried = [{"C": 1.0}, {"C": 10.0}, {"C": 19.0}]
    >>> points = space.encode(tried)
    >>> seen = Seen(points, np.array([0.1, 0.9, 0.2]), np.zeros(3, dtype=bool), points[:0], tried)
    >>> mean, std = GPOptimizer(space).surrogate(seen).predict(points)
    >>> int(mean.argmax())
    1
    """

    expects = True
    foresees = True
    weighs_costs = True

    def __init__(self, space: ConditionalSpace) -> None:
        self._surrogates = Surrogates(space)
        self._edgeless = Surrogates(space, edge=0.0)
        self._labels = labels_of(space)
        self._costs = Surrogates(space, edge=0.0)

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        with one_thread():
            works = self._works(seen)
            if is_plateau(seen.working.values) and not is_turn_of_model(seen):
                return apart_in_all(seen, pool, rng, works)
            surrogate = self._belief(seen)
            acquisition = _per_cost(_acquisition(surrogate, works), log_cost(self._costs, seen))
            if (first := owed(pool.space, seen)).any():
                acquisition = _with_precedence(acquisition, first)
            return _most_promising(acquisition, _believed(seen, surrogate), pool, rng)

    def expected_improvement(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> float:
        if not teaches(seen.working.values):
            return math.inf
        with one_thread():
            surrogate = self._belief(seen)
            acquisition = _acquisition(surrogate, self._works(seen))
            point = _most_promising(acquisition, seen, pool, rng)
            return math.exp(acquisition(point[np.newaxis])[0])

    def prospects(self, seen: Seen) -> Floats:
        found = np.zeros(len(seen.values))
        if not seen.failed.all():
            with one_thread():
                surrogate, working = self._surrogates.of(seen), seen.working
                mean, std = surrogate.predict(working.points)
                found[~seen.failed] = probability_to_beat(
                    surrogate.best, mean, std, surrogate.noise, working.shares
                )
        return found

    def _works(self, seen: Seen) -> Callable[[Floats], Floats]:
        """Return log p(works) as a function of points."""
        if not seen.failed.any() or seen.failed.all():
            return lambda points: np.zeros(len(points))
        return log_feasibility(self._labels, seen)

    def _belief(self, seen: Seen) -> Posterior:
        """Return the belief to choose by; no end is worse as long as all scores are equal."""
        if seen.failed.all():  # then EI is largest where it is farthest from all of them
            seen = replace(seen, values=np.zeros_like(seen.values), failed=~seen.failed)
        surrogates = self._surrogates if teaches(seen.working.values) else self._edgeless
        return surrogates.of(seen)

    def surrogate(self, seen: Seen) -> Posterior | None:
        if seen.failed.all():
            return None
        with one_thread():
            return self._surrogates.of(seen, clipped=False)


def _acquisition(
    surrogate: Posterior, works: Callable[[Floats], Floats]
) -> Callable[[Floats], Floats]:
    """Return log EI(x) + log p(x works)."""

    def acquisition(points: Floats) -> Floats:
        mean, std = surrogate.predict(points)
        return log_expected_improvement(mean, std, surrogate.best) + works(points)

    return acquisition


def _believed(seen: Seen, surrogate: Posterior) -> Seen:
    """Return what was seen, with what is believed of those that have some of the splits."""
    some = seen.shares < 1.0
    if not some.any():
        return seen
    values = seen.values.copy()
    values[some] = surrogate.predict(seen.points[some])[0]
    return replace(seen, values=values)


def _per_cost(
    acquisition: Callable[[Floats], Floats], log_cost: Callable[[Floats], Floats]
) -> Callable[[Floats], Floats]:
    """Divide what is expected by what it costs."""
    return lambda points: acquisition(points) - log_cost(points)


def _with_precedence(
    acquisition: Callable[[Floats], Floats], first: Bools
) -> Callable[[Floats], Floats]:
    """Prefer points of some branches, where there are any, to all others."""
    ahead = np.where(first, _AHEAD, 0.0)
    return lambda points: acquisition(points) + ahead[points[:, 0].astype(np.intp)]


def _most_promising(
    acquisition: Callable[[Floats], Floats], seen: Seen, pool: Pool, rng: np.random.Generator
) -> Floats:
    incumbents = seen.points[np.lexsort([-seen.values, seen.failed])]
    return best_point(acquisition, incumbents, pool, rng)


def teaches(values: Floats) -> bool:
    """Whether scores differ, by more than rounding."""
    return len(values) > 0 and bool(np.ptp(values) > 1e-12 * np.abs(values).max())
