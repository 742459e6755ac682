"""The belief about the scores: the process, from what has been seen and did not fail.

Between the scores and the process lie two steps. The bad tail is clipped, so that what tells
the good candidates apart is not drowned by how bad the bad ones are. And what the process
explains is the difference to a prior mean that falls towards the ends of the ranges: a user who
gives a range expects the best inside, while most of a space of some dimensions lies at its
ends, where a process without that knowledge, uncertain there, goes first.

    y (n,) scores, clipped, with mean 0 and standard deviation 1
    u (d,) the numbers that a point has, in [0, 1]
    m(x) = -EDGE mean_j (2 u_j - 1)^2    what is expected of x before anything is seen
    w (d,) how much of each range works, if some of it fails: there all the differences must be

On average over the space m is -EDGE / 3, not 0: what was tried last was chosen, so what is
unknown is worse than the mean of what is known.

The mean function is R&W 2006, eq. 2.38; the rest of the symbols are in `gaussian_process`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..space import ConditionalSpace
from ..types import Floats, Ints
from .base import Seen
from .encoding import Encoding
from .folds import noise_of
from .gaussian_process import GaussianProcess, Gram
from .hyperparameters import USUAL, Bounds, Targets, fit

EDGE = 1.0
"""The amount by which the ends of all ranges are expected to be worse than the middle, in standard
deviations of the scores. 0.5 and fourth powers do as well, 0 and 2 do worse (measured)."""

_AVERAGE = 1.0 / 3.0
"""The mean of (2 u - 1)^2 over [0, 1]: what points without numbers have, so that no branch is
expected to be better than another."""

_REACH = 2.0
"""A score that is worse than the median by more than this times what separates the median from the
best tenth counts as that bad."""

_NARROWEST = 0.02
"""The least of a range that is taken to work."""

_EXACT = 10
"""Up to this many observations hyperparameters are fitted anew for each candidate; beyond,
each time there are a fifth more: by then a few more change them little."""

_MOST_FITTED = 200
"""Hyperparameters are fitted to this many observations at most: the best and the latest."""


class Kind(NamedTuple):
    """The surrogate of scores whose bad tail is clipped, or not, where others failed, or none."""

    clipped: bool
    narrow: bool


class Surrogates:
    """Makes surrogates of a space.

    Remembers hyperparameters and matrix of the last one of each kind, which changes no result:
    only the time it takes.

    Parameters
    ----------
    space : ConditionalSpace
        What is searched.
    edge : float, default=EDGE
        How much worse than the middle the ends of all ranges are expected to be.
    limits : Bounds
        Of the hyperparameters.
    """

    def __init__(self, space: ConditionalSpace, edge: float = EDGE, limits: Bounds = USUAL) -> None:
        self.encoding = Encoding(space)
        self.edge, self.limits = edge, limits
        self._theta: dict[Kind, tuple[bytes, Floats]] = {}
        self._gram: dict[Kind, tuple[bytes, int, Gram]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_theta": {}, "_gram": {}}  # megabytes that are soon made again

    def expected(self, points: Floats, X: Floats) -> Floats:
        """Return m(x) of points, shape (n, 1 + n_slots), with the features X, shape (n, f)."""
        shares = self.encoding.shares[points[:, 0].astype(np.intp)]
        return prior_mean(X[:, : self.encoding.n_numeric], shares, self.edge)

    def of(self, seen: Seen, *, clipped: bool = True) -> Posterior:
        """Condition on the scores that are known, and on the mean where something is under way.

        A candidate under way changes no mean, but there is less to be learned near it (the
        "kriging believer" of Ginsbourger, Le Riche & Carraro 2010).

        Parameters
        ----------
        seen : Seen
            At least one that did not fail.
        clipped : bool, default=True
            Whether the bad tail is clipped; not where predictions are to be right of bad
            candidates too.
        """
        kind = Kind(clipped, bool(seen.failed.any()))
        seen = seen.working
        X = self.encoding(seen.points)
        values = clip(seen.values) if clipped else seen.values
        centre, scale = float(values.mean()), spread(values)
        residual = (values - centre) / scale - self.expected(seen.points, X)
        gram = self._gram_of(seen, X, kind)
        process = GaussianProcess.condition(gram, residual)
        if len(seen.pending):
            P = self.encoding(seen.pending)
            residual = np.concatenate([residual, process.mean(P)])
            process = GaussianProcess.condition(gram.extended(P), residual)
        whole = seen.shares == 1.0
        best = float(values[whole].max() if whole.any() else values.max())
        return Posterior(self, process, centre, scale, best)

    def _gram_of(self, seen: Seen, X: Floats, kind: Kind) -> Gram:
        """The factored matrix at the last milestone, extended by what came since."""
        n = milestone(len(seen.values))
        if seen.basis is None:
            theta = self._hyperparameters(seen, n, kind)
        else:
            theta = self._hyperparameters(seen.basis.working, len(seen.basis.working.values), kind)
        shares, kept = seen.shares, self._gram.get(kind)
        if (shares < 1.0).any():  # they change, and nothing can be gone on from
            name = theta.tobytes() + shares.tobytes() + seen.points.tobytes()
            if kept is None or kept[0] != name:
                kept = name, len(X), Gram.of(X, theta, self.encoding.n_numeric, shares)
                self._gram[kind] = kept
            return kept[2]
        name, known = theta.tobytes() + n.to_bytes(8, "big"), n
        if kept is not None and kept[0] == name + seen.points[: kept[1]].tobytes():
            known, gram = kept[1], kept[2]
        else:
            gram = Gram.of(X[:n], theta, self.encoding.n_numeric)
        if len(X) > known:
            gram = gram.extended(X[known:])
        self._gram[kind] = name + seen.points.tobytes(), len(X), gram
        return gram

    def _hyperparameters(self, seen: Seen, n: int, kind: Kind) -> Floats:
        """Fit to the first n observations, a milestone; remember the answer for those.

        Each time from the priors' means, so that nothing before needs to be known; to begin where
        the last ended is no better (measured).
        """
        points, values, shares = seen.points[:n], seen.values[:n], seen.shares[:n]
        name = points.tobytes() + values.tobytes() + shares.tobytes()
        known, theta = self._theta.get(kind, (b"", np.empty(0)))
        if name != known:
            rows = _rows(values)
            X, y = self.encoding(points[rows]), values[rows]
            y = clip(y) if kind.clipped else y
            noise = None if seen.folds is None else noise_of(seen.folds[:n])
            scale = spread(y)
            y = (y - y.mean()) / scale - self.expected(points[rows], X)
            told = Targets(y, shares[rows], None if noise is None else noise / scale / scale)
            widths = np.ones(X.shape[1])
            if kind.narrow:
                widths[: self.encoding.n_numeric] = width(X[:, : self.encoding.n_numeric])
            theta = fit(X, told, self.encoding.n_numeric, widths, self.limits)
            self._theta[kind] = name, theta
        return theta


@dataclass(frozen=True, eq=False)
class Posterior:
    """A process, given what has been seen, in the scores' own units.

    Attributes
    ----------
    of : Surrogates
        Which made it.
    process : GaussianProcess
        Of what the prior mean leaves, where scores have mean 0 and standard deviation 1.
    centre, scale : float
        From there to scores.
    best : float
        The best score that was seen, of candidates that have all splits if there are any.
    """

    of: Surrogates
    process: GaussianProcess
    centre: float
    scale: float
    best: float

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the score at points, shape (m, 1 + n_slots)."""
        X = self.of.encoding(points)
        mean, std = self.process.predict(X)
        mean += self.of.expected(points, X)
        return self.centre + self.scale * mean, self.scale * std

    @property
    def noise(self) -> float:
        """The standard deviation of the noise of a score over all splits."""
        return self.scale * math.sqrt(self.process.gram.noise)

    def draw(self, points: Floats, n: int, rng: np.random.Generator) -> Floats:
        """Draw n score functions that agree with what was seen; their values at points."""
        X = self.of.encoding(points)
        drawn = self.process.draw(X, n, rng) + self.of.expected(points, X)
        return self.centre + self.scale * drawn


def prior_mean(U: Floats, shares: Floats, edge: float = EDGE) -> Floats:
    """Return m(x), with the same mean over each branch.

    Of the numeric features, shape (n, d), and the weights of an average over those that each point
    has.
    """
    return np.asarray(-edge * (_AVERAGE + (shares * ((2.0 * U - 1.0) ** 2 - _AVERAGE)).sum(axis=1)))


def width(U: Floats) -> Floats:
    """Estimate w from numbers that worked, shape (n, d), as if drawn from a part of each range.

    Of n uniform draws from an interval, (n + 1) / (n - 1) times the range is unbiased.
    """
    n = len(U)
    if n < 2:
        return np.ones(U.shape[1])
    return np.asarray(np.clip(np.ptp(U, axis=0) * ((n + 1) / (n - 1)), _NARROWEST, 1.0))


def clip(values: Floats) -> Floats:
    """Clip the bad tail."""
    places = np.arange(len(values))
    median, q90 = np.interp([0.5 * places[-1], 0.9 * places[-1]], places, np.sort(values))
    reach = q90 - median if q90 > median else values.max() - median
    return np.maximum(values, median - _REACH * reach) if reach > 0 else values


def spread(values: Floats) -> float:
    """Standard deviation; 1 where the values are the same but for rounding."""
    scale = float(values.std())
    return scale if scale > 1e-12 * abs(float(values.mean())) else 1.0


def milestone(n: int) -> int:
    """The last of the numbers of observations at which hyperparameters are fitted."""
    if n <= _EXACT:
        return n
    last = _EXACT
    while (following := round(1.2 * last)) <= n:
        last = following
    return last


def _rows(values: Floats) -> Ints:
    """Observations to fit hyperparameters to: all, or the best and the latest."""
    n, half = len(values), _MOST_FITTED // 2
    if n <= _MOST_FITTED:
        return np.arange(n)
    best = np.argsort(-values, kind="stable")[:half]
    return np.union1d(best, np.arange(n - half, n))
