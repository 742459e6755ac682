"""Scorers that keep something, and candidates that draw where nobody sees: as scikit-learn."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.sharing.keeping import may_keep
from tests.helpers.laws import in_turn
from tests.helpers.searches import assert_same_results

X, y = np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2
LIMITS = [0.25, 0.75]
calls: list[int] = []
n_calls = 0
rng: Any = None


class Counts:
    """Gives how often it was called."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self, *_: Any) -> int:
        self.n += 1
        return self.n


def in_a_list(estimator: Any, X: Any, y: Any) -> int:
    calls.append(len(X))
    return len(calls)


def in_a_global(estimator: Any, X: Any, y: Any) -> int:
    global n_calls
    n_calls += 1
    return n_calls


def in_a_closure() -> Any:
    n = 0

    def counts(estimator: Any, X: Any, y: Any) -> int:
        nonlocal n
        n += 1
        return n

    return counts


def in_an_attribute(estimator: Any, X: Any, y: Any) -> int:
    found: int = getattr(in_an_attribute, "n", 0) + 1
    in_an_attribute.n = found  # type: ignore[attr-defined] # where it is kept
    return found


SCORERS = {
    "object": Counts,
    "list": lambda: in_a_list,
    "global": lambda: in_a_global,
    "closure": in_a_closure,
    "attribute": lambda: in_an_attribute,
    "metric": lambda: make_scorer(Counts()),
    "of several": lambda: {"a": Counts(), "b": "accuracy"},
}


def begin_anew() -> None:
    global n_calls, rng
    n_calls, rng = 0, np.random.default_rng(0)
    calls.clear()
    vars(in_an_attribute).clear()


@pytest.mark.parametrize(
    ("name", "step", "train"), in_turn(SCORERS, [False, True], [False, True], every=2)
)
def test_a_scorer_that_counts(step: bool, name: str, train: bool) -> None:
    estimator: Any = DecisionTreeClassifier(random_state=0)
    if step:
        estimator = Pipeline([("scale", StandardScaler()), ("last", estimator)])
    grid = {"last__max_depth" if step else "max_depth": [1, 2, 3, 3]}
    results = []
    for kind in (GridSearchCV, GridSearch):
        begin_anew()
        scoring = SCORERS[name]()
        search = kind(estimator, grid, scoring=scoring, cv=3, refit=False, return_train_score=train)
        results.append(search.fit(X, y).cv_results_)
    assert_same_results(results[1], results[0])


class Weighs:
    """A metric with a parameter, and a list that it makes."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(self, y: Any, predicted: Any) -> float:
        found = []
        found.append(self.weight * accuracy_score(y, predicted))
        return float(sum(found))


def within_limits(y: Any, predicted: Any) -> float:
    return float(np.mean(np.clip(predicted, *LIMITS) == np.clip(y, *LIMITS)))


def test_code_that_writes_into_nothing_that_lasts_keeps_nothing() -> None:
    assert may_keep([Counts()])
    assert may_keep([in_a_list])
    assert not may_keep([within_limits])
    assert not may_keep([accuracy_score])
    assert not may_keep([lambda estimator, X, y: estimator.score(X, y)])


class Frames(ClassifierMixin, BaseEstimator):
    """Draws from a generator that only its frame leads to."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def fit(self, X: Any, y: Any) -> Frames:
        self.classes_ = np.unique(y)
        self.threshold_ = sys._getframe().f_globals["rng"].normal()
        return self

    def predict(self, X: Any) -> Any:
        return (X[:, 0] > self.threshold_).astype(int)


@pytest.mark.parametrize("values", [[0, 1, 2], [1, 1, 1]], ids=["others", "equal"])
def test_draws_that_nothing_shows(values: Any) -> None:
    results = []
    for kind in (GridSearchCV, GridSearch):
        begin_anew()
        search = kind(Frames(), {"value": values}, cv=3, refit=False)
        results.append(search.fit(X, y).cv_results_)
    assert_same_results(results[1], results[0])
