"""The surrogate: a Gaussian process with a Matern-5/2 kernel, a lengthscale a group.

After Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), chapters 2, 4
and 5; equation numbers are theirs. Shapes: n observations, f features, g groups.

    X (n, f) features    y (n,) targets, mean 0, standard deviation 1
    l (g,) lengthscales  s2 the variance of the noise; the variance of the signal is 1
    K (n, n) = M + s2 I  L its Cholesky factor    a (n,) = K^-1 y
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, solve_triangular
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from ..space.dimensions import Floats

Groups = npt.NDArray[np.intp]

JITTER = 1e-8
"""Added to the diagonal: what rounding needs for K to be positive definite."""

LENGTH_SPREAD = 1.0
NOISE_MEAN, NOISE_SPREAD = -5.0, 1.5
"""Priors of log l and log s2, normal; the mean of the former is `log_length_mean`."""

_BOUNDS_LENGTH, _BOUNDS_NOISE = (-4.0, 5.0), (-12.0, 1.0)


def log_length_mean(n_groups: int) -> float:
    """Prior mean of log l: distances grow with the square root of the dimension."""
    return math.log(0.5 * math.sqrt(max(n_groups, 1)))


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A process conditioned on observations.

    Attributes
    ----------
    X : float array of shape (n, f)
    lengths : float array of shape (f,)
    L : float array of shape (n, n)
    alpha : float array of shape (n,)
    """

    X: Floats
    lengths: Floats
    L: Floats
    alpha: Floats

    @classmethod
    def condition(cls, X: Floats, y: Floats, theta: Floats, groups: Groups) -> GaussianProcess:
        """Condition on observations, with hyperparameters as `fit` returns them (eq. 2.25)."""
        lengths = np.exp(theta[:-1])[groups]
        K = matern(cdist(X / lengths, X / lengths, "sqeuclidean"))
        K[np.diag_indices(len(X))] += math.exp(theta[-1]) + JITTER
        L = _cholesky(K)
        return cls(X, lengths, L, cho_solve((L, True), y))

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the signal at X, shape (m, f) (eq. 2.25 f.)."""
        k = matern(cdist(X / self.lengths, self.X / self.lengths, "sqeuclidean"))
        v = solve_triangular(self.L, k.T, lower=True, check_finite=False)
        variance = np.maximum(1.0 - np.einsum("ij,ij->j", v, v), 1e-12)
        return k @ self.alpha, np.sqrt(variance)


def matern(r2: Floats) -> Floats:
    """Matern-5/2 of the squared distance (eq. 4.17)."""
    s = np.sqrt(5.0 * r2)
    return np.asarray((1.0 + s + s * s / 3.0) * np.exp(-s))


def fit(X: Floats, y: Floats, groups: Groups, n_groups: int) -> Floats:
    """Find the most probable hyperparameters.

    Parameters
    ----------
    X : float array of shape (n, f)
    y : float array of shape (n,)
    groups : int array of shape (f,)
    n_groups : int

    Returns
    -------
    theta : float array of shape (g + 1,)
        log l, then log s2.
    """
    start = np.append(np.full(n_groups, log_length_mean(n_groups)), NOISE_MEAN)
    found = minimize(
        _negative_log_posterior,
        start,
        args=(X, y, groups, n_groups),
        jac=True,
        method="L-BFGS-B",
        bounds=[_BOUNDS_LENGTH] * n_groups + [_BOUNDS_NOISE],
        options={"maxiter": 50, "ftol": 1e-6, "gtol": 1e-3},
    )
    return np.asarray(found.x)


def _negative_log_posterior(
    theta: Floats, X: Floats, y: Floats, groups: Groups, n_groups: int
) -> tuple[float, Floats]:
    """-log p(y | X, theta) p(theta), without constants, and its gradient (eq. 5.8 and 5.9)."""
    noise = math.exp(theta[-1])
    Z = X / np.exp(theta[:-1])[groups]
    s = np.sqrt(5.0 * cdist(Z, Z, "sqeuclidean"))
    e = np.exp(-s)
    K = (1.0 + s + s * s / 3.0) * e
    K[np.diag_indices(len(y))] += noise + JITTER
    L = _cholesky(K)
    a = cho_solve((L, True), y)
    value = 0.5 * y @ a + np.log(np.diag(L)).sum()
    inverse, _ = dpotri(L, lower=True)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    W = np.outer(a, a) - inverse
    # dK/dlog l of group g is 5/3 (1 + s) exp(-s) times the sum of (z_i - z_j)^2 over g
    A = W * (5.0 / 3.0) * (1.0 + s) * e
    by_feature = 2.0 * (A.sum(axis=1) @ (Z * Z) - np.einsum("if,if->f", Z, A @ Z))
    gradient = np.empty_like(theta)
    gradient[:-1] = -0.5 * np.bincount(groups, by_feature, minlength=n_groups)
    gradient[-1] = -0.5 * noise * np.trace(W)
    off = theta - log_length_mean(n_groups)
    off[-1] = theta[-1] - NOISE_MEAN
    spread = np.full(len(theta), LENGTH_SPREAD)
    spread[-1] = NOISE_SPREAD
    return float(value + 0.5 * ((off / spread) ** 2).sum()), gradient + off / spread**2


def _cholesky(K: Floats) -> Floats:
    """Factor K, with more on its diagonal if rounding has made it indefinite."""
    extra = 0.0
    for _ in range(8):
        L, info = dpotrf(K + extra * np.eye(len(K)) if extra else K, lower=True, clean=True)
        if info == 0:
            return np.asarray(L)
        extra = max(10.0 * extra, 1e-7)
    raise np.linalg.LinAlgError("the kernel matrix is not positive definite")
