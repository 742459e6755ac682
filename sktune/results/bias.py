"""By how much the best of many means is too good.

The best score is the largest of many noisy means, so part of it is luck. How much can be told from
the scores of the splits alone: choose the best without a split, and look how it does on that split.
That is what a candidate scores that was not chosen by the scores it is judged by; the mean over the
splits is honest, but for choosing from one split less. What the best score is above it is bias.

Tibshirani & Tibshirani (2009) choose by a single split instead, and compare there; with little
data that estimate is several times too large (docs/winners.md has the simulation).

References
----------
Cawley & Talbot, On over-fitting in model selection and subsequent selection bias in performance
evaluation (2010). Tibshirani & Tibshirani, A bias correction for the minimum error rate in
cross-validation (2009).
"""

from __future__ import annotations

import numpy as np

from ..types import Floats

LEAST_BIAS = 1e-9
"""What is less comes from rounding."""


def selection_bias(scores: Floats) -> float:
    """Estimate by how much the best mean exceeds what the best candidate really scores.

    Parameters
    ----------
    scores : float array of shape (n_candidates, n_splits)
        Candidates with a nan take no part.

    Returns
    -------
    bias : float
        nan with fewer than two splits, or without a candidate.

    Examples
    --------
    >>> import numpy as np
    >>> round(selection_bias(np.array([[0.9, 0.7], [0.7, 0.9]])), 3)
    0.1
    """
    scores = scores[~np.isnan(scores).any(axis=1)]
    n_candidates, n_splits = scores.shape
    if n_splits < 2 or not n_candidates:
        return float("nan")
    sums = scores.sum(axis=1)
    chosen_without = [int(np.argmax(sums - scores[:, k])) for k in range(n_splits)]
    honest = np.mean([scores[row, k] for k, row in enumerate(chosen_without)])
    return float(sums.max() / n_splits - honest)
