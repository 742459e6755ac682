"""Estimators, and objects of any class."""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from ..._sklearn import carried_by_clone
from ...space.setting import params_of
from .parts import Inner, Items, Parts, Unordered, named


def version_of(value: Any) -> str | int | None:
    """Return the version that a user gave an object, its class or a function."""
    version = getattr(value, "__sktune_version__", None)
    return version if type(version) in (str, int) else None


def versioned(value: Any) -> Parts:
    """Describe by class and version; classes and functions by their own names."""
    yield b"version"
    yield named(type(value))
    yield named(value) if isinstance(value, type | FunctionType) else b""
    yield Inner(version_of(value), ".__sktune_version__")


def enum(value: Any) -> Parts:
    """Members: by class, name and value."""
    yield b"enum"
    yield named(type(value))
    yield Items((value.name, value.value))


def path(value: Any) -> Parts:
    """Paths: by their text."""
    yield b"path"
    yield Items((str(value),))


def estimator(value: Any) -> Parts:
    """Class and parameters, and what else `clone` keeps; everything if it has a way of its own."""
    carried = carried_by_clone(value)
    if carried is None:
        yield from by_reduction(value)
        return
    yield b"estimator"
    yield named(type(value))
    yield Inner(carried, "'s routing and output")
    yield from _by_name(params_of(value))


def with_params(value: Any) -> Parts:
    """Other classes that take part in `clone`."""
    yield b"parameters"
    yield named(type(value))
    yield from _by_name(value.get_params(deep=False))


def by_reduction(value: Any) -> Parts:
    """Describe an object by what would be pickled: a callable, arguments, state and items."""
    reduce = copyreg.dispatch_table.get(type(value))
    reduced: Any = reduce(value) if reduce else value.__reduce_ex__(4)
    yield b"object"
    yield named(type(value))
    if isinstance(reduced, str):  # the name of a global
        yield f"{getattr(value, '__module__', None)}:{reduced}".encode()
        wrapped = getattr(value, "__wrapped__", None)  # a cache is as good as what it keeps
        yield Inner(wrapped, ".__wrapped__")
        return
    make, args, state, items, pairs = [*reduced, None, None, None][:5]
    yield named(make) if isinstance(make, FunctionType) else Inner(make, ".__reduce__()[0]")
    yield Items(args)
    yield from _state(state)
    yield Items(items or ())
    yield Items(part for pair in pairs or () for part in pair)


def _state(state: Any) -> Parts:
    """Attributes in the order of their names: in which order they were set means nothing."""
    if type(state) is dict and all(type(name) is str for name in state):
        yield from _by_name(state)
    else:
        yield b"state"
        yield Inner(state, ".__getstate__()")


def _by_name(values: Mapping[str, Any]) -> Parts:
    names = sorted(values)
    yield Items(names)
    for name in names:
        yield Inner(values[name], f".{name}")


def unordered(value: Any) -> Parts:
    """Sets: by their elements in any order."""
    yield type(value).__name__.encode()
    yield Unordered(value)


def ordered(value: Any) -> Parts:
    """Lists and tuples."""
    yield type(value).__name__.encode()
    yield Items(value)


def mapping(value: Any) -> Parts:
    """Dicts: in their order, which an estimator can see."""
    yield type(value).__name__.encode()
    yield Items(value)
    yield Items(value.values(), names=value)
