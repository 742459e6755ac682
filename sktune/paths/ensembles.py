"""Bagging, isolation forests and AdaBoost: the first of many members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from .._sklearn import class_of
from .._sklearn.ensembles import (
    checked_by_boosting,
    decisions_of,
    isolation_scores,
    n_rows_at_once,
    path_lengths_of,
    predictions_of,
    probabilities_of,
    weighted_median,
)
from ..space.dimensions import is_count, is_number
from ..space.setting import configured
from ..types import Array, Estimator, Floats, Matrix, Model, Samples
from .family import Answers, Fit, PathFamily, adopt
from .growth import MOST
from .prefix_sums import copy_with, once, prefix_sum


class _FirstMembers(PathFamily):
    """Ensembles whose first members are those of fewer."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        return ("n_estimators",) if is_count(estimator.n_estimators, most=MOST) else ()

    def order(self, estimator: Model) -> int:
        return int(estimator.n_estimators)


def _first_members(model: Model, k: int) -> dict[str, Any]:
    """Return what bagging has of each member, of the first k only."""
    return {name: getattr(model, name)[:k] for name in ("estimators_", "estimators_features_")}


class BaggingPath(_FirstMembers):
    """Bagging: the first members."""

    grows = True

    def beginning(self, fit: Fit, estimator: Model) -> Mapping[str, Any] | None:
        return _first_members(fit.model, len(fit.model.estimators_))

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model, k = fit.model, int(estimator.n_estimators)
        if k >= len(model.estimators_):
            return model if k == len(model.estimators_) else None
        return adopt(estimator, model, **_first_members(model, k))

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        """Sums over members go on from those of fewer members."""
        # with routing, members may be given more than samples
        if effective_n_jobs(model.n_jobs) != 1 or get_config()["enable_metadata_routing"]:
            return {}
        parts = {"predict": predictions_of}
        if is_classifier(model):
            parts = {"predict_proba": probabilities_of}
            if hasattr(model, "decision_function"):
                parts["decision_function"] = decisions_of
        return {name: _mean(model, memory, name, part) for name, part in parts.items()}


def _mean(
    model: Model, memory: dict[Any, Any], name: str, part: Callable[..., Any]
) -> Callable[[Any], Any]:
    def mean(X: Samples) -> Array:
        rows = once(memory, lambda: _checked_by_bagging(model, X))
        k = len(model.estimators_)
        # a new array each time: members may predict in other types
        total = prefix_sum(memory, name, k, lambda: 0, lambda a, i: a + part(model, i, rows))
        return total / k

    return mean


def _checked_by_bagging(model: Model, X: Samples) -> Matrix:
    options = {"accept_sparse": ["csr", "csc"], "dtype": None, "ensure_all_finite": False}
    return validate_data(model, X, reset=False, **options)


class IsolationForestPath(_FirstMembers):
    """Isolation forests: the first trees, with thresholds of their own."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        share = estimator.contamination
        is_share = is_number(share) and 0 < share <= 0.5
        is_known = is_share or (isinstance(share, str) and share == "auto")
        free = super().applies(estimator)
        return ("contamination", *free) if free and is_known else ()

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        is_auto = estimator.contamination == "auto"
        return estimator if is_auto else configured(estimator, {"contamination": "auto"})

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model, k, share = fit.model, int(estimator.n_estimators), estimator.contamination
        if k > len(model.estimators_):
            return None
        offset = -0.5
        if share != "auto":
            scores = isolation_scores_of(model, _rows(fit), fit.memory, k)
            if scores is None:
                return None
            offset = np.percentile(scores, 100.0 * share)
        if k == len(model.estimators_) and offset == model.offset_:
            return model
        return adopt(estimator, model, offset_=offset, **_first_members(model, k))

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        """Sums of path lengths go on from those of fewer trees."""
        if effective_n_jobs(None) != 1:
            return {}

        def score_samples(X: Samples) -> Floats:
            options = {"accept_sparse": "csr", "dtype": np.float32, "ensure_all_finite": False}
            rows = once(memory, lambda: validate_data(model, X, reset=False, **options))
            scores = isolation_scores_of(model, rows, memory, len(model.estimators_))
            return class_of(model).score_samples(model, X) if scores is None else scores

        return {"score_samples": score_samples}


def _rows(fit: Fit) -> Matrix:
    """Return the samples of a fit as its trees score them."""
    options = {"accept_sparse": "csr", "dtype": np.float32, "ensure_all_finite": False}
    return once(fit.memory, lambda: check_array(fit.X, **options))


def isolation_scores_of(model: Model, X: Matrix, memory: dict[Any, Any], k: int) -> Floats | None:
    """Return the scores by the first k trees; None if samples are too many to do at once."""
    n = X.shape[0]
    if n > n_rows_at_once(model, get_config()["working_memory"]):
        return None

    def add(lengths: Floats, index: int) -> Floats:
        lengths += path_lengths_of(model, index, X)
        return lengths

    return isolation_scores(model, prefix_sum(memory, "lengths", k, lambda: np.zeros(n), add), k)


class AdaBoostPath(_FirstMembers):
    """AdaBoost: the first members, or as many as there were when it stopped."""

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model, k = fit.model, int(estimator.n_estimators)
        if k >= model.n_estimators:
            return model if k == model.n_estimators else None
        first, weights = model.estimators_[:k], model.estimator_weights_[:k]
        return adopt(estimator, model, estimators_=first, estimator_weights_=weights)

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        """Each member predicts once."""

        def checked(X: Samples) -> Matrix:
            return once(memory, lambda: checked_by_boosting(model, X))

        def decision_function(X: Samples) -> Array:
            return _decision(model, checked(X), memory)

        def predict(X: Samples) -> Array:
            rows, known = checked(X), memory.setdefault("known", [])
            for member in model.estimators_[len(known) :]:
                known.append(_Answered(member.predict(rows)))
            members = known[: len(model.estimators_)]
            return weighted_median(copy_with(model, estimators_=members), rows)

        if not is_classifier(model):
            return {"predict": predict}
        return {"decision_function": decision_function} if model.n_classes_ > 1 else {}


def _decision(model: Model, X: Matrix, memory: dict[Any, Any]) -> Array:
    n_classes, classes = model.n_classes_, model.classes_[:, np.newaxis]

    def add(total: Array, index: int) -> Array:
        weight = model.estimator_weights_[index]
        voted = (model.estimators_[index].predict(X) == classes).T
        return total + np.where(voted, weight, -1 / (n_classes - 1) * weight)

    votes = prefix_sum(memory, "votes", len(model.estimators_), lambda: 0, add)
    decision = votes / model.estimator_weights_.sum()
    if n_classes > 2:
        return decision
    decision[:, 0] *= -1
    return decision.sum(axis=1)


class _Answered:
    """A member that has predicted."""

    def __init__(self, predictions: Array) -> None:
        self._predictions = predictions

    def predict(self, X: Samples) -> Array:
        return self._predictions


FAMILIES: dict[str, PathFamily] = {
    **dict.fromkeys(("BaggingClassifier", "BaggingRegressor"), BaggingPath()),
    "IsolationForest": IsolationForestPath(),
    **dict.fromkeys(("AdaBoostClassifier", "AdaBoostRegressor"), AdaBoostPath()),
}
