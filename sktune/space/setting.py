"""Set an estimator to a candidate, and read what an estimator is set to."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from .. import _sklearn
from ..types import PLAIN, Estimator, Model, Params

IMMUTABLE = (*PLAIN, np.number, np.bool_, np.str_)
"""Types of values that cannot be changed, numpy's too, so that no fit needs a copy of its own."""

_MOSTLY = frozenset((*IMMUTABLE, np.float64, np.int64))  # they are found without a loop


def configured(estimator: Estimator, params: Params) -> Model:
    """Clone an estimator and set a candidate's parameters.

    Values that are estimators are cloned too, or fits would share them, and the user's.
    """
    if is_flat(estimator) and _sets_plainly(estimator, params):
        # what clone and set_params come to, without looking at the signature four times
        kind: Any = type(estimator)
        return kind(**{**params_of(estimator), **params})  # type: ignore[no-any-return] # without types
    return clone(estimator).set_params(**clone(dict(params), safe=False))  # type: ignore[no-any-return] # without types


def configured_step(name: str, step: Any, params: Params) -> Any:
    """Clone a pipeline's step, or what replaces it, and set its own parameters of a candidate's.

    What stands for no estimator, and is given no parameters, is returned as it is.
    """
    mine = {key: value for key, value in params.items() if key.partition("__")[0] == name}
    step = mine.pop(name, step)
    if not (mine or hasattr(step, "get_params")):
        return step
    return configured(step, {key.partition("__")[2]: value for key, value in mine.items()})


def has_valid_params(estimator: Estimator, params: Params) -> bool:
    """Whether one of scikit-learn's estimators finds nothing wrong with a candidate.

    False also where that is not looked at.
    """
    if not (is_flat(estimator) and _sets_plainly(estimator, params)):
        return False
    return _sklearn.has_valid_params(configured(estimator, params))


def params_of(estimator: Estimator) -> dict[str, Any]:
    """Return an estimator's own parameters, as ``get_params(deep=False)`` does, but sooner."""
    kind = type(estimator)
    if not _gets_params_as_all(kind):
        return dict(estimator.get_params(deep=False))
    names, get = _own_params(kind)
    return dict(zip(names, get(estimator), strict=True))


@lru_cache(maxsize=256)
def _own_params(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Return the names of a class's own parameters, and what gets them all at once."""
    names = tuple(_sklearn.param_names(kind))
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda estimator: tuple([getattr(estimator, name) for name in names])


@lru_cache(maxsize=256)
def _gets_params_as_all(kind: Any) -> bool:
    """Whether a class's own parameters are those that the signature of its constructor tells."""
    is_own = _sklearn.is_sklearns(kind) and issubclass(kind, BaseEstimator)
    return bool(is_own or getattr(kind, "get_params", None) is BaseEstimator.get_params)


def all_params(estimator: Estimator) -> list[tuple[Any, str, Any]]:
    """Return whose they are, names and values of all parameters of an estimator and of its parts.

    As ``get_params(deep=True)`` does, but sooner; lists are given as what is in them.
    """
    found: list[tuple[Any, str, Any]] = []
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return found
    for name, value in params_of(estimator).items():
        for item in _items(value) if type(value) in (list, tuple) else (value,):
            found.append((estimator, name, item))
            if not isinstance(item, IMMUTABLE):
                found += all_params(item)
    return found


def _items(values: Any) -> list[Any]:
    """Return what a list or a tuple is made of, however deep it lies."""
    items: list[Any] = []
    for value in values:
        items += _items(value) if type(value) in (list, tuple) else [value]
    return items


def is_flat(estimator: Estimator) -> bool:
    """Whether an estimator is scikit-learn's own, unfitted, and has but plain parameters."""
    kind: Any = type(estimator)
    if not _takes_params_as_all(kind):
        return False
    own = vars(estimator)
    return own.keys() == _sklearn.names_when_new(kind) and is_plain(own)


@lru_cache(maxsize=256)
def _takes_params_as_all(kind: Any) -> bool:
    """Whether a class is scikit-learn's own, and gets and sets parameters as all estimators do."""
    if not _sklearn.is_sklearns(kind) or not issubclass(kind, BaseEstimator):
        return False
    return bool(
        kind.get_params is BaseEstimator.get_params and kind.set_params is BaseEstimator.set_params
    )


def is_plain(params: Params) -> bool:
    """Whether no value can be changed, or has parameters of its own."""
    values = params.values()
    return _MOSTLY.issuperset(map(type, values)) or all(isinstance(v, IMMUTABLE) for v in values)


def _sets_plainly(estimator: Estimator, params: Params) -> bool:
    return params.keys() <= _sklearn.param_names(type(estimator)) and is_plain(params)
