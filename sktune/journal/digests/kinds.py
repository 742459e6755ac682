"""The kinds of values that there are, and the parts of a value of each kind."""

from __future__ import annotations

import copyreg
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from scipy.sparse import sparray, spmatrix
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from ..._sklearn import carried_by_clone
from ...space.setting import params_of
from . import data
from .parts import Inner, Items, Parts, Unordered, named

Describer = Callable[[Any], Parts]

_GLOBAL = check_random_state(None)


def parts_of(value: Any) -> Parts:
    """Return the parts of a value that is no scalar; the first is its class."""
    if type(value) is np.memmap:  # an array, wherever it lies
        value = value.view(np.ndarray)
    yield named(type(value))
    yield from _describer(value)(value)


def _describer(value: object) -> Describer:
    kind: Any = type(value)
    if kind in BUILTINS:
        return BUILTINS[kind]
    if version_of(value) is not None:
        return versioned
    if (family := _family(kind)) is not None:
        return family
    if callable(getattr(kind, "get_params", None)):
        return estimator
    if hasattr(kind, "__array__"):
        return data.array_like
    return by_reduction  # enums, paths, datetimes, partials, distributions, ...


def mapping(value: Any) -> Parts:
    """Describe a dict, in its order, which an estimator can see."""
    yield Items(value)
    yield Items(value.values(), names=value)


def version_of(value: object) -> str | int | None:
    """Return the version that a user gave an object, its class or a function."""
    version = getattr(value, "__sktune_version__", None)
    return version if type(version) in (str, int) else None


def versioned(value: Any) -> Parts:
    """Describe by the version; classes and functions by their own names too."""
    yield b"version"
    yield named(value) if isinstance(value, type | FunctionType) else b""
    yield Inner(version_of(value), ".__sktune_version__")


def function(value: FunctionType) -> Parts:
    """Describe a function: name, code, defaults and closure; not what globals hold."""
    yield named(value)
    yield Inner(value.__code__, ".__code__")
    yield Inner(value.__defaults__, ".__defaults__")
    yield Inner(value.__kwdefaults__, ".__kwdefaults__")
    for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
        try:
            yield Inner(cell.cell_contents, f".__closure__[{name!r}]")
        except ValueError:
            yield b"empty"  # a name that is not bound yet


def code(value: CodeType) -> Parts:
    """Describe instructions, names and constants; no lines and no files."""
    yield value.co_code
    yield value.co_exceptiontable
    counts = value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount
    yield Items((value.co_name, value.co_flags, *counts))
    for names in (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars):
        yield Items(names)
    yield Items(value.co_consts)


def method(value: MethodType) -> Parts:
    """Describe a bound method: the function, and the object that it is bound to."""
    yield Inner(value.__func__, ".__func__")
    yield Inner(value.__self__, ".__self__")


def ufunc(value: np.ufunc) -> Parts:
    """Describe a universal function: by name, which those made from Python functions have not."""
    if "(vectorized)" in value.__name__:
        raise TypeError("a function of Python's made into a ufunc does not say what it does")
    yield value.__name__.encode()
    yield Items(value.types)


def random_state(value: Any) -> Parts:
    """Describe a source of random numbers by its state, hence by what it will draw.

    numpy's global one is itself, whatever was drawn from it: distributions hold it, and its
    state is another one in every process.
    """
    yield b"global" if value is _GLOBAL else Inner(value.get_state(legacy=False), ".get_state()")


def estimator(value: Any) -> Parts:
    """Describe whatever takes part in `clone`: parameters, and what else it keeps.

    An estimator that is cloned in a way of its own is described by all that it holds.
    """
    carried = carried_by_clone(value) if isinstance(value, BaseEstimator) else {}
    if carried is None:
        yield from by_reduction(value)
        return
    yield Inner(carried, "'s routing and output")
    yield from _by_name(params_of(value))


def by_reduction(value: Any) -> Parts:
    """Describe an object by what would be pickled: a callable, arguments, state and items."""
    reduce = copyreg.dispatch_table.get(type(value))
    reduced: Any = reduce(value) if reduce else value.__reduce_ex__(4)
    if isinstance(reduced, str):  # the name of a global
        yield f"{getattr(value, '__module__', None)}:{reduced}".encode()
        wrapped = getattr(value, "__wrapped__", None)  # a cache is as good as what it keeps
        yield Inner(wrapped, ".__wrapped__")
        return
    make, args, state, items, pairs = [*reduced, None, None, None][:5]
    yield named(make) if isinstance(make, FunctionType) else Inner(make, ".__reduce__()[0]")
    yield Items(args)
    if type(state) is dict and all(type(name) is str for name in state):
        yield from _by_name(state)  # in which order attributes were set means nothing
    else:
        yield b"state"
        yield Inner(state, ".__getstate__()")
    yield Items(items or ())
    yield Items(part for pair in pairs or () for part in pair)


def _by_name(values: Mapping[str, Any]) -> Parts:
    names = sorted(values)
    yield Items(names)
    for name in names:
        yield Inner(values[name], f".{name}")


BUILTINS: dict[type, Describer] = {
    list: lambda value: [Items(value)],
    tuple: lambda value: [Items(value)],
    dict: mapping,
    OrderedDict: mapping,
    set: lambda value: [Unordered(value)],
    frozenset: lambda value: [Unordered(value)],
    CodeType: code,
    MethodType: method,  # before versions: it would show that of its function
    np.ndarray: data.array,
}
"""Of exactly these types. Scalars are not here, they are packed: see `parts`."""

FAMILIES: dict[type | str, Describer] = {
    type: lambda value: [named(value)],  # as for a pickle
    ModuleType: lambda value: [named(value)],
    FunctionType: function,
    np.generic: data.array,
    np.ufunc: ufunc,
    np.ndarray: by_reduction,  # masked arrays and other classes that hold more
    np.random.RandomState: random_state,
    sparray: data.sparse,
    spmatrix: data.sparse,
    BaseEstimator: estimator,
    "pandas.DataFrame": data.pandas_frame,
    "pandas.Series": data.pandas_values,
    "pandas.Index": data.pandas_values,
    "pandas.ExtensionArray": data.pandas_values,
    "polars.DataFrame": data.polars_frame,
    "polars.Series": data.polars_series,
    "pyarrow.Table": data.arrow,
    "pyarrow.RecordBatch": data.arrow,
    "pyarrow.ChunkedArray": data.arrow,
    "pyarrow.Array": data.arrow,
}
"""Of these classes and those that come from them; of others' by library and name."""


@lru_cache(maxsize=1024)
def _family(kind: type) -> Describer | None:
    for base in kind.__mro__:
        name = f"{base.__module__.partition('.')[0]}.{base.__name__}"
        if (found := FAMILIES.get(base) or FAMILIES.get(name)) is not None:
            return found
    return None
