"""Dicts of a space of which constraints leave little, or nothing."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from sktune.space import Integer, Real
from sktune.strategies import Bayesian
from sktune.trials import Trial


def candidates(spaces: list[Any], constraints: Any, n: int = 8) -> list[Any]:
    strategy = Bayesian(spaces, n, constraints=constraints, random_state=0)
    found: list[Any] = []
    while asked := strategy.ask(1):
        found += asked
        strategy.tell([Trial.of(len(found) - 1, asked[0], [0.5, 0.6])])
    return found


@pytest.mark.parametrize("forbidden", [0, 1, 2])
def test_a_dict_of_which_nothing_is_allowed_is_named(forbidden: int) -> None:
    names = ["x", "y", "z"]
    spaces = [{name: Real(0, 1)} for name in names]
    with pytest.warns(UserWarning, match=rf"none of .* drawn from search_spaces\[{forbidden}\]"):
        found = candidates(spaces, lambda params: names[forbidden] not in params)
    assert {name for params in found for name in params} == {*names} - {names[forbidden]}


def test_a_dict_of_which_little_is_allowed_is_tried() -> None:
    spaces = [{"x": Real(0, 1)}, {"n": Integer(1, 10_000)}]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = candidates(spaces, lambda params: params.get("n", 7) == 7)
    assert {"n": 7} in found


def test_a_dict_that_is_another_once_more_is_not_blamed_on_constraints() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = candidates([{"n": [1]}, {"n": [1]}, {"x": Real(0, 1)}], lambda _: True)
    assert {"n": 1} in found
