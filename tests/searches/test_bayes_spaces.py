"""Spaces of BayesSearch as a user writes them."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, norm, randint, uniform
from sklearn.base import clone
from sklearn.svm import SVC
from skopt.space import Categorical, Integer, Real

from sktune import BayesSearch, RandomSearch
from tests.helpers.bayes_searches import X2, proposed, search_of, y2
from tests.helpers.estimators import Counting, n_fits


def function() -> None:
    pass


OBJECTS = [
    (50, 50), None, True, False, 1, 2.5, "x", math.nan, SVC(), function, np.arange(3), [1], {"a": 1}
]  # fmt: skip


@pytest.mark.parametrize("kind", [list, Categorical])
def test_choices_come_back_as_the_very_objects(kind: Any) -> None:
    objects = OBJECTS if kind is list else ["a", "b", 3, None]
    values = [params["value"] for params in proposed({"value": kind(objects)}, len(objects))]
    assert len(values) == len(objects)
    assert {id(value) for value in values} == {id(value) for value in objects}


def test_what_is_given_is_what_is_tried() -> None:
    space = {
        "value": Integer(1, 1000, prior="log-uniform"),
        "other": Real(0.5, 2.0),
        "folder": ["", ""],
    }
    for params in proposed(space, 12):
        assert type(params["value"]) is int
        assert type(params["other"]) is float
        assert 0.5 <= params["other"] <= 2
    drawn = proposed({"value": norm(5, 0.1), "other": randint(3, 6)}, 12)
    assert all(4 < params["value"] < 6 for params in drawn)
    assert {type(params["other"]) for params in drawn} == {int}


def test_two_numbers_in_a_list_are_two_choices() -> None:
    with pytest.warns(UserWarning, match="two choices here"):
        assert {params["value"] for params in proposed({"value": [1, 1000]}, 2)} == {1, 1000}


def test_what_the_user_gives_stays_as_it_is() -> None:
    space = [({"value": [1, 2, 3], "other": Real(0, 1)}, 3), ({"value": (1, 9)}, 2)]
    before = copy.deepcopy(space)
    points = [{"value": 2}]
    search = search_of(space, initial_points=points).fit(X2, y2)
    assert repr(space) == repr(before)
    assert points == [{"value": 2}]
    assert clone(search).get_params()["n_iter"] == 8


def test_a_list_of_dicts_is_one_space() -> None:
    space = [{"value": (1.0, 2.0)}, {"other": (1.0, 2.0)}, {"value": [7], "other": [1, 2]}]
    candidates = proposed(space, 20)
    assert len(candidates) == 20
    assert {frozenset(params) for params in candidates} == {
        frozenset(names) for names in (["value"], ["other"], ["value", "other"])
    }


def test_what_is_learned_of_a_name_counts_in_every_dict() -> None:
    """Only the first dict is tried; then the second is entered where the first was good."""
    from sktune.strategies import Bayesian
    from sktune.trials import Trial

    strategy = Bayesian(
        [({"x": (0.0, 1.0), "k": ["a"]}, 15), ({"x": (0.0, 1.0), "k": ["b"]}, 3)],
        optimizer_kwargs={"n_initial_points": 1},
        initial_points=[{"x": unit, "k": "a"} for unit in np.linspace(0, 1, 15)],
        random_state=0,
    )
    entered = []
    for number in range(18):
        (params,) = strategy.ask(1)
        strategy.tell([Trial.of(number, params, [-abs(params["x"] - 0.8)])])
        entered += [params["x"]] if params["k"] == "b" else []
    assert abs(entered[1] - 0.8) < 0.15  # the first was the design


def test_allotments_are_kept() -> None:
    space = [
        ({"value": (1, 1000)}, 5),
        ({"other": (1, 1000)}, 2),
        ({"value": ["x"], "other": ["y", "z"]}, 1),
    ]
    search = search_of(space, 100).fit(X2, y2)
    names = [next(iter(params)) for params in search.cv_results_["params"]]
    assert sorted(names) == 2 * ["other"] + 6 * ["value"]
    assert sum(len(params) == 2 for params in search.cv_results_["params"]) == 1
    assert search.total_iterations == 8
    drawn = RandomSearch(Counting(), space, cv=2, random_state=0).fit(X2, y2)
    assert sorted(next(iter(p)) for p in drawn.cv_results_["params"]) == sorted(names)


def test_random_search_takes_the_same_shorthands() -> None:
    space = {
        "value": (1, 1000, "log-uniform"),
        "other": Real(0.5, 2.0),
        "folder": Categorical([""]),
    }
    search = RandomSearch(Counting(), space, n_iter=30, cv=2, random_state=0).fit(X2, y2)
    values = [params["value"] for params in search.cv_results_["params"]]
    assert {type(value) for value in values} == {int}
    assert sum(value < 32 for value in values) > 8  # half of them, where it is log-uniform
    assert all(0.5 <= params["other"] <= 2 for params in search.cv_results_["params"])
    again = clone(search).fit(X2, y2)
    assert again.cv_results_["params"] == search.cv_results_["params"]


def below_one(params: dict[str, Any]) -> bool:
    return bool(params["value"] + params["other"] <= 1)


@pytest.mark.parametrize(
    ("optimizer", "n"),
    [("gp", 25), ("skopt", 5), pytest.param("skopt", 25, marks=pytest.mark.slow)],
)
def test_constraints_are_never_violated(optimizer: str, n: int) -> None:
    space = {"value": (0.0, 1.0), "other": (0.0, 1.0)}
    kwargs = {"base_estimator": "ET"} if optimizer == "skopt" else None
    candidates = proposed(
        space, n, constraints=below_one, optimizer=optimizer, optimizer_kwargs=kwargs,
        scoring=sum_of_values,
    )  # fmt: skip
    assert len(candidates) == n
    assert all(map(below_one, candidates))


def sum_of_values(estimator: Any, X: Any, y: Any) -> float:
    """Largest where `below_one` forbids it."""
    return float(estimator.value + estimator.other)


BAD = [
    pytest.param({"value": (0, 10, "log-uniform")}, "'value'.*touches 0", id="log 0"),
    pytest.param({"value": (-1.0, 10.0, "log-uniform")}, "touches -1.0", id="log < 0"),
    pytest.param({"value": uniform(2, 0)}, "'value' is a distribution.*nan", id="scipy nan"),
    pytest.param({"value": beta}, "Pass a frozen one, scipy.stats.beta", id="not frozen"),
    pytest.param({"value": (3, 3)}, r"not less than 3.*list \[3\]", id="a point"),
    pytest.param({"value": (3, 1)}, "swap the bounds", id="swapped"),
    pytest.param({"value": (0.0, math.inf)}, "not finite", id="inf"),
    pytest.param({"value": (math.nan, 1.0)}, "not finite", id="nan"),
    pytest.param({"value": ("a", "b")}, r"list: \['a', 'b'\]", id="a tuple of choices"),
    pytest.param({"value": (1, 10, "log")}, r"\(low, high, \"log-uniform\"\)", id="a prior"),
    pytest.param({"value": (1, 2, 3)}, "For choices pass a list", id="three numbers"),
    pytest.param({"value": (True, False)}, "For choices pass a list", id="bools"),
    pytest.param({"value": []}, "non-empty", id="an empty list"),
    pytest.param({"value": range(10**9)}, r"Pass a range \(low, high\)", id="a long list"),
    pytest.param({"value": 3}, "list with one element", id="a scalar"),
    pytest.param([({"value": (1, 3)}, 0)], "n at least 1", id="no allotment"),
    pytest.param([({"value": (1, 3)}, 2), {"value": [1]}], "every dict", id="some allotments"),
    pytest.param({}, None, id="nothing to search"),
    pytest.param([], "is empty", id="no dict"),
    pytest.param({"valeu": (1, 3)}, "Did you mean 'value'", id="a typo"),
    pytest.param([{"value": (1, 3)}, {"valeu": [1]}], r"\[1\].*'valeu'", id="a typo later"),
]


@pytest.mark.parametrize(("space", "message"), BAD)
def test_a_bad_space_costs_no_fit(space: Any, message: str | None, tmp_path: Any) -> None:
    search = search_of(space, estimator=Counting(folder=str(tmp_path)), n_iter=3)
    if message is None:  # the estimator as it is, once; then the space is used up
        with pytest.warns(UserWarning, match="used up"):
            search.fit(X2, y2)
        assert search.cv_results_["params"] == [{}]
        return
    with pytest.raises((ValueError, TypeError), match=message):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


def below_half(params: dict[str, Any]) -> bool:
    return bool(params["value"] < 0.5)


BAD_OPTIONS: list[Any] = [
    ({"n_iter": 0}, "n_iter=0"),
    ({"n_points": 1.5}, "n_points=1.5"),
    ({"optimizer": "bo"}, "'bo' is not known"),
    ({"optimizer": object()}, "ask"),
    ({"optimizer_kwargs": {"kappa": 1}}, "optimizer='skopt'"),
    ({"optimizer_kwargs": {"acq_func": "E"}}, "expected acq_func"),
    ({"optimizer": "skopt", "optimizer_kwargs": {"acq_func": "E"}}, "expected acq_func"),
    ({"optimizer": "skopt", "optimizer_kwargs": {"random_state": 1}}, "'random_state'"),
    ({"initial_points": [{"value": 5.0}]}, "does not take 5.0"),
    ({"initial_points": [{"valu": 0.5}]}, "no parameter 'valu'"),
    ({"initial_points": {"value": 0.5}}, "list of dicts"),
    ({"constraints": "a < b"}, "pass a callable"),
    ({"constraints": lambda params: False}, "allow none"),
    ({"constraints": lambda params: params["nothing"]}, "constraints raised KeyError"),
    ({"initial_points": [{"value": 0.5}], "constraints": below_half}, "not allowed by the"),
    ({"warm_start_from": [1, 2]}, "cv_results_"),
    ({"warm_start_from": {"params": [], "mean_test_f1": []}}, "mean_test_score"),
    ({"fit_params": {"a": 1}}, r"search.fit\(X, y, \*\*fit_params\)"),
    ({"iid": True}, "leave it out"),
    ({"scoring": ["accuracy", "f1"]}, "such as refit='accuracy'.*guides the search"),
    ({"scoring": ["accuracy", "f1"], "refit": "zz"}, "guides the search"),
    ({"scoring": ["accuracy", "f1"], "refit": False}, "guides the search"),
    ({"scoring": ["accuracy", "f1"], "refit": len}, "guides the search"),
]


@pytest.mark.parametrize(("options", "message"), BAD_OPTIONS)
def test_a_bad_option_costs_no_fit(options: Any, message: str, tmp_path: Any) -> None:
    search = BayesSearch(Counting(folder=str(tmp_path)), {"value": (0.0, 1.0)}, **options)
    with pytest.raises((ValueError, TypeError), match=message):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0
