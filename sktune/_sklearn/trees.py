"""Trees and ensembles of trees: what has no public name.

Pruning, checking input once for many trees, and what ensembles keep of each of their members.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble._bagging import _parallel_decision_function as _decisions
from sklearn.ensemble._bagging import _parallel_predict_proba as _probabilities
from sklearn.ensemble._bagging import _parallel_predict_regression as _predictions
from sklearn.ensemble._iforest import _average_path_length


def prune(tree: Any) -> None:
    """Prune a fitted tree as its own `ccp_alpha` says; the tree it had is not changed."""
    tree._prune_tree()


def checked_by_tree(model: Any, X: Any) -> Any:
    """Return samples as a tree's ``predict(X, check_input=False)`` takes them."""
    return model._validate_X_predict(X, check_input=True)


def checked_by_forest(model: Any, X: Any) -> Any:
    """Return samples as the trees of a forest take them."""
    return model._validate_X_predict(X)


def checked_by_boosting(model: Any, X: Any) -> Any:
    """Return samples as the members of AdaBoost take them."""
    return model._check_X(X)


def first_of_bagging(model: Any, k: int) -> dict[str, Any]:
    """Return the attributes that bagging has of each member, of the first k only."""
    return {
        "estimators_": model.estimators_[:k],
        "estimators_features_": model.estimators_features_[:k],
        "_seeds": model._seeds[:k].copy(),
    }


def first_of_isolation_forest(model: Any, k: int) -> dict[str, Any]:
    """Return the attributes that an isolation forest has of each tree, of the first k only."""
    return {
        **first_of_bagging(model, k),
        "_average_path_length_per_tree": model._average_path_length_per_tree[:k],
        "_decision_path_lengths": model._decision_path_lengths[:k],
    }


def probabilities_of(model: Any, index: int, X: Any) -> Any:
    """Return what one member adds to the probabilities of a bagging classifier."""
    return _probabilities(*_member(model, index), X, model.n_classes_, {}, {})


def predictions_of(model: Any, index: int, X: Any) -> Any:
    """Return what one member adds to the predictions of a bagging regressor."""
    return _predictions(*_member(model, index), X, params={})


def decisions_of(model: Any, index: int, X: Any) -> Any:
    """Return what one member adds to the decision function of a bagging classifier."""
    return _decisions(*_member(model, index), X, params={})


def _member(model: Any, index: int) -> tuple[list[Any], list[Any]]:
    return [model.estimators_[index]], [model.estimators_features_[index]]


def path_lengths_of(model: Any, index: int, X: Any) -> Any:
    """Return what one tree adds to the path lengths of an isolation forest."""
    if model._max_features != X.shape[1]:
        X = X[:, model.estimators_features_[index]]
    leaves = model.estimators_[index].apply(X, check_input=False)
    of_leaf = model._average_path_length_per_tree[index]
    return model._decision_path_lengths[index][leaves] + of_leaf[leaves] - 1.0


def isolation_scores(model: Any, lengths: Any, k: int) -> Any:
    """Return the scores of an isolation forest of k trees, from its sums of path lengths."""
    denominator = k * _average_path_length([model._max_samples])
    ones = np.ones_like(lengths)
    return -(2 ** (-np.divide(lengths, denominator, out=ones, where=denominator != 0)))


def n_rows_at_once(model: Any, working_memory: float) -> int:
    """Return how many samples an isolation forest scores at once, at most."""
    return int(working_memory * 2**20 // (16 * model._max_features))


def weighted_median(model: Any, X: Any) -> Any:
    """Return the predictions of AdaBoost's regressor, for samples that were checked."""
    return model._get_median_predict(X, len(model.estimators_))
