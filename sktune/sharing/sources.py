"""The sources that an estimator's or a function's code draws from, by what it refers to.

Code is looked through value by value: globals, closures, defaults, attributes of classes and of
unfitted estimators, and whatever functions and classes among these refer to in turn. What is known
(scikit-learn, numpy, scipy, pandas, the standard library) is not looked through.
"""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import pickle
import random
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from enum import Flag, auto
from functools import lru_cache, partial, partialmethod
from io import IOBase
from itertools import islice, pairwise
from numbers import Integral
from types import (
    BuiltinFunctionType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from .._sklearn import package_of
from ..space.references import codes, references, steps
from ..space.setting import IMMUTABLE

SEEDS = ("random_state", "seed", "random_seed", "rng")
"""Names of parameters that hold a seed."""

TRUSTED = ("sklearn", "imblearn", "numpy", "scipy", "pandas", "builtins")
"""Packages that draw from the global source or not at all."""

WITH_FIXED_SEEDS = ("lightgbm", "xgboost")
"""Packages whose estimators have a seed also where they are given none."""

_WATCHED = "torch"
"""A package that draws from a source of its own, of which the state is seen."""

_WITH_OWN_SOURCES = (_WATCHED, "tensorflow", "keras", "jax")
"""Packages that draw from a source of their own, such as for the weights that a fit begins with."""

_KNOWN = {*TRUSTED, *WITH_FIXED_SEEDS, "joblib", *sys.stdlib_module_names} - {"__main__"}
"""Packages whose code is not looked through."""

_OF_THE_SYSTEM = ("secrets", "uuid")
_Instances = (np.random.RandomState, np.random.Generator, np.random.BitGenerator,
              np.random.SeedSequence, random.Random)  # fmt: skip
_NUMPYS, _PYTHONS = np.random.normal.__self__, random.random.__self__  # type: ignore[attr-defined]
"""The global sources, which the modules' functions are methods of."""

_HIDING = (eval, exec, globals, __import__, importlib.import_module, os.urandom,
           getattr(os, "getrandom", os.urandom), random.SystemRandom, vars(sys)["_getframe"],
           inspect.currentframe, inspect.stack, inspect.trace, gc.get_objects)  # fmt: skip
"""Functions that draw from a source that is not seen, or of which it is not known what they do."""

_WRAPPED = ("__wrapped__", "func", "pyfunc", "py_func")
"""Attributes of what `functools.cache`, `joblib.Memory`, `staticmethod`, `numpy.vectorize`, numba
and the like make of a function."""

_DRAWING = {"sample", "samples", "resample", "rvs"}
"""Names of methods of frames, distributions and densities that draw, from a global source."""

_MAKING = {"default_rng", "RandomState", "Random", "SeedSequence", "PCG64", "MT19937", "Philox"}
"""Names of what makes a source, from the system's if it is called without a seed."""

_BETWEEN = {"PRECALL", "PUSH_NULL"}
"""Steps of a call, between what is called and the call itself, in some of Python's releases."""

_CONTAINERS = (list, tuple, set, frozenset, deque)
_HOLDERS = (SimpleNamespace, threading.local)
"""Objects of known classes that are looked into."""

_MOST = 20_000
"""Values that are looked at; code that refers to more counts as drawing."""


class Draws(Flag):
    """The way in which code draws."""

    NOT = 0
    GLOBALLY = auto()
    """From numpy's or Python's global source: it is seen from the source's state."""
    HIDDEN = auto()
    """From elsewhere, which leaves no trace; also where it cannot be told."""


def is_trusted(thing: object) -> bool:
    """Whether a class or a function draws from the global source or not at all."""
    return package_of(thing) in (*TRUSTED, *WITH_FIXED_SEEDS)


def is_seed(value: object) -> bool:
    """Whether a parameter's value has each fit draw the same: a source is copied for each."""
    kinds = (Integral, np.random.RandomState, np.random.Generator)
    return isinstance(value, kinds) and not isinstance(value, bool)


def says_it_is_deterministic(value: object) -> bool:
    """Whether an estimator, a class or a function declares that it draws nothing."""
    return getattr(value, "__sktune_deterministic__", False) is True


def draws_of(values: Iterable[Any], *, seeded: bool) -> Draws:
    """Say how code draws that consists of values, or refers to them.

    Parameters
    ----------
    values : iterable
    seeded : bool
        Whether there is a seed, so that what is made from one is the same each time.
    """
    found = Draws.NOT
    for n, value in enumerate(_reached(values, _referred_to)):
        found |= Draws.HIDDEN if n == _MOST else _draws(value, seeded=seeded)
        if Draws.HIDDEN in found:
            break
    return found


def generators_in(value: Any) -> list[bytes]:
    """Return the states of generators that an object holds; its code is not looked through."""
    held = islice(_reached([value], _held_by), _MOST)
    return [pickle.dumps(source) for source in held if isinstance(source, _Instances)]


def lasting_in(values: Iterable[Any]) -> Iterator[Any]:
    """Give all that code refers to that consists of values; plain ones each time."""
    return islice(_reached(values, _referred_to, plain=True), _MOST)


def _reached(
    values: Iterable[Any], further: Callable[[Any], Iterator[Any]], *, plain: bool = False
) -> Iterator[Any]:
    """Give values, and what they refer to, once each; but for what says it is deterministic."""
    waiting, seen = list(values), dict[int, Any]()
    while waiting:
        value = waiting.pop()
        if isinstance(value, IMMUTABLE):
            if plain:
                yield value
            continue
        if id(value) in seen:
            continue
        seen[id(value)] = value  # kept, so that its address is not another's
        if not says_it_is_deterministic(value):
            yield value
            waiting += further(value)


def _draws(value: Any, *, seeded: bool) -> Draws:
    """Say how a value draws, whatever it refers to."""
    own = getattr(value, "__self__", None) if callable(value) else None
    if isinstance(own, _Instances):  # `random.random`, `np.random.normal`
        value = own
    if isinstance(value, _Instances):
        is_global = value is _NUMPYS or value is _PYTHONS
        return Draws.GLOBALLY if is_global else Draws.HIDDEN
    if any(value is hiding for hiding in _HIDING):
        return Draws.HIDDEN
    package = _package(value, own)
    if _WATCHED in (package, package_of(type(value))):
        return Draws.HIDDEN if _is_torchs_generator(value) else Draws.GLOBALLY
    if isinstance(value, ModuleType):  # passed on, so that it cannot be told what of it is used
        return Draws.NOT if seeded and package in _WITH_OWN_SOURCES else Draws.HIDDEN
    if isinstance(value, Iterator) and not isinstance(value, IOBase):  # it goes on by itself
        return Draws.HIDDEN
    if package in _OF_THE_SYSTEM:
        return Draws.HIDDEN
    is_compiled = isinstance(value, BuiltinFunctionType) or "cython" in type(value).__name__
    if is_compiled and not _is_known(package):
        return Draws.NOT if seeded and package in _WITH_OWN_SOURCES else Draws.HIDDEN
    is_users = isinstance(value, FunctionType) and not _is_known(value.__module__)
    if is_users and (found := _by_calls(value)) is not Draws.NOT:
        return found
    if seeded:  # what is given a seed
        return Draws.NOT
    if value is check_random_state:
        return Draws.GLOBALLY
    makes_a_source = value is np.random.default_rng or (
        isinstance(value, type) and issubclass(value, _Instances)
    )
    if makes_a_source or package in _WITH_OWN_SOURCES:
        return Draws.HIDDEN
    if isinstance(value, type | FunctionType) and is_trusted(value):
        return Draws.GLOBALLY if _is_unseeded_by_default(value) else Draws.NOT
    return Draws.NOT


def _is_torchs_generator(value: Any) -> bool:
    """Whether a value is a generator of torch's, and not the global one."""
    is_global = value is getattr(sys.modules.get(_WATCHED), "default_generator", None)
    return type(value).__name__ == "Generator" and not is_global


def _by_calls(function: FunctionType) -> Draws:
    """Say how a function draws by calling what its arguments are, or what makes a source."""
    found = Draws.NOT
    for code in codes(function.__code__):
        taken = [step for step in steps(code) if step.opname not in _BETWEEN]
        for step, then in pairwise(taken):
            if step.argval in _MAKING and (then.opname, then.arg) == ("CALL", 0):
                return Draws.HIDDEN
        # named in a constant where a call has arguments by name
        named = {
            name for constant in code.co_consts if type(constant) is tuple for name in constant
        }
        if not _DRAWING.isdisjoint(code.co_names) and named.isdisjoint(SEEDS):
            # of polars' frames nothing shows that their source was drawn from
            found |= Draws.HIDDEN if "polars" in sys.modules else Draws.GLOBALLY
    return found


def _package(value: Any, own: Any) -> str:
    """Return the package that a value is from; `own` is what it is a method of."""
    for module in (value, own):
        if isinstance(module, ModuleType):
            return module.__name__.partition(".")[0]
    return package_of(value) or package_of(own if isinstance(own, type) else type(own))


def is_looked_through(thing: type | FunctionType) -> bool:
    """Whether a class or a function is of no package whose code is known."""
    return not (_is_known(thing.__module__) or package_of(thing) in _WITH_OWN_SOURCES)


def _is_known(module: str | None) -> bool:
    """Whether code of a module is not looked through."""
    package = (module or "").partition(".")[0]
    return package in _KNOWN


@lru_cache(maxsize=512)
def _is_unseeded_by_default(thing: Any) -> bool:
    """Whether a function, or a class's constructor, may be given a seed, and need not be."""
    if package_of(thing) in WITH_FIXED_SEEDS:
        return False
    try:
        params = inspect.signature(thing).parameters
    except (TypeError, ValueError):  # not every builtin has one
        return False
    return any(name in params and params[name].default is None for name in SEEDS)


def _referred_to(value: Any) -> Iterator[Any]:
    """Give what has to be looked at too, because a value refers to it."""
    if isinstance(value, partial | partialmethod):
        # a number; a source that is held here is no copy, and lasts
        if not any(isinstance(value.keywords.get(name), Integral) for name in SEEDS):
            yield value.func
        yield from (*value.args, *value.keywords.values())
    elif isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, property):
        yield from (value.fget, value.fset)
    elif isinstance(value, Mapping):
        yield from islice(value.values(), _MOST)
    elif isinstance(value, _CONTAINERS):
        yield from islice(value, _MOST)
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        yield from islice(value.flat, _MOST)
    elif isinstance(value, ModuleType | BuiltinFunctionType):
        return
    elif isinstance(value, FunctionType):
        # both, as `functools.wraps` gives a function the `__module__` of another
        modules = (value.__module__, value.__globals__.get("__name__"))
        if not (all(map(_is_known, modules)) or package_of(value) in _WITH_OWN_SOURCES):
            yield from references(value)
        yield from vars(value).values()  # what it wraps, as scikit-learn wraps what transforms
    elif isinstance(value, type):
        if is_looked_through(value):
            yield from _of_class(value)
    else:
        yield type(value)
        for name in _WRAPPED:
            yield getattr(value, name, None)
        if isinstance(value, ContextVar):
            yield value.get(None)
        yield from _in_attributes(value)


def _held_by(value: Any) -> Iterator[Any]:
    """Give what an object holds itself, numbers and texts aside."""
    if isinstance(value, type | FunctionType | BuiltinFunctionType | ModuleType):
        return
    is_data = isinstance(value, (np.ndarray, Mapping, partial, MethodType, *_CONTAINERS))
    held = _referred_to(value) if is_data else _in_attributes(value)
    yield from (one for one in held if type(one) not in (str, int, float, bool, bytes))


def _in_attributes(value: Any) -> Iterator[Any]:
    """Give an object's attributes; slots are descriptors of its classes."""
    package = package_of(type(value))
    if isinstance(value, _HOLDERS) or package in ("sklearn", "scipy") or not _is_known(package):
        yield from getattr(value, "__dict__", {}).values()
        for owner in type(value).__mro__:
            own = {} if _is_known(owner.__module__) else vars(owner)
            for name, slot in own.items():
                if isinstance(slot, MemberDescriptorType):
                    yield getattr(value, name, None)


def _of_class(kind: type) -> Iterator[Any]:
    """Give what a class and those that it derives from have, but for those that are known."""
    for owner in kind.__mro__:
        if not _is_known(owner.__module__):
            own = vars(owner)
            yield from (own[name] for name in own if name != "__slotnames__")  # what `copy` notes
