"""The objective: which metric decides, and the numbers that candidates have by it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .trials import SINGLE, Outcome, Trial

Floats = npt.NDArray[np.float64]

LARGEST = 1e100
"""Scores that decide are clipped here, so that their squares are finite."""


@dataclass(frozen=True)
class Objective:
    """The score that a search maximises, said once for all that ask.

    Attributes
    ----------
    metric : str or None
        The metric that decides, where there are several; None if none does.
    error_score : float
        Stands in ``cv_results_`` for a score that could not be had.
    best_possible : float
        No score exceeds it; inf if that is not known.

    Examples
    --------
    >>> from sktune.objective import Objective
    >>> from sktune.trials import Trial
    >>> objective = Objective()
    >>> [objective.mean(Trial.of(0, {"C": 1}, scores)) for scores in ([0.5, 0.7], [0.9, None])]
    [0.6, nan]
    """

    metric: str | None = SINGLE
    error_score: float = math.nan
    best_possible: float = math.inf

    def score(self, outcome: Outcome | None) -> float:
        """Return the score of an outcome; nan where there is none."""
        if outcome is None:
            return math.nan
        score = outcome.test_scores.get((self.metric or "") if outcome.multimetric else SINGLE)
        return math.nan if score is None else min(max(float(score), -LARGEST), LARGEST)

    def scores(self, trial: Trial) -> Floats:
        """Return the score on each split, of shape (n_splits,); nan where there is none."""
        return np.array([self.score(outcome) for outcome in trial.outcomes])

    def mean(self, trial: Trial) -> float:
        """Return the mean over all splits, to 12 digits; nan if any is missing or failed."""
        return rounded(float(np.mean(self.scores(trial)))) if trial.outcomes else math.nan

    def reported_mean(self, trial: Trial) -> float:
        """Return the mean of a complete trial as ``cv_results_`` has it, with `error_score`."""
        found = []
        for outcome in trial.finished:
            score = outcome.test_scores.get((self.metric or "") if outcome.multimetric else SINGLE)
            found.append(self.error_score if score is None else score)
        return float(np.mean(found))

    def among(self, metrics: tuple[str, ...]) -> str:
        """Return the metric by which rows of ``cv_results_`` are compared; the first by default."""
        return self.metric if self.metric in metrics else metrics[0]


def rounded(score: float) -> float:
    """Return a score to 12 digits: the last ones may depend on the number of threads.

    What is proposed, and what is stopped, must not.
    """
    return float(f"{score:.12g}")
