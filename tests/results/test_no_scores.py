"""Searches in which nothing, or not everything that decides, could be scored."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sktune import GridSearch, SuccessiveHalving
from sktune.exceptions import FailedCandidatesWarning
from tests.helpers.estimators import ByValue, Counting, Faulty
from tests.helpers.searches import every_search, more, silent

SPACE = {"value": ["a", "b"]}


def raises(estimator: Any, X: Any, y: Any) -> float:
    raise KeyError("no such thing")


def gives_nan(estimator: Any, X: Any, y: Any) -> float:
    return math.nan


def gives_text(estimator: Any, X: Any, y: Any) -> Any:
    return "0.9"


NOT_ONE = [
    pytest.param(raises, "KeyError: 'no such thing'", id="raises"),
    pytest.param(gives_nan, "ValueError: the score is nan", id="nan"),
    pytest.param(gives_text, "ValueError: scoring must return a number", id="text"),
    pytest.param({"a": raises}, "KeyError: 'no such thing'", id="of several"),
]


@every_search
@pytest.mark.parametrize("error_score", [math.nan, 0])
@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("scoring", "cause"), NOT_ONE)
def test_without_any_score_there_is_no_best_and_the_cause_comes_first(
    make: Any, scoring: Any, cause: str, n_jobs: int, error_score: float, iris: Any
) -> None:
    search = make(
        Counting(), SPACE, **more(make, n_iter=2), scoring=scoring, cv=2, n_jobs=n_jobs,
        error_score=error_score, refit="a" if isinstance(scoring, dict) else True,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="All the 4 scores failed") as caught:
            search.fit(*iris)
    assert cause in str(caught.value).splitlines()[0]
    assert not search.__sklearn_is_fitted__()
    assert not hasattr(search, "best_index_")
    assert list(search.cv_results_["status"]) == ["failed"] * 2


def test_nor_under_successive_halving(iris: Any) -> None:
    halving = SuccessiveHalving(min_resources=50)
    search = GridSearch(Counting(), SPACE, scoring=raises, cv=2, strategy=halving)
    with pytest.raises(ValueError, match=r"scores failed\. The first: KeyError"):
        search.fit(*iris)


def several(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    """Fails for one value, and is nan for another."""
    if estimator.value == "scorer raises":
        raise KeyError("no such thing")
    return {"a": math.nan if estimator.value == "nan" else 0.5, "b": 0.25}


@every_search
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (["raise", "scorer raises"], "All the 4 fits or their scores failed"),
        (["raise", "nan"], "All the 4 fits or their scores failed"),
        (["scorer raises", "nan"], "All the 4 scores failed"),
    ],
)
def test_some_fits_and_some_scores_make_all(make: Any, values: Any, told: str, iris: Any) -> None:
    options = {"scoring": several, "cv": 2, **more(make, n_iter=2)}
    search = make(Faulty(), {"value": values}, refit="a", **options)
    with pytest.raises(ValueError, match=told):
        silent(search.fit, *iris)


@pytest.mark.filterwarnings("ignore:Scoring failed", "ignore:One or more")
@pytest.mark.parametrize("values", [["raise", "b"], ["a", "b"]])
def test_without_a_refit_it_is_as_in_scikit_learn(values: Any, iris: Any) -> None:
    options: dict[str, Any] = {"scoring": raises, "refit": False, "cv": 2}
    both = [kind(Faulty(), {"value": values}, **options) for kind in (GridSearchCV, GridSearch)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, ours = (search.fit(*iris) for search in both)
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
    assert (ours.best_index_, ours.best_params_) == (theirs.best_index_, theirs.best_params_)
    assert not hasattr(ours, "best_estimator_")
    failing = GridSearch(Faulty(), {"value": ["raise"]}, **options)
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        failing.fit(*iris)


@every_search
def test_one_metric_of_several_does_not_matter_unless_it_decides(make: Any, iris: Any) -> None:
    space = {"value": ["nan", "x"]}
    options = {"cv": 2, **more(make, n_iter=2), "scoring": {"a": raises, "b": "accuracy"}}
    search = make(Counting(), space, refit="b", **options)
    with pytest.warns(FailedCandidatesWarning, match="no such thing"):
        silent(search.fit, *iris)
    assert search.best_score_ > 0.3
    assert np.isnan(search.cv_results_["mean_test_a"]).all()
    with pytest.raises(ValueError, match="All the 4 scores failed"):
        silent(search.set_params(refit="a").fit, *iris)


def test_a_callable_may_make_something_of_nan(iris: Any) -> None:
    def first(results: Any) -> int:
        return int(np.isnan(results["mean_test_score"]).argmax())

    search = GridSearch(Counting(), SPACE, scoring=gives_nan, refit=first, cv=2)
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(*iris)
    assert search.best_index_ == 0
    with pytest.raises(ValueError, match="All the 4 scores failed"):
        silent(search.set_params(scoring=raises).fit, *iris)


def test_what_an_estimators_own_score_gives_is_taken_as_it_is(iris: Any) -> None:
    class Unsure(Counting):
        def score(self, X: Any, y: Any) -> float:
            return math.nan

    search = GridSearch(Unsure(), SPACE, cv=2)
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(*iris)
    assert (search.best_index_, search.best_estimator_.value) == (0, "a")


@pytest.mark.parametrize("scoring", [gives_text, lambda *_: {"a": "0.9"}])
def test_without_a_refit_too_scores_that_are_never_numbers_end_a_search(
    scoring: Any, iris: Any
) -> None:
    for kind in (GridSearchCV, GridSearch):
        search = kind(Counting(), SPACE, scoring=scoring, cv=2, refit=False, error_score=0)
        with pytest.raises(ValueError, match="scoring must return a number"):
            silent(search.fit, *iris)


@every_search
def test_one_warning_tells_of_failures_and_of_nan(make: Any, iris: Any) -> None:
    scoring = ByValue(fine=0.5, nan=math.nan, odd="text")
    values = ["fine", "nan", "raise", "odd"]
    search = make(Faulty(), {"value": values}, scoring=scoring, cv=2, return_train_score=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    (warning,) = caught
    told = str(warning.message)
    assert "Scoring failed 6 times; 2 fits failed out of a total of 8" in told
    for cause in ("this candidate raises", "the score is nan", "must return a number"):
        assert cause in told


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("values", [["b", "odd"], ["a", "b", "odd"]])
def test_means_beyond_any_float_are_still_told_beside_failures(values: Any, iris: Any) -> None:
    scoring = ByValue(a=1.7e308, b=0.5, odd="text")
    search = GridSearch(Counting(), {"value": values}, scoring=scoring, cv=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(*iris)
    non_finite = [w for w in caught if "non-finite" in str(w.message)]
    assert len(non_finite) == ("a" in values)
