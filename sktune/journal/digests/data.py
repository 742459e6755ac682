"""Arrays, sparse matrices and sources of randomness."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from .objects import by_reduction
from .parts import Inner, Items, Parts, named

_BLOCK = 4 << 20  # bytes that are copied at once

_GLOBAL = check_random_state(None)


def array(value: Any) -> Parts:
    """Dtype, shape, layout and content; a memory map is as good as an array."""
    if type(value) not in (np.ndarray, np.memmap):
        yield from by_reduction(value)
        return
    yield b"array"
    yield dtype_text(value.dtype)
    yield repr(value.shape).encode()
    yield _layout(value)
    yield from content(value)


def array_like(value: Any) -> Parts:
    """Arrays of other libraries: class, and what numpy sees of them."""
    yield b"array-like"
    yield named(type(value))
    yield Inner(np.asarray(value), ".__array__()")


def scalar(value: np.generic) -> Parts:
    """Scalars of numpy's; platforms may have two types of one dtype."""
    yield b"numpy"
    yield named(type(value))
    if _has_padding(value.dtype):
        yield repr(value).encode()
        return
    yield dtype_text(value.dtype)
    yield from content(np.asarray(value))


def dtype(value: np.dtype[Any]) -> Parts:
    """Kind, size, byte order and fields."""
    yield b"dtype"
    yield dtype_text(value)


def dtype_text(value: np.dtype[Any]) -> bytes:
    """Say all of a dtype: its byte order too, and the fields if there are any."""
    return (str(value) if value.names or value.subdtype else value.str).encode()


def content(value: Any) -> Parts:
    """Everything in an array, but for its dtype, shape and layout."""
    if value.dtype.names is not None:  # what lies between fields is anything
        for name in value.dtype.names:
            yield from content(value[name])
    elif value.dtype.hasobject or _has_padding(value.dtype):
        yield Items(value.flat)
    else:
        yield hashed(value)


def hashed(value: Any) -> bytes:
    """Hash the bytes of an array in the order of memory, without a copy of it as a whole."""
    hashed = sha256()
    axes = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
    for block in _blocks(value.transpose(axes)):
        hashed.update(np.ascontiguousarray(block).reshape(-1).view(np.uint8).data)
    return hashed.digest()


def _blocks(value: Any) -> Iterator[Any]:
    if value.nbytes <= _BLOCK:
        if value.nbytes:
            yield value
        return
    rows = _BLOCK // (value.nbytes // len(value)) or int(value.ndim == 1)
    if rows:
        for start in range(0, len(value), rows):
            yield value[start : start + rows]
    else:
        for row in value:
            yield from _blocks(row)


def _layout(value: Any) -> bytes:
    if value.flags.c_contiguous:
        return b"C"
    return b"F" if value.flags.f_contiguous else repr(value.strides).encode()


def _has_padding(value: np.dtype[Any]) -> bool:
    """Whether bytes of a number mean nothing: x86's long double has ten of sixteen."""
    return value.char in "gG"


def sparse(value: Any) -> Parts:
    """Class, shape and the arrays that make it up."""
    yield b"sparse"
    yield named(type(value))
    yield repr(value.shape).encode()
    if value.format in ("dok", "lil"):
        value = value.tocsr() if value.ndim == 2 else value.tocoo()
    for name in ("data", "indices", "indptr", "offsets", "row", "col", "coords"):
        if hasattr(value, name):
            yield name.encode()
            yield Inner(getattr(value, name), f".{name}")


def random_source(value: Any) -> Parts:
    """Sources of random numbers: what they will draw.

    numpy's global one is itself, whatever was drawn from it: distributions hold it, and its
    state is another one in every process.
    """
    yield b"random"
    yield named(type(value))
    if value is _GLOBAL:
        yield b"global"
    elif isinstance(value, np.random.RandomState):
        yield Inner(value.get_state(legacy=False), ".get_state()")
    else:
        source = getattr(value, "bit_generator", value)
        yield Inner(source.state, ".state")
