"""Forests, bagging, isolation forests, AdaBoost: the first of many members."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.paths import Fit, family_of
from sktune.testing import Case
from sktune.testing.path_families import difference, responses
from tests.helpers.path_laws import PathLaws

X, Y = make_classification(80, 5, n_informative=3, n_classes=3, random_state=0)
BINARY = (Y > 0).astype(int)
XR, YR = make_regression(70, 4, noise=20.0, random_state=0)
WEIGHTS = np.random.RandomState(0).rand(80) + 0.1
FEW = X.round()
NAMED = np.array(["a", "b", "c"])[Y]
N = {"n_estimators": [1, 3]}


def source() -> np.random.RandomState:
    return np.random.RandomState(3)


def forest(kind: Any = RandomForestClassifier, **params: Any) -> Any:
    return kind(**{"n_estimators": 3, "random_state": 0, **params})


class TestForests(PathLaws):
    def cases(self) -> list[Case]:
        frame = pd.DataFrame(X.astype(np.float32), columns=list("abcde"))
        several = np.column_stack([Y, BINARY])
        labels = np.column_stack([Y == 1, BINARY]).astype(int)
        regressor = forest(RandomForestRegressor)
        extra = forest(ExtraTreesClassifier)
        pruned = {**N, "ccp_alpha": [0.0, 0.02]}
        return [
            Case(forest(), N, frame, NAMED),
            Case(forest(random_state=source()), pruned, X, Y),
            Case(forest(max_samples=0.6, class_weight="balanced"), N, sparse.csr_matrix(X), Y),
            Case(
                forest(class_weight="balanced_subsample", max_leaf_nodes=5),
                {"n_estimators": [2, 3], "ccp_alpha": [0.02]},
                np.asfortranarray(X),
                BINARY,
            ),
            Case(forest(), N, X, several, scoring=make_scorer(_share)),
            Case(forest(), {"n_estimators": [2, 3]}, X, labels),
            Case(
                extra,
                {"ccp_alpha": [0.02, 0.05], "n_estimators": [2, 3]},
                X,
                Y,
                {"sample_weight": WEIGHTS},
            ),
            Case(forest(max_depth=2), {**N, "min_samples_leaf": [1, 2]}, FEW, BINARY, {}, 2),
            Case(forest(min_samples_leaf=0.1), {**N, "max_depth": [12, None]}, FEW, Y),
            Case(regressor, {**N, "max_depth": [60, None]}, XR, YR),
            Case(regressor, {**N, "ccp_alpha": [0, 50.0]}, XR, np.column_stack([YR, -YR])),
            Case(forest(ExtraTreesRegressor, random_state=source()), N, XR, YR),
            Case(
                forest(ExtraTreesRegressor, max_depth=1, max_features=1),
                {"min_samples_leaf": [1, 2], "min_samples_split": [2, 5]},
                XR,
                YR,
                n_fits=2,
            ),
        ]

    def alone(self) -> list[Any]:
        odd = [0, -1, 5.0, "5", None, True]
        return [
            *(forest(n_estimators=value) for value in odd),
            *(forest(max_depth=value) for value in odd if value is not None),
            *(forest(ccp_alpha=value) for value in (-1, None, "0", np.nan)),
            forest(criterion=0),
        ]


def _share(y: Any, predicted: Any) -> float:
    return float(np.mean(y == predicted))


def bagging(estimator: Any = None, kind: Any = BaggingClassifier, **params: Any) -> Any:
    return kind(estimator, **{"n_estimators": 3, "random_state": 0, **params})


class TestBagging(PathLaws):
    def cases(self) -> list[Case]:
        frame = pd.DataFrame(X, columns=list("abcde"))
        two = np.column_stack([YR, -YR])
        return [
            Case(bagging(), N, frame, NAMED),
            Case(bagging(max_features=0.6, bootstrap_features=True), N, X, Y),
            Case(bagging(max_samples=4, random_state=source()), N, X, Y),
            Case(bagging(LogisticRegression(), bootstrap=False, max_samples=0.7), N, X, Y),
            Case(bagging(KNeighborsClassifier(), max_features=2), N, sparse.csr_matrix(X), Y),
            Case(bagging(SVC(), max_samples=0.5), N, X, Y),
            Case(bagging(), N, X, BINARY, {"sample_weight": np.ceil(WEIGHTS * 3)}),
            Case(bagging(kind=BaggingRegressor), N, XR, YR),
            Case(bagging(Ridge(), BaggingRegressor), N, XR.astype(np.float32), two),
        ]

    def alone(self) -> list[Any]:
        return [bagging(n_estimators=value) for value in (0, -1, 5.0, "5", None, True)]


def isolation(**params: Any) -> Any:
    return IsolationForest(**{"n_estimators": 3, "random_state": 0, **params})


class TestIsolationForest(PathLaws):
    def cases(self) -> list[Case]:
        frame = pd.DataFrame(X, columns=list("abcde"))
        shares = {**N, "contamination": [0.1, "auto"]}
        return [
            Case(isolation(), N, X, BINARY, scoring="roc_auc"),
            Case(isolation(), shares, frame, BINARY, scoring="roc_auc"),
            Case(
                isolation(max_features=0.5),
                {"contamination": [np.float32(0.3), "auto"]},
                X,
                BINARY,
                scoring="roc_auc",
            ),
            Case(
                isolation(random_state=source()),
                shares,
                sparse.csc_matrix(X),
                BINARY,
                scoring="roc_auc",
            ),
            Case(isolation(bootstrap=True, max_samples=20), N, X, BINARY, scoring="roc_auc"),
            Case(isolation(max_samples=1), N, X, BINARY, scoring="roc_auc"),
        ]

    def alone(self) -> list[Any]:
        return [
            *(isolation(n_estimators=value) for value in (0, -1, 5.0, "5", None, True)),
            *(isolation(contamination=value) for value in (0.0, 0.6, -0.1, None, "no", True)),
        ]


def boosted(estimator: Any = None, kind: Any = AdaBoostClassifier, **params: Any) -> Any:
    return kind(estimator, **{"n_estimators": 3, "random_state": 0, **params})


class TestAdaBoost(PathLaws):
    def cases(self) -> list[Case]:
        frame = pd.DataFrame(X, columns=list("abcde"))
        easy = (X[:, 0] > 0).astype(int)
        many = {"n_estimators": [1, 2, 5, 9]}
        return [
            Case(boosted(), N, frame, NAMED),
            Case(boosted(), N, sparse.csr_matrix(X), BINARY, {"sample_weight": WEIGHTS}),
            Case(boosted(random_state=source()), many, X, BINARY),
            Case(boosted(LogisticRegression(), learning_rate=0.3), N, X, Y),
            # stops at once; stops for being no better than chance
            Case(boosted(random_state=source()), many, X, easy),
            Case(boosted(SVC(kernel="linear"), learning_rate=5.0), many, X, BINARY),
            Case(boosted(kind=AdaBoostRegressor), N, XR, YR),
            Case(boosted(Ridge(), AdaBoostRegressor, random_state=source()), many, XR, YR),
            Case(
                boosted(Bad(random_state=1), AdaBoostRegressor, random_state=source()), many, XR, YR
            ),
        ]

    def alone(self) -> list[Any]:
        return [boosted(n_estimators=value) for value in (0, -1, 5.0, "5", None, True)]


class Bad(Ridge):
    """Is wrong by as much everywhere: boosting stops with the first, and keeps it."""

    def predict(self, X: Any) -> Any:
        return np.full(len(X), 1e6)


def fit_of(estimator: Any, X: Any, y: Any = None, **params: Any) -> Fit:
    return Fit(clone(estimator).fit(X, y, **params), X, y, params)


def derived(fit: Fit, estimator: Any) -> Any:
    family, _ = family_of(estimator) or (None, ())
    assert family is not None
    return family.derive(fit, estimator)


SAMPLES = [
    (forest(), X, Y),
    (bagging(), X, Y),
    (isolation(), X, None),
    (boosted(), X, Y),
    (boosted(kind=AdaBoostRegressor), XR, YR),
]


@pytest.mark.parametrize(("estimator", "x", "y"), SAMPLES)
def test_more_members_are_not_in_fewer(estimator: Any, x: Any, y: Any) -> None:
    fit = fit_of(estimator, x, y)
    assert derived(fit, clone(estimator).set_params(n_estimators=6)) is None


@pytest.mark.parametrize(("estimator", "x", "y"), SAMPLES)
def test_a_source_of_randomness_is_not_drawn_from(estimator: Any, x: Any, y: Any) -> None:
    estimator = clone(estimator).set_params(random_state=source())
    fit = fit_of(estimator, x, y)
    one = clone(estimator).set_params(n_estimators=2)
    before = copy.deepcopy(one.random_state)
    model = derived(fit, copy.copy(one))
    assert not difference(one.random_state, before)
    assert not difference(responses(model, x), responses(clone(one).fit(x, y), x))


@pytest.mark.parametrize(("estimator", "x", "y"), SAMPLES[:3])
def test_answers_add_up_in_one_thread_only(estimator: Any, x: Any, y: Any) -> None:
    fit = fit_of(estimator, x, y)
    family, _ = family_of(estimator) or (None, ())
    assert family is not None
    assert family.answers(fit, fit.model, {})
    with joblib.parallel_config("threading", n_jobs=2):
        assert not family.answers(fit, fit.model, {})


def test_answers_know_of_no_routing() -> None:
    fit = fit_of(bagging(), X, Y)
    family, _ = family_of(bagging()) or (None, ())
    assert family is not None
    with config_context(enable_metadata_routing=True):
        assert not family.answers(fit, fit.model, {})


def test_one_class_is_left_to_adaboost() -> None:
    estimator = boosted()
    fit = fit_of(estimator, X, np.ones(80))
    family, _ = family_of(estimator) or (None, ())
    assert family is not None
    assert not family.answers(fit, fit.model, {})


def test_many_samples_are_scored_in_blocks() -> None:
    estimator = isolation(contamination=0.1)
    fit = fit_of(isolation(), X)
    family, _ = family_of(estimator) or (None, ())
    assert family is not None
    # blocks of no more than 62 samples
    large = np.tile(X, (200, 1))
    with config_context(working_memory=1), warnings.catch_warnings():
        warnings.simplefilter("error")
        answers = family.answers(fit, fit.model, {})
        assert not difference(answers["score_samples"](large), fit.model.score_samples(large))
        fit = fit_of(isolation(), large)
        assert derived(fit, estimator) is None


def test_pruned_forests_are_no_leads() -> None:
    fit = fit_of(forest(ccp_alpha=0.01), X, Y)
    assert derived(fit, forest(ccp_alpha=0.02, n_estimators=2)) is None


def test_forests_of_other_growth() -> None:
    fit = fit_of(forest(), X, Y)
    assert derived(fit, forest(max_depth=2)) is None
    assert derived(fit, forest(max_depth=50)) is fit.model
    assert derived(fit, forest(min_samples_leaf=3)) is None
    fit = fit_of(forest(max_depth=2), X, Y)
    assert derived(fit, forest()) is None
    # it is asked of the first trees only, and of each of them
    fit = fit_of(forest(n_estimators=9, max_features=1), X, Y)
    depths = [member.get_depth() for member in fit.model.estimators_]
    limit = depths[0]
    assert max(depths) > limit
    found = [
        derived(fit, forest(n_estimators=k, max_features=1, max_depth=limit)) for k in range(1, 10)
    ]
    assert [model is not None for model in found] == [
        max(depths[:k]) <= limit for k in range(1, 10)
    ]


def test_best_first_forests_draw_in_another_order() -> None:
    for seed in range(5):
        lead = forest(n_estimators=1, max_leaf_nodes=4, random_state=seed)
        fit = fit_of(lead, X, Y)
        depth = fit.model.estimators_[0].get_depth()
        assert derived(fit, clone(lead).set_params(max_depth=depth)) is None
        assert derived(fit, clone(lead).set_params(max_depth=depth + 1)) is fit.model


def test_nothing_pruned_is_the_model() -> None:
    fit = fit_of(forest(), X, Y)
    assert derived(fit, forest(ccp_alpha=1e-12)) is fit.model
    fit = fit_of(forest(max_leaf_nodes=4), X, Y)
    assert derived(fit, forest(max_leaf_nodes=4, ccp_alpha=1e-12)) is not fit.model


def test_regression_with_other_leaves_is_fitted() -> None:
    """Sums of targets that are no whole numbers are rounded on the way."""
    params = {"max_depth": 1, "min_samples_leaf": 2}
    regressor = forest(RandomForestRegressor, max_depth=1)
    assert derived(fit_of(regressor, XR, YR), clone(regressor).set_params(**params)) is None
    model = derived(fit_of(regressor, X, Y * 1.0), clone(regressor).set_params(**params))
    assert not difference(
        model.estimators_[0].tree_, clone(regressor).fit(X, Y).estimators_[0].tree_
    )


@pytest.mark.parametrize("estimator", [forest(), boosted()])
def test_what_is_shared_is_not_changed(estimator: Any) -> None:
    fit = fit_of(estimator, X, Y)
    before = fit_of(estimator, X, Y).model
    params = {"n_estimators": 2, **({"ccp_alpha": 0.1} if hasattr(estimator, "ccp_alpha") else {})}
    derived(fit, clone(estimator).set_params(**params))
    assert not difference(fit.model, before)


def test_a_search_over_forests_fits_the_largest() -> None:
    grid = {"n_estimators": [2, 4, 6], "max_depth": [2, None], "ccp_alpha": [0.0, 0.01]}
    search = GridSearch(forest(), grid, cv=3, scoring="neg_log_loss").fit(X, Y)
    assert next(iter(search.sharing_.steps.values())) == (36, 6)
