"""Data that lie in an engine, brought to this process, which has to draw splits and score."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from typing import Any

from ...optional import package

_LARGEST = 0.5
"""Share of the memory that is free, which data may take that are brought here."""

_from: dict[int, tuple[Any, Any]] = {}


def brought_here(value: Any) -> Any:
    """Return data themselves: of an object of Ray's, of a collection of Dask's, of Spark's frame.

    Raises
    ------
    MemoryError
        If they would take too much of the memory that is there.
    """
    origin, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if origin == "ray" and kind in ("ObjectRef", "ClientObjectRef"):
        return _noted(package("ray").get(value), value)
    if origin == "distributed" and kind == "Future":
        return _noted(value.result(), value)
    if origin.startswith("dask") and hasattr(value, "compute"):
        _check_size(value, getattr(value, "nbytes", None))
        return value.compute()
    if origin == "pyspark" and hasattr(value, "toPandas"):
        _check_size(value, 8 * value.count() * len(value.columns))
        return value.toPandas()
    return value


def lies_in(engine: str, value: Any) -> Any:
    """Return the object of an engine's from which a value was brought here; None of others."""
    reference, there = _from.get(id(value), (lambda: None, None))
    is_it = reference() is value and type(there).__module__.partition(".")[0] == engine
    return there if is_it else None


def _noted(found: Any, there: Any) -> Any:
    number = id(found)
    with suppress(TypeError):  # a list: it is sent once more
        _from[number] = weakref.ref(found, lambda _: _from.pop(number, None)), there
    return found


def _check_size(value: Any, n_bytes: float | None) -> None:
    if n_bytes is None or not hasattr(os, "sysconf"):
        return
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    if n_bytes > _LARGEST * free:
        raise MemoryError(
            f"This {type(value).__name__} takes about {n_bytes / 2**30:.3g} GiB, and "
            f"{free / 2**30:.3g} are free here, where searches need X and y as a whole: pass a "
            "sample of the rows, or search where there is more memory."
        )
