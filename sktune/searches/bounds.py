"""The best score that there can be, where the metric tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.pipeline import Pipeline

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


def best_possible(scoring: Any, metric: str, estimator: Any) -> float:
    """Return what no score exceeds; inf if that is not known.

    Parameters
    ----------
    scoring : object
        As the search has it.
    metric : str
        Which decides, where there are several.
    estimator : estimator
        Its own score counts without `scoring`.

    Examples
    --------
    >>> best_possible("neg_log_loss", "score", None), best_possible("f1_macro", "score", None)
    (0.0, 1.0)
    """
    if isinstance(scoring, Mapping):
        scoring = scoring.get(metric)
    elif isinstance(scoring, list | tuple | set):
        scoring = metric
    if scoring is None:
        while isinstance(estimator, Pipeline):
            estimator = estimator.steps[-1][1]
        own = getattr(type(estimator), "score", None)
        return 1.0 if own in (ClassifierMixin.score, RegressorMixin.score) else math.inf
    if not isinstance(scoring, str):
        return math.inf
    if scoring.startswith("neg_"):
        return 0.0  # errors, which are never negative
    return 1.0 if scoring in _ONE or scoring.startswith(_OF_ONE) else math.inf
