"""Searches of little work whose every fit leaves a note, whichever process it is in.

Where notes go, how long a fit takes and what it waits for is said by the environment: none of
it is a parameter, so all runs of a search are the same search.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

import numpy as np
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch, RandomSearch

NOTES, PAUSE, GATE = "TESTS_NOTES", "TESTS_PAUSE", "TESTS_GATE"

Task = tuple[int, int, float]
"""Training samples, which tell the split, and both parameters."""

NAMES = ("grid", "random", "bayes")
N_FEATURES = 6
_draw = np.random.RandomState(0)
X = _draw.normal(size=(60, N_FEATURES))
y = (X @ _draw.normal(size=N_FEATURES) + 2 * _draw.normal(size=60) > 0).astype(int)


def note(*what: Any, path: str | None = None) -> None:
    """Append a line, in one write, so that lines of several processes do not mix."""
    if path := path or os.environ.get(NOTES):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(descriptor, json.dumps(what).encode() + b"\n")
        os.close(descriptor)


class NotedScaler(StandardScaler):
    """The step that all candidates have in common."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> NotedScaler:
        note("scale", len(X))
        return super().fit(X, y, sample_weight)


class Noted(ClassifierMixin, BaseEstimator):
    """Ridge regression on the classes' numbers."""

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def fit(self, X: Any, y: Any) -> Noted:
        note("fit", len(X), X.shape[1], float(self.alpha))
        time.sleep(float(os.environ.get(PAUSE, 0)))
        while os.path.exists(os.environ.get(GATE, "")):
            time.sleep(0.005)
        self.classes_ = np.unique(y)
        gram = X.T @ X + self.alpha * np.eye(X.shape[1])
        self.coef_ = np.linalg.solve(gram, X.T @ (2.0 * y - 1))
        return self

    def predict(self, X: Any) -> np.ndarray:
        return (X @ self.coef_ > 0).astype(int)


def n_train(split: int) -> int:
    """How many samples a split trains on: by this number its fits are known."""
    return 40 + 2 * split


def splits(n_splits: int) -> list[tuple[np.ndarray, np.ndarray]]:
    orders = [np.random.RandomState(split).permutation(len(X)) for split in range(n_splits)]
    return [(o[: n_train(split)], o[n_train(split) :]) for split, o in enumerate(orders)]


def search_of(name: str, size: int, n_splits: int, **options: Any) -> Any:
    """Make a search of `size` candidates, four of them with every step before the last alike."""
    estimator = Pipeline(
        [("scale", NotedScaler()), ("reduce", PCA(random_state=0)), ("fit", Noted())]
    )
    options = {"cv": splits(n_splits), **options}
    if name == "grid":
        numbers = [2, 4, 6][: -(-size // 4)]
        alphas = np.logspace(-2, 3, size // len(numbers)).tolist()
        grid = {"reduce__n_components": numbers, "fit__alpha": alphas}
        return GridSearch(estimator, grid, **options)
    options = {"n_iter": size, "random_state": 0, **options}
    if name == "random":
        space: Any = {"reduce__n_components": [2, 4, 6], "fit__alpha": loguniform(1e-2, 1e3)}
        return RandomSearch(estimator, space, **options)
    space = {"reduce__n_components": (2, 6), "fit__alpha": (1e-2, 1e3, "log-uniform")}
    return BayesSearch(estimator, space, n_points=2, **options)
