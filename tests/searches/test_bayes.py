"""BayesSearch as a user meets it: what skopt's BayesSearchCV promises, and where it breaks."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skopt.callbacks import DeltaYStopper

from sktune import BayesSearch
from tests.helpers.bayes_searches import X2, C, proposed, search_of, y2
from tests.helpers.estimators import Faulty

# --- nothing ends it but the budget ---------------------------------------------------


@pytest.mark.parametrize("optimizer", ["gp", "skopt"])
def test_failing_candidates_do_not_end_it(optimizer: str) -> None:
    kwargs = {"base_estimator": "RF"} if optimizer == "skopt" else None
    space = {"value": ["raise", 1, 2, 3, 4, 5], "other": (0.0, 1.0)}
    n = 12 if optimizer == "gp" else 7  # the other takes its time
    search = search_of(space, n, estimator=Faulty(), optimizer=optimizer, optimizer_kwargs=kwargs)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X2, y2)
    assert set(search.cv_results_["status"]) == {"ok", "failed"}
    assert len(search.cv_results_["params"]) == n
    assert len(caught) == 1  # the summary
    assert any(issubclass(w.category, FitFailedWarning) for w in caught)
    assert np.isfinite(search.optimizer_results_[0].func_vals).all()


def test_all_failing_is_an_error_after_the_budget() -> None:
    search = search_of({"value": ["raise"], "other": (0.0, 1.0)}, 6, estimator=Faulty())
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        search.fit(X2, y2)
    assert len(search.cv_results_["params"]) == 6


def test_a_space_that_is_used_up_ends_the_search_and_says_so() -> None:
    search = search_of({"value": [1, 2, 3], "other": [None]}, 10)
    with pytest.warns(UserWarning, match="no more than 3 candidates, of the 10"):
        search.fit(X2, y2)
    assert len(search.cv_results_["params"]) == 3


def test_points_do_not_repeat_before_the_space_is_used_up() -> None:
    def scoring(estimator: Any, X: Any, y: Any) -> float:
        return float(estimator.value == 4 and estimator.other == 2)

    candidates = proposed({"value": (1, 6), "other": [1, 2, 3, 4]}, 24, scoring=scoring)
    assert len({repr(params) for params in candidates}) == 24


# --- as scikit-optimize has it --------------------------------------------------------


@pytest.mark.parametrize(
    ("surrogate", "n_points", "n_jobs"),
    [
        *[("gp", 1, 2), ("gp", 3, 1), ("GP", 3, 2), ("ET", 1, 1)],
        *(
            pytest.param(*rest, marks=pytest.mark.slow)
            for rest in [("gp", 1, 1), ("gp", 3, 2), ("GP", 1, 2), ("GP", 3, 1), ("RF", 3, 2)]
        ),
    ],
)
def test_surrogates_points_and_jobs(surrogate: str, n_points: int, n_jobs: int, iris: Any) -> None:
    ours = surrogate == "gp"
    search = BayesSearch(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": (1, 8), "criterion": ["gini", "entropy"], "min_samples_leaf": (0.01, 0.4)},
        n_iter=6, n_points=n_points, n_jobs=n_jobs, cv=2, random_state=0,
        optimizer="gp" if ours else "skopt",
        optimizer_kwargs=None if ours else {"base_estimator": surrogate},
    )  # fmt: skip
    first = search.fit(*iris).cv_results_["params"]
    assert search.best_score_ > 0.8
    assert search.score(*iris) > 0.8
    again = clone(search).set_params(n_jobs=None).fit(*iris)
    assert again.cv_results_["params"] == first


def test_the_seed_decides(iris: Any) -> None:
    def run(seed: Any) -> list[Any]:
        search = BayesSearch(SVC(), {"C": C}, n_iter=6, cv=2, random_state=seed)
        return list(search.fit(*iris).cv_results_["params"])

    assert run(1) == run(1) == run(np.int64(1))
    assert run(1) != run(2)
    assert run(np.random.RandomState(3)) == run(np.random.RandomState(3))
    assert run(None) != run(None)


def test_a_metric_guides() -> None:
    scoring = {"up": lambda e, X, y: e.value, "down": lambda e, X, y: -e.value}
    for refit, towards in (("up", 1.0), ("down", 0.0)):
        search = search_of({"value": (0.0, 1.0)}, 12, scoring=scoring, refit=refit).fit(X2, y2)
        assert abs(search.best_params_["value"] - towards) < 0.05
        assert {f"rank_test_{name}" for name in scoring} <= set(search.cv_results_)
        assert search.cv_results_[f"rank_test_{refit}"].dtype == np.int32


def several(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    return {"up": estimator.value, "down": -estimator.value}


def test_a_callable_with_several_metrics_guides_too() -> None:
    search = search_of({"value": (0.0, 1.0)}, 10, scoring=several, refit="down").fit(X2, y2)
    assert search.best_params_["value"] < 0.1
    for refit in (True, False, len):
        search = search_of({"value": (0.0, 1.0)}, 10, scoring=several, refit=refit)
        with pytest.raises(ValueError, match="guides the search"):
            search.fit(X2, y2)
        assert len(search.cv_results_["params"]) == 2  # one may be odd


def test_no_refit_and_callable_refit() -> None:
    search = search_of({"value": (0.0, 1.0)}, 4, refit=False).fit(X2, y2)
    assert not hasattr(search, "best_estimator_")
    assert search.best_params_
    search = search_of({"value": (0.0, 1.0)}, 4, refit=lambda results: 2).fit(X2, y2)
    assert search.best_index_ == 2


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callback_hears_of_each_candidate_and_may_stop(n_jobs: int) -> None:
    heard: list[int] = []

    def callback(result: Any) -> bool:
        heard.append(len(result.func_vals))
        assert result.fun == min(result.func_vals)
        return len(heard) == 5

    search = search_of({"value": (0.0, 1.0)}, 30, n_jobs=n_jobs)
    search.fit(X2, y2, callback=[callback])
    assert heard == [1, 2, 3, 4, 5]
    assert 5 <= sum(search.cv_results_["status"] == "ok") < 10
    assert search.__sklearn_is_fitted__()


def test_a_callback_of_scikit_optimize() -> None:
    search = search_of({"value": (0.0, 1.0)}, 30)
    search.fit(X2, y2, callback=DeltaYStopper(0.01, n_best=3))
    assert len(search.cv_results_["params"]) < 8  # all score the same
    with pytest.raises(TypeError, match="callback is 3"):
        search.fit(X2, y2, callback=3)


def test_several_dicts_and_callbacks() -> None:
    dimensions: set[int] = set()

    def callback(result: Any) -> None:
        dimensions.add(len(result.x))

    space = [{"value": (0.0, 1.0)}, {"value": (0.0, 1.0), "other": [1, 2]}]
    search_of(space, 12).fit(X2, y2, callback=callback)
    assert dimensions == {1, 2}
