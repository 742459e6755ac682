"""The optimizer of its own: Gaussian process, expected improvement, mixed local search.

Snoek, Larochelle & Adams, Practical Bayesian Optimization of Machine Learning Algorithms
(2012), with what was measured to help (`docs/bayes.md` has the ablation).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..space import ConditionalSpace, Pool
from ..types import Floats
from .acquisition import log_expected_improvement
from .base import Optimizer, Seen, one_thread
from .candidates import best_point
from .surrogate import Posterior, Surrogates


class GPOptimizer(Optimizer):
    """Maximise expected improvement under a Gaussian process.

    Parameters
    ----------
    space : ConditionalSpace
    """

    expects = True

    def __init__(self, space: ConditionalSpace) -> None:
        self._surrogates = Surrogates(space)

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        with one_thread():
            acquisition = self._acquisition(seen)
            incumbents = seen.points[np.argsort(-seen.values, kind="stable")]
            return best_point(acquisition, incumbents, pool, rng)

    def expected_improvement(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> float:
        point = self.propose(seen, pool, rng)
        with one_thread():
            return math.exp(self._acquisition(seen)(point[np.newaxis])[0])

    def _acquisition(self, seen: Seen) -> Callable[[Floats], Floats]:
        surrogate = self._surrogates.of(seen)

        def acquisition(points: Floats) -> Floats:
            mean, std = surrogate.predict(points)
            return log_expected_improvement(mean, std, surrogate.best)

        return acquisition

    def surrogate(self, seen: Seen) -> Posterior:
        with one_thread():
            return self._surrogates.of(seen, clipped=False)
