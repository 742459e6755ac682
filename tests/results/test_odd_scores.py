"""Scores that are no numbers neither win nor end a search."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sktune import GridSearch
from sktune.exceptions import FailedCandidatesWarning
from tests.helpers.estimators import ByValue, Counting
from tests.helpers.searches import every_search, more, silent

ODD = {
    "+inf": math.inf,
    "-inf": -math.inf,
    "text": "0.99",
    "None": None,
    "array": np.array([0.9, 0.99]),
    "complex": 1 + 2j,
    "numpy complex": np.complex128(3),
    "overflowing int": 10**400,
    "list": [0.9],
    "object": object(),
}


@every_search
@pytest.mark.parametrize(
    ("odd", "n_jobs", "error_score"),
    [
        # each with one and with two workers, and with both error scores; else slow
        pytest.param(
            odd,
            n_jobs,
            error_score,
            id=f"{name}-{n_jobs}-{error_score}",
            marks=[] if (n_jobs == 1) is (error_score != 0.9) else pytest.mark.slow,
        )
        for name, odd in ODD.items()
        for n_jobs in (1, 2)
        for error_score in (np.nan, 0.9)
    ],
)
def test_what_is_no_score_is_a_failed_candidate(
    make: Any, odd: Any, n_jobs: int, error_score: float, iris: Any
) -> None:
    scoring = ByValue(good=0.5, odd=odd)
    space = {"value": ["odd", "good"]}
    options = {"scoring": scoring, "n_jobs": n_jobs, "error_score": error_score, "cv": 2}
    search = make(Counting(), space, **more(make, n_iter=2), **options)
    with pytest.warns(FailedCandidatesWarning, match="scoring must return a number"):
        search = silent(search.fit, *iris)
    results = search.cv_results_
    row = [p["value"] for p in results["params"]].index("odd")
    assert results["status"][row] == "failed"
    assert "scoring must return a number" in results["error"][row]
    assert search.best_params_ == {"value": "good"}
    assert results["rank_test_score"][row] == 2


@every_search
def test_an_odd_score_in_one_metric_leaves_the_others(make: Any, iris: Any) -> None:
    scoring = ByValue(good={"a": 0.5, "b": 0.1}, odd={"a": math.inf, "b": 0.2})
    search = make(
        Counting(), {"value": ["odd", "good"]}, **more(make, n_iter=2),
        scoring=scoring, refit="b", cv=2,
    )  # fmt: skip
    with pytest.warns(FailedCandidatesWarning):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "odd"}  # sound in the metric that decides
    row = search.best_index_
    assert np.isnan(search.cv_results_["mean_test_a"][row])
    assert search.cv_results_["rank_test_a"][row] == 2
    assert search.cv_results_["status"][row] == "failed"


@every_search
def test_nan_ties_for_worst(make: Any, iris: Any) -> None:
    scoring = ByValue(a=0.3, b=math.nan, c=0.7, d=math.nan)
    search = make(Counting(), {"value": ["a", "b", "c", "d"]}, scoring=scoring, cv=2)
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(*iris)
    by_value = dict(
        zip(search.cv_results_["param_value"], search.cv_results_["rank_test_score"], strict=True)
    )
    assert by_value == {"c": 1, "a": 2, "b": 3, "d": 3}
    assert search.cv_results_["rank_test_score"].dtype == np.int32
    told = {
        value: (status, error)
        for value, status, error in zip(
            *(search.cv_results_[name] for name in ("param_value", "status", "error")), strict=True
        )
    }
    failed = ("failed", "ValueError: the score is nan (score)")
    assert told == {"a": ("ok", None), "b": failed, "c": ("ok", None), "d": failed}


@pytest.mark.parametrize("other", [{"bad": 1}, 3.0])
def test_a_scorer_that_changes_its_mind(other: Any, iris: Any) -> None:
    scoring = ByValue(good={"a": 0.5}, odd=other)
    search = GridSearch(Counting(), {"value": ["good", "odd"]}, scoring=scoring, refit="a", cv=2)
    with pytest.warns(FailedCandidatesWarning, match="the same metrics each time"):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "good"}
    assert list(search.cv_results_["rank_test_a"]) == [1, 2]
    assert list(search.cv_results_["status"]) == ["ok", "failed"]
