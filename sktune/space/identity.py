"""Descriptions of candidates: two are the same if they are equal in type and value.

``1``, ``1.0`` and ``True`` compare equal in Python, but an estimator may treat them
differently, so they are different candidates; nan compares unequal to itself, but the
estimator sees the same thing twice. Estimators are described by class and parameters,
with the output and the routing that are set on them, which is all that `sklearn.base.clone`
keeps. What cannot be described by value is the same only if it is the same object.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from functools import partial
from typing import Any, cast

import numpy as np
from sklearn.base import BaseEstimator

from .._sklearn import carried_by_clone
from ..types import Estimator
from .setting import params_of

_BY_EQUALITY = (bool, int, str, bytes, type(None), complex)
_PLAIN = frozenset((*_BY_EQUALITY, float))
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
        names, values = tuple(value), tuple(value.values())
        named = names if all(type(name) is str for name in names) else tuple(map(of, names))
        return kind, named, *_columns(values, of)
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


def _columns(values: tuple[Any, ...], of: Callable[[Any], Hashable]) -> tuple[Hashable, ...]:
    """Describe many values: by a tuple of types, None where a description says it, and of values.

    There are thousands of them, and tuples of plain values are none of the garbage collector's.
    """
    kinds: tuple[Any, ...] = tuple(map(type, values))
    try:
        plain = _PLAIN.issuperset(kinds)
    except TypeError:  # a class of the user's that has no hash
        plain = False
    if not plain:
        kinds = tuple([kind if kind in _BY_EQUALITY or kind is float else None for kind in kinds])
    if not plain or float in kinds:
        told = zip(kinds, values, strict=True)
        values = tuple([of(v) if k is None else v.hex() if k is float else v for k, v in told])
    return kinds, values


def _described(estimator: Estimator) -> tuple[Any, dict[str, Any]] | None:
    """Return what an estimator carries, and its parameters; None if it is more or does not tell."""
    try:
        carried = carried_by_clone(estimator)
        return None if carried is None else (carried, params_of(estimator))
    except Exception:  # noqa: BLE001 - a class of the user's; its fit will tell the reason
        return None


def without(description: Hashable, names: Collection[str]) -> Hashable:
    """Take some of an estimator's parameters out of its description; see `identity`.

    Raises
    ------
    TypeError
        If an estimator is more than class and parameters.
    """
    match description:
        case kind, carried, (params, *columns) if params is dict:
            own = cast(list[tuple[Any, ...]], columns)  # the names come first
            kept = [n for n, name in enumerate(own[0]) if name not in names]
            rest = (tuple([column[n] for n in kept]) for column in own)
            return kind, carried, *rest
    raise TypeError("it is not described by its parameters")


class Same:
    """Equal only to a description of the very same object."""

    __slots__ = ("_object",)

    def __init__(self, obj: object) -> None:
        self._object = obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._object is other._object

    def __hash__(self) -> int:
        return id(self._object)
