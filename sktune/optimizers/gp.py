"""The optimizer of its own: Gaussian process, expected improvement, mixed local search.

Snoek, Larochelle & Adams, Practical Bayesian Optimization of Machine Learning Algorithms
(2012), with what was measured to help (`docs/bayes.md` has the ablation).
"""

from __future__ import annotations

import numpy as np

from ..space import ConditionalSpace, Pool
from ..space.dimensions import Floats
from .acquisition import log_expected_improvement
from .base import Optimizer, Seen
from .candidates import best_point
from .surrogate import Surrogate, Surrogates
from .threads import one_thread


class GPOptimizer(Optimizer):
    """Maximise expected improvement under a Gaussian process.

    Parameters
    ----------
    space : ConditionalSpace
    """

    def __init__(self, space: ConditionalSpace) -> None:
        self._surrogates = Surrogates(space)

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        with one_thread():
            surrogate = self._surrogates.of(seen)

            def acquisition(points: Floats) -> Floats:
                mean, std = surrogate.predict(points)
                return log_expected_improvement(mean, std, surrogate.best)

            incumbents = seen.points[np.argsort(-seen.values, kind="stable")]
            return best_point(acquisition, incumbents, pool, rng)

    def surrogate(self, seen: Seen) -> Surrogate:
        with one_thread():
            return self._surrogates.of(seen, clipped=False)
