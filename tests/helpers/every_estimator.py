"""One instance of each of scikit-learn's estimators, and small data that it can be fitted to."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import make_classification, make_regression
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - to have it among them
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators, get_tags

N = 60


def instances() -> list[Any]:
    """Return all that can be made, with what their constructors ask for."""
    found = []
    for name, kind in all_estimators():
        asked = inspect.signature(kind).parameters
        classifies = issubclass(kind, ClassifierMixin)
        simple: Any = LogisticRegression() if classifies else Ridge()
        tree: Any = DecisionTreeClassifier() if classifies else DecisionTreeRegressor()
        given: dict[str, Any] = {}
        if "estimators" in asked:
            given["estimators"] = [("linear", simple), ("tree", tree)]
        if "estimator" in asked and asked["estimator"].default is inspect.Parameter.empty:
            given["estimator"] = simple
        if name in ("SelfTrainingClassifier", "ClassifierChain", "RegressorChain"):
            given["estimator"] = simple
        if name in ("GridSearchCV", "HalvingGridSearchCV"):
            given["param_grid"] = {"alpha": [1.0]}
        if name in ("RandomizedSearchCV", "HalvingRandomSearchCV"):
            given["param_distributions"] = {"alpha": [1.0]}
        if name == "ColumnTransformer":
            given["transformers"] = [("scale", StandardScaler(), [0, 1])]
        if name == "FeatureUnion":
            given["transformer_list"] = [("scale", StandardScaler())]
        if name == "Pipeline":
            given["steps"] = [("scale", FeatureUnion([("s", StandardScaler())])), ("last", simple)]
        if name == "SparseCoder":
            given["dictionary"] = np.eye(8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of classes that will go
            found.append(kind(**given))
    return found


def data_for(estimator: Any) -> tuple[Any, Any]:
    """Return X and y, which the estimator can be fitted to as it comes."""
    name, tags = type(estimator).__name__, get_tags(estimator)
    if tags.input_tags.string:
        texts = ["one two three", "two three four five", "six seven one", "five six two one"]
        return texts * (N // 4), np.arange(N) % 2
    if tags.estimator_type == "regressor" or name in ("PLSSVD", "CCA", "PLSCanonical"):
        multi = tags.target_tags.multi_output and not tags.target_tags.single_output
        several = multi or name in ("PLSSVD", "CCA", "PLSCanonical", "RegressorChain")
        X, y = make_regression(N, 8, n_targets=3 if several else 1, noise=1.0, random_state=0)
        if tags.target_tags.positive_only:
            y = np.abs(y) / 100 + 0.1
        return (X[:, :1] if name == "IsotonicRegression" else X), y
    X, y = make_classification(N, 8, n_informative=4, random_state=0)
    if tags.input_tags.positive_only or tags.input_tags.categorical:
        X = np.abs(X).round() if tags.input_tags.categorical else np.abs(X)
    if name == "CategoricalNB":
        X = np.clip(X, 0, 3).astype(int)
    if name in ("ClassifierChain", "MultiOutputClassifier"):
        y = np.column_stack([y, 1 - y])
    return X, y
