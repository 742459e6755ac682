"""Spaces of branches, what of them is left, and how users write them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression

from sktune.space import (
    Choices,
    ConditionalSpace,
    Dimension,
    Integer,
    Pool,
    Quantiles,
    Real,
    Space,
    identity,
)
from sktune.space.conditional import read_space
from sktune.space.pool import SMALL

seeds = st.integers(0, 2**32 - 1)
finite = st.one_of(
    st.lists(st.integers(0, 3) | st.booleans() | st.none(), min_size=1, max_size=4).map(Choices),
    st.tuples(st.integers(1, 5), st.integers(1, 4)).map(lambda b: Integer(b[0], b[0] + b[1])),
    st.integers(2, 5).map(lambda high: Integer(1, high, log=True)),
    st.integers(1, 4).map(lambda high: Quantiles(stats.randint(0, high))),
)
uncountable = st.one_of(
    st.tuples(st.floats(-10, 10), st.floats(1, 10)).map(lambda b: Real(b[0], b[0] + b[1])),
    st.floats(1e-6, 1).map(lambda low: Real(low, 100 * low, log=True)),
    st.sampled_from([stats.norm(), stats.loguniform(0.1, 10), stats.poisson(3)]).map(Quantiles),
)


def spaces(dimensions: st.SearchStrategy[Dimension]) -> st.SearchStrategy[ConditionalSpace]:
    """Of one to three branches that no candidate is in two of."""
    branch = st.dictionaries(st.sampled_from("abc"), dimensions, max_size=3)
    return st.lists(branch, min_size=1, max_size=3).map(
        lambda branches: ConditionalSpace(
            [{"branch": Choices([number]), **sub} for number, sub in enumerate(branches)]
        )
    )


MIXED = ConditionalSpace(
    [
        {"model": Choices(["svm"]), "C": Real(1e-3, 1e3, log=True), "shape": Choices([(5,), None])},
        {"model": Choices(["tree"]), "n": Integer(1, 50), "shape": Choices([(5,), None])},
        {"model": Choices(["net"]), "C": Real(1e-3, 1e3, log=True), "n": Integer(1, 60)},
        {},
    ]
)


@given(spaces(finite | uncountable), seeds)
def test_candidates_come_back_to_the_same_points(space: ConditionalSpace, seed: int) -> None:
    points = space.sample(20, np.random.default_rng(seed))
    candidates = [space.decode(point) for point in points]
    again = space.encode(candidates)
    np.testing.assert_array_equal(space.signs(again), space.signs(points))
    for point, params in zip(again, candidates, strict=True):
        found = space.decode(point)
        assert list(found) == list(params)
        for name, value in found.items():
            assert type(value) is type(params[name])
            if isinstance(value, float):
                assert value == pytest.approx(params[name], rel=1e-9, abs=1e-9)
            else:
                assert value is params[name] or value == params[name]


@given(spaces(finite | uncountable), seeds)
def test_sampled_points_are_settled_and_inside(space: ConditionalSpace, seed: int) -> None:
    points = space.sample(20, np.random.default_rng(seed))
    assert points.shape == (20, 1 + len(space.slots))
    assert space.settle(points).tobytes() == points.tobytes()
    assert set(points[:, 0]) <= set(range(len(space.branches)))
    active = space.active[points[:, 0].astype(int)]
    assert (np.isnan(points[:, 1:]) == ~active).all()
    assert ((points[:, 1:][active] >= 0) & (points[:, 1:][active] <= 1)).all()
    for point in points:
        branch = space.branches[int(point[0])]
        params = space.decode(point)
        assert set(params) == set(branch)
        assert all(branch[name].encode(value) is not None for name, value in params.items())


@given(seeds)
def test_branches_are_drawn_as_often_and_only_those_asked_for(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = np.bincount(MIXED.sample(2000, rng)[:, 0].astype(int), minlength=4)
    assert (np.abs(counts - 500) < 150).all()
    assert set(MIXED.sample(100, rng, branches=[3, 1])[:, 0]) == {1, 3}


OUTSIDE: list[dict[str, Any]] = [
    *[{"model": "svm", "C": 1.0}, {"model": "svm", "C": 1.0, "shape": None, "n": 3}],
    *[{"model": "svm", "C": C, "shape": None} for C in (1e4, True, "1", 0.0)],
    *[{"model": "tree", "n": n, "shape": None} for n in (2.5, 51, None)],
    *[{"model": "tree", "n": 5, "shape": [5]}, {"model": "other", "n": 5, "shape": None}],
]


def test_what_is_not_in_the_space_is_a_row_of_nan() -> None:
    points = MIXED.encode([*OUTSIDE, {}, {"model": "net", "C": 1.0, "n": 51}])
    assert np.isnan(points[: len(OUTSIDE)]).all()
    assert list(points[len(OUTSIDE) :, 0]) == [3, 2]
    assert MIXED.decode(points[-1]) == {"model": "net", "C": pytest.approx(1.0), "n": 51}


def test_some_parameters_are_placed_and_moved() -> None:
    units = MIXED.encode_some({"n": 25, "shape": "?", "C": 1.0, "model": "tree"}, 1)
    assert units == pytest.approx({"n": 0.49, "model": 0.5})
    point = MIXED.sample(1, np.random.default_rng(0), branches=[1])[0]
    moved = MIXED.with_units(point, {"n": 0.01})
    assert MIXED.decode(moved) == {**MIXED.decode(point), "n": 1}
    assert MIXED.decode(point)["n"] != 1


def test_branches_share_a_slot_iff_name_and_dimension_are_equal() -> None:
    names = [name for name, _ in MIXED.slots]
    assert sorted(names) == ["C", "model", "model", "model", "n", "n", "shape"]
    shared = [name for name, used in zip(names, MIXED.active.T, strict=True) if used.sum() == 2]
    assert sorted(shared) == ["C", "shape"]
    for number, branch in enumerate(MIXED.branches):
        assert sorted(np.array(names)[MIXED.active[number]]) == sorted(branch)
    same_places = ConditionalSpace([{"a": Real(0, 1), "b": Real(0, 1)}, {"a": Real(0, 2)}])
    assert len(same_places.slots) == 3


def product(space: ConditionalSpace) -> set[Any]:
    found = set()
    for branch in space.branches:
        values = [[d.decode(place) for place in d.places()] for d in branch.values()]
        for combination in itertools.product(*values):
            found.add(identity(dict(zip(branch, combination, strict=True))))
    return found


@given(spaces(finite))
def test_enumerating_gives_the_product_without_duplicates(space: ConditionalSpace) -> None:
    points = list(space.enumerate())
    assert len(points) == space.size
    assert len(np.unique(space.signs(np.array(points)), axis=0)) == space.size
    found = [identity(space.decode(point)) for point in points]
    assert len(set(found)) == len(found)
    assert set(found) == product(space)


def even(params: dict[str, Any]) -> bool:
    return (len(params) + sum(int(value or 0) for value in params.values())) % 2 == 0


@settings(max_examples=40)
@given(spaces(finite | uncountable), seeds)
def test_constraints_are_never_violated(space: ConditionalSpace, seed: int) -> None:
    space.constraints = even
    rng = np.random.default_rng(seed)
    free = ConditionalSpace(space.branches)
    pool = Pool(space)
    drawn = [pool.draw(5, rng), pool.fresh(free.sample(20, rng))]
    assert all(even(space.decode(point)) for point in np.concatenate(drawn))
    points = free.sample(20, rng)
    assert list(space.allowed(points)) == [even(space.decode(point)) for point in points]


@pytest.mark.parametrize("ask", ["draw", "fresh", "all_left"])
def test_constraints_that_raise_are_named(ask: str) -> None:
    space = ConditionalSpace([{"a": Choices([1, 2])}], lambda params: params["b"] > 1)
    points = np.array(list(space.enumerate()))
    rng, pool = np.random.default_rng(0), Pool(space)
    calls: dict[str, Any] = {
        "draw": lambda: pool.draw(3, rng),
        "fresh": lambda: pool.fresh(points),
        "all_left": pool.all_left,
    }
    with pytest.raises(ValueError, match=r"constraints raised KeyError: 'b' for \{'a': [12]\}"):
        calls[ask]()


def test_constraints_that_leave_nothing_end() -> None:
    rng = np.random.default_rng(0)
    nothing = ConditionalSpace([{"a": Real(0, 1)}], lambda params: False)
    assert Pool(nothing).draw(5, rng).shape == (0, 2)
    with pytest.raises(TypeError, match="constraints is 3; pass a callable"):
        read_space({"a": [1]}, "where", constraints=3)  # type: ignore[arg-type]


def drain(pool: Pool, at_a_time: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Take all there is, some of what is drawn at a time."""
    found = []
    while len(points := pool.draw(at_a_time, rng)):
        assert len(points) <= at_a_time
        assert len(pool.fresh(points)) == len(points)
        for point in points[: 1 + at_a_time // 2]:
            assert pool.take(point)
            assert not pool.take(point)
            found.append(pool.space.decode(point))
        assert not len(pool.fresh(points[: 1 + at_a_time // 2]))
    return found


@settings(max_examples=50)
@given(spaces(finite), st.integers(1, 9), seeds, st.booleans(), st.data())
def test_a_pool_gives_all_of_a_small_space_once(
    space: ConditionalSpace, at_a_time: int, seed: int, constrained: bool, data: st.DataObject
) -> None:
    if constrained:
        space.constraints = even
    pool = Pool(space)
    numbers = list(range(len(space.branches)))
    pool.branches = data.draw(st.lists(st.sampled_from(numbers), min_size=1, unique=True))
    every = [space.decode(point) for point in space.enumerate() if point[0] in pool.branches]
    expected = [identity(params) for params in every if not constrained or even(params)]
    found = [identity(p) for p in drain(pool, at_a_time, np.random.default_rng(seed))]
    assert len(found) == len(set(found))
    assert set(found) == set(expected)
    left = pool.all_left()
    assert left is not None
    assert not len(left)


@pytest.mark.parametrize(
    "constraints", [None, lambda params: params["a"] % 50 == 0], ids=["free", "narrow"]
)
def test_a_pool_gives_all_of_a_larger_space_once(constraints: Any) -> None:
    branches = [{"a": Integer(1, SMALL)}, {"a": Integer(-9, 0), "b": Choices("xy")}]
    pool = Pool(ConditionalSpace(branches, constraints))
    assert pool.all_left() is None
    found = [identity(params) for params in drain(pool, 400, np.random.default_rng(0))]
    every = [{"a": a} for a in range(1, SMALL + 1)]
    every += [{"a": a, "b": b} for a in range(-9, 1) for b in "xy"]
    expected = [identity(p) for p in every if constraints is None or constraints(p)]
    assert len(found) == len(set(found))
    assert set(found) == set(expected)


def test_a_pool_drops_what_is_there_twice_and_other_branches() -> None:
    pool = Pool(MIXED)
    pool.branches = [1]
    drop = {"model": "net", "n": 3, "C": 1.0}
    kept = [{"model": "tree", "n": n, "shape": None} for n in (3, 4)]
    points = MIXED.encode([kept[0], drop, kept[0], kept[1]])
    assert [MIXED.decode(point)["n"] for point in pool.fresh(points)] == [3, 4]


def test_reading_a_dict_and_dicts_with_their_numbers() -> None:
    space, allotments = read_space({"a": (1, 5), "b": [None, (1, 2)]}, "where")
    assert allotments is None
    expected = [Integer(1, 5).key, Choices([None, (1, 2)]).key]
    assert [d.key for d in space.branches[0].values()] == expected
    space, allotments = read_space([({"a": (0.0, 1.0)}, 3), ({}, np.int64(2))], "where")
    assert allotments == [3, 2]
    assert [list(branch) for branch in space.branches] == [["a"], []]


@pytest.mark.parametrize(
    ("given", "culprit"),
    [
        ([({"a": [1]}, 2), {"b": [1]}], r"where\[1\] is \{'b'"),
        ([{"b": [1]}, ({"a": [1]}, 2)], r"where\[0\] is \{'b'"),
        ([({"a": [1]}, 2, 3)], r"where\[0\]"),
        *[([({"a": [1]}, n)], r"where\[0\]") for n in (0, -1, 1.5, True, None, "2")],
    ],
)
def test_numbers_for_some_dicts_or_below_one_are_refused(given: Any, culprit: str) -> None:
    with pytest.raises(ValueError, match=culprit + ".*n at least 1 for every dict, or for none"):
        Space.read(given, "where")


@pytest.mark.parametrize("given", ["abc", 5, None, {1, 2}, iter([{}]), LogisticRegression()])
def test_what_is_no_dict_or_list_of_dicts_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match=r"^where is .*pass a dict"):
        Space.read(given, "where")


def test_every_dict_gets_its_number_of_draws() -> None:
    given = [({"a": (0.0, 1.0)}, 4), ({"b": (1, 9), "c": ["x"]}, 3), ({"d": [1, 2, 3, 4]}, 2)]
    space = Space.read(given, "where")
    drawn = list(space.sample(100, random_state=0))
    assert [list(params) for params in drawn] == [["a"]] * 4 + [["b", "c"]] * 3 + [["d"]] * 2
    assert drawn == list(space.sample(1, random_state=0))
    assert all(0 <= params["a"] <= 1 for params in drawn[:4])
    assert len({params["d"] for params in drawn[7:]}) == 2


@pytest.mark.parametrize("given", [[], [[1]], {"a": 1}, {"a": "ab"}, {1: [2]}], ids=repr)
def test_what_cannot_be_searched_is_refused(given: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^where"):
        read_space(given, "where")
