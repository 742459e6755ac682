"""A Gaussian process with a Matern-5/2 kernel and a lengthscale a feature.

After Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), chapters 2, 4
and 5; equation numbers are theirs. Shapes: n observations, f features, which are those of
`distances`.

    X (n, f) features    y (n,) targets, about mean 0 and standard deviation 1
    l (f,) lengthscales  s2 the variance of the noise; the variance of the signal is 1
    K (n, n) = M + s2 I  L its Cholesky factor    a (n,) = K^-1 y
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs, dtrtrs

from ..types import Floats
from .distances import squared_distances

JITTER = 1e-8
"""Added to the diagonal: what rounding needs for K to be positive definite."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """Matern-5/2 over lengthscales (eq. 4.17).

    Attributes
    ----------
    lengths : float array of shape (f,)
    n_numeric : int
        How many features, the first ones, are numbers.
    """

    lengths: Floats
    n_numeric: int

    def __call__(self, A: Floats, B: Floats) -> Floats:
        """Return k(A, B), shape (m, n), between points of shapes (m, f) and (n, f)."""
        s = squared_distances(A, B, self.lengths, self.n_numeric)
        s *= 5.0
        np.sqrt(s, out=s)
        k = s * s  # (1 + s + s^2 / 3) exp(-s), in place: it is most of the memory that is touched
        k /= 3.0
        k += s
        k += 1.0
        k *= np.exp(np.negative(s, out=s), out=s)
        return np.asarray(k)


@dataclass(frozen=True, eq=False)
class Gram:
    """Points that were observed, and how much they know of each other.

    Attributes
    ----------
    X : float array of shape (n, f)
    L : float array of shape (n, n)
    kernel : Kernel
    noise : float
        s2, with the jitter: of a point that is added.
    """

    X: Floats
    L: Floats
    kernel: Kernel
    noise: float

    @classmethod
    def of(cls, X: Floats, theta: Floats, n_numeric: int, shares: Floats | float = 1.0) -> Gram:
        """Factor the kernel matrix of points.

        Parameters
        ----------
        X : float array of shape (n, f)
        theta : float array of shape (f + 1,)
            log l, then log s2; see `sktune.optimizers.hyperparameters.fit`.
        n_numeric : int
            How many features, the first ones, are numbers.
        shares : float array of shape (n,), default=1.0
            By what the noise of each is divided: the share of the splits that it is known by.
        """
        kernel = Kernel(np.exp(theta[:-1]), n_numeric)
        noise = math.exp(theta[-1])
        K = kernel(X, X)
        K[np.diag_indices(len(X))] += noise / shares + JITTER
        return cls(X, cholesky(K), kernel, noise + JITTER)

    def extended(self, X: Floats) -> Gram:
        """Add points, one after the other: the result does not depend on which came together.

        Each costs n^2 where factoring anew would cost n^3.
        """
        n, m = len(self.X), len(X)
        X = np.concatenate([self.X, X])
        L = np.zeros((n + m, n + m), order="F")
        L[:n, :n] = self.L
        for k in range(n, n + m):
            row = dtrtrs(L[:k, :k], self.kernel(X[:k], X[k : k + 1]), lower=1)[0][:, 0]
            L[k, :k] = row
            L[k, k] = math.sqrt(max(1.0 + self.noise - float(row @ row), self.noise))
        return Gram(X, L, self.kernel, self.noise)


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A process conditioned on observations.

    Attributes
    ----------
    gram : Gram
    alpha : float array of shape (n,)
    """

    gram: Gram
    alpha: Floats

    @classmethod
    def condition(cls, gram: Gram, y: Floats) -> GaussianProcess:
        """Condition on what was observed at the points of a Gram matrix (eq. 2.25)."""
        return cls(gram, np.asarray(dpotrs(gram.L, y, lower=1)[0]))

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the signal at X, shape (m, f) (eq. 2.25 f.)."""
        k = self.gram.kernel(X, self.gram.X)
        mean = k @ self.alpha
        v = dtrtrs(self.gram.L, k.T, lower=1, overwrite_b=1)[0]
        variance = np.maximum(1.0 - np.einsum("ij,ij->j", v, v), 1e-12)
        return mean, np.sqrt(variance)

    def mean(self, X: Floats) -> Floats:
        """Return the mean of the signal at X, shape (m, f)."""
        return np.asarray(self.gram.kernel(X, self.gram.X) @ self.alpha)

    def draw(self, X: Floats, n: int, rng: np.random.Generator) -> Floats:
        """Draw n functions, and return their values at X, shape (n, m) (eq. 2.24)."""
        k = self.gram.kernel(X, self.gram.X)
        v = dtrtrs(self.gram.L, k.T, lower=1)[0]
        covariance = self.gram.kernel(X, X) - v.T @ v
        covariance[np.diag_indices(len(X))] += 1e-6  # rounding
        root = cholesky(covariance)
        return np.asarray(k @ self.alpha + rng.standard_normal((n, len(X))) @ root.T)


def cholesky(K: Floats) -> Floats:
    """Factor K, with more on its diagonal if rounding has made it indefinite."""
    extra = 0.0
    for _ in range(8):
        L, info = dpotrf(K + extra * np.eye(len(K)) if extra else K, lower=True, clean=True)
        if info == 0:
            return np.asarray(L)
        extra = max(10.0 * extra, 1e-7)
    raise np.linalg.LinAlgError("the kernel matrix is not positive definite")
