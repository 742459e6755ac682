"""The scores on single splits, and what they tell: means that compare, and how noisy they are.

Splits differ in how hard they are, for all candidates alike, and each candidate does by chance
better on one than on another:

    y_ik = m_i + a_k + e_ik,    sum_k a_k = 0,    e_ik with variance v

for candidate i on split k. A mean over some of the K splits is compared with others after a_k has
been taken out; its noise has the variance v / n after n splits. v is told by how candidates scatter
about their own means and the splits' effects (the residuals of a two-way layout, Tukey 1977 for
the fit by medians); what e has in common over the splits of one candidate is not in it, so it is
where a prior is centred, and no more.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from ..types import Floats

_ROUNDS = 5
"""Passes over the splits; effects change by less than their error from the third on."""

_FEWEST = 4
"""Candidates with all splits from which v is told."""


def shares_of(folds: Floats) -> Floats:
    """Return which share of the splits each candidate has, shape (n,): 1 where none is known."""
    done = np.count_nonzero(~np.isnan(folds), axis=1)
    return np.where(done == 0, 1.0, done / folds.shape[1])


def split_effects(folds: Floats) -> Floats:
    """Return a, shape (K,), of scores on splits, shape (n, K), nan where there is none.

    From candidates that have two splits or more; shrunken, as if each split had one more of them,
    whose score is like its mean: those that have some splits were chosen by what they scored there.
    Without it there was no difference on one set of problems, perhaps more regret on another.
    """
    effects = np.zeros(folds.shape[1])
    told = folds[np.count_nonzero(~np.isnan(folds), axis=1) > 1]
    if not len(told):
        return effects
    for _ in range(_ROUNDS):
        means = np.nanmean(told - effects, axis=1)
        for split, scores in enumerate(told.T):
            off = (scores - means)[~np.isnan(scores)]
            effects[split] = np.median(off) * len(off) / (len(off) + 1) if len(off) else 0.0
        effects -= effects.mean()
    return effects


def probability_to_beat(
    best: float, mean: Floats, std: Floats, noise: float, shares: Floats
) -> Floats:
    """Return how likely means over all splits are above the best, of what is believed of scores.

    The scores' means and standard deviations have shape (n,); what splits to come will bring is as
    uncertain as the scores are, and as noisy as their share: `noise` is the standard deviation of
    a mean over all splits.
    """
    return np.asarray(ndtr((mean - best) / np.sqrt(std**2 + (1.0 - shares) * noise**2)))


def noise_of(folds: Floats) -> float | None:
    """Return v / K, the variance of the noise of a mean over all splits; None where not known.

    Of the better half of the candidates that have all splits: those that are bad vary without
    bounds.
    """
    whole = folds[~np.isnan(folds).any(axis=1)]
    n, n_splits = whole.shape
    if n < _FEWEST or n_splits < 2:
        return None
    means = whole.mean(axis=1)
    good = whole[means >= np.median(means)]
    off = good - good.mean(axis=1, keepdims=True)
    off -= off.mean(axis=0)
    return float((off**2).sum() / ((len(good) - 1) * (n_splits - 1)) / n_splits)
