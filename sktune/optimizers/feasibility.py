"""The probability that a candidate works, from those that did and those that failed.

What is acquired is weighted by it, as in Gelbart, Snoek & Adams, Bayesian Optimization with
Unknown Constraints (2014), and Gardner et al., Bayesian Optimization with Inequality Constraints
(2014): a failure has no score, but says where not to look.

The classifier is the probabilistic least-squares one of Rasmussen & Williams (2006), section
6.5: a process is fitted to labels as if they were scores, and what it predicts is squashed.

    c (n,) labels: 1 for what worked, -1 for what failed
    m, v (n,) mean and variance that the process predicts of the label
    p(works) = Phi(a m / sqrt(1 + a^2 v))

Far from all that was tried, m is the mean of the labels: what is unknown works about as often as
what was tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import log_ndtr

from ..space import ConditionalSpace
from ..types import Floats
from .base import Seen
from .hyperparameters import Bounds
from .surrogate import Surrogates

SLOPE = 5.0
"""a: a failure that is known for sure is worth e^-15, so that none is repeated close by."""


_LIMITS = Bounds(shortest=-3.0, most_noise=-2.5)
"""Of labels: a failure is no chance, so it is not explained by noise alone; nor is a step from 1 to
-1, which no process likes, by lengthscales so short that nothing is learned (both measured)."""


def labels_of(space: ConditionalSpace) -> Surrogates:
    """Make surrogates of labels."""
    return Surrogates(space, edge=0.0, limits=_LIMITS)


def log_feasibility(surrogates: Surrogates, seen: Seen) -> Callable[[Floats], Floats]:
    """Return the logarithm of p(works) as a function of points, shape (m, 1 + n_slots).

    Parameters
    ----------
    surrogates : Surrogates
        Of labels.
    seen : Seen
        Of which some failed, and some did not.
    """
    labels = np.where(seen.failed, -1.0, 1.0)
    told = replace(seen, values=labels, failed=np.zeros_like(seen.failed))
    posterior = surrogates.of(told, clipped=False)

    def log_probability(points: Floats) -> Floats:
        mean, std = posterior.predict(points)
        return np.asarray(log_ndtr(SLOPE * mean / np.sqrt(1.0 + (SLOPE * std) ** 2)))

    return log_probability
