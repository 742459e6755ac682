"""How a Bayesian search begins."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch
from sktune.strategies import Bayesian
from sktune.trials import Trial
from tests.helpers.bayes_searches import X2, C, proposed, search_of, y2
from tests.helpers.estimators import ByValue, Counting


def test_it_begins_with_the_users_points_then_the_estimators_own() -> None:
    space = {"C": C, "gamma": (1e-3, 1.0, "log-uniform"), "kernel": ["linear", "rbf", "poly"]}
    points = [{"C": 10, "kernel": "poly", "gamma": 0.1}, {"kernel": "linear"}]
    search = BayesSearch(SVC(), space, n_iter=5, initial_points=points, random_state=0, cv=2)
    candidates = search.fit(X2 / 40, y2).cv_results_["params"]
    assert candidates[0] == points[0]
    assert candidates[1]["kernel"] == "linear"
    assert candidates[2]["C"] == 1.0  # gamma="scale" is not in the space, and is drawn
    assert candidates[2]["kernel"] == "rbf"
    assert len({repr(params) for params in candidates}) == 5


def test_no_point_of_its_own_where_the_space_has_no_value_of_the_estimator() -> None:
    candidates = proposed({"value": (1.0, 2.0)}, 3, estimator=Counting(value=5))
    assert all(params["value"] != 5 for params in candidates)


def test_a_warm_start_is_not_fitted_again(tmp_path: Any) -> None:
    scoring = ByValue(**{str(i): i / 10 for i in range(10)})
    first = GridSearch(Counting(), {"value": [str(i) for i in range(6)]}, scoring=scoring, cv=2)
    first.fit(X2, y2)
    for earlier in (first, first.cv_results_):
        search = search_of(
            {"value": [str(i) for i in range(1, 10)]}, 5, warm_start_from=earlier, scoring=scoring
        )
        with pytest.warns(UserWarning, match=r"1 of 6 candidates are not in this.*\n.*'0'"):
            search.fit(X2, y2)
        tried = {params["value"] for params in search.cv_results_["params"]}
        assert tried == {"5", "6", "7", "8", "9"}  # the best is tried again
        assert len(search.optimizer_results_[0].func_vals) == 9


def test_a_warm_start_guides() -> None:
    space = {"value": (0.0, 1.0)}

    def scoring(estimator: Any, X: Any, y: Any) -> float:
        return -abs(estimator.value - 0.7)

    first = search_of(space, 15, scoring=scoring).fit(X2, y2)
    search = search_of(space, 2, scoring=scoring, warm_start_from=first).fit(X2, y2)
    again, new = search.cv_results_["params"]
    assert again == first.best_params_
    assert abs(new["value"] - 0.7) < 0.1
    longer = search_of(space, 15, scoring=scoring, warm_start_from=first).fit(X2, y2)
    known = {params["value"] for params in first.cv_results_["params"]}
    assert not known & {params["value"] for params in longer.cv_results_["params"][1:]}


# --- constraints ----------------------------------------------------------------------


starts = given(
    low=st.floats(1e-4, 0.1),
    high=st.floats(1.0, 300.0),
    given_value=st.floats(0.2, 0.8),
    log=st.booleans(),
)


@settings(max_examples=2)
@starts
def test_constraints_hold_for_what_is_tried(
    low: float, high: float, given_value: float, log: bool
) -> None:
    check_constraints(low, high, given_value, log)


@pytest.mark.slow
@settings(max_examples=50)
@starts
def test_constraints_hold_for_what_is_tried_at_length(
    low: float, high: float, given_value: float, log: bool
) -> None:
    check_constraints(low, high, given_value, log)


def check_constraints(low: float, high: float, given_value: float, log: bool) -> None:
    space = {"value": (low, high, "log-uniform" if log else "uniform")}
    for constraint in (lambda p: p["value"] <= given_value, lambda p: p["value"] >= given_value):
        strategy = Bayesian(
            space, 2, n_points=2, initial_points=[{"value": given_value}], constraints=constraint
        )
        tried = strategy.ask(2)
        assert tried[0] == {"value": given_value}  # to the last bit
        assert all(map(constraint, tried))
    for constraint in (lambda p: p["value"] < given_value, lambda p: p["value"] != given_value):
        with pytest.raises(ValueError, match="not allowed by the constraints"):
            Bayesian(space, 2, initial_points=[{"value": given_value}], constraints=constraint)
        own = Bayesian(space, 2, known=[{"value": given_value}], constraints=constraint)
        assert own.ask(1)[0]["value"] != given_value


SQUARE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}


@pytest.mark.parametrize(
    ("width", "seed"),
    [
        *[(5e-4, 0), (5e-5, 1)],
        *(
            pytest.param(*rest, marks=pytest.mark.slow)
            for rest in [(5e-4, 1), (5e-4, 2), (5e-5, 0), (5e-5, 2)]
        ),
    ],
)
def test_a_thin_region_is_no_end(width: float, seed: int) -> None:
    def thin(params: Any) -> bool:
        return bool(abs(params["x"] - params["y"]) < width)

    strategy = Bayesian(SQUARE, 8, constraints=thin, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(map(thin, tell_all(strategy)))
    assert len(strategy.candidates) == 8


def test_a_thin_region_of_a_large_finite_space_is_no_end() -> None:
    space = {"a": (1, 150), "b": (1, 150), "c": (1, 140)}
    strategy = Bayesian(space, 6, constraints=lambda p: p["a"] == p["b"] == p["c"], random_state=0)
    assert len(tell_all(strategy)) == 6


def test_what_cannot_be_found_is_not_called_used_up() -> None:
    points = [{"x": 0.5, "y": 0.5}, {"x": 0.2, "y": 0.2}]
    strategy = Bayesian(
        SQUARE, 5, constraints=lambda p: p["x"] == p["y"], initial_points=points, random_state=0
    )
    with pytest.warns(UserWarning, match="After 2 of 5 candidates, 262144 draws found no other"):
        assert tell_all(strategy) == points


def test_points_are_completed_where_constraints_leave_little() -> None:
    def near(params: Any) -> bool:
        return bool(abs(params["x"] - params["y"]) < 0.003)

    strategy = Bayesian(SQUARE, 3, constraints=near, initial_points=[{"x": 0.3}], random_state=0)
    first = strategy.ask(1)[0]
    assert first["x"] == 0.3
    assert near(first)
    with pytest.raises(ValueError, match=r"no values of the other.*Give them too"):
        Bayesian(SQUARE, 3, constraints=lambda p: p["x"] == p["y"], initial_points=[{"x": 0.3}])


def tell_all(strategy: Bayesian) -> list[Any]:
    while params := strategy.ask(1):
        strategy.tell([Trial.of(strategy.asked - 1, params[0], [len(repr(params))])])
    return list(strategy.candidates)


# --- what is not tried is told --------------------------------------------------------


def test_initial_points_that_are_not_tried_are_told() -> None:
    points = [{"value": 0.1}, {"value": 0.2}, {"value": 0.3}]
    with pytest.warns(UserWarning, match="3 initial_points, but n_iter=2: the last 1 are not"):
        assert proposed({"value": (0.0, 1.0)}, 2, initial_points=points) == points[:2]
    space = [({"value": (0.0, 1.0)}, 1), ({"other": (0.0, 1.0)}, 3)]
    with pytest.warns(UserWarning, match=r"initial_points\[1\]=.*0.2.* is not tried: another"):
        candidates = proposed(space, initial_points=points[:2])
    assert sum("value" in params for params in candidates) == 1


def test_large_numbers_are_told_apart() -> None:
    points = [{"value": 123456789012}, {"value": 123456789013}]
    assert proposed({"value": (0, 10**12)}, 3, initial_points=points)[:2] == points


# --- warm starts ----------------------------------------------------------------------

EARLIER = {"params": [{"value": 0.25}, {"value": 0.5}], "mean_test_score": [0.1, 0.9]}


def test_a_warm_start_may_be_a_table() -> None:
    for table in (EARLIER, pd.DataFrame(EARLIER)):
        strategy = Bayesian({"value": (0.0, 1.0)}, 1, warm_start_from=table)
        assert strategy.ask(1) == [{"value": 0.5}]
        strategy.tell([Trial.of(0, {"value": 0.5}, [0.9])])
        assert strategy.seen().values.tolist() == [0.1, 0.9]
        assert strategy.seen().candidates == EARLIER["params"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**EARLIER, "mean_test_score": [0.1]}, "'mean_test_score' and 'params' differ in length"),
        (pd.DataFrame({"a": [1]}), "is a DataFrame"),
        (3, "is a int, 3; pass the cv_results_"),
    ],
)
def test_what_is_no_table_is_refused(given: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Bayesian({"value": (0.0, 1.0)}, 1, warm_start_from=given)


def test_scores_that_are_none_count_as_failures() -> None:
    earlier = {**EARLIER, "mean_test_score": [None, 0.9]}
    strategy = Bayesian({"value": (0.0, 1.0)}, 1, warm_start_from=earlier)
    strategy.tell([Trial.of(0, strategy.ask(1)[0], [0.9])])
    assert strategy.seen().values.tolist() == [0.9, 0.9]


def test_a_named_metric_is_the_score_where_there_is_one() -> None:
    options: dict[str, Any] = {"scoring": "accuracy", "refit": "accuracy"}
    first = search_of({"value": (0.0, 1.0)}, 3, **options).fit(X2, y2)
    again = search_of({"value": (0.0, 1.0)}, 3, warm_start_from=first, **options).fit(X2, y2)
    assert len(again._strategy.seen().values) == 5  # the best is tried again


def test_a_warm_start_that_leaves_nothing_is_an_error_that_says_so() -> None:
    first = GridSearch(Counting(), {"value": [1, 2]}, cv=2).fit(X2, y2)
    with pytest.raises(ValueError, match="has every candidate of the search space already"):
        search_of({"value": [1, 2]}, warm_start_from=first).fit(X2, y2)
