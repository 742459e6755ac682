"""Tables of pandas, polars and pyarrow, by what they answer: nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np

from .data import content, dtype_text
from .parts import Inner, Items, Parts, named

_ROWS = 4096  # that are taken out of a column at once
_BLOCK = 1 << 20  # bytes of a frame that are turned at once, in a processor's cache
_EXACT = {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
_EXACT |= {"Float32", "Float64"}
_ARROWS = {name.lower() for name in _EXACT} | {"float", "double"}


def pandas_frame(value: Any) -> Parts:
    """Class, index, column names, and every column; how it is kept in blocks means nothing."""
    yield b"pandas"
    yield named(type(value))
    yield Inner(value.index, ".index")
    yield Inner(value.columns, ".columns")
    dtypes = set(value.dtypes)
    if len(dtypes) == 1 and _is_plain(kind := dtypes.pop()):
        yield dtype_text(kind)
        yield from _columns_at_once(value, kind.itemsize)
        return
    for i, name in enumerate(value.columns):
        yield Inner(Column(value.iloc[:, i]), f"[{name!r}]")


class Column:
    """A column as a value of its own, so that messages name it."""

    def __init__(self, series: Any) -> None:
        self.series = series


def pandas_column(value: Column) -> Parts:
    """Describe a column."""
    yield b"column"
    yield from _pandas_values(value.series.array, value.series.dtype)


def pandas_series(value: Any) -> Parts:
    """Class, name, index and values."""
    yield b"pandas"
    yield named(type(value))
    yield Items((value.name,))
    yield Inner(value.index, ".index")
    yield from _pandas_values(value.array, value.dtype)


def pandas_index(value: Any) -> Parts:
    """Class, names and values."""
    yield b"pandas"
    yield named(type(value))
    yield Items(value.names)
    if value.nlevels > 1:
        for i in range(value.nlevels):
            yield Inner(value.get_level_values(i), f".get_level_values({i})")
    elif hasattr(value, "step"):  # a range is not written out
        yield Items((value.start, value.stop, value.step))
    else:
        yield from _pandas_values(value.array, value.dtype)


def pandas_array(value: Any) -> Parts:
    """Class and values."""
    yield b"pandas"
    yield named(type(value))
    yield from _pandas_values(value, value.dtype)


def _pandas_values(values: Any, dtype: Any) -> Parts:
    if isinstance(dtype, np.dtype):
        yield dtype_text(dtype)
        yield from content(values.to_numpy())
        return
    yield repr(dtype).encode() if not hasattr(dtype, "categories") else b"categories"
    if hasattr(values, "codes"):
        yield repr(values.ordered).encode()
        yield Inner(values.categories, ".categories")
        yield from content(values.codes)
    elif hasattr(values, "asi8"):  # times, exactly
        yield from content(values.asi8)
    else:
        yield Items(_elements(values))


def _elements(values: Any) -> Iterator[Any]:
    """Missing values as None: what lies beneath them is anything."""
    for start in range(0, len(values), _ROWS):
        some = values[start : start + _ROWS]
        yield from some.to_numpy(dtype=object, na_value=None).tolist()


def _is_plain(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and not dtype.hasobject and dtype.char not in "gG"


def _columns_at_once(frame: Any, itemsize: int) -> Iterator[bytes]:
    """Hash columns of one dtype: one by one they would read all memory once for each."""
    width = frame.shape[1]
    rows = max(_BLOCK // max(itemsize * width, 1), 512)
    hashes = [sha256() for _ in range(width)]
    for start in range(0, len(frame), rows):
        block = np.ascontiguousarray(frame.iloc[start : start + rows].to_numpy().T)
        for hashed, column in zip(hashes, block.view(np.uint8), strict=True):
            hashed.update(column)
    for hashed in hashes:
        yield hashed.digest()


def polars_frame(value: Any) -> Parts:
    """Class, names and columns."""
    yield b"polars"
    yield named(type(value))
    yield Items(value.columns)
    for name in value.columns:
        yield Inner(value[name], f"[{name!r}]")


def polars_series(value: Any) -> Parts:
    """Name, dtype and values."""
    dtype = value.dtype
    yield b"polars"
    yield named(type(value))
    yield Items((value.name, repr(dtype)))
    if dtype.is_temporal():
        value, dtype = value.to_physical(), value.to_physical().dtype
    if str(dtype) in _EXACT and not value.null_count():
        yield from _in_slices(value)
    else:
        yield Items(_listed(value, "to_list"))


def arrow_table(value: Any) -> Parts:
    """Class, names, types and columns."""
    yield b"arrow"
    yield named(type(value))
    yield Items(value.column_names)
    for name, column in zip(value.column_names, value.columns, strict=True):
        yield Inner(column, f"[{name!r}]")


def arrow_array(value: Any) -> Parts:
    """Type and values; in which chunks they come means nothing."""
    kind = str(value.type)
    yield b"arrow"
    yield Items((kind,))
    if kind.startswith(("timestamp", "duration", "time64")):  # Python's have no nanoseconds
        value = value.cast("int64")
    if kind in _ARROWS and not value.null_count:
        yield from _in_slices(value)
    else:
        yield Items(_listed(value, "to_pylist"))


def _in_slices(value: Any) -> Parts:
    """Slices keep copies small: a column may be in several pieces."""
    rows = 64 * _ROWS
    for start in range(0, len(value), rows):
        yield from content(np.asarray(value.slice(start, rows)))


def _listed(value: Any, to_list: str) -> Iterator[Any]:
    for start in range(0, len(value), _ROWS):
        yield from getattr(value.slice(start, _ROWS), to_list)()
