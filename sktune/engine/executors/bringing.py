"""Data that lie in an engine, brought to this process, which has to draw splits and score."""

from __future__ import annotations

import os
import weakref
from typing import Any

from ...optional import package

_LARGEST = 0.5
"""Share of the memory that is free, which data may take that are brought here."""

_in_ray: dict[int, tuple[Any, Any]] = {}


def brought_here(value: Any) -> Any:
    """Return data themselves: of an object of Ray's, of a collection of Dask's, of Spark's frame.

    Raises
    ------
    MemoryError
        If they would take too much of the memory that is there.
    """
    origin, kind = type(value).__module__.partition(".")[0], type(value).__name__
    if origin == "ray" and kind in ("ObjectRef", "ClientObjectRef"):
        found = package("ray").get(value)
        _in_ray[id(found)] = weakref.ref(found, _forget(id(found))), value
        return found
    if origin == "distributed" and kind == "Future":
        return value.result()
    if origin.startswith("dask") and hasattr(value, "compute"):
        _check_size(value, getattr(value, "nbytes", None))
        return value.compute()
    if origin == "pyspark" and hasattr(value, "toPandas"):
        _check_size(value, 8 * value.count() * len(value.columns))
        return value.toPandas()
    return value


def in_ray(value: Any) -> Any:
    """Return the object of Ray's from which a value was brought here; None of others."""
    known = _in_ray.get(id(value))
    return None if known is None or known[0]() is not value else known[1]


def _forget(number: int) -> Any:
    return lambda _: _in_ray.pop(number, None)


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
