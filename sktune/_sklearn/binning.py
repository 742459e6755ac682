"""Binning the data of histogram gradient boosting once for several fits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from ..types import Array, Model
from .names import class_of, require

require((HistGradientBoostingClassifier, HistGradientBoostingRegressor), "_bin_data", "_bin_mapper")

_KEPT = 4
"""Binned data that is kept at once: of the first few splits for validation, if they differ."""


@dataclass(slots=True)
class _Binned:
    """Training data, how it was binned, and the outcome."""

    X: Array
    sample_weight: Array | None
    how: dict[str, Any]
    mapper: dict[str, Any]
    values: Array


def bin_once(estimator: Model, memory: dict[Any, Any]) -> None:
    """Have the next fit of an unfitted HistGradientBoosting* take binned data from `memory`.

    The fit leaves there what it has binned itself. Nothing of this remains on the estimator.
    """
    estimator._bin_data = partial(_bin_data, estimator, memory)


def _bin_data(estimator: Model, memory: dict[Any, Any], *args: Any, **kwargs: Any) -> Array:
    del estimator._bin_data
    bin_data = class_of(estimator)._bin_data
    given = signature(bin_data).bind(estimator, *args, **kwargs).arguments
    if estimator.verbose or not given["is_training_data"]:  # it prints how long it took
        return bin_data(estimator, *args, **kwargs)
    X, weight, mapper = given["X"], given.get("sample_weight"), estimator._bin_mapper
    how = how_to_bin(mapper, len(X))
    kept: list[_Binned] = memory.setdefault("binned", [])
    for binned in kept:
        if _same(binned.X, X) and _same(binned.sample_weight, weight) and _same(binned.how, how):
            _adopt_bins(mapper, binned.mapper)
            return binned.values
    before = set(vars(mapper))
    values = bin_data(estimator, *args, **kwargs)
    if len(kept) < _KEPT:
        values.flags.writeable = False
        found = {name: value for name, value in vars(mapper).items() if name not in before}
        found["bin_thresholds_"] = tuple(found["bin_thresholds_"])
        kept.append(_Binned(X, weight, how, found, values))
    return values


def _adopt_bins(mapper: Model, found: dict[str, Any]) -> None:
    """Give an unfitted mapper the fitted attributes of another."""
    thresholds = list(found["bin_thresholds_"])
    for at, categories in enumerate(mapper.known_categories or ()):
        if categories is not None:
            thresholds[at] = categories  # a fitted mapper holds its own parameter
    vars(mapper).update(found, bin_thresholds_=thresholds)


def how_to_bin(mapper: Model, n: int) -> dict[str, Any]:
    """Return the parameters of a mapper to bins that make a difference to n samples."""
    how = dict(mapper.get_params(deep=False))
    del how["n_threads"]
    if how["subsample"] is None or n <= how["subsample"]:
        del how["random_state"]
    return how


def _same(a: Any, b: Any) -> bool:
    """Whether two values, or arrays, or dicts or lists of such are the same, to the bit."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[name], b[name]) for name in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray):
        if (a.shape, a.dtype) != (b.shape, b.dtype):
            return False
        bits = a.dtype if a.dtype.kind != "f" else f"u{a.dtype.itemsize}"
        return bool(np.array_equal(a.view(bits), b.view(bits)))
    return bool(a == b)
