"""The kinds of values that there are, and what says what a value of each is made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from pathlib import PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from scipy.sparse import sparray, spmatrix
from sklearn.base import BaseEstimator

from . import code, data, frames, objects
from .parts import Parts

Describer = Callable[[Any], Parts]

BUILTINS: dict[type, Describer] = {
    list: objects.ordered,
    tuple: objects.ordered,
    dict: objects.mapping,
    OrderedDict: objects.mapping,
    set: objects.unordered,
    frozenset: objects.unordered,
    CodeType: code.code,
    MethodType: code.method,  # before versions: it would show that of its function
}
"""Of exactly these types. Scalars are not here, they are packed: see `scalars`."""

FAMILIES: dict[type | str, Describer] = {
    type: code.by_name,
    FunctionType: code.function,
    ModuleType: code.module,
    Enum: objects.enum,
    PurePath: objects.path,
    np.generic: data.scalar,
    np.dtype: data.dtype,
    np.ndarray: data.array,
    np.ufunc: code.ufunc,
    np.random.RandomState: data.random_source,
    np.random.Generator: data.random_source,
    np.random.BitGenerator: data.random_source,
    sparray: data.sparse,
    spmatrix: data.sparse,
    BaseEstimator: objects.estimator,
    frames.Column: frames.pandas_column,
    "pandas.DataFrame": frames.pandas_frame,
    "pandas.Series": frames.pandas_series,
    "pandas.Index": frames.pandas_index,
    "pandas.ExtensionArray": frames.pandas_array,
    "polars.DataFrame": frames.polars_frame,
    "polars.Series": frames.polars_series,
    "pyarrow.Table": frames.arrow_table,
    "pyarrow.RecordBatch": frames.arrow_table,
    "pyarrow.ChunkedArray": frames.arrow_array,
    "pyarrow.Array": frames.arrow_array,
}
"""Of these classes and those that come from them; of others' by library and name."""


def parts_of(value: Any) -> Parts:
    """Say what a value that is no scalar is made of."""
    kind: Any = type(value)
    if kind in BUILTINS:
        return BUILTINS[kind](value)
    if objects.version_of(value) is not None:
        return objects.versioned(value)
    if (family := _family(kind)) is not None:
        return family(value)
    if callable(getattr(kind, "get_params", None)):
        return objects.with_params(value)
    if hasattr(kind, "__array__"):
        return data.array_like(value)
    return objects.by_reduction(value)  # datetimes, ranges, partials, distributions, ...


@lru_cache(maxsize=1024)
def _family(kind: type) -> Describer | None:
    for base in kind.__mro__:
        name = f"{base.__module__.partition('.')[0]}.{base.__name__}"
        if (found := FAMILIES.get(base) or FAMILIES.get(name)) is not None:
            return found
    return None
