"""Fits that go on from a smaller one, by scikit-learn's own `warm_start`."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..space.setting import params_of
from .family import adopt


def go_on_from(model: Any, estimator: Any, again: Callable[[Any], Any]) -> Any:
    """Fit an estimator from where a model ended, which is left as it is.

    Parameters
    ----------
    model : fitted estimator
        Of the same class, but smaller.
    estimator : estimator
        Unfitted; changed and returned.
    again : callable
        Fits it.
    """
    own = {name: _copy(value) for name, value in vars(model).items()}
    adopt(estimator, model)
    for name in vars(estimator).keys() & own.keys() - params_of(estimator).keys():
        setattr(estimator, name, own[name])
    estimator.warm_start = True
    try:
        again(estimator)
    finally:
        estimator.warm_start = False
    return estimator


def _copy(value: Any) -> Any:
    """A copy of what a fit may change where it is: it appends to lists, and fills arrays."""
    if isinstance(value, np.random.RandomState):
        return copy.deepcopy(value)
    return copy.copy(value) if isinstance(value, list | np.ndarray) else value
