"""Estimators and scorers that do what the tests need; importable, so that workers find them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler


class Counting(ClassifierMixin, BaseEstimator):
    """Predicts the majority; leaves a file for every fit, whichever process it is in."""

    def __init__(self, folder: str = "", value: Any = None, other: Any = None) -> None:
        self.folder = folder
        self.value = value
        self.other = other

    def fit(self, X: Any, y: Any) -> Counting:
        if self.folder:
            Path(self.folder, f"{os.getpid()}-{time.time_ns()}").touch()
        self.classes_, counts = np.unique(y, return_counts=True)
        self.majority_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X: Any) -> np.ndarray:
        return np.full(len(X), self.majority_)


class Interrupted(Counting):
    """Is interrupted in one of its fits, by the number of files that there are."""

    limit: ClassVar[int] = 10**9

    def fit(self, X: Any, y: Any) -> Counting:
        if n_fits(self.folder) >= type(self).limit:
            raise KeyboardInterrupt
        return super().fit(X, y)


class Slow(Counting):
    """Takes 10 ms, so that only few of its fits are in hand at any time."""

    def fit(self, X: Any, y: Any) -> Slow:
        time.sleep(0.01)
        super().fit(X, y)
        return self


class Faulty(Counting):
    """Does what `value` says in its fit."""

    def fit(self, X: Any, y: Any) -> Faulty:
        if self.value == "raise":
            raise RuntimeError("this candidate raises")
        if self.value == "unpicklable":
            raise UnpicklableError("this candidate raises something odd", lambda: None)
        if self.value == "interrupt":
            raise KeyboardInterrupt
        if self.value == "write":
            X[:] = 0
        super().fit(X, y)
        return self


class UnpicklableError(Exception):
    """Cannot be sent back from a worker."""

    def __init__(self, message: str, what: Any) -> None:
        super().__init__(message)
        self.what = what


class FailsOnAll(Counting):
    """Can be fitted on a part of the data, not on all of it: the refit raises."""

    def fit(self, X: Any, y: Any) -> FailsOnAll:
        if len(X) >= 150:
            raise RuntimeError("the refit raises")
        super().fit(X, y)
        return self


class ByValue:
    """A scorer that returns what the candidate's `value` is mapped to."""

    def __init__(self, **scores: Any) -> None:
        self.scores = scores

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> Any:
        return self.scores[estimator.value]


def n_fits(folder: Any) -> int:
    """How many fits have left a file."""
    return len(list(Path(folder).iterdir()))


def pipeline(folder: str) -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("clf", Counting(folder=folder))])


class TakesAnything(Counting):
    def set_params(self, **params: Any) -> TakesAnything:
        return self

    def fit(self, X: Any, y: Any) -> TakesAnything:
        raise RuntimeError("first fit")
