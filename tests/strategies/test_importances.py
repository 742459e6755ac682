"""Importances of parameters, against what is known of the functions."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from sktune.space import Choices, ConditionalSpace, Integer, Real
from sktune.strategies import Bayesian
from sktune.strategies.importances import importances_seen, param_importances
from sktune.trials import Trial
from tests.helpers.bayes_searches import X2, C, search_of, y2

X, Y = Real(0, 1), Real(0, 1)
THREE = ConditionalSpace([{"x": X, "y": Y, "z": Integer(1, 3)}])


def known(f: Any) -> Any:
    """A score that is a function of the places, and known for sure."""
    return lambda points, n, rng: np.tile(f(*points[:, 1:].T), (n, 1))


def by_name(space: ConditionalSpace, draw: Any) -> dict[str, Any]:
    return {found.name: found for found in param_importances(space, draw)}


@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=3))
def test_of_a_sum_they_are_the_shares_of_the_variance(weights: list[float]) -> None:
    a, b, c = weights
    found = by_name(THREE, known(lambda x, y, z: a * x + b * y + c * z))
    shares = np.array([a**2 / 12, b**2 / 12, c**2 * 2 / 27])  # z is 1/6, 3/6 or 5/6
    shares /= shares.sum()
    for name, share in zip("xyz", shares, strict=True):
        assert abs(found[name].importance - share) <= 0.05 + 4 * found[name].std


def test_of_a_product_each_has_what_they_do_together() -> None:
    space = ConditionalSpace([{"x": X, "y": Y}])
    found = by_name(space, known(lambda x, y: (x - 0.5) * (y - 0.5)))
    assert found["x"].importance == pytest.approx(1, abs=0.2)
    assert found["y"].importance == pytest.approx(1, abs=0.2)


def test_the_largest_comes_first_and_the_error_covers_the_truth() -> None:
    found = param_importances(THREE, known(lambda x, y, z: 3 * y + x + 0 * z))
    assert [importance.name for importance in found] == ["y", "x", "z"]
    assert found[0].importance == pytest.approx(0.9, abs=4 * found[0].std)
    assert found[2] == ("z", 0.0, 0.0)


def test_what_is_not_known_has_a_large_error() -> None:
    def guess(points: Any, n: int, rng: Any) -> Any:
        slopes = rng.standard_normal((n, 3))
        return slopes @ points[:, 1:].T

    unsure = by_name(THREE, guess)
    sure = by_name(THREE, known(lambda x, y, z: x + y + z))
    assert unsure["x"].std > 3 * sure["x"].std


def test_of_a_conditional_space_the_switch_and_what_it_switches() -> None:
    rbf = {"kernel": Choices(["rbf"]), "gamma": X, "C": Y}
    linear = {"kernel": Choices(["linear"]), "C": Y, "tol": Choices([1])}
    space = ConditionalSpace([rbf, linear])

    def score(points: Any, n: int, rng: Any) -> Any:
        values = [10 * ("gamma" in p) + p.get("gamma", 0) for p in space.decode_all(points)]
        return np.tile(values, (n, 1))

    found = by_name(space, score)
    assert set(found) == {"kernel", "gamma", "C"}  # tol has one value
    assert found["kernel"].importance == pytest.approx(1, abs=0.2)
    assert 0 < found["gamma"].importance < 0.05
    assert found["C"].importance == 0


def test_a_switch_among_several_moves_alone() -> None:
    """Of 2 x 2 branches, the one that differs in the swapped name only is taken."""
    branches = [{"a": Choices([a]), "b": Choices([b])} for a in "pq" for b in "rs"]
    space = ConditionalSpace(branches)

    def score(points: Any, n: int, rng: Any) -> Any:
        return np.tile([float(p["a"] == "p") for p in space.decode_all(points)], (n, 1))

    found = by_name(space, score)
    assert found["b"].importance == 0
    assert found["a"].importance == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("space", [ConditionalSpace([{}]), ConditionalSpace([{"k": Choices("a")}])])
def test_where_nothing_varies_there_are_none(space: ConditionalSpace) -> None:
    assert param_importances(space, known(lambda *places: places)) == []


def test_constant_scores_are_nobodys() -> None:
    found = param_importances(THREE, known(lambda x, y, z: 0 * x))
    assert {(importance.importance, importance.std) for importance in found} == {(0.0, 0.0)}


def test_many_parameters() -> None:
    space = ConditionalSpace([{f"p{k}": Real(0, 1) for k in range(50)}])
    found = param_importances(space, known(lambda *places: places[7] + 0.1 * places[9]))
    assert found[0].name == "p7"
    assert len(found) == 50


def mostly_value(estimator: Any, X: Any, y: Any) -> float:
    return 10 * estimator.value + len(estimator.other)


@pytest.mark.parametrize("optimizer", ["gp", "skopt"])
def test_a_search_has_them_however_candidates_were_chosen(optimizer: str) -> None:
    space = {"value": (0.0, 1.0), "other": ["a", "bb"], "folder": [""]}
    search = search_of(space, 15, optimizer=optimizer, scoring=mostly_value).fit(X2, y2)
    found = search.param_importances_
    assert [importance.name for importance in found] == ["value", "other"]
    assert found[0].importance > 0.9 > 0.1 > found[1].importance
    assert found == search.param_importances_
    assert pickle.loads(pickle.dumps(search)).param_importances_ == found
    assert list(pd.DataFrame(found)) == ["name", "importance", "std"]


def test_before_fit_there_are_none() -> None:
    with pytest.raises(NotFittedError):
        search_of({"value": C}).param_importances_  # noqa: B018 - raises


def test_what_nothing_is_known_of_is_said_to_be_unknown() -> None:
    strategy = Bayesian({"x": (0.0, 1.0), "k": ["a", "b"]}, 9, random_state=0)
    with pytest.raises(AttributeError, match="no candidate has a score"):
        importances_seen(strategy.space, strategy.seen())
    for number in range(5):
        strategy.tell([Trial.of(number, strategy.ask(1)[0], [0.7])])
    found = importances_seen(strategy.space, strategy.seen())
    assert sorted(importance.name for importance in found) == ["k", "x"]
    assert np.isnan([importance[1:] for importance in found]).all()


def test_what_the_optimizer_expects_of_ends_is_no_importance() -> None:
    strategy = Bayesian({"x": (0.0, 1.0), "k": ["a", "b"]}, 20, random_state=0)
    while candidates := strategy.ask(1):
        score = float(candidates[0]["k"] == "a") + 1e-6 * len(strategy.candidates)
        strategy.tell([Trial.of(strategy.told, candidates[0], [score])])
    found = importances_seen(strategy.space, strategy.seen())
    assert [importance.name for importance in found] == ["k", "x"]
    assert found[1].importance < 0.05
