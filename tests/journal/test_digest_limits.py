"""What has no digest, what refers to itself, and what a user gives a version."""

from __future__ import annotations

import copy
import functools
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from sktune.journal.digests import Undescribable, describe, digest, walking
from tests.helpers.journal import digested
from tests.helpers.journal.values import Holder, Other, attribute, made, pipeline, values
from tests.helpers.laws import few

# --- cycles and depth -----------------------------------------------------------------


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def cycle(length: int, inside: Any = None) -> Any:
    first: list[Any] = [inside]
    last = first
    for _ in range(length - 1):
        last.append([inside])
        last = last[-1]
    last.append(first)
    return first


def test_cycles_end() -> None:
    assert digest(cycle(2)) == digest(cycle(2))
    assert digest(cycle(2)) != digest(cycle(3))
    assert digest(cycle(2)) != digest(cycle(2, 1))
    holder = Holder()
    holder.self = [holder]  # type: ignore[attr-defined]
    assert digest(holder) == digest(copy.deepcopy(holder))


def test_a_cycle_is_the_same_wherever_it_is_met() -> None:
    a = cycle(2)
    assert digest([a, [a]]) == digest([a, [cycle(2)]])
    b = cycle(3)
    assert digest([b[1], b]) == digest([cycle(3)[1], cycle(3)])
    assert digest([b, b[1]]) == digest([cycle(3), cycle(3)[1]])


def test_what_holds_a_cycle_is_the_same_at_any_depth() -> None:
    holds = [cycle(2)]
    assert digest([holds, [holds]]) == digest([holds, [copy.deepcopy(holds)]])


def test_what_is_shared_is_gone_through_once() -> None:
    value: Any = []
    for _ in range(150):
        value = [value, value]
    assert digest(value) == digest(copy.deepcopy(value))


@pytest.mark.parametrize(
    "rounds", [1000, pytest.param(walking._MOST_BACK, marks=pytest.mark.slow, id="as it is")]
)
def test_a_knot_is_refused(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_MOST_BACK", rounds)
    knot: list[Any] = [[] for _ in range(12)]
    for part in knot:
        part.extend(knot)
    with pytest.raises(Undescribable, match="refers to itself in too many ways"):
        digest(knot)


def test_depth_has_a_bound() -> None:
    assert digest(nested(199)) != digest(nested(198))
    for depth in (201, 100_000):
        with pytest.raises(Undescribable, match=r"nested too deep.*__sktune_version__"):
            digest(nested(depth))


def test_depth_of_the_caller_is_no_recursion_error() -> None:
    def deep(n: int) -> str:
        return deep(n - 1) if n else digest(nested(190))

    with pytest.raises(Undescribable, match="nested too deep"):
        deep(sys.getrecursionlimit() - 400)


# --- what cannot be described ---------------------------------------------------------


class Refuses:
    def __reduce_ex__(self, protocol: Any) -> Any:
        raise RuntimeError("not\nme")


def ends() -> Any:
    yield


REMEDY = (
    "give it a version of your own: set `__sktune_version__ = '1'` on it or its class, and "
    "change that whenever it changes"
)
CULPRITS: dict[str, tuple[Callable[[], Any], str]] = {
    "alone": (ends, "generator"),
    "lock": (
        lambda: {"callbacks": [Holder(lock=threading.Lock())]},
        "['callbacks'][0].lock (a _thread.lock)",
    ),
    "closure": (
        lambda: [0, digested.adder(ends())],
        "[1].__closure__['n'] (a builtins.generator)",
    ),
    "parameter": (
        lambda: pipeline(ends()),
        ".steps[1][1].steps[1][1].C (a builtins.generator)",
    ),
    "default": (
        lambda: made("def f(x=1, y=lock): pass", lock=threading.Lock()),
        ".__defaults__[1] (a _thread.lock)",
    ),
    "column": (
        lambda: pd.DataFrame({"a": [1], "b": [threading.Lock()]}),
        "['b'][0] (a _thread.lock)",
    ),
    "key": (lambda: {5000 * "a": ends()}, "aaa'] (a builtins.generator)"),
    "set": (lambda: {1, Refuses()}, "] (a tests.journal.test_digest_limits.Refuses)"),
    "partial": (lambda: functools.partial(max, threading.Lock()), "_thread.lock"),
    "late": (lambda: [0] * 5000 + [ends()], "[5000] (a builtins.generator)"),
    "refuses": (lambda: [Refuses()], "[0] (a tests.journal.test_digest_limits.Refuses)"),
    "vectorized": (lambda: np.frompyfunc(len, 1, 1), "numpy.ufunc"),
    "long double": (lambda: [np.longdouble(1)], "[0] (a numpy.longdouble)"),
    "long doubles": (lambda: {"a": np.ones(2, "g")}, "['a'] (a numpy.ndarray)"),
    "of long doubles": (lambda: pd.DataFrame(np.ones((2, 2), "g"), columns=["a", "b"]), "['a']"),
    "arrow": (lambda: [pa.table({"a": [1]})], "[0] (a pyarrow.lib.Table)"),
    "array of arrow": (lambda: {"a": pa.array([1])}, "['a'] (a pyarrow.lib.Int64Array)"),
    "chunks of arrow": (lambda: pa.chunked_array([[1]]), "(a pyarrow.lib.ChunkedArray)"),
}


@pytest.mark.parametrize(("make", "culprit"), CULPRITS.values(), ids=CULPRITS)
def test_culprit_and_remedy_are_named(make: Callable[[], Any], culprit: str) -> None:
    with pytest.raises(Undescribable) as caught:
        digest(make())
    assert culprit in str(caught.value)
    assert REMEDY in str(caught.value)


def test_files_and_sockets_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "f").open("w") as file, pytest.raises(Undescribable, match="TextIOWrapper"):
        digest([file])
    with socket.socket() as one, pytest.raises(Undescribable, match="socket"):
        digest([one])


# --- versions -------------------------------------------------------------------------


def with_version(value: Any, version: Any) -> Any:
    value.__sktune_version__ = version
    return value


def test_a_version_stands_for_what_is_in_an_object() -> None:
    assert digest(with_version(Holder(a=ends()), "1")) == digest(with_version(Holder(), "1"))
    assert digest(with_version(Holder(), "1")) != digest(with_version(Holder(), "2"))
    assert digest(with_version(Holder(), "1")) != digest(with_version(Holder(), 1))
    assert digest(with_version(Holder(), "1")) != digest(with_version(Other(), "1"))
    assert digest(with_version(Holder(a=1), None)) != digest(with_version(Holder(a=2), None))


def test_a_version_stands_for_a_function_and_a_class() -> None:
    one, two = made("f = lambda: 1.5"), made("f = lambda: 2.5")
    assert digest(one) != digest(two)
    assert digest(with_version(one, 1)) == digest(with_version(two, 1))
    assert digest(one) != digest(with_version(made("def f(): pass"), 1))
    assert digest(with_version(two, 2)) != digest(one)
    kind = type("Kind", (), {"__sktune_version__": 1})
    other = type("Kind", (), {"__sktune_version__": 2})
    assert digest(kind) != digest(other)
    assert digest(kind()) != digest(other())
    assert digest(kind) != digest(kind())


def test_the_version_of_a_method_is_not_that_of_its_object() -> None:
    class Kind(Holder):
        @functools.partial(with_version, version=1)
        def method(self) -> None:
            pass

    assert digest(Kind(a=1).method) != digest(Kind(a=2).method)


def test_estimators_have_versions_too() -> None:
    one, two = LogisticRegression(C=1), LogisticRegression(C=2)
    assert digest(with_version(one, 1)) == digest(with_version(two, 1))


def test_a_way_of_cloning_of_its_own_keeps_everything() -> None:
    class Odd(BaseEstimator):
        def __sklearn_clone__(self) -> Any:
            return self

    assert digest(attribute(Odd(), fitted=1)) != digest(attribute(Odd(), fitted=2))


# --- for people -----------------------------------------------------------------------


class Bad:
    def __repr__(self) -> str:
        raise ValueError


def test_describe() -> None:
    assert describe({"b": 1.5, "a": [None]}) in (
        "{'b': 1.5, 'a': [None]}",
        "{'a': [None], 'b': 1.5}",
    )
    assert describe(Bad()) == "<Bad instance>"
    assert describe(type("array", (), {})()) == "<array>"  # it only has the name of one
    assert "0x" not in describe([Holder(), np.random.RandomState(0), ends])
    assert "\n" not in describe(np.eye(3)) + describe("a\nb") + describe(digested.frame())
    assert describe(np.eye(2)) == "array([[1., 0.], [0., 1.]])"


@settings(max_examples=few(12))
@given(values)
def test_descriptions_are_short(value: Any) -> None:
    assert len(describe(value)) <= 80
    assert len(describe([value] * 100)) <= 80


def test_a_million_elements_are_not_written_out() -> None:
    counted = Counted()
    assert len(describe([counted] * 1_000_000)) == 80
    assert counted.times <= 80


class Counted:
    times = 0

    def __repr__(self) -> str:
        self.times += 1
        return "counted"
