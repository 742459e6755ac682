"""Arrays that several fits are given: protected, copied with their layout, measured.

The last bit of a sum may depend on how an array lies in memory, so a copy has the strides
of what it is a copy of.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..types import PLAIN, Array, Samples, Target

_FEW_VALUES = 2**16
"""Values of a frame that count as numbers, whatever they are."""


class Resampled(NamedTuple):
    """Samples and their target, as they come out of a sampler."""

    X: Samples
    y: Target


def protect(value: object) -> None:
    """Make arrays read-only, those of a sparse matrix too."""
    for array in _arrays(value):
        array.setflags(write=False)


def lend(value: Any) -> Any:
    """Return what is protected as it is, and a copy of everything else that can be changed."""
    if isinstance(value, Resampled):
        return Resampled(*map(lend, value))
    return value if _is_lent(value) or type(value) in PLAIN else duplicate(value)


def can_be_lent(value: Any) -> bool:
    """Whether several can be given it: a generator, for example, has but one life."""
    try:
        lend(value)
    except Exception:  # noqa: BLE001 - anything may go wrong when an object is copied
        return False
    return True


def private(value: Any) -> Any:
    """Copy data, and data in dicts, lists and tuples; leave everything else as it is."""
    if isinstance(value, Resampled):
        return Resampled(*map(private, value))
    if isinstance(value, Mapping):
        changed = copy.copy(value)
        for name, item in value.items():
            changed[name] = private(item)  # type: ignore[index] # dicts and Bunches
        return changed
    if isinstance(value, np.ndarray):
        return copied(value)
    if type(value) in (list, tuple) and not all(type(item) in PLAIN for item in value):
        return type(value)(map(private, value))
    is_data = sparse.issparse(value) or hasattr(value, "iloc") or isinstance(value, list)
    return duplicate(value) if is_data else value


def own(value: Any, *, compared: bool) -> Any:
    """Copy what `lend` gives as it is, for what may write into it; with `compared` all data."""
    return private(value) if compared or _is_lent(value) else value


def is_same(value: Any, other: Any) -> bool:
    """Whether data are what they were when they were copied."""
    if value is other:
        return True
    if isinstance(value, np.ndarray):
        return _is_same_array(value, other)
    if sparse.issparse(value):
        arrays, others = _arrays(value), _arrays(other)
        same = len(arrays) == len(others)
        return same and all(map(_is_same_array, arrays, others))
    if isinstance(value, Mapping):
        same = value.keys() == other.keys()
        return same and all(is_same(value[name], other[name]) for name in value)
    if isinstance(value, list | tuple):
        return len(value) == len(other) and all(map(is_same, value, other))
    if hasattr(value, "equals"):
        labels = (list(map(str, getattr(frame, "columns", ()))) for frame in (value, other))
        return bool(value.equals(other)) and next(labels) == next(labels)
    return bool(value == other)


def _is_same_array(array: Array, other: Array) -> bool:
    if array.dtype.hasobject:
        return is_same(array.ravel().tolist(), other.ravel().tolist())
    if array.dtype != other.dtype or array.shape != other.shape:
        return False
    return bool(np.array_equal(array, other, equal_nan=array.dtype.kind in "fcmM"))


def _is_lent(value: Any) -> bool:
    """Whether several are given one and the same."""
    return isinstance(value, np.ndarray) or sparse.issparse(value)


def copied(array: Array) -> Array:
    """Copy an array with its strides, writable."""
    plain = array.flags.c_contiguous or array.flags.f_contiguous or 0 in array.strides
    if plain or array.dtype.hasobject:
        return array.copy(order="K")
    memory, offset = block(array)
    return placed(memory.copy(), array.shape, array.strides, array.dtype.str, offset)


def block(array: Array) -> tuple[npt.NDArray[np.uint8], int]:
    """Return all bytes from an array's first to its last, and where in them it begins."""
    reach = [step * (n - 1) for n, step in zip(array.shape, array.strides, strict=True)]
    before = -sum(step for step in reach if step < 0)
    size = before + sum(step for step in reach if step > 0) + array.itemsize
    start = array.__array_interface__["data"][0] - before
    return np.asarray(_Memory(array, start, size if array.size else 0)), before


class _Memory:
    """Tells numpy of bytes that an array keeps alive."""

    def __init__(self, array: Array, start: int, size: int) -> None:
        self._array = array
        self.__array_interface__ = {
            "data": (start, True),
            "shape": (size,),
            "typestr": "|u1",
            "version": 3,
        }


def placed(
    memory: npt.NDArray[np.uint8],
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    dtype: str,
    offset: int,
) -> Array:
    """Return the array that lies in a piece of memory."""
    return np.ndarray(shape, dtype, memory.data, offset, strides)


def n_bytes(value: Any, depth: int = 6) -> int:
    """Memory that the arrays of a value take, those in the attributes of objects too.

    What cannot be told counts as nothing: an object may answer any question with an error.
    """
    if type(value) in PLAIN:
        return 0
    try:
        return _measured(value, depth)
    except Exception:  # noqa: BLE001 - likewise
        return 0


def _measured(value: Any, depth: int) -> int:
    if isinstance(value, np.ndarray) and value.dtype.hasobject and depth:
        return value.nbytes + _of_some(value.ravel(), depth)
    if isinstance(value, np.ndarray):
        owner = value.base if isinstance(value.base, np.ndarray) else value
        return owner.nbytes
    if sparse.issparse(value):
        return sum(array.nbytes for array in _arrays(value))
    if hasattr(value, "iloc") and hasattr(value, "memory_usage"):
        if value.size <= _FEW_VALUES:  # asking takes as long as a small fit
            return 8 * int(value.size)
        return int(np.sum(value.memory_usage(index=False)))
    if depth == 0 or isinstance(value, type):
        return 0
    if isinstance(value, Mapping | list | tuple):
        inner = value.values() if isinstance(value, Mapping) else value
        return 64 * len(value) + _of_some(inner, depth)
    if hasattr(value, "__dict__"):
        return sum(n_bytes(item, depth - 1) for item in vars(value).values())
    kind: Any = type(value)
    if kind.__getstate__ is not object.__getstate__:
        return n_bytes(value.__getstate__(), depth - 1)  # such as trees, which are no Python
    return 0


def _of_some(values: Collection[Any], depth: int) -> int:
    """Memory, by that of the first thousand."""
    some = sum(n_bytes(value, depth - 1) for value in islice(values, 1000))
    return some * max(len(values), 1000) // 1000


def _arrays(value: Any) -> list[Array]:
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, Resampled):
        return [array for part in value for array in _arrays(part)]
    if not sparse.issparse(value):
        return []
    parts = (getattr(value, name, None) for name in ("data", "indices", "indptr", "row", "col"))
    return [part for part in parts if isinstance(part, np.ndarray)]


def duplicate(value: Any) -> Any:
    """Copy an object with the arrays in it as they lie.

    pandas' own copies of a frame lie in another order, and sum up to something else.
    """
    if type(value) is list and all(type(item) in PLAIN for item in value):
        return value.copy()
    arrays: list[Any] = []
    stream = io.BytesIO()
    _Apart(stream, arrays).dump(value)
    stream.seek(0)
    return _Together(stream, arrays).load()


class _Apart(pickle.Pickler):
    """Copies arrays, and leaves them out."""

    def __init__(self, stream: io.BytesIO, arrays: list[Any]) -> None:
        super().__init__(stream, protocol=5)
        self._arrays = arrays

    def persistent_id(self, obj: object) -> int | None:
        if type(obj) is np.ndarray:
            self._arrays.append(copied(obj))
        elif type(obj).__module__.startswith("pyarrow"):
            self._arrays.append(obj)  # cannot be changed
        else:
            return None
        return len(self._arrays) - 1


class _Together(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, arrays: list[Any]) -> None:
        super().__init__(stream)
        self._arrays = arrays

    def persistent_load(self, pid: int) -> Any:
        return self._arrays[pid]
