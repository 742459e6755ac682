"""Equal in type and value, and nothing else."""

from __future__ import annotations

import copy
import math
from collections import OrderedDict, defaultdict
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune.space import identity
from sktune.space.identity import identity_without

atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
values = st.recursive(
    atoms,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    """The definition, spelt out slowly."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return repr(a) == repr(b) and a.hex() == b.hex()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return bool(a == b)


@given(values, values)
def test_equal_descriptions_mean_equal_values(a: Any, b: Any) -> None:
    assert (identity(a) == identity(b)) == same(a, b)


@given(values)
def test_a_copy_is_the_same(a: Any) -> None:
    assert identity(a) == identity(copy.deepcopy(a))
    assert hash(identity(a)) == hash(identity(copy.deepcopy(a)))


class Odd(BaseEstimator):
    """Clones itself in a way of its own."""

    def __sklearn_clone__(self) -> Odd:
        return self


class Unhashable:
    __hash__ = None  # type: ignore[assignment]


class Callable(Unhashable):
    def __call__(self) -> None:
        pass


def labelled(function: Any, label: str) -> Any:
    function.label = label
    return function


DIFFERENT = [
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (np.float64(1), 1.0),
    (np.float32(1), np.float64(1)),
    (np.arange(2), np.arange(2.0)),
    (np.zeros((2, 1)), np.zeros((1, 2))),
    (LogisticRegression(), LogisticRegression(C=2)),
    (LogisticRegression(C=1), LogisticRegression(C=1.0)),
    (StandardScaler(), StandardScaler().set_output(transform="pandas")),
    (Odd(), Odd()),
    (lambda: 1, lambda: 1),
    (Unhashable(), Unhashable()),
    (np.random.RandomState(0), np.random.RandomState(0)),
    (partial(max, 1), partial(max, 2)),
    (np.array([1, None]), np.array([1, None])),
    (np.asfortranarray(np.eye(3)), np.eye(3)),
    (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    (defaultdict(int), defaultdict(list)),
    (partial(Callable()), partial(Callable())),
    (labelled(partial(max), "a"), labelled(partial(max), "b")),
    ({"a": 1}, OrderedDict(a=1)),
    ("1", b"1"),
    (LogisticRegression, LogisticRegression()),
    ({"a": np.float64(1)}, {"a": np.float64(1).tobytes()}),
    ({"a": np.str_("1")}, {"a": "1"}),
    ({"a": np.float64(1)}, {"a": (..., "float64", "<f8", np.float64(1).tobytes())}),
    ({"a": np.datetime64(1, "s")}, {"a": np.datetime64(1, "m")}),
    ({"a": np.void(b"1")}, {"a": np.void(b"2")}),
    ({"a": [1]}, {"a": (1,)}),
    ({"a": "b"}, {"a": "c"}),
    ({"a": 1, "b": "a"}, {"a": "b", 1: "a"}),
    ({"a": 1}, {"a": 1, "b": 1}),
]


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_different(a: Any, b: Any) -> None:
    assert identity(a) != identity(b)
    assert identity(a) == identity(a)


def test_nan_is_nan_wherever_it_comes_from() -> None:
    others = [math.nan, -math.nan, math.inf - math.inf, float("nan")]
    assert len({identity({"a": value}) for value in others}) == 1


def test_a_description_does_not_depend_on_who_else_refers_to_its_values() -> None:
    name = "".join(["scale", "d"])  # neither interned nor seen twice
    assert identity({"gamma": name, "also": name}) == identity(
        {"gamma": "scaled", "also": "scaled"}
    )


def test_the_same() -> None:
    def pipeline() -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression(C=3))

    assert identity(pipeline()) == identity(pipeline())
    assert identity(partial(max, key=len)) == identity(partial(max, key=len))
    assert identity(pipeline().fit([[0], [1]], [0, 1])) == identity(pipeline())


def test_requests_for_metadata_tell_estimators_apart() -> None:
    with config_context(enable_metadata_routing=True):
        weighted = LogisticRegression().set_fit_request(sample_weight=True)
    assert identity(weighted) != identity(LogisticRegression())


def test_a_described_object_stays_alive() -> None:
    """Its address must not be taken by another one while the description lives."""
    descriptions = {identity(Unhashable()) for _ in range(100)}
    assert len(descriptions) == 100


def test_estimators_alike_but_for_some_parameters_have_one_description_without_these() -> None:
    def described(**params: Any) -> Any:
        return identity_without(SVC(**params), ["C", "tol"])

    assert described(C=1.0, tol=0.1) == described(C=2.0, tol=0.2) != described(gamma=0.5)
    piped = [identity_without(make_pipeline(SVC(C=C)), ["C"]) for C in (1.0, 2.0)]
    assert piped[0] != piped[1]  # of the estimator itself alone


@pytest.mark.parametrize("value", [1, "svc", (1, 2, 3), {"C": 1}, np.arange(3), object()])
def test_what_is_no_estimator_has_no_description_without_parameters(value: Any) -> None:
    with pytest.raises(TypeError, match="not described"):
        identity_without(value, ["C"])


def test_what_is_left_of_a_description_does_not_depend_on_what_was_taken_out() -> None:
    models = [
        SVC(C=C) for C in (1, 1.0, np.float64(1), np.array(1.0), "one", None, [1], Unhashable())
    ]
    left = {identity_without(model, ["C"]) for model in models}
    assert len(left) == 1
    assert len({identity(model) for model in models}) == len(models)


def test_values_of_classes_without_a_hash_are_told_apart() -> None:
    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            return cls is other

        __hash__ = None  # type: ignore[assignment] # that is the point

    class Value(metaclass=Meta):
        pass

    one, other = Value(), Value()
    assert identity({"a": one}) == identity({"a": one}) != identity({"a": other})
    assert len({identity({"a": one, 1: 2.0}), identity({"a": other, 1: 2.0})}) == 2
