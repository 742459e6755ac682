"""Ranges with steps: the multiples of a number, each with its share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, lognorm, norm, uniform
from skopt.space import Categorical, Real

from sktune import BayesSearch, GridSearch, RandomSearch, quantized
from sktune.space.choices import is_category
from tests.helpers.journal.resuming import Toy, X, y

KINDS = {
    "uniform": ((0.5, 40.0), uniform(0.5, 39.5)),
    "ints": ((1, 40), uniform(1, 39)),
    "log-uniform": ((0.5, 40.0, "log-uniform"), None),
    "normal": (norm(10, 3), norm(10, 3)),
    "log-normal": (lognorm(0.7, scale=8), lognorm(0.7, scale=8)),
    "skopt": (Real(0.5, 40.0), uniform(0.5, 39.5)),
}


@pytest.mark.parametrize("q", [1, 0.1, 2.5, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_values_are_multiples_and_as_likely_as_what_is_nearest(kind: str, q: float) -> None:
    given, distribution = KINDS[kind]
    found = quantized(given, q)
    values = np.array(found.values, dtype=float)
    assert {type(value) for value in found.values} == {type(q)}
    np.testing.assert_allclose(values, np.round(values / q) * q, rtol=1e-15)
    np.testing.assert_allclose(np.diff(values), q)
    assert not is_category(found)
    assert [found.decode(place) for place in found.places()] == found.values
    if distribution is not None:
        drawn = np.array(found.decode_all((np.arange(4_000) + 0.5) / 4_000))
        inside = values[1:-1]
        shares = np.mean(drawn == inside[:, np.newaxis], axis=1)
        wanted = distribution.cdf(inside + q / 2) - distribution.cdf(inside - q / 2)
        np.testing.assert_allclose(shares, wanted, atol=1e-3)


@given(st.integers(-50, 50), st.integers(1, 200), st.sampled_from([0.1, 0.01, 0.3, 1e-5]))
def test_bounds_that_are_multiples_are_in_it_as_people_write_them(k: int, n: int, q: float) -> None:
    text = f"{q:f}".rstrip("0")
    places = len(text.partition(".")[2])
    low, high = round(k * q, places), round((k + n) * q, places)
    found = quantized((low, high), q)
    assert found.values == [round(m * q, places) for m in range(k, k + n + 1)]


@pytest.mark.parametrize(
    ("given", "q", "told"),
    [
        ((1.0, 2.0), 0, "q=0; pass the step"),
        ((1.0, 2.0), -0.5, "q=-0.5; pass the step"),
        ((1.0, 2.0), "1", "q='1'; pass the step"),
        ((1.0, 2.0), np.nan, "q=nan; pass the step"),
        ((0.1, 0.4), 1, "no multiple of it from 0.1 to 0.4"),
        ((0.0, 1e9), 1, "1,000,000,001 multiples"),
        ([1, 2], 1, "has values already"),
        (binom(9, 0.5), 2, "has values already"),
        (Categorical([1, 2]), 1, "has values already"),
        ((2.0, 1.0), 1, "is empty, because 2.0 is not less"),
        (lognorm, 1, "without its parameters"),
    ],
)
def test_what_cannot_be_has_a_remedy(given: Any, q: Any, told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        quantized(given, q)


def test_a_grid_is_told_of_the_list() -> None:
    steps = quantized((1, 4), 1)
    with pytest.raises(TypeError, match=r"param_grid: 'a' is a range with 4 steps.*\.values"):
        GridSearch(Toy(), {"a": steps}).fit(X, y)
    search = GridSearch(Toy(), {"a": steps.values}, refit=False).fit(X, y)
    assert [params["a"] for params in search.cv_results_["params"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("kind", [RandomSearch, BayesSearch])
def test_both_searches_take_them_and_go_on(kind: Any, tmp_path: Any) -> None:
    space = {"a": quantized((0.25, 4.0, "log-uniform"), 0.25), "kind": ["mean", "other"]}
    options = {"cv": 2, "refit": False, "random_state": 0}
    whole = kind(Toy(), space, n_iter=7, **options).fit(X, y)
    tried = [params["a"] for params in whole.cv_results_["params"]]
    assert all(type(a) is float and a % 0.25 == 0 for a in tried)
    for n_iter in (4, 7):
        again = {"a": quantized((0.25, 4.0, "log-uniform"), 0.25), "kind": ["mean", "other"]}
        search = kind(Toy(), again, n_iter=n_iter, checkpoint=tmp_path / "a.jsonl", **options)
        search.fit(X, y)
    assert search.cv_results_["params"] == whole.cv_results_["params"]
