"""Lengthscales and noise of a Gaussian process, fitted to observations.

The most probable ones (R&W 2006, section 5.4.1; see `gaussian_process` for the symbols) under
priors, by L-BFGS with the gradient:

    log l_k ~ N(log(w_k sqrt(f) / 2), 1)    log s2 ~ N(-5, 1.5^2)

w_k is how much of its range feature k has: 1, unless the rest is known to fail. Where candidates'
scores on single splits tell the noise, log s2 ~ N(log of that, 0.5^2) instead.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotri, dpotrs
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from ..types import Floats
from .distances import apart_by_choice
from .gaussian_process import JITTER, cholesky

LENGTH_SPREAD = 1.0
NOISE_MEAN, NOISE_SPREAD = -5.0, 1.5
"""Priors of log l and log s2, normal; for the mean of the former see `Priors.of`."""

TOLD_SPREAD = 0.5
"""Of the prior of log s2 where splits tell the noise."""

_LEAST_TOLD, _MOST_TOLD = -10.0, 0.5
"""What it is centred on at least and at most."""

_LONGEST, _LEAST_NOISE = 5.0, -12.0
"""Of log l / w and log s2; the other ends are `Bounds`."""


class Bounds(NamedTuple):
    """The shortest of the lengthscales over their widths, and the most of the noise: logarithms."""

    shortest: float = -4.0
    most_noise: float = 1.0


USUAL = Bounds()

_PRECISION = 1e-4
"""Closer to the maximum, candidates are not better (measured), only later."""


class Priors(NamedTuple):
    """Means and standard deviations of log l, then log s2: normal, of shape (f + 1,)."""

    means: Floats
    spreads: Floats

    @classmethod
    def of(cls, widths: Floats, noise: float | None = None) -> Priors:
        """Make them of w, shape (f,), and s2 as splits tell it.

        Distances grow with the square root of the dimension.
        """
        f = len(widths)
        lengths = np.log(0.5 * math.sqrt(max(f, 1)) * widths)
        told, spread = NOISE_MEAN, NOISE_SPREAD
        if noise is not None:
            told = min(max(math.log(max(noise, 1e-12)), _LEAST_TOLD), _MOST_TOLD)
            spread = TOLD_SPREAD
        return cls(np.append(lengths, told), np.append(np.full(f, LENGTH_SPREAD), spread))


class Targets(NamedTuple):
    """The scores that hyperparameters are fitted to.

    Attributes
    ----------
    y : float array of shape (n,)
    shares : float array of shape (n,)
        Of the splits, that each is known by: its noise is s2 over that.
    noise : float or None
        s2 as splits tell it.
    """

    y: Floats
    shares: Floats
    noise: float | None = None


def fit(
    X: Floats,
    targets: Targets,
    n_numeric: int,
    widths: Floats,
    limits: Bounds = USUAL,
) -> Floats:
    """Return the most probable hyperparameters, shape (f + 1,): log l, then log s2.

    Begins at the means of the priors, which widths, shape (f,), are for.
    """
    priors = Priors.of(widths, targets.noise)
    found = minimize(
        negative_log_posterior,
        priors.means,
        args=(X[:, :n_numeric], apart_by_choice(X, n_numeric), targets, priors),
        jac=True,
        method="L-BFGS-B",
        bounds=[
            *((limits.shortest + log_w, _LONGEST + log_w) for log_w in np.log(widths)),
            (_LEAST_NOISE, limits.most_noise),
        ],
        options={"maxiter": 50, "ftol": _PRECISION, "gtol": 100 * _PRECISION},
    )
    return np.asarray(found.x)


def negative_log_posterior(
    theta: Floats, U: Floats, C: Floats, targets: Targets, priors: Priors
) -> tuple[float, Floats]:
    """-log p(y | X, theta) p(theta), without constants, and its gradient (eq. 5.8 and 5.9).

    X is given as the numbers U, shape (n, d), and what choices add to r^2, shape (f - d, n n).
    """
    y, each = targets.y, math.exp(theta[-1]) / targets.shares
    lengths = np.exp(theta[:-1])
    d = U.shape[1]
    Z, weights = U / lengths[:d], lengths[d:] ** -2.0
    squares = cdist(Z, Z, "sqeuclidean")
    squares += (weights @ C).reshape(squares.shape)
    s = np.sqrt(5.0 * squares)
    e = np.exp(-s)
    K = (1.0 + s + s * s / 3.0) * e
    K[np.diag_indices(len(y))] += each + JITTER
    L = cholesky(K)
    a = dpotrs(L, y, lower=1)[0]
    value = 0.5 * y @ a + np.log(np.diag(L)).sum()
    inverse, _ = dpotri(L, lower=True)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    W = np.outer(a, a) - inverse
    # dK/dlog l_k is 5/3 (1 + s) exp(-s) times what feature k adds to r^2
    A = W * (5.0 / 3.0) * (1.0 + s) * e
    gradient = np.empty_like(theta)
    gradient[:d] = np.einsum("if,if->f", Z, A @ Z) - A.sum(axis=1) @ (Z * Z)
    gradient[d:-1] = -0.5 * weights * (C @ A.ravel())
    gradient[-1] = -0.5 * each @ np.diag(W)
    off = (theta - priors.means) / priors.spreads
    return float(value + 0.5 * (off**2).sum()), gradient + off / priors.spreads
