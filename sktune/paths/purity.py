"""Purity: functions of the user's that go by their arguments alone, as far as their code tells."""

from __future__ import annotations

import dis
import re
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType
from typing import Any

import numpy as np

from .._sklearn import package_of
from ..space.references import codes, references
from ..types import PLAIN

_PURE = (*PLAIN, re.Pattern, np.bool_)
_LIBRARY = (
    *("builtins", "re", "string", "unicodedata", "html", "itertools", "operator"),
    *("collections", "math", "sklearn"),
)
"""Modules in which nothing is remembered from one call to the next."""

_REMEMBERING = {"STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "IMPORT_NAME"}
_TALKING = {"print", "input", "open", "exec", "eval", "globals", "vars", "setattr", "delattr"}
_TALKING |= {"id", "next", "__dict__", "__globals__", "__import__"}


def is_pure(value: Any, seen: tuple[object, ...] = ()) -> bool:
    """Whether a value stays what it is, and as a function goes by its arguments alone.

    As far as its code tells: it names nothing but what is pure itself.
    """
    if type(value) in _PURE:
        return True
    if type(value) in (tuple, frozenset) or (type(value) is list and not seen):
        return all(is_pure(item, (*seen, value)) for item in value)
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in _LIBRARY
    if isinstance(value, MethodDescriptorType):
        return value.__objclass__ is str
    if isinstance(value, BuiltinFunctionType):
        return value.__name__ not in _TALKING and is_pure(value.__self__, (*seen, value))
    if isinstance(value, type):
        return value.__module__ in _LIBRARY
    if not isinstance(value, FunctionType):
        return False
    return any(value is other for other in seen) or _is_pure_function(value, seen)


def _is_pure_function(function: FunctionType, seen: tuple[object, ...]) -> bool:
    if package_of(function) in _LIBRARY:
        return True
    if function.__closure__ or vars(function):
        return False
    for code in codes(function.__code__):
        if {step.opname for step in dis.get_instructions(code)} & _REMEMBERING:
            return False
        if not _TALKING.isdisjoint(code.co_names):
            return False
    return all(is_pure(value, (*seen, function)) for value in references(function))
