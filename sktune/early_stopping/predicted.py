"""Estimators that only know what was predicted of the validation samples, for scorers."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from ..types import Array


def predicted_by(predicted: Array, classes: Array | None) -> Any:
    """Return a fitted estimator that predicts these values, or classes by these probabilities.

    Of two classes there may be the probabilities of the second alone.
    """
    if classes is None:
        return _PredictedValues(predicted)
    if predicted.ndim == 1:
        predicted = np.column_stack([1 - predicted, predicted])
    return _PredictedClasses(predicted, classes)


class _PredictedValues(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    def __init__(self, predicted: Any = None) -> None:
        self.predicted = predicted

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, X: Any) -> Any:
        return self.predicted


class _PredictedClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    def __init__(self, probabilities: Any = None, classes: Any = None) -> None:
        self.probabilities = probabilities
        self.classes_ = self.classes = classes

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict_proba(self, X: Any) -> Any:
        return self.probabilities

    def predict(self, X: Any) -> Any:
        return self.classes_[self.probabilities.argmax(axis=1)]
