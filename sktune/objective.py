"""The objective: which metric decides, and the numbers that candidates have by it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.pipeline import Pipeline

from . import _sklearn
from .trials import SINGLE, Outcome, Trial
from .types import Floats

LARGEST = 1e100
"""Scores that decide are clipped here, so that their squares are finite."""

_ONE = (
    *("accuracy", "adjusted_mutual_info_score", "adjusted_rand_score", "average_precision"),
    *("balanced_accuracy", "completeness_score", "d2_absolute_error_score", "d2_brier_score"),
    *("d2_log_loss_score", "explained_variance", "fowlkes_mallows_score", "homogeneity_score"),
    *("matthews_corrcoef", "normalized_mutual_info_score", "r2", "rand_score", "top_k_accuracy"),
    "v_measure_score",
)
"""Names of scikit-learn's scorers that are 1 at most, and"""

_OF_ONE = ("f1", "jaccard", "precision", "recall", "roc_auc")
"""how the names of others begin."""

_MAY_BE_NEGATIVE = ("adjusted_", "d2_", "explained_variance", "matthews_corrcoef", "r2")
"""How the names of those begin that have no least score, or one below 0."""


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

    def metric_among(self, metrics: tuple[str, ...]) -> str:
        """Return the metric by which rows of ``cv_results_`` are compared; the first by default."""
        return self.metric if self.metric in metrics else metrics[0]


def rounded(score: float) -> float:
    """Return a score to 12 digits: the last ones may depend on the number of threads.

    What is proposed, and what is stopped, must not.
    """
    return float(f"{score:.12g}")


def metric_that_decides(scoring: Any, metric: str, estimator: Any) -> Any:
    """Return scikit-learn's name of the metric that decides, or what scores if it has none.

    Parameters
    ----------
    scoring : object
        As the search has it.
    metric : str
        Which decides, where there are several.
    estimator : estimator
        Its own score counts without `scoring`.

    Returns
    -------
    metric : str, callable or None
        None where it is not known.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> metric_that_decides({"a": "f1", "b": "recall"}, "b", SVC())
    'recall'
    >>> metric_that_decides(None, "score", SVC())
    'accuracy'
    """
    if isinstance(scoring, Mapping):
        scoring = scoring.get(metric)
        if scoring is None:
            return None
    elif isinstance(scoring, list | tuple | set):
        if metric not in scoring:
            return None
        scoring = metric
    if scoring is None:
        while isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        own = getattr(type(estimator), "score", None)
        return {ClassifierMixin.score: "accuracy", RegressorMixin.score: "r2"}.get(own, own)
    with suppress(TypeError):  # a scorer of the user's that cannot be hashed
        return _sklearn.scorer_name(scoring) or scoring
    return scoring


def best_possible(scoring: Any, metric: str, estimator: Any) -> float:
    """Return what no score exceeds, as for `metric_that_decides`; inf if that is not known."""
    return possible_scores(scoring, metric, estimator)[1]


def possible_scores(scoring: Any, metric: str, estimator: Any) -> tuple[float, float]:
    """Return the least and the best score there may be; infinite where that is not known.

    Examples
    --------
    >>> possible_scores("neg_log_loss", "score", None), possible_scores("r2", "score", None)
    ((-inf, 0.0), (-inf, 1.0))
    >>> possible_scores({"a": "f1_macro", "b": "r2"}, "a", None)
    (0.0, 1.0)
    """
    name = metric_that_decides(scoring, metric, estimator)
    if not isinstance(name, str):
        return -math.inf, math.inf
    if name.startswith("neg_"):
        return -math.inf, 0.0  # errors, which are never negative
    if name in _ONE or name.startswith(_OF_ONE):
        return -math.inf if name.startswith(_MAY_BE_NEGATIVE) else 0.0, 1.0
    return -math.inf, math.inf
