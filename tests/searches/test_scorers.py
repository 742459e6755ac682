"""Scorers that can give no score cost no fit, and no others are refused."""

from __future__ import annotations

import functools
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_iris, make_regression
from sklearn.linear_model import LinearRegression
from sklearn.metrics import get_scorer, get_scorer_names, make_scorer
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import GridSearch
from tests.helpers.estimators import Counting, n_fits
from tests.helpers.laws import in_turn
from tests.helpers.searches import every_search, more, silent

X, y = load_iris(return_X_y=True)


def own_metric(y_true: Any, y_pred: Any, weight: float = 1.0) -> float:
    return weight


def of_two(a: Any, b: Any) -> float:
    return 1.0


def of_four(estimator: Any, X: Any, y: Any, why: Any) -> float:
    return 1.0


def scorer(estimator: Any, X: Any, y: Any = None, *, weight: float = 1.0) -> float:
    return weight


@functools.wraps(metrics.accuracy_score)
def looks_like_one(estimator: Any, X: Any, y: Any) -> float:
    return 0.5


class Scorer:
    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        return 0.5


NO_SCORERS = [
    pytest.param(metrics.accuracy_score, "the metric accuracy_score.*'accuracy', or", id="metric"),
    pytest.param(
        metrics.mean_squared_error,
        "Pass 'neg_mean_squared_error', or make_scorer.mean_squared_error, greater_is_better=False",
        id="error",
    ),
    pytest.param(metrics.confusion_matrix, r"make_scorer\(confusion_matrix\)", id="no score"),
    pytest.param(
        functools.partial(metrics.fbeta_score, beta=2), "make_scorer.fbeta_score, beta=2", id="of"
    ),
    pytest.param({"a": metrics.f1_score}, r"scoring\['a'\] is the metric f1_score", id="dict"),
    pytest.param(
        [metrics.f1_score], "an entry of .* is the metric f1|metrics <function f1", id="list"
    ),
    pytest.param(own_metric, r"own_metric\(y_true, .*looks like a metric.*make_scorer", id="own"),
    pytest.param(of_two, "looks like a metric; a scorer takes .estimator, X, y.", id="two"),
    pytest.param(lambda a, b: 1.0, "<lambda>.*looks like a metric", id="lambda"),
    pytest.param(of_four, "missing a required argument: 'why'", id="four"),
    pytest.param(make_scorer, "cannot be called with .estimator, X, y.", id="make_scorer"),
    pytest.param(Scorer, "the class Scorer. Pass an instance", id="class"),
]


@every_search
@pytest.mark.parametrize(("scoring", "told"), NO_SCORERS)
def test_what_is_no_scorer_costs_no_fit(make: Any, scoring: Any, told: str, tmp_path: Any) -> None:
    search = make(Counting(str(tmp_path)), {"value": [1, 2]}, scoring=scoring, refit="a")
    with pytest.raises(ValueError, match=told):
        search.fit(X, y)
    assert n_fits(tmp_path) == 0


@pytest.mark.parametrize(
    "scoring",
    [scorer, looks_like_one, Scorer(), functools.partial(scorer, weight=2.0), make_scorer(of_two)],
)
def test_what_is_a_scorer_is_none_the_worse(scoring: Any) -> None:
    search = GridSearch(Counting(), {"value": [1, 2]}, scoring=scoring, cv=2).fit(X, y)
    assert search.best_score_ > 0


def test_without_y_a_scorer_need_not_take_it() -> None:
    class Unsupervised(BaseEstimator):
        def __init__(self, value: Any = None) -> None:
            self.value = value

        def fit(self, X: Any, y: Any = None) -> Unsupervised:
            self.fitted_ = True
            return self

    search = GridSearch(Unsupervised(), {"value": [1]}, scoring=lambda estimator, X: 0.5, cv=2)
    assert search.fit(X).best_score_ == 0.5
    for scoring, told in ((Scorer(), "missing a required argument: 'y'"), ("r2", "y is None")):
        with pytest.raises(ValueError, match=told):
            search.set_params(scoring=scoring).fit(X)


SEVERAL = {
    "roc_auc": "'roc_auc_ovr' is for several classes",
    "f1": "'f1_macro' is for several",
    "precision": "'precision_macro' is for several",
}


@every_search
@pytest.mark.parametrize("name", SEVERAL)
def test_a_metric_that_fails_on_the_target_costs_no_fit(
    make: Any, name: str, tmp_path: Any
) -> None:
    search = make(Counting(str(tmp_path)), {"value": [1, 2, 3, 4]}, scoring=name)
    with pytest.raises(ValueError, match=f"scoring='{name}' can give no score.*{SEVERAL[name]}"):
        search.fit(X, y)
    with pytest.raises(ValueError, match=SEVERAL[name]):
        search.set_params(scoring=[name, "accuracy"], refit=name).fit(X, y)
    assert n_fits(tmp_path) == 0


@every_search
def test_one_of_several_metrics_may_fail_if_it_does_not_decide(make: Any) -> None:
    options = more(make, n_iter=2) | {"cv": 2, "scoring": ["f1", "accuracy"]}
    search = make(Counting(), {"value": [1, 2]}, refit="accuracy", **options)
    assert silent(search.fit, X, y).best_score_ > 0.3
    with pytest.raises(ValueError, match="scoring='f1' can give no score"):
        search.set_params(refit="f1").fit(X, y)


numbers = make_regression(60, 3, noise=1.0, random_state=0)
few = X[20:130:2], y[20:130:2]
TARGETS = {
    "three classes": few,
    "two classes": (few[0], few[1] % 2),
    "words": (few[0], np.array(["no", "yes", "no"])[few[1]]),
    "three words": (few[0], np.array(["a", "b", "c"])[few[1]]),
    "pandas' booleans": (few[0], pd.Series(few[1] == 1, dtype="boolean")),
    "pandas' integers": (few[0], pd.Series(few[1], dtype="Int64")),
    "categories": (few[0], pd.Series(few[1] % 2).map({0: "no", 1: "yes"}).astype("category")),
    "numbers": numbers,
    "positive": (numbers[0], np.abs(numbers[1])),
    "counts": (numbers[0], np.abs(numbers[1]).astype(int) // 30 * 1.0),
}
KINDS = [DecisionTreeClassifier(random_state=0), DecisionTreeRegressor(random_state=0)]
LINEAR = [LinearSVC(), LinearRegression()]


def fitted(estimator: Any, X: Any, y: Any) -> Any:
    """Return a model, or None for what is no target of the estimator."""
    with suppress(ValueError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clone(estimator).fit(X, y)
    return None


def of_rows(data: Any, rows: Any) -> Any:
    return data.iloc[rows] if hasattr(data, "iloc") else data[rows]


@pytest.mark.parametrize(
    ("target", "estimator"),
    [
        *in_turn(TARGETS, KINDS),
        *(pytest.param(t, m, marks=pytest.mark.slow) for t in TARGETS for m in LINEAR),
    ],
)
@pytest.mark.parametrize(
    "test_set", ["all kinds", pytest.param("one kind", marks=pytest.mark.slow)]
)
def test_what_is_refused_has_no_score_in_scikit_learn_either(
    estimator: Any, target: str, test_set: str
) -> None:
    """By any scorer's name, on any kind of target: scikit-learn's would all be nan."""
    samples = TARGETS[target]
    space: dict[str, Any] = {}
    rows = np.arange(len(samples[1]))
    train, test = rows[::2], rows[1::2]
    if test_set == "one kind":
        seen = np.asarray(samples[1])[test]
        test = test[seen == np.unique(seen)[-1]]
    one_split: dict[str, Any] = {"cv": [(train, test)], "refit": False}
    refused = set()
    for name in get_scorer_names():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                GridSearch(estimator, space, scoring=name, **one_split).fit(*samples)
        except ValueError as exc:
            if "can give no score" in str(exc):
                refused.add(name)
    model = fitted(estimator, *(of_rows(data, train) for data in samples))
    for name in refused if model is not None else ():
        score = np.nan  # as GridSearchCV has it where a scorer raises
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = get_scorer(name)(model, *(of_rows(data, test) for data in samples))
        assert np.isnan(score), name
    if target == "numbers" and estimator in KINDS[1:] and test_set == "all kinds":
        assert {"accuracy", "f1_micro", "neg_log_loss", "roc_auc"} <= refused


def test_a_test_set_of_one_class_says_nothing() -> None:
    """Some metrics fail there only if all is right."""
    rows = np.arange(55)
    one_class = [(rows, rows[few[1] == 2])]
    space = {"min_samples_leaf": [20]}
    for name in ("neg_negative_likelihood_ratio", "neg_brier_score", "neg_log_loss"):
        search = GridSearch(KINDS[0], space, scoring=name, cv=one_class, refit=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(few[0], few[1] == 2)


@pytest.mark.parametrize("at", ["clf", "steps"])
def test_a_last_step_that_is_searched_may_have_what_a_metric_asks_for(at: str) -> None:
    both = {"clf": [LinearSVC(), DecisionTreeClassifier()]}
    space = both if at == "clf" else {"steps": [[("clf", model)] for model in both["clf"]]}
    search = GridSearch(Pipeline([("clf", LinearSVC())]), space, scoring="neg_log_loss", cv=2)
    silent(search.fit, *few)
    assert list(search.cv_results_["status"]) == ["failed", "ok"]
    with pytest.raises(ValueError, match="asks for predict_proba, which LinearSVC has not"):
        search.set_params(param_grid={"clf__C": [1]}).fit(*few)


@pytest.mark.parametrize("make_y", [list, np.asarray, lambda y: y.reshape(-1, 1)])
def test_a_target_of_any_kind(make_y: Any) -> None:
    options: dict[str, Any] = {"scoring": "accuracy", "cv": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearch(SVC(), {"C": [1]}, **options).fit(few[0], make_y(few[1]))
    assert search.best_score_ > 0.5


@pytest.mark.parametrize("options", [{}, {"scoring": ["accuracy"], "refit": False}])
def test_a_scorer_that_takes_no_weights_is_told_of(options: Any) -> None:
    """As in scikit-learn, whose test of it passes a metric for a scorer first."""
    fake: Any = make_scorer(of_two)
    scoring = {"fake": fake, "accuracy": "accuracy"} if options else fake
    told = f"{'fake=.*' if options else ''} does not support sample_weight"
    search = GridSearch(SVC(), {"C": [1, 10]}, cv=2, **{**options, "scoring": scoring})
    with pytest.warns(UserWarning, match=told):
        search.fit(*few, sample_weight=np.ones(len(few[1])))


def test_nothing_is_drawn_and_nobody_elses_metric_is_called() -> None:
    called = []

    def metric(y_true: Any, y_pred: Any) -> float:
        called.append(len(y_true))
        return 1.0

    np.random.seed(0)  # noqa: NPY002 - the global source is what is looked at
    search = GridSearch(Counting(), {"value": [1]}, scoring=make_scorer(metric), cv=2).fit(*few)
    assert called == [28, 27]
    search.set_params(scoring="accuracy").fit(*few)
    drawn = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    assert drawn == np.random.random()  # noqa: NPY002
