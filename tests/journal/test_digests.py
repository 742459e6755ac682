"""A digest says in another process whether a value is the same."""

from __future__ import annotations

import collections
import copy
import functools
import tracemalloc
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.preprocessing import StandardScaler
from skopt.space import Categorical, Real

from sktune.journal.digests import data, digest, walking
from sktune.journal.digests.parts import Items
from sktune.space import identity
from tests.helpers.journal import digested
from tests.helpers.journal.elsewhere import Elsewhere
from tests.helpers.journal.values import Holder, Other, attribute, made, pipeline, scalars, values


@given(values, values)
def test_equal_digests_mean_equal_values(a: Any, b: Any) -> None:
    assert (digest(a) == digest(b)) == (identity(a) == identity(b))


@given(values)
def test_a_copy_has_the_same_digest(a: Any) -> None:
    assert digest(a) == digest(copy.deepcopy(a))
    assert digest([a, a]) == digest([a, copy.deepcopy(a)])


@given(st.lists(scalars, max_size=5), st.lists(scalars, max_size=5))
def test_where_one_thing_ends_is_told(a: list[Any], b: list[Any]) -> None:
    assert digest([a, b]) != digest([[*a, *b]])
    assert (digest([a, b]) == digest([b, a])) == (identity(a) == identity(b))


def test_parts_are_kept_apart() -> None:
    assert walking._hashed([b"ab", b"c"]) != walking._hashed([b"a", b"bc"])
    assert list(walking._flat(iter([Items([]), Items([1])]))) != list(
        walking._flat(iter([Items([1]), Items([])]))
    )


def test_digests_are_short_texts() -> None:
    assert len(digest(1)) == 32
    assert int(digest(1), 16)


def test_another_process_says_the_same(elsewhere: Elsewhere) -> None:
    assert elsewhere.digests == digested.digests()


@pytest.mark.slow
def test_a_process_of_another_seed_says_the_same(tmp_path: Path) -> None:
    assert Elsewhere.run("2", tmp_path).digests == digested.digests()


def test_all_of_the_table_are_different() -> None:
    assert len(set(digested.digests().values())) == len(digested.values())


# --- what makes a difference ----------------------------------------------------------


def changed(value: Any, at: Any, to: Any) -> Any:
    value[at] = to
    return value


def categories(names: str, codes: list[int]) -> pd.Series[Any]:
    return pd.Series(pd.Categorical.from_codes(codes, list(names)))


def unbound() -> Any:
    """A function whose name from outside is not bound yet."""
    code = digested.adder(None).__code__
    return types.FunctionType(code, vars(digested), closure=(types.CellType(),))


eye = np.eye(3)
almost = changed(np.eye(3), (2, 2), np.nextafter(1, 2))
frame = digested.frame
NS = pd.Timestamp("2020").value

DIFFERENT: dict[str, tuple[Any, Any]] = {
    "texts": (["ab", "c"], ["a", "bc"]),
    "nesting": ([[1], 2], [1, [2]]),
    "deep_list": ([[], []], [[[]]]),
    "order_of_mixed": ([1, "a", 2.0], ["a", 1, 2.0]),
    "list_and_tuple": ([1], (1,)),
    "dict_order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "kind_of_dict": ({"a": 1}, collections.OrderedDict(a=1)),
    "set_element": ({1, 2}, {1, 3}),
    "kind_of_set": ({1}, frozenset({1})),
    "late_in_a_long_list": ([1] * 10_000, [1] * 9_999 + [2]),
    "length_of_a_long_list": ([None] * 8192, [None] * 8191),
    "complex": (1j, -1j),
    "bytearray": (bytearray(b"a"), bytearray(b"b")),
    "range": (range(3), range(4)),
    "surrogates": ("\ud800\udc00", "\U00010000"),
    "surrogate": ("\ud800", "?"),
    "element_of_a_list_of_its_own": (digested.Texts("ab"), digested.Texts("ac")),
    "enum": (digested.Switch.A, digested.Switch.B),
    "path": (Path("a"), Path("b")),
    "namedtuple": (digested.Pair(1, 2), (1, 2)),
    "class": (int, float),
    "class_of_a_list": (digested.Texts("ab"), ["a", "b"]),
    "attribute_of_a_list": (
        attribute(digested.Texts("ab"), x=1),
        attribute(digested.Texts("ab"), x=2),
    ),
    "defaultdict": (collections.defaultdict(list, a=1), collections.defaultdict(list, a=2)),
    "attribute": (Holder(a=1), Holder(a=2)),
    "name_of_an_attribute": (Holder(a=1), Holder(b=1)),
    "class_of_an_object": (Holder(a=1), Other(a=1)),
    "numpy_scalar": (np.float64(1), np.float32(1)),
    "one_bit": (eye, almost),
    "one_bit_of_a_view": (eye[:, ::2], almost[:, ::2]),
    "dtype": (np.zeros(2), np.zeros(2, int)),
    "byte_order": (np.zeros(2, "<f8"), np.zeros(2, ">f8")),
    "unit": (np.zeros(2, "M8[s]"), np.zeros(2, "M8[ms]")),
    "shape": (np.zeros((2, 1)), np.zeros((1, 2))),
    "layout": (np.arange(9.0).reshape(3, 3), np.asfortranarray(np.arange(9.0).reshape(3, 3))),
    "strides": (np.zeros(9)[::2], np.zeros(5)),
    "transposed": (np.arange(9).reshape(3, 3), np.arange(9).reshape(3, 3).T),
    "no_dimension": (np.array(1.0), np.array([1.0])),
    "field": (np.zeros(2, "i1,f8"), changed(np.zeros(2, "i1,f8"), 1, (0, 1))),
    "field_name": (np.zeros(2, [("a", "f8")]), np.zeros(2, [("b", "f8")])),
    "object_in_an_array": (np.array([1, None], object), np.array([1.0, None], object)),
    "masked": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "array_like": (digested.Alike([1]), digested.Alike([2])),
    "random_state": (np.random.RandomState(0), np.random.RandomState(1)),
    "drawn": (np.random.RandomState(5), digested.drawn()),
    "own_random_state": (np.random.RandomState(0), np.random.mtrand._rand),
    "generator": (np.random.default_rng(0), np.random.default_rng(1)),
    "kind_of_generator": (np.random.default_rng(0), np.random.default_rng(0).bit_generator),
    "sparse_kind": (sparse.csr_array(eye), sparse.csr_matrix(eye)),
    "sparse_shape": (sparse.csr_array((2, 3)), sparse.csr_array((2, 4))),
    "distribution": (stats.uniform(0, 1), stats.uniform(0, 2)),
    "kind_of_distribution": (stats.uniform(0, 1), stats.norm(0, 1)),
    "partial": (functools.partial(max, 1), functools.partial(max, 2)),
    "keyword_of_a_partial": (functools.partial(max, key=len), functools.partial(max, key=abs)),
    "bound_method": (Holder().method, Holder().other),
    "what_it_is_bound_to": (Holder(a=1).method, Holder(a=2).method),
    "builtin": (len, abs),
    "ufunc": (np.add, np.subtract),
    "closure": (digested.adder(1), digested.adder(2)),
    "empty_closure": (digested.adder(None), unbound()),
    "deep_closure": (digested.adder(digested.adder(1)), digested.adder(digested.adder(2))),
    "default": (made("def f(x=1): pass"), made("def f(x=2): pass")),
    "keyword_default": (made("def f(*, x=1): pass"), made("def f(*, x=2): pass")),
    "name_of_a_function": (made("def f(): pass"), made("def g(): pass\nf = g")),
    "module_of_a_function": (made("def f(): pass"), made("def f(): pass", __name__="other")),
    "constant": (made("f = lambda x: x + 1.5"), made("f = lambda x: x + 2.5")),
    "type_of_a_constant": (made("f = lambda x: x + 1"), made("f = lambda x: x + 1.0")),
    "constant_set": (made("f = lambda x: x in {1, 2}"), made("f = lambda x: x in {1, 3}")),
    "operator": (made("f = lambda x, y: x + y"), made("f = lambda x, y: x - y")),
    "called": (made("f = lambda x: min(x)"), made("f = lambda x: max(x)")),
    "inner_constant": (
        made("def f(x): return [(lambda: y + 1.5) for y in x]"),
        made("def f(x): return [(lambda: y + 2.5) for y in x]"),
    ),
    "names_of_arguments": (made("def f(a): return a"), made("def f(b): return b")),
    "kinds_of_arguments": (made("def f(a): return a"), made("def f(a, /): return a")),
    "caught": (
        made("def f():\n try: g()\n except ValueError: pass"),
        made("def f():\n try: g()\n except TypeError: pass"),
    ),
    "within_a_cache": (
        functools.lru_cache(made("f = lambda x: 1.5")),
        functools.lru_cache(made("f = lambda x: 2.5")),
    ),
    "metric": (make_scorer(f1_score), make_scorer(f1_score, average="macro")),
    "estimator_class": (StandardScaler(), LogisticRegression()),
    "estimator_parameter": (LogisticRegression(C=1), LogisticRegression(C=1.0)),
    "deep_parameter": (pipeline(1), pipeline(2)),
    "set_output": (StandardScaler(), StandardScaler().set_output(transform="pandas")),
    "with_params": (digested.Kept(1), digested.Kept(2)),
    "class_and_instance": (StandardScaler, StandardScaler()),
    "column_name": (frame(), frame().rename(columns={"a": "z"})),
    "order_of_columns": (frame(), frame()[list("bacdefghi")]),
    "index": (frame(), frame().rename(index={"one": "three"})),
    "name_of_an_index": (frame(), frame().rename_axis("x")),
    "dtype_of_a_column": (frame(), frame().astype({"a": "int32"})),
    "missing": (frame(), frame().fillna({"e": 1})),
    "of_one_dtype": (pd.DataFrame(eye), pd.DataFrame(almost)),
    "columns_of_one_dtype": (pd.DataFrame(eye), pd.DataFrame(eye, columns=list("abc"))),
    "dtype_of_all": (pd.DataFrame([[1, 2]]), pd.DataFrame([[1, 2]], dtype="uint64")),
    "element": (pd.Series(["a", "b"]), pd.Series(["a", "c"])),
    "series_name": (pd.Series([1], name="a"), pd.Series([1], name="b")),
    "series_index": (pd.Series([1], index=[0]), pd.Series([1], index=[1])),
    "category": (categories("ab", [0, 0]), categories("ac", [0, 0])),
    "code": (categories("ab", [0, 0]), categories("ab", [0, 1])),
    "ordered": (categories("ab", [0]), categories("ab", [0]).cat.as_ordered()),
    "nanosecond": (
        pd.Series(pd.to_datetime([NS], utc=True)),
        pd.Series(pd.to_datetime([NS + 1], utc=True)),
    ),
    "range_index": (pd.RangeIndex(3), pd.RangeIndex(4)),
    "multi_index": (
        pd.MultiIndex.from_tuples([(1, 2)]),
        pd.MultiIndex.from_tuples([(1, 3)]),
    ),
    "polars_name": (pl.DataFrame({"a": [1]}), pl.DataFrame({"b": [1]})),
    "polars_element": (pl.Series([1, 2]), pl.Series([1, 3])),
    "polars_text": (pl.Series(["a"]), pl.Series(["b"])),
    "polars_missing": (pl.Series([1, 2]), pl.Series([1, None])),
    "polars_dtype": (pl.Series([1]), pl.Series([1], dtype=pl.Int32)),
    "polars_sign": (pl.Series([1]), pl.Series([1], dtype=pl.UInt64)),
    "polars_large_and_missing": (pl.Series([2**53, None]), pl.Series([2**53 + 1, None])),
    "pandas_sign": (pd.Series([1]), pd.Series([1], dtype="uint64")),
    "polars_nanosecond": tuple(pl.Series([n]).cast(pl.Datetime("ns")) for n in (1, 2)),
    "dimension": (Real(0, 1), Real(0, 2)),
    "prior": (Real(0.1, 1), Real(0.1, 1, prior="log-uniform")),
    "choice": (Categorical(["a", "b"]), Categorical(["a", "c"])),
}
for kind in digested.SPARSE:
    DIFFERENT[f"entry_{kind.__name__}"] = kind(eye), kind(almost)


@pytest.mark.parametrize(("a", "b"), DIFFERENT.values(), ids=DIFFERENT)
def test_one_change_is_seen(a: Any, b: Any) -> None:
    assert digest(a) != digest(b)
    assert digest(a) == digest(a)
    assert digest([1, {"a": a}]) != digest([1, {"a": b}])


# --- what makes none ------------------------------------------------------------------


def masked_with(beneath: int) -> Any:
    values = np.array([1, beneath])
    return pd.Series(pd.arrays.IntegerArray(values, np.array([False, True])))


def in_another_order(a: Any, b: Any) -> Any:
    holder = Holder(b=b)
    holder.a = a  # type: ignore[attr-defined]
    return holder


def padded(beneath: int) -> Any:
    array = np.full(32, beneath, np.uint8).view(np.dtype("i1,f8", align=True))
    array["f0"], array["f1"] = 1, 2
    return array


def memory_map(folder: Path) -> Any:
    mapped = np.memmap(folder / "map", dtype=float, mode="w+", shape=(3, 3))
    mapped[:] = eye
    return mapped


def nan_of(bits: int) -> float:
    return float(np.array(bits, np.uint64).view(float))


dok = sparse.dok_array((3, 3))
for i in (2, 1, 0):
    dok[i, i] = 1.0

SAME: dict[str, tuple[Any, Any]] = {
    "nan": (float("nan"), nan_of(0xFFF8000000000001)),
    "order_of_attributes": (Holder(a=1, b=2), in_another_order(1, 2)),
    "order_of_a_set": ({1, 2, 3, 1 << 40}, {1 << 40, 3, 2, 1}),
    "lines": (made("f = lambda x: x"), made("\n\n\nf = lambda x: x", "another_file.py")),
    "inner_lines": (
        made("def f():\n def g(): return 1\n return g"),
        made("\ndef f():\n\n def g():\n\n\n  return 1\n return g"),
    ),
    "blocks": (
        pd.DataFrame({"a": [1, 2], "b": [3, 4]}),
        pd.DataFrame([[1, 3], [2, 4]], columns=["a", "b"]),
    ),
    "beneath_a_mask": (masked_with(1), masked_with(2)),
    "between_fields": (padded(0), padded(255)),
    "dok": (dok, sparse.dok_array(eye)),
    "polars_chunks": (pl.Series([1]).append(pl.Series([2])), pl.Series([1, 2])),
    "beside_an_array": (digested.Alike([1]), attribute(digested.Alike([1]), cache=1)),
    "fitted": (StandardScaler().fit(eye), StandardScaler()),
    "version": (digested.Versioned(), digested.Versioned()),
}  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_what_does_not_matter_is_not_seen(a: Any, b: Any) -> None:
    assert digest(a) == digest(b)


def test_a_memory_map_is_an_array(tmp_path: Path) -> None:
    assert digest(memory_map(tmp_path)) == digest(eye)


def test_the_global_source_is_the_same_whatever_was_drawn() -> None:
    before = digest(stats.uniform(0, 1)), digest(np.random.mtrand._rand)
    np.random.mtrand._rand.random_sample()
    assert before == (digest(stats.uniform(0, 1)), digest(np.random.mtrand._rand))


# --- data of some size ----------------------------------------------------------------

WAYS: list[Callable[[Any], Any]] = [
    lambda a: a,
    lambda a: np.asfortranarray(a),
    lambda a: a.transpose(2, 0, 1),
    lambda a: a[:, ::2],
    lambda a: a[::-1, :, 1:],
    lambda a: np.broadcast_to(a[0], a.shape),
    lambda a: a[:0],
    lambda a: a.astype("M8[s]"),
    lambda a: a.astype(str),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("block", [1, 100, 1000])
def test_chunks_make_no_difference(
    way: Callable[[Any], Any], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = way(np.arange(420).reshape(7, 10, 6))
    whole = digest(array)
    monkeypatch.setattr(data, "_BLOCK", block)
    assert digest(array) == whole


@pytest.mark.parametrize("block", [1, 20_000])
def test_chunks_of_frames_make_no_difference(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    value = pd.DataFrame(np.random.default_rng(0).normal(size=(5000, 3)))
    whole = digest(value)
    monkeypatch.setattr(data, "_FRAME_BLOCK", block)
    assert digest(value) == whole
    value.iloc[4999, 2] += 1e-9
    assert digest(value) != whole


LARGE = {
    "array": lambda: np.zeros((1000, 8000)),
    "view": lambda: np.zeros((1000, 16000))[:, ::2],
    "frame": lambda: pd.DataFrame(np.zeros((80_000, 100))),
    "texts": lambda: [20 * "some text or other, and not a short one."] * 80_000,
    "polars": lambda: pl.DataFrame(np.zeros((80_000, 100))),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_data_are_not_copied(make: Callable[[], Any]) -> None:
    value = make()
    digest(value)  # whatever is imported late
    tracemalloc.start()
    try:
        digest(value)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 12e6  # of 64 MB


LABELS = ["names", "nlevels", "start", "stop", "step", "array", "name", "dtype", "index"]


def labelled(changed: float = 0.0) -> list[Any]:
    numbers = np.arange(float(len(LABELS)))
    numbers[-1] += changed
    mixed = pd.DataFrame({"a": numbers, "b": [*"uvwxyzuvw"]}, index=LABELS)
    return [pd.Series(numbers, LABELS), pd.Series(list(numbers), LABELS, dtype=object), mixed]


@pytest.mark.parametrize("k", range(3))
def test_a_label_is_not_taken_for_an_attribute(k: int) -> None:
    assert digest(labelled()[k]) == digest(labelled()[k])
    assert digest(labelled()[k]) != digest(labelled(0.5)[k])
