"""The policies of Azure ML's HyperDrive: median stopping, the bandit policy, truncation selection.

They are asked at every so many splits, from some split on.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ..space.dimensions import is_count, is_number
from ..types import Floats
from .base import TerminationPolicy
from .standings import Standing, Standings

DEFAULT_SLACK = 0.1


class AtIntervals(TerminationPolicy):
    """Ask where an interval is due; an interval is a finished split."""

    evaluation_interval: int
    delay_evaluation: int

    def __post_init__(self) -> None:
        for name, least in (("evaluation_interval", 1), ("delay_evaluation", 0)):
            if not is_count(getattr(self, name), least):
                raise ValueError(
                    f"{name}={getattr(self, name)!r}; pass a whole number, {least} or more"
                )

    def __call__(self, trials: Standings, trial: Standing) -> bool:
        n = trial.n_done
        due = n >= self.delay_evaluation and n % self.evaluation_interval == 0
        return due and self._stops(trials, trial, n)

    @abstractmethod
    def _stops(self, trials: Standings, trial: Standing, n: int) -> bool:
        """Say whether to stop a candidate that has n splits."""


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


@dataclass(frozen=True)
class TruncationSelectionPolicy(AtIntervals):
    """Stop the lowest so many per cent of the candidates at each interval.

    Azure ML HyperDrive's policy. Compared are means over the same splits. Of candidates that
    are equal all are stopped, or none.

    Parameters
    ----------
    truncation_percentage : int, default=20
        From 1 to 99.
    evaluation_interval : int, default=1
        Ask after every so many splits.
    delay_evaluation : int, default=0
        Ask from this many splits on.
    exclude_finished_jobs : bool, default=False
        Whether candidates that have all their splits are left out of the comparison.

    Raises
    ------
    ValueError
        For any other percentage.

    References
    ----------
    "TruncationSelectionPolicy", Azure Machine Learning: hyperparameter tuning.

    Examples
    --------
    >>> from sktune import TruncationSelectionPolicy
    >>> TruncationSelectionPolicy(truncation_percentage=30).truncation_percentage
    30
    """

    truncation_percentage: int = 20
    evaluation_interval: int = 1
    delay_evaluation: int = 0
    exclude_finished_jobs: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_count(self.truncation_percentage, 1, 99):
            raise ValueError(
                f"truncation_percentage={self.truncation_percentage!r}; pass a whole number from 1 "
                "to 99"
            )
        if not isinstance(self.exclude_finished_jobs, bool | np.bool_):
            raise ValueError(
                f"exclude_finished_jobs={self.exclude_finished_jobs!r}; pass True or False"
            )

    def _stops(self, trials: Standings, trial: Standing, n: int) -> bool:
        means = trials.once(_compared, n, bool(self.exclude_finished_jobs))
        cut = len(means) * int(self.truncation_percentage) // 100
        return bool(np.searchsorted(means, trial.mean, side="right") <= cut)


def _compared(trials: Standings, n: int, only_running: bool) -> Floats:
    """Return the means over n splits in ascending order."""
    means = trials.means(n)
    wanted = ~np.isnan(means)
    if only_running:
        wanted &= ~trials.complete
    return np.sort(means[wanted])
