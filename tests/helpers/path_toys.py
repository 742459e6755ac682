"""A classifier and a transformer whose fits contain one another, and leave files to count."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from sktune.paths import Fit, PathFamily, adopt
from tests.helpers.transformers import leave


class Rounds(ClassifierMixin, BaseEstimator):
    """Adds up the features of `size` leading columns; depth saturates at 3."""

    depth: Any = 3
    folder: Any = ""
    other: Any = 0

    def __init__(self, size: Any = 1, depth: Any = 3, folder: str = "", other: Any = 0) -> None:
        self.size = size
        self.depth = depth
        self.folder = folder
        self.other = other

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Rounds:
        leave(self.folder, "fit")
        if self.size == "bad":
            raise ValueError("a bad size")
        self.classes_ = np.unique(y)
        self.reached_ = min(self.depth, 3)
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight)
        values = np.asarray(X)
        self.means_ = np.array(
            [np.average(values[:, j % values.shape[1]], weights=weights) for j in range(self.size)]
        )
        return self

    def predict(self, X: Any) -> Any:
        leave(self.folder, "predict")
        values = np.asarray(X)
        columns = [values[:, j % values.shape[1]] - mean for j, mean in enumerate(self.means_)]
        return self.classes_[(self.reached_ * sum(columns) + self.other > 0).astype(int)]


class RoundsPath(PathFamily):
    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("size", "depth") if estimator.size != "alone" else ()

    def order(self, estimator: Any) -> Any:
        return (estimator.depth, estimator.size)

    def derive(self, fit: Fit, estimator: Any) -> Any:
        model = fit.model
        if estimator.size > model.size or min(estimator.depth, 3) != model.reached_:
            return None
        if estimator.size == model.size:
            return model
        return adopt(estimator, model, means_=model.means_[: estimator.size])


class First(TransformerMixin, BaseEstimator):
    """Keeps the first columns."""

    def __init__(self, n: int = 1, folder: str = "") -> None:
        self.n = n
        self.folder = folder

    def fit(self, X: Any, y: Any = None) -> First:
        leave(self.folder, "first")
        self.n_ = min(self.n, np.shape(X)[1])
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X)[:, : self.n_]


class FirstPath(PathFamily):
    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("n",)

    def order(self, estimator: Any) -> Any:
        return estimator.n

    def derive(self, fit: Fit, estimator: Any) -> Any:
        if fit.model.n < estimator.n:
            return None
        return adopt(estimator, fit.model, n_=min(estimator.n, fit.model.n_))


class Above(TransformerMixin, BaseEstimator):
    """Tells which of the first columns are above their means."""

    def __init__(self, n: int = 1) -> None:
        self.n = n

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Above:
        self.means_ = np.average(np.asarray(X)[:, : self.n], axis=0, weights=sample_weight)
        return self

    def transform(self, X: Any) -> Any:
        return (np.asarray(X)[:, : self.n] > self.means_).astype(float)


class AbovePath(PathFamily):
    """Fits again, with what the fit was told, as RFE's does."""

    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("n",)

    def order(self, estimator: Any) -> Any:
        return estimator.n

    def derive(self, fit: Fit, estimator: Any) -> Any:
        return estimator.fit(fit.X, fit.y, **fit.params)


class Helped(ClassifierMixin, BaseEstimator):
    """Does something that takes long once for all that differ in `other`."""

    def __init__(self, other: int = 0, folder: str = "") -> None:
        self.other = other
        self.folder = folder

    def fit(self, X: Any, y: Any) -> Helped:
        self.classes_ = np.unique(y)
        self.prepared_ = self.prepare(X)
        return self

    def prepare(self, X: Any) -> Any:
        leave(self.folder, "prepare")
        return np.mean(X, axis=0)

    def predict(self, X: Any) -> Any:
        wins = (np.asarray(X) - self.prepared_).sum(axis=1) > self.other / 10
        return self.classes_[wins.astype(int)]


class HelpedFamily(PathFamily):
    def kin(self, estimator: Any) -> tuple[str, ...]:
        return ("other",)

    def assist(self, estimator: Any, memory: dict[Any, Any]) -> None:
        def prepare(X: Any) -> Any:
            if "prepared" not in memory:
                memory["prepared"] = Helped.prepare(estimator, X)
            return memory["prepared"]

        estimator.prepare = prepare


class Heavy(Rounds):
    """A model of a megabyte."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Heavy:
        super().fit(X, y, sample_weight)
        leave(self.folder, f"size{self.size}")
        if self.size == 99:
            raise ValueError("too large")
        self.ballast_ = np.zeros(2**17)
        return self
