"""What has been evaluated stays, however the search ends."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch
from tests.helpers.estimators import Counting, FailsOnAll, Faulty
from tests.helpers.searches import assert_same_results, every_search, more


@every_search
def test_results_stay_if_the_refit_raises(make: Any, iris: Any) -> None:
    search = make(FailsOnAll(), {"value": [1, 2, 3, 4]})
    with pytest.raises(RuntimeError, match="the refit raises"):
        search.fit(*iris)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_
    assert not hasattr(search, "best_estimator_")
    assert not search.__sklearn_is_fitted__()
    search.set_params(refit=False).fit(*iris)
    assert search.__sklearn_is_fitted__()


def test_results_stay_after_an_interrupt(iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": [1, 2, "interrupt", 3]}, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    assert [p["value"] for p in search.cv_results_["params"]] == [1, 2]
    assert list(search.cv_results_["status"]) == ["ok", "ok"]
    assert search.best_params_ == {"value": 1}
    assert not hasattr(search, "best_estimator_")
    assert not search.__sklearn_is_fitted__()


def test_what_is_left_after_an_interrupt_in_the_first_candidate(iris: Any) -> None:
    class InterruptsAt(Counting):
        calls = 0

        def fit(self, X: Any, y: Any) -> Any:
            type(self).calls += 1
            if type(self).calls == 3:
                raise KeyboardInterrupt
            return super().fit(X, y)

    search = GridSearch(InterruptsAt(), {"value": [1, 2]}, cv=5)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    assert list(search.cv_results_["status"]) == ["partial"]
    assert search.best_params_ == {"value": 1}
    assert np.isnan(search.cv_results_["mean_test_score"]).all()


@every_search
def test_warnings_as_errors_lose_no_results(make: Any, iris: Any) -> None:
    search = make(Faulty(), {"value": ["raise", 1, 2, 3]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FitFailedWarning):
            search.fit(*iris)
    assert sorted(search.cv_results_["status"]) == ["failed", "ok", "ok", "ok"]
    assert search.best_params_


@every_search
def test_a_second_fit_forgets_the_first(make: Any, iris: Any) -> None:
    search = make(Counting(), {"value": [1, 2, 3, 4]}).fit(*iris)
    search.set_params(estimator=FailsOnAll())
    with pytest.raises(RuntimeError):
        search.fit(*iris)
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "refit_time_")


def test_columns_are_scikit_learns_and_two_more(iris: Any) -> None:
    search = GridSearch(DummyClassifier(), {"strategy": ["prior"]}, refit=False).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok"]
    assert list(search.cv_results_["error"]) == [None]


@every_search
def test_order_of_evaluation_does_not_show(make: Any, iris: Any) -> None:
    space = {"standardscaler__with_mean": [True, False], "svc__C": [0.1, 1, 10]}
    options = {**more(make, n_iter=6), "return_train_score": True}
    one = make(make_pipeline(StandardScaler(), SVC()), space, n_jobs=1, **options).fit(*iris)
    two = make(make_pipeline(StandardScaler(), SVC()), space, n_jobs=2, **options).fit(*iris)
    assert_same_results(two.cv_results_, one.cv_results_)
