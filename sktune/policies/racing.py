"""Racing: stop candidates that will most probably not be the best once all splits are done.

What a race has to tell is which candidate has the best mean over *these* splits, so the
question is what the splits to come will bring, and not whose true score is better. Let d_1, ...,
d_n be the differences of a candidate to the one it is compared with, on the n of K splits that
both have, with mean d and variance s^2. The mean over all K ends above 0 with the
probability

    P(T >= -d sqrt(n K / (K - n)) / s),    T ~ Student's t,

the posterior predictive of a normal sample. As n comes near K, little is left to change the
order: the variance is K / (K - n) times smaller than that of a t-test, which asks about the
true scores (Nadeau & Bengio 2003; Benavoli et al. 2017 for correlated splits).

From one or two splits s^2 can hardly be told. It is borrowed from the other candidates
(Smyth 2004, eq. 7: the variance of all counts as `BORROWED` degrees of freedom more), whose
scores less their own and the splits' means scatter by noise alone. Splits differ in how noisy they
are, and those to come are known from candidates that are complete: so the largest is taken of what
candidates tell that have n splits, n + 1, ..., or all.

The leader on a few splits is lucky in part. So candidates are compared with the best of the
complete ones, and only where none is complete with the leader on the splits that they have. Where
several are wanted, the k best of a rung of successive halving, that is the k-th of them.

References
----------
Maron & Moore, Hoeffding races (1994). Smyth, Linear models and empirical Bayes methods for
assessing differential expression in microarray experiments (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import stdtr
from scipy.stats import chi2

from ..space.dimensions import is_number
from ..types import Floats
from .base import TerminationPolicy
from .standings import Standing, Standings

BORROWED = 4.0
"""Degrees of freedom that the variance of all others is worth."""

FEWEST = 6
"""Candidates from which a variance can be borrowed."""

UPPER = 0.75
"""Quantile by which the others' variance is told: most of them are no rivals of the best, and some
vary without bounds."""


@dataclass(frozen=True)
class RacingPolicy(TerminationPolicy):
    """Stop candidates that will most probably not end as the best.

    A candidate is compared split by split with the best of those that are complete, or with the
    leader where none is. It is stopped where the probability to end ahead is small, and where
    it could not even with the best possible score on all splits to come.

    Parameters
    ----------
    alpha : float, default=0.25
        How likely it may be at most, over all splits together, that the candidate that would have
        been the best is stopped; more stops more. Measured, it is a tenth of that. It is spent
        in proportion to n (K - n) after n of K splits: what is known, times what is still to be
        saved. 0 leaves the bound alone, which never loses the best.

    Raises
    ------
    ValueError
        If `alpha` is no number from 0 to 0.5.

    Notes
    -----
    The test is told at the top of the module, and what it saves and what it loses, measured, in
    the user guide: "Early stopping of candidates".

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, RacingPolicy
    >>> X, y = load_digits(return_X_y=True)
    >>> grid = {"C": [0.1, 1, 10], "gamma": [1e-5, 1e-4, 1e-3, 1e-2]}
    >>> search = GridSearch(SVC(), grid, early_termination=RacingPolicy()).fit(X[:300], y[:300])
    >>> search.best_params_
    {'C': 10, 'gamma': 0.0001}
    >>> int((search.cv_results_["status"] == "stopped").sum())
    7
    """

    alpha: float = 0.25

    def __post_init__(self) -> None:
        if not is_number(self.alpha, least=0, most=0.5):
            raise ValueError(f"alpha={self.alpha!r}; pass a number from 0 to 0.5")

    def __call__(self, trials: Standings, trial: Standing) -> bool:
        n, n_splits = trial.n_done, trials.n_splits
        if n == n_splits:  # nothing is left to chance
            rival = trials.once(_rival, n)
            return rival is not None and _cannot_win(trials, trial, rival, n)
        spent = self.alpha * 6 * n * (n_splits - n) / (n_splits * (n_splits**2 - 1))
        rival = trials.once(_rival, n)
        if rival is None:
            return False
        if np.isneginf(trial.scores[:n]).any():  # it has failed
            return True
        return (
            _cannot_win(trials, trial, rival, n)
            or _probability_to_win(trials, trial, rival, n) < spent
        )


def _rival(trials: Standings, n: int) -> Floats | None:
    """Return the best complete candidate's scores; the leader's on n splits if none is complete.

    Where k are wanted, of the k-th best; None where there are not so many.
    """
    k = trials.n_winners
    for means in (trials.means(trials.n_splits), trials.means(n)):
        sound = np.isfinite(means)
        if np.count_nonzero(sound) >= k:
            best_first = np.argsort(np.where(sound, -means, np.inf), kind="stable")
            return np.asarray(trials.scores[int(best_first[k - 1])])
    return None


def _cannot_win(trials: Standings, trial: Standing, rival: Floats, n: int) -> bool:
    """Whether the best possible scores on the splits to come would not be enough."""
    most = trial.scores[:n].sum() + (trials.n_splits - n) * trials.best_possible
    # which is nan where the rival is not complete; a candidate that can draw level goes on
    return bool(most < rival.sum() - 1e-12 * abs(rival.sum()))


def _probability_to_win(trials: Standings, trial: Standing, rival: Floats, n: int) -> float:
    """Return the probability that the mean over all splits ends above the rival's."""
    noise = trials.once(_noise, n)
    differences = trial.scores[:n] - rival[:n]
    d, n_splits = differences.mean(), trials.n_splits
    freedom = BORROWED + n - 1
    # the difference of two has twice the variance of one
    variance = (BORROWED * 2 * noise + ((differences - d) ** 2).sum()) / freedom
    if not variance > 0:  # nor where it is not known
        return 1.0
    return float(stdtr(freedom, d * np.sqrt(n * n_splits / (n_splits - n) / variance)))


def _noise(trials: Standings, n: int) -> float:
    """Return a score's variance about its candidate's and its split's mean; nan if not known."""
    told = (_scatter(trials.scores[:, :j]) for j in range(max(n, 2), trials.n_splits + 1))
    return max((variance for variance in told if variance is not None), default=np.nan)


def _scatter(scores: Floats) -> float | None:
    """Return the same of candidates that have all of these splits; None if there are too few."""
    scores = scores[np.isfinite(scores).all(axis=1)]
    m, n = scores.shape
    if m < FEWEST:
        return None
    rest = scores - scores.mean(axis=1, keepdims=True)
    rest -= rest.mean(axis=0)
    variances = (rest**2).sum(axis=1) / (n - 1) * m / (m - 1)
    return float(np.quantile(variances, UPPER) / _upper(n - 1))


@lru_cache(maxsize=64)
def _upper(freedom: int) -> float:
    """Return the same quantile of a variance that is 1, by its degrees of freedom."""
    return float(chi2.ppf(UPPER, freedom) / freedom)
