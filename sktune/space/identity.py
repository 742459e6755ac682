"""Descriptions of candidates: two are the same if they are equal in type and value.

``1``, ``1.0`` and ``True`` compare equal in Python, but an estimator may treat them
differently, so they are different candidates; nan compares unequal to itself, but the
estimator sees the same thing twice. Estimators are described by class and parameters,
with the output and the routing that are set on them, which is all that `sklearn.base.clone`
keeps. What cannot be described by value is the same only if it is the same object.
"""

from __future__ import annotations

import marshal
import math
import pickle
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._sklearn import carried_by_clone
from ..types import PLAIN, Estimator
from .setting import params_of

_PLAIN = frozenset(PLAIN)
_BY_EQUALITY = tuple(_PLAIN - {float})  # looked through: a class need not have a hash
_NUMPYS = frozenset({*np.sctypeDict.values()} - {np.void, np.object_})
_BY_OBJECT = (type, type(len), type(lambda: None))


def identity(value: Any, other: Callable[[Any], Hashable] | None = None) -> Hashable:
    """Describe a value such that equal descriptions mean the same candidate.

    Parameters
    ----------
    value : object
        A parameter's value, or a whole candidate.
    other : callable, optional
        Describes what has no description by value; by default as equal to itself alone.

    Returns
    -------
    description : hashable
        Holds a reference to any object that it identifies by address, so that the
        address cannot be reused while the description lives.

    Examples
    --------
    >>> identity(1) == identity(1), identity(1) == identity(1.0)
    (True, False)
    >>> identity({"a": [float("nan")]}) == identity({"a": [float("nan")]})
    True
    """
    kind = type(value)
    if kind in _BY_EQUALITY:
        return kind, value
    if kind is float:
        return kind, value.hex()  # tells -0.0 from 0.0, and nan is nan

    def of(part: Any) -> Hashable:
        kind = type(part)
        return (kind, part) if kind in _BY_EQUALITY else identity(part, other)

    if kind in (list, tuple):
        return kind, tuple(map(of, value))
    if kind in (dict, OrderedDict):
        if (plain := _plain(value)) is not None:
            return plain if kind is dict else (kind, plain)
        return kind, tuple(map(of, value)), tuple(map(of, value.values()))
    if (isinstance(value, np.generic) or kind is np.ndarray) and not value.dtype.hasobject:
        return kind, value.dtype, value.shape, value.strides, value.tobytes()
    if isinstance(value, BaseEstimator) and (described := _described(value)) is not None:
        carried, params = described
        return kind, of(carried), of(params)
    if kind is partial and not value.__dict__:
        return kind, of(value.func), of(value.args), of(value.keywords)
    if isinstance(value, _BY_OBJECT):
        return kind, value
    return Same(value) if other is None else other(value)


def _plain(params: dict[Any, Any]) -> bytes | None:
    """Describe values that are made of plain ones by name; None if there is another.

    There are thousands of them: bytes are told apart at once, and are none of the garbage
    collector's. In version 2 they depend on types and values alone, not on who else refers to them.
    """
    values: Iterable[Any] = params.values()
    try:
        if float in (kinds := set(map(type, values))) or not kinds <= _PLAIN:
            values = [_marshalled(value) for value in values]
        if not {str}.issuperset(map(type, params)):
            return None
    except TypeError:  # another value, or one of a class of the user's that has no hash
        return None
    return marshal.dumps((*params, *values), 2)


def _marshalled(value: Any) -> Any:
    """Return a plain value as `marshal` takes it; raise TypeError if it is none.

    What stands for a value begins with an ellipsis, which is no plain value.
    """
    kind = type(value)
    if kind is float:
        return value if value == value else math.nan  # every nan is nan
    if kind in _PLAIN:
        return value
    if kind in (list, tuple):
        return kind(map(_marshalled, value))
    if isinstance(value, np.generic) and kind in _NUMPYS:
        return ..., kind.__name__, value.dtype.str, value.tobytes()
    raise TypeError("it is not plain")


def _described(estimator: Estimator) -> tuple[Any, dict[str, Any]] | None:
    """Return what an estimator carries, and its parameters; None if it is more or does not tell."""
    try:
        carried = carried_by_clone(estimator)
        return None if carried is None else (carried, params_of(estimator))
    except Exception:  # noqa: BLE001 - a class of the user's; its fit will tell the reason
        return None


def identity_without(
    estimator: Estimator, names: Collection[str], other: Callable[[Any], Hashable] | None = None
) -> Hashable:
    """Describe an estimator as `identity` does, but for some of its parameters.

    Raises
    ------
    TypeError
        If an estimator is more than class and parameters.
    """
    if not isinstance(estimator, BaseEstimator) or (told := _described(estimator)) is None:
        raise TypeError("it is not described by its parameters")
    carried, params = told
    kept = {name: value for name, value in params.items() if name not in names}
    return type(estimator), identity(carried, other), identity(kept, other)


def by_state(value: Any) -> Hashable:
    """Describe an object by what a copy of it is made from; by itself if that is not known.

    A fit's own copy of it is made from the same.
    """
    try:
        return type(value), pickle.dumps(value)
    except Exception:  # noqa: BLE001 - anything may go wrong in an object's own methods
        return Same(value)


class Same:
    """Equal only to a description of the very same object."""

    __slots__ = ("_object",)

    def __init__(self, obj: object) -> None:
        self._object = obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._object is other._object

    def __hash__(self) -> int:
        return id(self._object)
