"""Bagging, isolation forests and AdaBoost: the first of many members."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    IsolationForest,
)
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from .._sklearn.trees import (
    checked_by_boosting,
    decisions_of,
    first_of_bagging,
    first_of_isolation_forest,
    isolation_scores,
    n_rows_at_once,
    path_lengths_of,
    predictions_of,
    probabilities_of,
    weighted_median,
)
from ..space.dimensions import is_count, is_number
from ..space.setting import configured
from .family import Fit, PathFamily, adopt
from .growth import MOST
from .registry import register_path
from .running import SEED_BELOW, Answers, once, running, twin


class _FirstMembers(PathFamily):
    """Ensembles whose first members are those of fewer."""

    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("n_estimators",) if is_count(estimator.n_estimators, most=MOST) else ()

    def order(self, estimator: Any) -> int:
        return int(estimator.n_estimators)


class BaggingPath(_FirstMembers):
    """Bagging: the first members."""

    def derive(self, fit: Fit, estimator: Any) -> Any:
        model, k = fit.model, int(estimator.n_estimators)
        if k >= len(model.estimators_):
            return model if k == len(model.estimators_) else None
        if isinstance(estimator.random_state, np.random.RandomState):
            estimator.random_state = deepcopy(estimator.random_state)
            estimator.random_state.randint(SEED_BELOW, size=k)
        own = model.estimator_ if estimator.estimator is None else estimator.estimator
        return adopt(estimator, model, estimator_=own, **first_of_bagging(model, k))

    def answers(self, fit: Fit, model: Any, memory: dict[Any, Any]) -> Answers:
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
    model: Any, memory: dict[Any, Any], name: str, part: Callable[..., Any]
) -> Callable[[Any], Any]:
    def mean(X: Any) -> Any:
        X = once(memory, lambda: _checked_by_bagging(model, X))
        k = len(model.estimators_)
        # a new array each time: members may predict in other types
        total = running(memory, name, k, lambda: 0, lambda a, i: a + part(model, i, X))
        return total / k

    return mean


def _checked_by_bagging(model: Any, X: Any) -> Any:
    options = {"accept_sparse": ["csr", "csc"], "dtype": None, "ensure_all_finite": False}
    return validate_data(model, X, reset=False, **options)


class IsolationForestPath(_FirstMembers):
    """Isolation forests: the first trees, with thresholds of their own."""

    def applies(self, estimator: Any) -> tuple[str, ...]:
        share = estimator.contamination
        is_share = is_number(share) and 0 < share <= 0.5
        is_known = is_share or (isinstance(share, str) and share == "auto")
        free = super().applies(estimator)
        return ("contamination", *free) if free and is_known else ()

    def lead(self, estimator: Any, X: Any) -> Any:
        is_auto = estimator.contamination == "auto"
        return estimator if is_auto else configured(estimator, {"contamination": "auto"})

    def derive(self, fit: Fit, estimator: Any) -> Any:
        model, k, share = fit.model, int(estimator.n_estimators), estimator.contamination
        if k > len(model.estimators_):
            return None
        offset: Any = -0.5
        if share != "auto":
            scores = isolation_scores_of(model, _rows(fit), fit.memory, k)
            if scores is None:
                return None
            offset = np.percentile(scores, 100.0 * share)
        if k == len(model.estimators_) and offset == model.offset_:
            return model
        if isinstance(estimator.random_state, np.random.RandomState):
            estimator.random_state = deepcopy(estimator.random_state)
            estimator.random_state.uniform(size=_rows(fit).shape[0])
            estimator.random_state.randint(SEED_BELOW, size=k)
        own = twin(model.estimator_, random_state=estimator.random_state)
        first = first_of_isolation_forest(model, k)
        return adopt(estimator, model, estimator_=own, offset_=offset, **first)

    def answers(self, fit: Fit, model: Any, memory: dict[Any, Any]) -> Answers:
        """Sums of path lengths go on from those of fewer trees."""
        if effective_n_jobs(None) != 1:
            return {}

        def score_samples(X: Any) -> Any:
            options = {"accept_sparse": "csr", "dtype": np.float32, "ensure_all_finite": False}
            rows = once(memory, lambda: validate_data(model, X, reset=False, **options))
            scores = isolation_scores_of(model, rows, memory, len(model.estimators_))
            return type(model).score_samples(model, X) if scores is None else scores

        return {"score_samples": score_samples}


def _rows(fit: Fit) -> Any:
    """Return the samples of a fit as its trees score them."""
    options = {"accept_sparse": "csr", "dtype": np.float32, "ensure_all_finite": False}
    return once(fit.memory, lambda: check_array(fit.X, **options))


def isolation_scores_of(model: Any, X: Any, memory: dict[Any, Any], k: int) -> Any:
    """Return the scores by the first k trees; None if samples are too many to do at once."""
    n = X.shape[0]
    if n > n_rows_at_once(model, get_config()["working_memory"]):
        return None

    def add(lengths: Any, index: int) -> Any:
        lengths += path_lengths_of(model, index, X)
        return lengths

    return isolation_scores(model, running(memory, "lengths", k, lambda: np.zeros(n), add), k)


class AdaBoostPath(_FirstMembers):
    """AdaBoost: the first members, or as many as there were when it stopped."""

    def derive(self, fit: Fit, estimator: Any) -> Any:
        model, k = fit.model, int(estimator.n_estimators)
        if k >= model.n_estimators:
            return model if k == model.n_estimators else None
        if isinstance(estimator.random_state, np.random.RandomState):
            estimator.random_state = deepcopy(estimator.random_state)
            self._draw(fit, estimator.random_state, k)
        own = model.estimator_ if estimator.estimator is None else estimator.estimator
        return adopt(
            estimator,
            model,
            estimator_=own,
            estimators_=model.estimators_[:k],
            estimator_weights_=model.estimator_weights_[:k].copy(),
            estimator_errors_=model.estimator_errors_[:k].copy(),
        )

    def _draw(self, fit: Fit, source: np.random.RandomState, k: int) -> None:
        """Bring a source of randomness to where a fit of k members would leave it."""
        model = fit.model
        if k > len(model.estimators_):
            # it stops as early as the larger one
            source.set_state(model.random_state.get_state())
            return
        names = model.estimator_.get_params(deep=True)
        seeds = [n for n in names if n == "random_state" or n.endswith("__random_state")]
        for _ in range(k):
            for _ in seeds:
                source.randint(SEED_BELOW)
            if not is_classifier(model):
                source.random_sample(len(fit.y))

    def answers(self, fit: Fit, model: Any, memory: dict[Any, Any]) -> Answers:
        """Each member predicts once."""

        def checked(X: Any) -> Any:
            return once(memory, lambda: checked_by_boosting(model, X))

        def decision_function(X: Any) -> Any:
            return _decision(model, checked(X), memory)

        def predict(X: Any) -> Any:
            rows, known = checked(X), memory.setdefault("known", [])
            for member in model.estimators_[len(known) :]:
                known.append(_Known(member.predict(rows)))
            members = known[: len(model.estimators_)]
            return weighted_median(twin(model, estimators_=members), rows)

        if not is_classifier(model):
            return {"predict": predict}
        return {"decision_function": decision_function} if model.n_classes_ > 1 else {}


def _decision(model: Any, X: Any, memory: dict[Any, Any]) -> Any:
    n_classes, classes = model.n_classes_, model.classes_[:, np.newaxis]

    def add(total: Any, index: int) -> Any:
        weight = model.estimator_weights_[index]
        voted = (model.estimators_[index].predict(X) == classes).T
        return total + np.where(voted, weight, -1 / (n_classes - 1) * weight)

    votes = running(memory, "votes", len(model.estimators_), lambda: 0, add)
    decision = votes / model.estimator_weights_.sum()
    if n_classes > 2:
        return decision
    decision[:, 0] *= -1
    return decision.sum(axis=1)


class _Known:
    """A member that has predicted."""

    def __init__(self, predictions: Any) -> None:
        self._predictions = predictions

    def predict(self, X: Any) -> Any:
        return self._predictions


_FAMILIES: tuple[tuple[PathFamily, tuple[type, ...]], ...] = (
    (BaggingPath(), (BaggingClassifier, BaggingRegressor)),
    (IsolationForestPath(), (IsolationForest,)),
    (AdaBoostPath(), (AdaBoostClassifier, AdaBoostRegressor)),
)
for _family, _kinds in _FAMILIES:
    for _kind in _kinds:
        register_path(_kind, _family)
