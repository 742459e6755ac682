"""Functions: what they compute, and not where they stand."""

from __future__ import annotations

from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from .parts import Inner, Items, Parts, named


def function(value: FunctionType) -> Parts:
    """Module, name, code, defaults and what the closure holds; not what globals hold."""
    yield b"function"
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
    """Instructions, names and constants; no lines and no files."""
    yield b"code"
    yield value.co_code
    yield value.co_exceptiontable
    yield Items(value.co_consts)
    for names in (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars):
        yield Items(names)
    counts = (value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount)
    yield Items((value.co_name, value.co_flags, *counts))


def method(value: MethodType) -> Parts:
    """The function, and the object that it is bound to."""
    yield b"method"
    yield Inner(value.__func__, ".__func__")
    yield Inner(value.__self__, ".__self__")


def by_name(value: Any) -> Parts:
    """Classes: by module and name, as for a pickle."""
    yield b"name"
    yield named(value)


def module(value: Any) -> Parts:
    """Modules: by name."""
    yield b"module"
    yield value.__name__.encode()


def ufunc(value: np.ufunc) -> Parts:
    """Universal functions: by name, which those made from Python functions have not."""
    if "(vectorized)" in value.__name__:
        raise TypeError("a function of Python's made into a ufunc does not say what it does")
    yield b"ufunc"
    yield value.__name__.encode()
    yield Items(value.types)
