"""Transformers that do what the tests need; importable, so that workers find them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state


class Leaves(TransformerMixin, BaseEstimator):
    """Multiplies; leaves a file for every fit and every transformation of unseen samples."""

    def __init__(self, folder: str = "", factor: Any = 1.0, name: str = "t") -> None:
        self.folder = folder
        self.factor = factor
        self.name = name

    def fit(self, X: Any, y: Any = None) -> Leaves:
        leave(self.folder, self.name)
        self.mean_ = np.asarray(X).mean(axis=0)
        return self

    def transform(self, X: Any) -> Any:
        leave(self.folder, f"{self.name}.transform")
        return (X - self.mean_) * self.factor


class LeavesLast(ClassifierMixin, BaseEstimator):
    """A classifier likewise: as good as its `value`, and fails for negative ones."""

    def __init__(self, folder: str = "", value: float = 1.0) -> None:
        self.folder = folder
        self.value = value

    def fit(self, X: Any, y: Any) -> LeavesLast:
        leave(self.folder, "clf")
        if self.value < 0:
            raise ValueError("negative")
        self.classes_ = np.unique(y)
        self.threshold_ = np.quantile(np.asarray(X).sum(axis=1), min(self.value, 1.0))
        return self

    def predict(self, X: Any) -> Any:
        above = np.asarray(X).sum(axis=1) > self.threshold_
        return np.where(above, self.classes_[-1], self.classes_[0])


def leave(folder: str, name: str) -> None:
    if folder:
        Path(folder, f"{name}-{os.getpid()}-{time.time_ns()}").touch()


def left(folder: Any, name: str) -> int:
    """How many files of a name were left."""
    return len(list(Path(folder).glob(f"{name}-*")))


class InPlace(TransformerMixin, BaseEstimator):
    """Writes into what it is given, and gives it back."""

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def fit(self, X: Any, y: Any = None) -> InPlace:
        return self

    def transform(self, X: Any) -> Any:
        X *= self.factor
        return X


class WritesLast(ClassifierMixin, BaseEstimator):
    """A classifier that spoils its training data."""

    def __init__(self, value: float = 0.5) -> None:
        self.value = value

    def fit(self, X: Any, y: Any) -> WritesLast:
        self.threshold_ = np.quantile(X.sum(axis=1), self.value)
        self.classes_ = np.unique(y)
        X[:] = 0
        y[:] = y[0]
        return self

    def predict(self, X: Any) -> Any:
        return np.where(X.sum(axis=1) > self.threshold_, self.classes_[-1], self.classes_[0])


class NoisyWritesLast(WritesLast):
    """Draws from numpy's global source before it spoils its training data."""

    def fit(self, X: Any, y: Any) -> NoisyWritesLast:
        noise = check_random_state(None).normal()
        super().fit(X, y)
        self.threshold_ += noise
        return self


class Differs(TransformerMixin, BaseEstimator):
    """What it makes of its training samples is not what it makes of others."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def fit(self, X: Any, y: Any = None) -> Differs:
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        return X * 2 + self.shift

    def transform(self, X: Any) -> Any:
        return X * 3 - self.shift


class NoTransformerMixin(BaseEstimator):
    """Has no fit_transform."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def fit(self, X: Any, y: Any = None) -> NoTransformerMixin:
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        return X + self.shift


class Noise(TransformerMixin, BaseEstimator):
    """Draws from numpy's global source, or from that of its seed."""

    def __init__(self, folder: str = "", random_state: Any = None) -> None:
        self.folder = folder
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Noise:
        leave(self.folder, "noise")
        self.factor_ = check_random_state(self.random_state).normal(size=X.shape[1])
        return self

    def transform(self, X: Any) -> Any:
        return X * self.factor_


class Entropy(TransformerMixin, BaseEstimator):
    """Draws from a source that nobody sees, unless it has a seed."""

    def __init__(self, folder: str = "", seed: Any = None) -> None:
        self.folder = folder
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> Entropy:
        leave(self.folder, "entropy")
        self.factor_ = np.random.default_rng(self.seed).normal(size=X.shape[1])
        return self

    def transform(self, X: Any) -> Any:
        return X * self.factor_


class NoisyInPlace(Noise):
    """Draws from numpy's global source, and then writes into what it is given."""

    def transform(self, X: Any) -> Any:
        X *= self.factor_
        return X


class FailsToFit(TransformerMixin, BaseEstimator):
    """Raises if told to."""

    def __init__(self, folder: str = "", fails: bool = False) -> None:
        self.folder = folder
        self.fails = fails

    def fit(self, X: Any, y: Any = None) -> FailsToFit:
        leave(self.folder, "fails")
        if self.fails:
            raise ValueError("this step fails")
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        return X


class Repeats(BaseEstimator):
    """A sampler: some samples once more, with noise from its source, and the targets of all."""

    def __init__(self, folder: str = "", share: float = 0.5, random_state: Any = None) -> None:
        self.folder = folder
        self.share = share
        self.random_state = random_state

    def fit_resample(self, X: Any, y: Any, weights: Any = None) -> tuple[Any, Any]:
        leave(self.folder, "sampler")
        rng = check_random_state(self.random_state)
        p = None if weights is None else np.asarray(weights) / np.sum(weights)
        rows = rng.choice(len(X), int(self.share * len(X)), p=p)
        new = np.asarray(X)[rows] + rng.normal(size=(len(rows), X.shape[1]))
        return np.concatenate([X, new]), np.concatenate([y, np.asarray(y)[rows]])


def sees_memory(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that sees whose memory a pipeline has."""
    return float(type(estimator.memory).__module__.startswith("joblib"))


def chain(folder: Any, *names: str) -> Pipeline:
    """A pipeline of transformers that leave files, and a classifier that does."""
    steps: list[Any] = [(name, Leaves(str(folder), name=name)) for name in names]
    return Pipeline([*steps, ("clf", LeavesLast(str(folder)))])


def looks_inside(estimator: Any, X: Any, y: Any) -> float:
    """A scorer that sees the first step, and spoils all it can."""
    first = estimator.steps[0][1]
    seen = 0.0 if isinstance(first, str) else float(np.asarray(first.transform(X)).sum())
    score = seen + estimator.score(X, y)
    if hasattr(first, "mean_"):
        first.mean_ = first.mean_ * 0 + 1e6
    if isinstance(X, np.ndarray):
        X[:] = 1e6
    return score
