"""Seconds saved are those that the search would have taken unshared, less those that it took."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline

from sktune import GridSearch, PathFamily, register_path
from sktune.paths import Fit, adopt, registry
from tests.helpers.laws import few

X, y = np.random.default_rng(0).normal(size=(24, 3)), np.arange(24) % 2


class Clock:
    """Goes on by what fits and responses cost, and by nothing else."""

    now = 0.0


class Costs(TransformerMixin, BaseEstimator):
    """Takes 3 s to fit, and 1 s to transform."""

    def __init__(self, shift: int = 0) -> None:
        self.shift = shift

    def fit(self, X: Any, y: Any = None) -> Costs:
        Clock.now += 3
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        Clock.now += 1
        return X + self.shift


class Iterates(ClassifierMixin, BaseEstimator):
    """Takes a second an iteration, and 2 s to predict."""

    def __init__(self, n: int = 1, other: int = 0) -> None:
        self.n = n
        self.other = other

    def fit(self, X: Any, y: Any) -> Iterates:
        Clock.now += self.n
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        Clock.now += 2
        return self.classes_[(X.sum(axis=1) > 0.1 * self.n).astype(int)]


class Selects(Costs):
    """Takes a second for each feature that it keeps, to fit and to transform."""

    def __init__(self, n: int = 1) -> None:
        self.n = n

    def fit(self, X: Any, y: Any = None) -> Selects:
        Clock.now += self.n
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        Clock.now += self.n
        return X[:, : self.n]


class FirstIterations(PathFamily):
    """What takes fewer iterations is in what takes more, unless `refuses` says no."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses

    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("n",)

    def order(self, estimator: Any) -> Any:
        return estimator.n

    def derive(self, fit: Fit, estimator: Any) -> Any:
        if self.refuses == "always" or (self.refuses == "odd" and estimator.n % 2):
            return None
        return adopt(estimator, fit.model)


@pytest.fixture(autouse=True)
def clock_and_families(monkeypatch: Any) -> None:
    monkeypatch.setattr(time, "time", lambda: Clock.now)
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))


def spent(search: Any) -> float:
    start = Clock.now
    search.fit(X, y)
    return Clock.now - start


@settings(
    max_examples=few(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    refuses=st.sampled_from(["", "odd", "always"]),
    n=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    other=st.lists(st.integers(0, 2), min_size=1, max_size=2),
    shift=st.lists(st.integers(0, 2), min_size=1, max_size=3),
    kept=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    shape=st.sampled_from(["alone", "pipeline", "union"]),
    train=st.booleans(),
)
def test_saved_is_what_it_would_have_taken_less_what_it_took(
    refuses: str, n: Any, other: Any, shift: Any, kept: Any, shape: str, train: bool
) -> None:
    grid: dict[str, Any] = {"n": n, "other": other}
    estimator: Any = Iterates()
    if shape != "alone":
        steps: list[Any] = [("costs", Costs()), ("selects", Selects())]
        grid = {"last__n": n, "last__other": other}
        if shape == "pipeline":
            grid |= {"costs__shift": shift, "selects__n": kept}
        else:
            steps = [("union", FeatureUnion(steps))]
            grid |= {"union__costs__shift": shift, "union__selects__n": kept}
        estimator = Pipeline([*steps, ("last", estimator)])
    options: dict[str, Any] = {"cv": 2, "refit": False, "return_train_score": train}
    register_path(Iterates, FirstIterations(refuses))
    register_path(Selects, FirstIterations())
    ours = GridSearch(estimator, grid, **options)
    took = spent(ours)
    theirs = GridSearchCV(estimator, grid, **options)
    would_have = spent(theirs)
    saved = ours.sharing_.seconds_saved
    assert 0 <= saved <= max(would_have - took, 0) + 1e-6
    if not (refuses or train):  # a duplicate's train scores have no time
        assert saved == pytest.approx(max(would_have - took, 0))
        for name in ("mean_fit_time", "mean_score_time"):
            np.testing.assert_allclose(ours.cv_results_[name], theirs.cv_results_[name])
