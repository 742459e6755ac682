"""Dimensions: values to places and back; shorthands: what a user writes to dimensions."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
import skopt.space
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from sktune.space import Choices, Dimension, Integer, Quantiles, Real
from sktune.space.conditional import read_space
from sktune.space.shorthands import dimension, expand

EXTREME_REALS = [(1e-300, 1e300, True), (5e-324, 1.0, True), (-1e308, 1e308), (0.0, 1e-300)]
EXTREME_INTEGERS = [(1, 10**9), (1, 10**9, True), (-(2**31), 2**31 - 1), (0, 1)]
extreme_integers = st.sampled_from([Integer(*bounds) for bounds in EXTREME_INTEGERS])
extreme = extreme_integers | st.sampled_from([Real(*bounds) for bounds in EXTREME_REALS])
bounds = st.tuples(st.floats(-1e6, 1e6), st.floats(1, 1e6))
reals = bounds.map(lambda b: Real(b[0], b[0] + b[1]))
log_bounds = st.tuples(st.floats(1e-12, 1e12), st.floats(1.01, 1e12))
log_reals = log_bounds.map(lambda b: Real(b[0], b[0] * b[1], log=True))
whole = st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
integers = whole.map(lambda b: Integer(b[0], b[0] + b[1]))
log_integers = whole.map(lambda b: Integer(1 + abs(b[0]), 1 + abs(b[0]) + b[1], log=True))
choices = st.lists(st.integers() | st.text() | st.none() | st.booleans(), min_size=1).map(Choices)
weighted = st.lists(st.floats(0.01, 1), min_size=1, max_size=8).map(
    lambda shares: Choices([f"value {k}" for k in range(len(shares))], shares)
)
FINITE = [stats.randint(-3, 4), stats.randint(2, 7, loc=10), stats.binom(10, 0.3)]
DISCRETE = [*FINITE, stats.poisson(3), stats.geom(0.3), stats.dlaplace(0.8)]
BOUNDED = [stats.uniform(-1, 3), stats.loguniform(1e-5, 1e3), stats.beta(2, 5)]
CONTINUOUS = [*BOUNDED, stats.norm(), stats.norm(5, 0.1), stats.expon(scale=2)]
discrete_quantiles = st.sampled_from(DISCRETE).map(Quantiles)
discrete = integers | log_integers | choices | weighted | discrete_quantiles
continuous = reals | log_reals | st.sampled_from(CONTINUOUS).map(Quantiles)
units = st.floats(0, 1)
drawn_units = st.integers(0, 2**53 - 1).map(lambda k: k / 2**53)  # beta.ppf warns nearer to 0


@given(discrete | extreme_integers, units)
def test_discrete_values_come_back(dimension: Dimension, unit: float) -> None:
    value = dimension.decode(unit)
    place = dimension.encode(value)
    assert place is not None
    assert 0 <= place <= 1
    again = dimension.decode(place)
    assert type(again) is type(value)
    assert again == value


@given(continuous, st.floats(0.001, 0.999))
def test_continuous_values_come_back(dimension: Dimension, unit: float) -> None:
    value = dimension.decode(unit)
    assert dimension.encode(value) == pytest.approx(unit, abs=1e-8)
    place = dimension.encode(value)
    assert place is not None
    low, high = dimension.decode(0.0), dimension.decode(1.0)
    assert dimension.decode(place) == pytest.approx(value, rel=1e-9, abs=1e-9 * (high - low))


def function() -> None:
    pass


ATOMS = [None, float("nan"), True, False, 1, 1.0, 0, -0.0, 0.0, "1", b"1", 2**99, 1j]
HOLDERS = [(), (5, 5), (5, (5,)), [1, 2], {"a": 1}, np.arange(3), np.array([1, None]), object()]
OBJECTS = [*ATOMS, *HOLDERS, function, lambda: None, StandardScaler, StandardScaler()]


def test_the_very_objects_come_back() -> None:
    dimension = Choices(OBJECTS)
    assert dimension.n_values == len(OBJECTS)
    for value, place in zip(OBJECTS, dimension.places(), strict=True):
        assert dimension.decode(place) is value
        assert dimension.encode(value) == place


def test_duplicates_count_once_and_their_weights_add_up() -> None:
    first, second = LogisticRegression(C=2), LogisticRegression(C=2)
    dimension = Choices([first, 1, second, 1, True])
    assert dimension.values == [first, 1, True]
    assert dimension.decode(0.0) is first
    assert dimension.encode(second) == dimension.encode(first) == pytest.approx(1 / 6)
    assert dimension.places() == pytest.approx([1 / 6, 1 / 2, 5 / 6])
    added = Choices(["a", "b", "a"], [1, 2, 5])
    assert added.places() == pytest.approx([3 / 8, 7 / 8])


def test_an_equal_number_or_text_stands_for_a_choice_if_nothing_is_closer() -> None:
    assert Choices([1, 2]).encode(2.0) == Choices([1, 2]).encode(np.int64(2)) == 0.75
    assert Choices(["a"]).encode(np.str_("a")) == 0.5
    assert Choices([1, 1.0]).encode(1.0) == 0.75


RANGES = [Real(0, 2), Real(1e-3, 2, log=True), Integer(0, 3), Integer(1, 3, log=True)]
DISTRIBUTIONS = [stats.uniform(0, 2), stats.loguniform(0.1, 2), stats.randint(0, 4)]
OUTSIDE = [None, "1", "0.5", float("nan"), float("inf"), -float("inf"), [1], (1,), 1 + 0j]


@pytest.mark.parametrize("value", [*OUTSIDE, True, False, np.True_, -0.1, 7, np.float64(7), -5])
@pytest.mark.parametrize("dimension", [*RANGES, *map(Quantiles, DISTRIBUTIONS)], ids=repr)
def test_what_is_outside_a_numeric_range_has_no_place(dimension: Dimension, value: Any) -> None:
    assert dimension.encode(value) is None


@pytest.mark.parametrize("value", [*OUTSIDE, 3, "c", np.arange(2), StandardScaler(), (1, 2.0)])
def test_what_is_no_choice_has_no_place(value: Any) -> None:
    assert Choices([0, "a", (1, 2), StandardScaler(with_std=False)]).encode(value) is None


@pytest.mark.parametrize("dimension", [*RANGES[2:], Quantiles(stats.randint(0, 4))], ids=repr)
def test_numbers_that_are_not_whole_have_no_place_among_integers(dimension: Dimension) -> None:
    assert dimension.encode(1.5) is None
    assert dimension.encode(2.0) == dimension.encode(np.int32(2)) == dimension.encode(2)


@given(discrete | continuous | extreme, st.lists(units, min_size=1))
def test_what_was_snapped_stays_to_the_bit(dimension: Dimension, units: list[float]) -> None:
    once = dimension.snap(np.array(units))
    assert once.shape == (len(units),)
    assert ((once >= 0) & (once <= 1)).all()
    assert dimension.snap(once).tobytes() == once.tobytes()
    assert dimension.snap(once[:1]).tobytes() == once[:1].tobytes()


@given(discrete, st.integers(0, 2**32 - 1))
def test_snapping_keeps_the_value(dimension: Dimension, seed: int) -> None:
    drawn = np.random.default_rng(seed).random(20)
    for unit, snapped in zip(drawn, dimension.snap(drawn), strict=True):
        assert dimension.decode(snapped) == dimension.decode(unit)


@given(extreme | reals | log_reals | integers | log_integers, units)
def test_bounds_are_kept_and_types_too(dimension: Any, unit: float) -> None:
    value = dimension.decode(unit)
    assert type(value) is (float if isinstance(dimension, Real) else int)
    assert dimension.low <= value <= dimension.high
    for bound in (dimension.low, dimension.high):
        place = dimension.encode(bound)
        assert 0 <= place <= 1
        assert dimension.decode(place) == pytest.approx(bound, rel=1e-12, abs=0)
    ends = [dimension.decode(0.0), dimension.decode(1.0)]
    assert ends == pytest.approx([dimension.low, dimension.high], rel=1e-12, abs=0)


@pytest.mark.parametrize("distribution", DISCRETE + CONTINUOUS)
@settings(max_examples=20)
@given(unit=drawn_units)
def test_quantiles_stay_in_the_support(distribution: Any, unit: float) -> None:
    check_support(distribution, unit)


@pytest.mark.slow
@pytest.mark.parametrize("distribution", DISCRETE + CONTINUOUS)
@settings(max_examples=1000)
@given(unit=drawn_units)
def test_quantiles_stay_in_the_support_at_length(distribution: Any, unit: float) -> None:
    check_support(distribution, unit)


def check_support(distribution: Any, unit: float) -> None:
    value = Quantiles(distribution).decode(unit)
    low, high = distribution.support()
    assert low <= value <= high
    assert math.isfinite(value)
    assert type(value) is (int if distribution in DISCRETE else float)


@pytest.mark.parametrize("distribution", CONTINUOUS)
def test_quantiles_draw_what_the_distribution_draws(distribution: Any) -> None:
    quantiles = Quantiles(distribution)
    at = np.linspace(0.01, 0.99, 25)
    assert [quantiles.decode(u) for u in at] == pytest.approx(distribution.ppf(at))
    assert [quantiles.encode(v) for v in distribution.ppf(at)] == pytest.approx(at)


LOG_SHARES = {k: math.log((k + 0.5) / (k - 0.5)) / math.log(11) for k in range(1, 6)}
SHARES = [
    (Integer(-2, 4), dict.fromkeys(range(-2, 5), 1 / 7)),
    (Integer(1, 5, log=True), LOG_SHARES),
    (Choices(["a", None, (1, 2)]), dict.fromkeys(["a", None, (1, 2)], 1 / 3)),
    (Choices(["a", "b", "c"], [1, 5, 4]), {"a": 0.1, "b": 0.5, "c": 0.4}),
    pytest.param(
        Quantiles(stats.randint(2, 6)), dict.fromkeys(range(2, 6), 1 / 4), marks=pytest.mark.slow
    ),
    (Quantiles(stats.binom(2, 0.3)), {0: 0.49, 1: 0.42, 2: 0.09}),
]


@pytest.mark.parametrize(("dimension", "shares"), SHARES, ids=lambda value: repr(value)[:40])
def test_every_value_has_its_share(dimension: Dimension, shares: dict[Any, float]) -> None:
    n = 20_000
    hits = Counter(dimension.decode((k + 0.5) / n) for k in range(n))
    assert {value: count / n for value, count in hits.items()} == pytest.approx(shares, abs=2e-4)
    assert dimension.n_values == len(shares)
    assert [dimension.decode(place) for place in dimension.places()] == list(shares)


@pytest.mark.parametrize("dimension", [Real(0, 1), Quantiles(stats.norm(0, 1))], ids=repr)
def test_what_has_no_end_cannot_be_listed(dimension: Dimension) -> None:
    assert dimension.n_values is None
    with pytest.raises(TypeError, match="no end of values"):
        dimension.places()


@given(discrete | continuous, st.integers(0, 2**32 - 1))
def test_draws_are_those_of_the_random_state(dimension: Dimension, seed: int) -> None:
    state = np.random.RandomState(seed)
    drawn = [dimension.rvs(random_state=state) for _ in range(3)]
    assert drawn[0] == dimension.rvs(random_state=seed)
    again = np.random.RandomState(seed)
    assert [dimension.rvs(random_state=again) for _ in range(3)] == drawn


def different() -> list[Dimension]:
    return [
        *[Real(1, 2), Real(1, 3), Real(1, 2, log=True)],
        *[Integer(1, 2), Integer(0, 2), Integer(1, 2, log=True)],
        *[Choices(values) for values in ([1, 2], [2, 1], [1, 2.0], [1, True], [1])],
        *[Choices([1, 2], [1, 3]), Choices([LogisticRegression(C=2)])],
        *[Quantiles(d) for d in (stats.norm(1, 2), stats.norm(1, 3), stats.randint(1, 2))],
        *[Quantiles(d) for d in (stats.uniform(1, 2), stats.randint(1, 3), stats.binom(1, 0.2))],
    ]


def test_keys_are_equal_iff_the_dimensions_are_the_same() -> None:
    keys = [dimension.key for dimension in different()]
    assert keys == [dimension.key for dimension in different()]
    assert len(set(keys)) == len(keys)
    assert Choices([1, 2]).key == Choices([1, 2, 1]).key == Choices([1, 2], [3, 3]).key


def read(given: Any) -> Dimension:
    return dimension("a", expand("a", given, "where"), "where")


SHORTHANDS = [
    ((1, 5), Integer(1, 5)),
    ((np.int64(1), 5), Integer(1, 5)),
    ((1, 5, "uniform"), Integer(1, 5)),
    ((1, 5, "log-uniform"), Integer(1, 5, log=True)),
    ((1, 5.0), Real(1, 5)),
    ((0.1, 5, "log-uniform"), Real(0.1, 5, log=True)),
    ((-np.float32(1), 1.0), Real(-1, 1)),
    ([1, 5], Choices([1, 5])),
    ([(1, 5), 0.5], Choices([(1, 5), 0.5])),
    (np.array([1, 5]), Choices(np.array([1, 5]))),
    (skopt.space.Real(0.1, 2), Real(0.1, 2)),
    (skopt.space.Real(0.1, 2, prior="log-uniform"), Real(0.1, 2, log=True)),
    (skopt.space.Integer(1, 9), Integer(1, 9)),
    (skopt.space.Integer(1, 9, prior="log-uniform"), Integer(1, 9, log=True)),
    (skopt.space.Categorical(["a", None]), Choices(["a", None])),
    (skopt.space.Categorical(["a", "b"], prior=[0.3, 0.7]), Choices(["a", "b"], [0.3, 0.7])),
    (stats.norm(1, 2), Quantiles(stats.norm(1, 2))),
    (Real(1, 2), Real(1, 2)),
]


@pytest.mark.parametrize(("given", "expected"), SHORTHANDS, ids=lambda value: repr(value)[:40])
def test_what_a_user_writes(given: Any, expected: Dimension) -> None:
    found = read(given)
    assert type(found) is type(expected)
    assert found.key == expected.key


INF, NAN = float("inf"), float("nan")
NO_RANGE: list[Any] = [("a", "b"), (1, 2, 3), (1, 2, "log2"), (True, False), (), (1,), (1, None)]
EMPTY = [(1, 1), (2, 1), (2.0, 1.0), (1.0, 1.0, "log-uniform")]
NOT_FINITE = [(1, NAN), (NAN, 1.0), (-INF, 1.0), (1, INF), (1, INF, "log-uniform")]
REFUSED = [
    *[(given, "For choices pass a list") for given in NO_RANGE],
    *[(given, "swap the bounds") for given in EMPTY],
    *[(given, "pass finite ones") for given in NOT_FINITE],
    *[((low, 1, "log-uniform"), "raise the lower bound") for low in (0, 0.0, -1, -0.5)],
]


@pytest.mark.parametrize(("given", "remedy"), REFUSED, ids=lambda value: repr(value)[:40])
def test_refused_with_the_parameter_and_the_remedy(given: Any, remedy: str) -> None:
    with pytest.raises(ValueError, match=rf"^where\b.*'a'.*{re.escape(remedy)}"):
        read_space({"a": given, "b": [1]}, "where")


class OnlyDraws:
    def rvs(self, random_state: Any = None) -> float:
        return 0.5


def test_what_can_only_be_drawn_from_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^where: 'a' is a OnlyDraws.*no ppf.*Pass a frozen"):
        read_space({"a": OnlyDraws()}, "where")


@pytest.mark.parametrize("values", [[], np.array([])], ids=repr)
def test_no_values_are_refused(values: Any) -> None:
    with pytest.raises(ValueError, match=r"^where: .*'a'.*non-empty.*Leave the name out"):
        read_space({"a": values}, "where")


@pytest.mark.parametrize("given", NO_RANGE)
def test_tuples_may_be_choices_where_scikit_learn_has_them(given: Any) -> None:
    assert expand("a", given, "where", tuples_too=True) is given
    assert isinstance(expand("a", (1, 2), "where", tuples_too=True), Integer)
