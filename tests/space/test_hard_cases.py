"""Spaces where something is easily lost: thin tails, tiny weights, overlapping branches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm, poisson, randint, rv_discrete, rv_histogram
from skopt.space import Categorical

from sktune.optimizers.acquisition import log_expected_improvement
from sktune.optimizers.encoding import Encoding
from sktune.space import Choices, ConditionalSpace, Dimension, Integer, Pool, Quantiles, Real
from sktune.space.shorthands import dimension, expand


def everything(branches: list[dict[str, Dimension]]) -> list[Any]:
    """What a pool gives, one at a time, until there is no more."""
    space = ConditionalSpace(branches)
    pool, rng = Pool(space), np.random.default_rng(0)
    found = []
    while len(drawn := pool.draw(1, rng)):
        assert pool.take(drawn[0])
        found.append(space.decode(drawn[0]))
    return found


@pytest.mark.parametrize("distribution", [binom(50, 0.5), binom(1000, 0.5), poisson(3)])
def test_a_thin_tail_is_cut_off(distribution: Any) -> None:
    whole = Quantiles(distribution)
    values = range(int(whole.low), int(whole.high) + 1)
    assert distribution.cdf(whole.high) > 1 - 1e-3
    assert all(whole.decode(whole.encode(value) or 0.0) == value for value in values)
    assert whole.encode(whole.low - 1) is whole.encode(whole.high + 1) is None
    assert sorted(p["a"] for p in everything([{"a": whole}])) == list(values)


def test_beyond_the_tail_there_is_no_place() -> None:
    assert Quantiles(norm(0, 1)).encode(100) is None
    assert Quantiles(poisson(3)).encode(100) is None


def test_numbers_with_weights_of_their_own() -> None:
    values = dimension("a", rv_discrete(values=([1, 5, 10], [0.2, 0.3, 0.5])), "space")
    assert [p["a"] for p in everything([{"a": values}])] != [1, 2, 3]
    assert sorted(p["a"] for p in everything([{"a": values}])) == [1, 5, 10]
    assert values.encode(3) is None
    halves = dimension("a", rv_discrete(values=([0.1, 0.5], [0.5, 0.5])), "space")
    assert {halves.decode(0.2), halves.decode(0.9)} == {0.1, 0.5}
    assert Quantiles(randint(0, 3, loc=0.5)).decode(0.5) == 1.5


def test_tables_are_told_apart() -> None:
    tables = [rv_histogram(np.histogram(np.arange(n) ** 2)) for n in (10, 20)]
    assert Quantiles(tables[0]).key != Quantiles(tables[1]).key
    assert Quantiles(norm(0, 1)).key == Quantiles(norm(0, 1)).key != Quantiles(norm(0, 2)).key


def test_values_without_weight_do_not_exist() -> None:
    values = expand("a", Categorical(list("abc"), prior=[0.5, 0, 0.5]), "space")
    assert sorted(p["a"] for p in everything([{"a": values}])) == ["a", "c"]
    tiny = Choices("abc", [1e-12, 1e-12, 1])
    assert sorted(p["a"] for p in everything([{"a": tiny}])) == ["a", "b", "c"]


def test_a_candidate_of_two_branches_is_one_candidate() -> None:
    space = [{"a": Choices([1, 2])}, {"a": Choices([2, 3])}, {"a": Integer(3, 5)}]
    assert sorted(p["a"] for p in everything(space)) == [1, 2, 3, 4, 5]


def test_many_choices_are_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each of them."""
    summed: list[float] = []

    def counting(shares: Any) -> float:
        summed.append(math.fsum(shares))
        return summed[-1]

    monkeypatch.setattr("sktune.space.choices.sum", counting, raising=False)
    assert Choices(range(1000)).n_values == 1000
    assert len(summed) <= 2


def test_true_is_not_one() -> None:
    assert Choices([0, 1]).encode(True) is None
    assert Choices([0, 1]).encode(1.0) == 0.75
    assert Choices([0, True]).encode(1) is None


def test_numbers_beyond_floats() -> None:
    assert Real(0, 1).encode(10**400) is None
    assert Integer(0, 1).encode(10**400) is None
    with pytest.raises(ValueError, match="not finite"):
        expand("a", (1, 10**400), "space")
    assert Real(0, 5e-324).encode(0.0) is not None


def test_ends_of_a_range_are_exact() -> None:
    whole = Real(1e-3, 1e3, log=True)
    assert (whole.decode(0.0), whole.decode(1.0)) == (1e-3, 1e3)


def test_a_range_of_all_floats_has_features() -> None:
    space = ConditionalSpace([{"a": Real(-1e308, 1e308)}])
    points = space.encode([{"a": value} for value in (-1e308, 0.0, 1e308)])
    np.testing.assert_allclose(Encoding(space)(points)[:, 0], [0, 0.5, 1])


def test_log_expected_improvement_is_finite_all_the_way() -> None:
    z = -np.logspace(0, 12, 5000)
    values = log_expected_improvement(z, np.ones(5000), 0.0)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()
    assert not math.isnan(float(values[-1]))
