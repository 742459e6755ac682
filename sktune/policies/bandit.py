"""Bandit policy: stop candidates that are further behind the best than the slack allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..space.dimensions import is_number
from .intervals import AtIntervals
from .standings import Standing, Standings

DEFAULT_SLACK = 0.1


@dataclass(frozen=True)
class BanditPolicy(AtIntervals):
    """Stop candidates that are further behind the best than a slack.

    Azure ML HyperDrive's policy. What is compared is the mean over the splits that are done,
    with the best such mean over the same splits.

    Parameters
    ----------
    slack_factor : float, optional
        Candidates below ``best / (1 + slack_factor)`` are stopped. Where scores are negative, the
        same part of ``|best|`` is taken from the best, so that there is slack there too.
        0.1 if no `slack_amount` is given either.
    slack_amount : float, optional
        Candidates below ``best - slack_amount`` are stopped.
    evaluation_interval : int, default=1
        Ask after every so many splits.
    delay_evaluation : int, default=0
        Ask from this many splits on.

    Raises
    ------
    ValueError
        If both slacks are given, or one is no number of at least 0.

    References
    ----------
    "BanditPolicy", Azure Machine Learning: hyperparameter tuning, early termination.

    Examples
    --------
    >>> from sktune import BanditPolicy
    >>> BanditPolicy(slack_factor=0.2, delay_evaluation=2).threshold(0.8)
    0.666...
    >>> BanditPolicy(slack_factor=0.25).threshold(-10.0)
    -12.0
    """

    slack_factor: float | None = None
    slack_amount: float | None = None
    evaluation_interval: int = 1
    delay_evaluation: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.slack_factor is not None and self.slack_amount is not None:
            raise ValueError(
                "slack_factor and slack_amount are two ways to say one thing; pass one"
            )
        for name in ("slack_factor", "slack_amount"):
            value = getattr(self, name)
            if value is not None and not is_number(value, least=0):
                raise ValueError(f"{name}={value!r}; pass a number, 0 or more")

    def threshold(self, best: float) -> float:
        """Return the mean below which a candidate is stopped."""
        if self.slack_amount is not None:
            return best - self.slack_amount
        slack = DEFAULT_SLACK if self.slack_factor is None else self.slack_factor
        return best - abs(best) * (slack / (1 + slack))

    def _stops(self, trials: Standings, trial: Standing, n: int) -> bool:
        best = float(np.nanmax(trials.means(n)))
        least = self.threshold(best)
        # 0.8 - 0.2 is more than 0.6 to a computer
        return math.isfinite(best) and trial.mean < least and not math.isclose(trial.mean, least)
