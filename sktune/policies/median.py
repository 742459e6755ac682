"""Median stopping: stop candidates that are worse than half of the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .intervals import AtIntervals
from .standings import Standing, Standings


@dataclass(frozen=True)
class MedianStoppingPolicy(AtIntervals):
    """Stop candidates whose mean is below the median of the means.

    Azure ML HyperDrive's policy, and Vizier's. Compared is the mean over the splits that are
    done with the means over the same splits of all candidates that have them.

    Parameters
    ----------
    evaluation_interval : int, default=1
        Ask after every so many splits.
    delay_evaluation : int, default=0
        Ask from this many splits on.

    References
    ----------
    Golovin et al., Google Vizier: a service for black-box optimization (2017), section 3.2.

    Examples
    --------
    >>> from sktune import MedianStoppingPolicy
    >>> MedianStoppingPolicy(delay_evaluation=2)
    MedianStoppingPolicy(evaluation_interval=1, delay_evaluation=2)
    """

    evaluation_interval: int = 1
    delay_evaluation: int = 0

    def _stops(self, trials: Standings, trial: Standing, n: int) -> bool:
        return bool(trial.mean < trials.once(_median, n))


def _median(trials: Standings, n: int) -> float:
    means = trials.means(n)
    return float(np.median(means[~np.isnan(means)]))
