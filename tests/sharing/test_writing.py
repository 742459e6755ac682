"""Code that writes into what it is given, whatever numpy's flags say, spoils nobody else's data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sktune import GridSearch, PathFamily, register_path
from sktune.paths import adopt
from tests.helpers.habits import (
    classifier,
    transformer,
    unprotected,
    writes_all_the_same,
    writes_into_its_targets,
)
from tests.helpers.laws import in_turn
from tests.helpers.searches import assert_same_results

rng = np.random.default_rng(0)
X = rng.normal(size=(600, 4)) * [1, 2, 3, 4] + 1
y = (X[:, 0] + 0.3 * X[:, 2] + rng.normal(size=600) > 1).astype(int)

in_fit = transformer([writes_all_the_same], [], reuses=False)()
in_transform = transformer([], [writes_all_the_same], reuses=False)()
in_targets = transformer([writes_into_its_targets], [], reuses=False)()
reuses = transformer([], [], reuses=True)()
last_in_fit = classifier([writes_all_the_same], [])()
last_in_predict = classifier([], [writes_all_the_same])()
last_in_targets = classifier([writes_into_its_targets], [])()


def moves(X: Any) -> Any:
    unprotected(X)[:] -= 3
    return X


def spoils(y: Any, predicted: Any) -> float:
    score = np.mean(y == predicted)
    unprotected(y)[:] = 1
    return float(score)


class Weighs(GaussianNB):
    """Writes into a parameter of its fit."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        super().fit(X, y, sample_weight)
        unprotected(sample_weight)[:] *= np.arange(len(y))
        return self


def after(*steps: Any) -> tuple[Any, dict[str, list[Any]]]:
    return Pipeline([*((str(k), s) for k, s in enumerate(steps)), ("last", GaussianNB())]), {
        "last__var_smoothing": [1e-9, 0.1, 1.0]
    }


def before(last: Any, name: str = "quantile") -> tuple[Any, dict[str, list[Any]]]:
    return make_pipeline_with(last), {f"last__{name}": [0.2, 0.5, 0.8]}


def make_pipeline_with(last: Any) -> Any:
    return Pipeline([("scale", StandardScaler()), ("last", last)])


CASES: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "fit": after(StandardScaler(), in_fit),
    "first": after(in_fit, StandardScaler()),
    "transform": after(StandardScaler(), in_transform),
    "targets": after(in_targets, StandardScaler()),
    "buffer": after(StandardScaler(), reuses),
    "function": after(StandardScaler(), FunctionTransformer(moves)),
    "nested": after(StandardScaler(), make_pipeline(StandardScaler(), in_transform)),
    "union": after(FeatureUnion([("a", StandardScaler()), ("b", in_transform)])),
    "columns": after(ColumnTransformer([("a", in_fit, slice(0, 2)), ("b", in_fit, [1, 2])])),
    "last": before(last_in_fit),
    "last predicts": before(last_in_predict),
    "last's targets": before(last_in_targets),
    "nested last": (
        make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), last_in_fit)),
        {"pipeline__classifier__quantile": [0.2, 0.5]},
    ),
    "member": (
        make_pipeline_with(BaggingClassifier(last_in_fit, 2, random_state=0)),
        {"last__max_samples": [0.5, 1.0]},
    ),
    "no pipeline": (
        BaggingClassifier(last_in_predict, bootstrap=False, random_state=0),
        {"n_estimators": [1, 2, 3]},
    ),
}
CASES["nested last"][0].steps[-1][1].steps[-1] = ("classifier", last_in_fit)


@pytest.mark.parametrize(("case", "options"), in_turn(CASES, [{}, {"return_train_score": True}]))
def test_scores_are_scikit_learns(case: str, options: dict[str, Any]) -> None:
    check(*CASES[case], options)


@pytest.mark.parametrize("case", ["transform", "last", "nested"])
def test_a_worker_survives_what_is_written_into_files(case: str) -> None:
    check(*CASES[case], {"n_jobs": 2})


def check(estimator: Any, grid: Any, options: dict[str, Any], **params: Any) -> None:
    given, results = X.copy(), []
    for kind in (GridSearchCV, GridSearch):
        search = kind(estimator, grid, cv=3, refit=False, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one class alone in the targets
            results.append(search.fit(given, y.copy(), **params).cv_results_)
    assert_same_results(results[1], results[0])
    np.testing.assert_array_equal(given, X)


def test_several_metrics() -> None:
    for case in ("transform", "last predicts", "last"):
        check(*CASES[case], {"scoring": ["accuracy", "neg_log_loss"]})


def test_a_metric_that_writes_into_the_targets() -> None:
    estimator, grid = CASES["fit"]
    check(estimator, grid, {"scoring": make_scorer(spoils)})


def test_parameters_of_the_fit() -> None:
    weights = rng.uniform(0.5, 2, size=len(y))
    for train in (False, True):
        check(*before(Weighs(), "var_smoothing"), {"return_train_score": train},
              last__sample_weight=weights)  # fmt: skip


class Means(ClassifierMixin, BaseEstimator):
    """A class with a family, whose fit writes."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_, self.mean_ = np.unique(y), X.mean()
        unprotected(X)[:] += 1
        return self

    def predict(self, X: Any) -> Any:
        return (X.mean(axis=1) > self.mean_ + self.shift).astype(int)


class OneMean(PathFamily):
    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("shift",)

    def derive(self, fit: Any, estimator: Any) -> Any:
        return adopt(estimator, fit.model)


def test_a_family_of_ones_own() -> None:
    register_path(Means, OneMean())
    for estimator, name in ((Means(), "shift"), (make_pipeline(Means()), "means__shift")):
        check(estimator, {name: [0.0, 0.5, 1.0]}, {})


def test_scikit_learns_own_are_given_no_copies(monkeypatch: Any) -> None:
    def refuse(*args: Any, **options: Any) -> Any:
        raise AssertionError("a copy was made")

    for name in ("own", "is_same"):
        monkeypatch.setattr(f"sktune.sharing.fit_request.{name}", refuse)
        monkeypatch.setattr(f"sktune.sharing.responses.{name}", refuse)
    pipeline = make_pipeline(StandardScaler(), MultiOutputClassifier(LogisticRegression()))
    grid = {"multioutputclassifier__estimator__C": [0.1, 1.0]}
    search = GridSearch(pipeline, grid, cv=2, refit=False).fit(X, np.column_stack([y, 1 - y]))
    assert search.sharing_.steps["standardscaler"] == (4, 2)
