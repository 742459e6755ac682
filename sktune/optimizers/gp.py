"""The optimizer of its own: Gaussian process, expected improvement, mixed local search.

Snoek, Larochelle & Adams, Practical Bayesian Optimization of Machine Learning Algorithms
(2012), with what was measured to help: a clipped bad tail and priors on the lengthscales.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ..space import ConditionalSpace, Pool
from ..space.dimensions import Floats
from .acquisition import log_expected_improvement
from .base import Optimizer, Seen
from .candidates import best_point
from .encoding import Encoding
from .gaussian_process import GaussianProcess, fit

_EXACT = 30
"""Up to this many observations hyperparameters are fitted anew for each candidate; beyond,
each time there are a tenth more: by then a few more change them little."""

_MOST_FITTED = 300
"""Hyperparameters are fitted to this many observations at most: the best and the latest."""


class GPOptimizer(Optimizer):
    """Maximise expected improvement under a Gaussian process.

    Parameters
    ----------
    space : ConditionalSpace
    """

    def __init__(self, space: ConditionalSpace) -> None:
        self._encoding = Encoding(space)
        self._fitted: dict[bytes, Floats] = {}

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        with threadpool_limits(1):  # the answer must not depend on the number of threads
            y = standardise(seen.values)
            surrogate = self._condition(seen, y)

            def acquisition(points: Floats) -> Floats:
                mean, std = surrogate.predict(self._encoding(points))
                return log_expected_improvement(mean, std, float(y.max()))

            incumbents = seen.points[np.argsort(-y, kind="stable")]
            return best_point(acquisition, incumbents, pool, rng)

    def surrogate(self, seen: Seen) -> Surrogate:
        with threadpool_limits(1):
            X, groups = self._encoding(seen.points), self._encoding.groups
            centre, scale = float(seen.values.mean()), _spread(seen.values)
            y = (seen.values - centre) / scale  # not clipped: it is looked at everywhere
            rows = _rows(seen.values)
            theta = fit(X[rows], y[rows], groups, self._encoding.n_groups)
            process = GaussianProcess.condition(X, y, theta, groups)
            return Surrogate(self._encoding, process, centre, scale)

    def _condition(self, seen: Seen, y: Floats) -> GaussianProcess:
        """Condition on what is known, and on the mean where something is under way.

        A candidate under way changes no mean, but there is less to be learned near it.
        """
        X = self._encoding(seen.points)
        theta = self._hyperparameters(seen)
        process = GaussianProcess.condition(X, y, theta, self._encoding.groups)
        if not len(seen.pending):
            return process
        P = self._encoding(seen.pending)
        mean, _ = process.predict(P)
        return GaussianProcess.condition(
            np.concatenate([X, P]), np.concatenate([y, mean]), theta, self._encoding.groups
        )

    def _hyperparameters(self, seen: Seen) -> Floats:
        """Fit to the first so many observations; remember the answer for those."""
        n = _milestone(len(seen.values))
        points, values = seen.points[:n], seen.values[:n]
        name = points.tobytes() + values.tobytes()
        if name not in self._fitted:
            rows = _rows(values)
            y = standardise(values[rows])
            encoding = self._encoding
            theta = fit(encoding(points[rows]), y, encoding.groups, encoding.n_groups)
            self._fitted = {name: theta}
        return self._fitted[name]


class Surrogate:
    """The process in the scores' own units."""

    def __init__(
        self, encoding: Encoding, process: GaussianProcess, centre: float, scale: float
    ) -> None:
        self._encoding, self._process = encoding, process
        self._centre, self._scale = centre, scale

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the score at points, shape (m, 1 + n_slots)."""
        mean, std = self._process.predict(self._encoding(points))
        return self._centre + self._scale * mean, self._scale * std


def standardise(values: Floats) -> Floats:
    """Clip the bad tail; bring to mean 0 and standard deviation 1.

    How bad a candidate is beyond recognition does not matter, and would drown what tells
    the good ones apart.
    """
    median, q90 = np.quantile(values, [0.5, 0.9])
    reach = q90 - median if q90 > median else values.max() - median
    clipped = np.maximum(values, median - 2.0 * reach) if reach > 0 else values
    return np.asarray((clipped - clipped.mean()) / _spread(clipped))


def _spread(values: Floats) -> float:
    """Standard deviation; 1 where the values are the same but for rounding."""
    scale = float(values.std())
    return scale if scale > 1e-12 * max(1.0, abs(float(values.mean()))) else 1.0


def _rows(values: Floats) -> npt.NDArray[np.intp]:
    """Observations to fit hyperparameters to: all, or the best and the latest."""
    n, half = len(values), _MOST_FITTED // 2
    if n <= _MOST_FITTED:
        return np.arange(n)
    best = np.argsort(-values, kind="stable")[:half]
    return np.union1d(best, np.arange(n - half, n))


def _milestone(n: int) -> int:
    """The last of the numbers of observations at which hyperparameters are fitted."""
    last = min(n, _EXACT)
    while (following := max(last + 1, round(1.1 * last))) <= n:
        last = following
    return last
