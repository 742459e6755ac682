"""Truncation selection: stop the lowest so many per cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..space.dimensions import is_count
from .intervals import AtIntervals
from .standings import Floats, Standing, Standings


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
