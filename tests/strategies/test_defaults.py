"""The estimator as it was given is candidate 0, and no candidate is there twice."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import GridSearch, RandomSearch
from sktune.strategies.defaults import n_times_in, own_candidate

X, y = load_iris(return_X_y=True)


@pytest.mark.parametrize(
    ("grid", "params"),
    [
        ({"C": [0.1, 1.0, 10.0]}, [{"C": 1.0}, {"C": 0.1}, {"C": 10.0}]),  # in the grid: not again
        ({"C": [0.1, 10.0]}, [{"C": 1.0}, {"C": 0.1}, {"C": 10.0}]),  # beside it
        ({"C": [1, 10.0]}, [{"C": 1.0}, {"C": 1}, {"C": 10.0}]),  # another type is another value
        (
            [{"kernel": ["linear"], "C": [1.0]}, {"kernel": ["rbf"], "gamma": ["scale", 0.1]}],
            [
                {"kernel": "rbf", "gamma": "scale"},
                {"kernel": "linear", "C": 1.0},
                {"kernel": "rbf", "gamma": 0.1},
            ],
        ),
    ],
)
def test_a_grid_begins_with_the_defaults(grid: Any, params: list[dict[str, Any]]) -> None:
    search = GridSearch(SVC(), grid, cv=2, include_defaults=True).fit(X, y)
    assert search.cv_results_["params"] == params
    assert [type(p.get("C")) for p in search.cv_results_["params"]] == [
        type(p.get("C")) for p in params
    ]


@pytest.mark.parametrize("space", [{"C": loguniform(0.1, 10)}, {"C": [0.1, 0.5, 1.0, 5.0, 10.0]}])
def test_draws_are_those_without_the_defaults(space: Any) -> None:
    plain = RandomSearch(SVC(), space, n_iter=4, random_state=1, cv=2).fit(X, y)
    search = RandomSearch(SVC(), space, n_iter=4, random_state=1, cv=2, include_defaults=True)
    found = search.fit(X, y).cv_results_["params"]
    others = [params for params in plain.cv_results_["params"] if params != {"C": 1.0}]
    assert found == [{"C": 1.0}, *others[:3]]


def test_names_that_the_estimator_has_not_are_left_out() -> None:
    assert own_candidate({"a": 1}, [{"a": [2], "a__b": [3]}]) == {"a": 1}


def test_equal_candidates_are_counted_without_making_them() -> None:
    many = [{name: list(range(100)) for name in "abcdefgh"}, {"a": [0, 0]}]
    assert n_times_in(dict.fromkeys("abcdefgh", 5), many) == 1
    assert n_times_in({"a": 0}, many) == 2


@pytest.mark.parametrize("value", [1, None, "yes"])
def test_the_option_is_true_or_false(value: Any) -> None:
    with pytest.raises(TypeError, match="include_defaults"):
        GridSearch(SVC(), {"C": [1]}, include_defaults=value).fit(X, y)
