"""A step that scikit-learn takes for unfitted after its fit: what its Pipeline says counts."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from sktune import GridSearch
from tests.helpers.laws import in_turn
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Leaves, left

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
y = (X[:, 0] + 0.5 * rng.normal(size=40) > 0).astype(int)


class Bare(ClassifierMixin, BaseEstimator):
    """A classifier that keeps its state in names without an underscore."""

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: Any, y: Any) -> Bare:
        self.model = LogisticRegression(C=self.C).fit(X, y)
        self.labels = self.model.classes_
        return self

    @property
    def classes_(self) -> Any:
        return self.labels

    def predict(self, X: Any) -> Any:
        return self.model.predict(X)

    def decision_function(self, X: Any) -> Any:
        return self.model.decision_function(X)


class SaysNo(LogisticRegression):
    """Says itself that it is not fitted."""

    def __sklearn_is_fitted__(self) -> bool:
        return False


class SaysSo(Bare):
    """Keeps its state likewise, and says that it is fitted."""

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model")


class BareScaler(TransformerMixin, BaseEstimator):
    """A transformer that keeps its state in a name without an underscore."""

    def fit(self, X: Any, y: Any = None) -> BareScaler:
        self.mean = np.mean(X, axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X) - self.mean


def union(*transformers: Any) -> FeatureUnion:
    return FeatureUnion([(f"u{k}", transformer) for k, transformer in enumerate(transformers)])


def columns(*transformers: Any) -> ColumnTransformer:
    table = [(f"c{k}", transformer, [k]) for k, transformer in enumerate(transformers)]
    return ColumnTransformer(table, remainder="passthrough")


def pipe(*steps: Any) -> Pipeline:
    return Pipeline([(f"s{k}", step) for k, step in enumerate(steps)])


scaler, logistic = StandardScaler(), LogisticRegression()
PIPELINES = {
    "last step": (pipe(scaler, Bare()), {"s1__C": [0.1, 1.0, 10.0]}),
    "no step before it": (pipe(Bare()), {"s0__C": [0.1, 1.0, 10.0]}),
    "says so itself": (pipe(scaler, SaysNo()), {"s1__C": [0.1, 1.0, 10.0]}),
    "searched itself": (pipe(scaler, logistic), {"s1": [logistic, Bare(), SaysNo(), SaysSo()]}),
    "last of a nested one": (pipe(scaler, pipe(scaler, Bare())), {"s1__s1__C": [0.1, 1.0]}),
    "nested before": (pipe(pipe(scaler, BareScaler()), logistic), {"s1__C": [0.1, 1.0]}),
    "passed through": (
        pipe(pipe(scaler, BareScaler(), "passthrough"), logistic),
        {"s1__C": [0.1, 1.0]},
    ),
    "a step's parameters": (
        pipe(pipe(scaler, BareScaler()), logistic),
        {"s0__s0__with_std": [True, False], "s1__C": [0.1, 1.0]},
    ),
    "last of a branch": (pipe(union(pipe(scaler, BareScaler())), logistic), {"s1__C": [0.1, 1.0]}),
    "last of columns": (
        pipe(columns(scaler, pipe(scaler, BareScaler())), logistic),
        {"s1__C": [0.1, 1.0]},
    ),
    "branch of a nested one": (
        pipe(pipe(scaler, union(scaler, BareScaler())), logistic),
        {"s1__C": [0.1, 1.0]},
    ),
    "column of a nested one": (
        pipe(pipe(scaler, columns(scaler, BareScaler())), logistic),
        {"s1__C": [0.1, 1.0]},
    ),
    "before the last": (pipe(BareScaler(), logistic), {"s1__C": [0.1, 1.0]}),
    "in a target's regressor": (
        pipe(scaler, TransformedTargetRegressor(Ridge())),
        {"s1__regressor": [Ridge(), pipe(scaler, SaysSo()), pipe(scaler, Bare())]},
    ),
}


def silent(search: Any) -> tuple[Any, list[str]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y)
    told = [str(w.message) for w in caught if w.category is FutureWarning]
    return search, told


SCORING = [None, "roc_auc", ["accuracy", "f1"], "accuracy"]


@pytest.mark.parametrize(("name", "scoring"), in_turn(PIPELINES, SCORING))
def test_what_looks_unfitted_is_scored_as_by_scikit_learn(name: str, scoring: Any) -> None:
    pipeline, grid = PIPELINES[name]
    if scoring == "roc_auc" and "target" in name:
        scoring = "r2"
    options: dict[str, Any] = {"cv": 2, "scoring": scoring, "return_train_score": True}
    options["refit"] = False
    theirs, told = silent(GridSearchCV(pipeline, grid, **options))
    ours, also_told = silent(GridSearch(pipeline, grid, **options))
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert set(also_told) == set(told)  # scikit-learn 1.7 only warns


@pytest.mark.parametrize("last", [union, columns, FunctionTransformer, BareScaler])
def test_a_nested_pipeline_that_is_fitted_is_shared_whatever_its_last_step_is(
    tmp_path: Any, last: Any
) -> None:
    inner = {union: (scaler, MinMaxScaler()), columns: (pipe(scaler, MinMaxScaler()),)}
    counted = Leaves(str(tmp_path))
    step = last(*inner.get(last, ()))
    branch = pipe(counted, step) if last is not BareScaler else pipe(step, counted)
    for outer in (branch, union(branch), columns(branch)):
        before = left(tmp_path, "t")
        search = GridSearch(make_pipeline(outer, logistic), {}, cv=2, refit=False)
        search.set_params(param_grid={"logisticregression__C": [0.1, 1.0, 10.0]}).fit(X, y)
        assert left(tmp_path, "t") - before == 2
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()


class OfItsOwn(StandardScaler):
    """Transforms no other samples than those that it was fitted on."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> OfItsOwn:
        self.rows_ = len(X)
        return super().fit(X)

    def transform(self, X: Any, copy: Any = None) -> Any:
        if len(X) != self.rows_:
            raise ValueError(f"there are {len(X)} other samples")
        return super().transform(X)


class Frozen(Bare):
    """Cannot be changed once it is fitted."""

    def __setattr__(self, name: str, value: Any) -> None:
        if "labels" in vars(self):
            raise AttributeError(f"{name} cannot be set")
        super().__setattr__(name, value)


def asks_for_nothing(estimator: Any, X: Any, y: Any) -> float:
    raise ValueError("a scorer that scores nothing")


@pytest.mark.parametrize("scoring", [None, "f1", ["accuracy", "f1"], asks_for_nothing])
@pytest.mark.parametrize(
    ("pipeline", "name"),
    [
        (pipe(OfItsOwn(), logistic), "s1__C"),
        (pipe(scaler, logistic), "s1__C"),
        (pipe(scaler, Frozen()), "s1__C"),
    ],
    ids=["step", "scorer", "frozen"],
)
def test_what_cannot_be_scored_is_told_as_without_shared_work(
    pipeline: Any, name: str, scoring: Any
) -> None:
    told = []
    for shares in (True, False):
        search = GridSearch(
            pipeline, {name: [0.1, 1.0]}, cv=3, scoring=scoring, refit=False, share_work=shares
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told.append(search.fit(X, y).cv_results_)
    assert_same_results(told[0], told[1])
    assert list(told[0]["error"]) == list(told[1]["error"])
