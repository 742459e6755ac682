"""Lengthscales and noise of a Gaussian process, fitted to observations.

The most probable ones (R&W 2006, section 5.4.1; see `gaussian_process` for the symbols) under
priors, by L-BFGS with the gradient:

    log l_k ~ N(log(sqrt(g) / 2), 1)    log s2 ~ N(-5, 1.5^2)
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg.lapack import dpotri, dpotrs
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from ..types import Floats, Ints
from .gaussian_process import JITTER, cholesky

LENGTH_SPREAD = 1.0
NOISE_MEAN, NOISE_SPREAD = -5.0, 1.5
"""Priors of log l and log s2, normal; the mean of the former is `log_length_mean`."""

_BOUNDS_LENGTH, _BOUNDS_NOISE = (-4.0, 5.0), (-12.0, 1.0)

_PRECISION = 1e-4
"""Closer to the maximum, candidates are not better (measured), only later."""


def log_length_mean(n_groups: int) -> float:
    """Prior mean of log l: distances grow with the square root of the dimension."""
    return math.log(0.5 * math.sqrt(max(n_groups, 1)))


def fit(X: Floats, y: Floats, groups: Ints, n_groups: int, start: Floats | None = None) -> Floats:
    """Return the most probable hyperparameters, shape (g + 1,): log l, then log s2.

    Begins at `start`, by default at the means of the priors.
    """
    if start is None:
        start = np.append(np.full(n_groups, log_length_mean(n_groups)), NOISE_MEAN)
    found = minimize(
        negative_log_posterior,
        start,
        args=(X, y, groups, n_groups),
        jac=True,
        method="L-BFGS-B",
        bounds=[_BOUNDS_LENGTH] * n_groups + [_BOUNDS_NOISE],
        options={"maxiter": 50, "ftol": _PRECISION, "gtol": 100 * _PRECISION},
    )
    return np.asarray(found.x)


def negative_log_posterior(
    theta: Floats, X: Floats, y: Floats, groups: Ints, n_groups: int
) -> tuple[float, Floats]:
    """-log p(y | X, theta) p(theta), without constants, and its gradient (eq. 5.8 and 5.9)."""
    noise = math.exp(theta[-1])
    Z = X / np.exp(theta[:-1])[groups]
    s = np.sqrt(5.0 * cdist(Z, Z, "sqeuclidean"))
    e = np.exp(-s)
    K = (1.0 + s + s * s / 3.0) * e
    K[np.diag_indices(len(y))] += noise + JITTER
    L = cholesky(K)
    a = dpotrs(L, y, lower=1)[0]
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
