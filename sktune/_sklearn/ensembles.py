"""Forests, bagging, isolation forests and AdaBoost: what they do with each of their members."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.ensemble._bagging import _parallel_decision_function as _decisions
from sklearn.ensemble._bagging import _parallel_predict_proba as _probabilities
from sklearn.ensemble._bagging import _parallel_predict_regression as _predictions
from sklearn.ensemble._iforest import _average_path_length

from ..types import Floats, Matrix, Model, Samples
from .names import require

require((RandomForestClassifier, RandomForestRegressor), "_validate_X_predict")
require(
    IsolationForest,
    *("_average_path_length_per_tree", "_decision_path_lengths", "_max_features", "_max_samples"),
)
require((AdaBoostClassifier, AdaBoostRegressor), "_check_X")
require(AdaBoostRegressor, "_get_median_predict")


def checked_by_forest(model: Model, X: Samples) -> Matrix:
    """Return samples as the trees of a forest take them."""
    return model._validate_X_predict(X)


def checked_by_boosting(model: Model, X: Samples) -> Matrix:
    """Return samples as the members of AdaBoost take them."""
    return model._check_X(X)


def probabilities_of(model: Model, index: int, X: Matrix) -> Floats:
    """Return what one member adds to the probabilities of a bagging classifier."""
    return _probabilities(*_member(model, index), X, model.n_classes_, {}, {})


def predictions_of(model: Model, index: int, X: Matrix) -> Floats:
    """Return what one member adds to the predictions of a bagging regressor."""
    return _predictions(*_member(model, index), X, params={})


def decisions_of(model: Model, index: int, X: Matrix) -> Floats:
    """Return what one member adds to the decision function of a bagging classifier."""
    return _decisions(*_member(model, index), X, params={})


def _member(model: Model, index: int) -> tuple[list[Any], list[Any]]:
    return [model.estimators_[index]], [model.estimators_features_[index]]


def path_lengths_of(model: Model, index: int, X: Matrix) -> Floats:
    """Return what one tree adds to the path lengths of an isolation forest."""
    if model._max_features != X.shape[1]:
        X = X[:, model.estimators_features_[index]]
    leaves = model.estimators_[index].apply(X, check_input=False)
    of_leaf = model._average_path_length_per_tree[index]
    return model._decision_path_lengths[index][leaves] + of_leaf[leaves] - 1.0


def isolation_scores(model: Model, lengths: Floats, k: int) -> Floats:
    """Return the scores of an isolation forest of k trees, from its sums of path lengths."""
    denominator = k * _average_path_length([model._max_samples])
    ones = np.ones_like(lengths)
    return -(2 ** (-np.divide(lengths, denominator, out=ones, where=denominator != 0)))


def n_rows_at_once(model: Model, working_memory: float) -> int:
    """Return how many samples an isolation forest scores at once, at most."""
    return int(working_memory * 2**20 // (16 * model._max_features))


def weighted_median(model: Model, X: Matrix) -> Floats:
    """Return the predictions of AdaBoost's regressor, for samples that were checked."""
    return model._get_median_predict(X, len(model.estimators_))
