"""Steps that fail where they are told to, leave a file for each call, and warn at each fit."""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from tests.helpers.transformers import leave

TRAINING = 30
"""Samples from which `fails="unseen"` takes samples for those of its fit."""


class Step(TransformerMixin, BaseEstimator):
    """A transformer that does not change its samples."""

    def __init__(self, folder: str = "", fails: str = "") -> None:
        self.folder = folder
        self.fails = fails

    def fit(self, X: Any, y: Any = None) -> Step:
        leave(self.folder, "step.fit")
        warnings.warn("a step is fitted", stacklevel=1)
        if self.fails == "fit":
            raise ValueError("the step cannot be fitted")
        if self.fails == "copies":
            self.lock_ = threading.Lock()
        if self.fails == "measures":
            self.odd_ = Odd(a=1)
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        leave(self.folder, "step.transform")
        if self.fails == "transform" or (self.fails == "unseen" and len(X) < TRAINING):
            raise ValueError("the step cannot transform")
        if self.fails == "gives once":
            return (row for row in X)
        return X


class Odd(dict[str, Any]):
    """A mapping that is no use to who wants to know its size."""

    def values(self) -> Any:
        return (value for value in ())


class Last(ClassifierMixin, BaseEstimator):
    """A classifier that is as good as its `value`; a negative one cannot be fitted."""

    def __init__(self, folder: str = "", value: float = 0.5, fails: str = "") -> None:
        self.folder = folder
        self.value = value
        self.fails = fails

    def fit(self, X: Any, y: Any) -> Last:
        leave(self.folder, "last.fit")
        warnings.warn("a last step is fitted", stacklevel=1)
        sums = np.array([np.sum(row) for row in X])
        if self.fails == "fit" or self.value < 0:
            raise ValueError("the last step cannot be fitted")
        self.classes_ = np.unique(y)
        self.threshold_ = np.quantile(sums, min(self.value, 1.0))
        return self

    def predict(self, X: Any) -> Any:
        leave(self.folder, "last.predict")
        sums = np.array([np.sum(row) for row in X])
        if self.fails == "predict":
            raise ValueError("the last step cannot predict")
        return self.classes_[(sums > self.threshold_).astype(int)]


def cannot_score(y: Any, predicted: Any) -> float:
    """A metric that raises."""
    warnings.warn("a score", stacklevel=1)
    raise ValueError("no metric")


def scores_the_whole(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that is given all of a pipeline."""
    return float(estimator.score(X, y))
