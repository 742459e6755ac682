"""Arrays, sparse matrices and frames: by their content, without a copy of it as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import Any

import numpy as np

from .parts import Inner, Items, Parts

_BLOCK = 4 << 20  # bytes of an array that are copied at once
_FRAME_BLOCK = 1 << 20  # bytes of a frame that are turned at once, in a processor's cache
_ROWS = 4096  # that are taken out of a column as objects at once
_NUMERIC = {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
_NUMERIC |= {"Float32", "Float64"}


def array(value: Any) -> Parts:
    """Describe an array or a scalar of numpy's: dtype, shape, layout and content."""
    yield dtype_text(value.dtype)
    yield repr(value.shape).encode()
    yield _layout(value)
    yield from content(value)


def array_like(value: Any) -> Parts:
    """Describe an array of another library by the one that numpy makes of it."""
    yield Inner(np.asarray(value), ".__array__()")


def dtype_text(value: np.dtype[Any]) -> bytes:
    """Write out a dtype: its byte order too, and the fields if there are any."""
    return (str(value) if value.names or value.subdtype else value.str).encode()


def content(value: Any) -> Parts:
    """Describe all of an array but its dtype, shape and layout."""
    if value.dtype.names is not None:  # what lies between fields is anything
        for name in value.dtype.names:
            yield from content(value[name])
    elif value.dtype.hasobject:
        yield Items(value.flat)
    elif value.dtype.char in "gG":  # x86's has ten bytes of sixteen that mean something
        raise TypeError("long doubles are not digested, make them float64")
    else:
        yield _hashed(value)


def _hashed(value: Any) -> bytes:
    """Hash the bytes of an array in the order of memory."""
    hashed = sha256()
    if value.nbytes:
        size = max(_BLOCK // value.itemsize, 1)
        for block in np.nditer(value, ("buffered", "external_loop"), order="K", buffersize=size):
            hashed.update(np.ascontiguousarray(block).view(np.uint8).data)
    return hashed.digest()


def _layout(value: Any) -> bytes:
    if value.flags.c_contiguous:
        return b"C"
    return b"F" if value.flags.f_contiguous else repr(value.strides).encode()


def sparse(value: Any) -> Parts:
    """Describe a sparse matrix: shape, and the arrays that make it up."""
    yield repr(value.shape).encode()
    if value.format in ("dok", "lil"):
        value = value.tocsr() if value.ndim == 2 else value.tocoo()
    for name in ("data", "indices", "indptr", "offsets", "row", "col", "coords"):
        if hasattr(value, name):
            yield name.encode()
            yield Inner(getattr(value, name), f".{name}")


def pandas_frame(value: Any) -> Parts:
    """Describe a frame: index, and every column; its blocks in memory mean nothing."""
    yield Inner(value.index, ".index")
    yield Inner(value.columns, ".columns")
    dtypes = set(value.dtypes)
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    if isinstance(dtype, np.dtype) and not dtype.hasobject and dtype.char not in "gG":
        yield dtype_text(dtype)
        yield from _columns_at_once(value, dtype.itemsize)
    else:
        for i, name in enumerate(value.columns):
            yield Inner(value.iloc[:, i], f"[{name!r}]")


def pandas_values(value: Any) -> Parts:
    """Describe a series, an index or an array of pandas': names, index and values."""
    kind = type(value)  # asked for what there is: a series has its labels as attributes
    yield Items(value.names if hasattr(kind, "names") else [getattr(value, "name", None)])
    if hasattr(kind, "index"):
        yield Inner(value.index, ".index")
    if hasattr(kind, "nlevels") and value.nlevels > 1:
        for i in range(value.nlevels):
            yield Inner(value.get_level_values(i), f".get_level_values({i})")
    elif hasattr(kind, "step"):  # a range is not written out
        yield Items((value.start, value.stop, value.step))
    elif isinstance(value.dtype, np.dtype):
        yield dtype_text(value.dtype)
        yield from content(value.to_numpy())
    else:
        yield from _extension(getattr(value, "array", value))


def _extension(values: Any) -> Parts:
    """Describe an array of a dtype of pandas'."""
    if hasattr(values, "codes"):
        yield b"ordered" if values.ordered else b"categories"
        yield Inner(values.categories, ".categories")
        yield from content(values.codes)
        return
    yield repr(values.dtype).encode()
    if hasattr(values, "asi8"):  # times, exactly
        yield from content(values.asi8)
    else:
        slices = _slices(values, _ROWS)  # what lies beneath a missing value is anything
        objects = (some.to_numpy(dtype=object, na_value=None) for some in slices)
        yield Items(chain.from_iterable(objects))


def _columns_at_once(frame: Any, itemsize: int) -> Parts:
    """Hash columns of one dtype: one by one they would read all memory once for each."""
    width = frame.shape[1]
    rows = max(_FRAME_BLOCK // max(itemsize * width, 1), 512)
    hashes = [sha256() for _ in range(width)]
    for start in range(0, len(frame), rows):
        block = np.ascontiguousarray(frame.iloc[start : start + rows].to_numpy().T)
        for hashed, column in zip(hashes, block.view(np.uint8), strict=True):
            hashed.update(column)
    return [hashed.digest() for hashed in hashes]


def polars_frame(value: Any) -> Parts:
    """Describe a frame of polars': names and columns."""
    yield Items(value.columns)
    for name in value.columns:
        yield Inner(value[name], f"[{name!r}]")


def polars_series(value: Any) -> Parts:
    """Describe a series of polars': name, dtype and values."""
    yield Items((value.name, repr(value.dtype)))
    if value.dtype.is_temporal():
        value = value.to_physical()
    exact = str(value.dtype) in _NUMERIC and not value.null_count()
    if exact:  # slices keep copies small: a column may be in several pieces
        for some in _slices(value, 64 * _ROWS):
            yield from content(np.asarray(some))
    else:
        yield Items(chain.from_iterable(some.to_list() for some in _slices(value, _ROWS)))


def _slices(values: Any, rows: int) -> Iterator[Any]:
    return (values[start : start + rows] for start in range(0, len(values), rows))


def arrow(_: Any) -> Parts:
    """Refuse tables and arrays of pyarrow's."""
    raise TypeError("data of pyarrow's are not digested, make a frame of pandas or polars of them")
