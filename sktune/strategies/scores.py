"""What a strategy is told of a trial: one number."""

from __future__ import annotations

import math

import numpy as np

from ..space.dimensions import Floats
from ..trials import LARGEST, Trial, rounded


def score_of(trial: Trial, metric: str) -> float:
    """Mean score over the splits, to 12 digits; nan for a failed candidate."""
    if not (trial.outcomes and trial.complete):
        return math.nan
    return rounded(float(np.mean(split_scores(trial, metric))))


def estimated_score(trial: Trial, incumbent: Trial | None, metric: str) -> float | None:
    """What a candidate would have scored that was stopped before its last split.

    The score of the incumbent, and the difference to it on the splits that both have: splits
    differ more than good candidates do, so the mean of the first few says little by itself.

    Parameters
    ----------
    trial : Trial
        Not complete.
    incumbent : Trial or None
        The best of the complete ones.
    metric : str

    Returns
    -------
    score : float or None
        nan if it failed; None if there is nothing to compare with.
    """
    scores = split_scores(trial, metric)
    finished = [outcome is not None for outcome in trial.outcomes]
    if np.isnan(scores[finished]).any():
        return math.nan
    if incumbent is None or not any(finished):
        return None
    best = split_scores(incumbent, metric)
    return rounded(float(np.mean(best) + np.mean(scores[finished] - best[finished])))


def split_scores(trial: Trial, metric: str) -> Floats:
    """The score on each split; nan where there is none."""
    scores = np.full(len(trial.outcomes), np.nan)
    for split, outcome in enumerate(trial.outcomes):
        if outcome is not None:
            score = outcome.score(metric)
            scores[split] = math.nan if score is None else score
    return np.asarray(np.clip(scores, -LARGEST, LARGEST))
