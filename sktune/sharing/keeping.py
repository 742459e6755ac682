"""Tell code that may find again what it has kept, such as a count of its calls.

By what it refers to (`sources.py`), and by what its functions do: where nothing is written, or
nothing lasts that could be written into, each call is like the first.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ..space.references import codes, steps
from ..space.setting import IMMUTABLE
from .sources import is_looked_through, lasting_in

_CONTAINERS = (list, dict, set, deque, bytearray, array, np.ndarray)

_WRITING = {"STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE"}
_WRITING_OUTSIDE = {"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR"}
"""Steps of a function that write into something, and into what is mostly there after it."""

_CHANGING = {"append", "appendleft", "extend", "insert", "add", "update", "setdefault", "setattr",
             "pop", "popitem", "popleft", "remove", "discard", "clear", "write"}  # fmt: skip
"""Names of methods and functions that change an object."""

_MAKING = ("__init__", "__new__", "__post_init__", "__setstate__")
"""Functions that write into an object that is being made."""


def may_keep(values: Iterable[Any]) -> bool:
    """Whether code that consists of values, or refers to them, may change what lasts."""
    reached = list(lasting_in(values))
    functions = [value for value in reached if isinstance(value, FunctionType)]
    functions = [function for function in functions if is_looked_through(function)]
    done = set[str]().union(*map(_writes, functions))
    if "outside" in done:
        return True
    return "inside" in done and any(_can_be_changed(value) for value in reached)


def _writes(function: FunctionType) -> set[str]:
    """Say whether a function writes into something, or into what is outside of it."""
    if function.__name__ in _MAKING:
        return set()
    found = set()
    for code in codes(function.__code__):
        if not _CHANGING.isdisjoint(code.co_names):
            found.add("inside")
        for step in steps(code):
            if step.opname in _WRITING:
                found.add("inside")
            of_closure = (
                step.opname == "STORE_DEREF" and step.argval in function.__code__.co_freevars
            )
            if step.opname in _WRITING_OUTSIDE or of_closure:
                found.add("outside")
    return found


def _can_be_changed(value: Any) -> bool:
    """Whether a value can be written into: a container, or an object of a user's class."""
    if isinstance(value, (*IMMUTABLE, type, FunctionType, ModuleType)):
        return False
    return isinstance(value, _CONTAINERS) or is_looked_through(type(value))
