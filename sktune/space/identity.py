"""When are two candidates the same? When they are equal in type and value.

``1``, ``1.0`` and ``True`` compare equal in Python, but an estimator may treat them
differently, so they are different candidates; nan compares unequal to itself, but the
estimator sees the same thing twice. Estimators are described by class and parameters,
which is all that `sklearn.base.clone` keeps of them. What cannot be described by value is
the same only if it is the same object.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .._sklearn import cloned_by_parameters

_BY_EQUALITY = (bool, int, str, bytes, type(None), complex)
_BY_OBJECT = (type, type(len), type(lambda: None))


def identity(value: Any) -> Hashable:
    """Describe a value such that equal descriptions mean the same candidate.

    Parameters
    ----------
    value : object
        A parameter's value, or a whole candidate.

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
    if kind in (list, tuple):
        return kind, tuple(map(identity, value))
    if kind in (dict, OrderedDict):
        return kind, tuple((identity(k), identity(v)) for k, v in value.items())
    if isinstance(value, np.generic) or kind is np.ndarray:
        if not value.dtype.hasobject:
            return kind, str(value.dtype), value.shape, value.strides, value.tobytes()
        return _Same(value)
    if isinstance(value, BaseEstimator) and cloned_by_parameters(value):
        return kind, identity(value.get_params(deep=False))
    if kind is partial and not value.__dict__:
        return kind, identity(value.func), identity(value.args), identity(value.keywords)
    if isinstance(value, _BY_OBJECT):
        return kind, value
    return _Same(value)


class _Same:
    """Equal only to a description of the very same object."""

    __slots__ = ("_object",)

    def __init__(self, obj: Any) -> None:
        self._object = obj

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._object is other._object

    def __hash__(self) -> int:
        return id(self._object)
