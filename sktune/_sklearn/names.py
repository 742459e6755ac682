"""scikit-learn's version, its own classes, and whether private names are still there."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CodeType
from typing import Any

import sklearn

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def class_of(thing: object) -> type[Any]:
    """Return an object's class, of which any attribute may be read."""
    return type(thing)


def package_of(thing: object) -> str:
    """Return the name of the package that has a class or a function; empty if it has none."""
    module = getattr(thing, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else ""


def is_sklearns(kind: type[Any]) -> bool:
    """Whether a class is scikit-learn's own; a subclass of a user's is not."""
    return package_of(kind) == "sklearn"


def require(kinds: type[Any] | tuple[type[Any], ...], *names: str) -> None:
    """Raise ImportError if scikit-learn's classes lack a private name that a file relies on.

    The names are methods, or attributes that the methods deal with. Called at the top of each file,
    so that one whose names have gone cannot be imported.
    """
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        for name in names:
            if not has(kind, name):
                raise ImportError(f"{kind.__name__} has no {name!r} any more")


def has(kind: type[Any], *names: str) -> bool:
    """Whether a class has private names, as for `require`: for those that can be done without."""
    used = {name for code in _codes(kind) for name in code.co_names}
    return all(hasattr(kind, name) or name in used for name in names)


def _codes(kind: type[Any]) -> Iterator[CodeType]:
    """The code of a class's methods and of what they define."""
    waiting = []
    for value in (value for owner in kind.__mro__ for value in vars(owner).values()):
        # of class methods, and of those that are there under a condition
        method = getattr(value, "__func__", getattr(value, "fn", value))
        if inspect.isfunction(method):
            waiting.append(inspect.unwrap(method).__code__)
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
