"""The estimators within an estimator, with the sizes of the data that each of them gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sklearn.base import OneToOneFeatureMixin

from .. import _sklearn
from ..types import Estimator
from .sizes import Sizes

_VARIANCE = {
    "StandardScaler": 1.0,
    "RobustScaler": 1.0,
    "PowerTransformer": 1.0,
    "QuantileTransformer": 0.1,
    "MinMaxScaler": 0.05,
    "MaxAbsScaler": 0.1,
}
"""About what comes out of a step; 1 of others."""

_AS_WIDE = "SimpleImputer", "KNNImputer", "IterativeImputer"
"""Steps that give as many features as they get, beside those of which scikit-learn says so."""

_WITHOUT = {"init", "base_estimator"}
"""Parameters that are estimators and not worth tuning, or another's old name."""

_FEWER_SAMPLES = 0.5
_BAG = 0.2
_FEWER_OF_A_CLASS = 0.3
"""The least that estimators within another get: of a split of its own, a bag, one class."""

Nested = tuple[str, Estimator, Sizes]


def nested(estimator: Estimator, sizes: Sizes) -> Iterator[Nested]:
    """Give the name, the estimator and the sizes of its data of all that are directly within."""
    if isinstance(estimator, _sklearn.BaseSearchCV) or _is_fitted_already(estimator):
        return
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list):
        yield from _one_after_another(steps, sizes)
    elif isinstance(getattr(estimator, "transformers", None), list):
        yield from _side_by_side(estimator, sizes)
    elif isinstance(getattr(estimator, "transformer_list", None), list):
        yield from ((name, step, sizes) for name, step in _children(estimator))
    else:
        for name, child in _children(estimator):
            yield name, child, _within(estimator, name, sizes)


def _one_after_another(steps: list[Any], sizes: Sizes) -> Iterator[Nested]:
    for name, step, *_ in steps:
        if not _is_estimator(step):
            continue
        yield name, step, sizes
        kind = type(step).__name__
        as_wide = isinstance(step, OneToOneFeatureMixin) or kind in _AS_WIDE
        variance = sizes.variance if kind in _AS_WIDE else _VARIANCE.get(kind, 1.0)
        sizes = sizes.with_features(sizes.features if as_wide else None, variance)


def _side_by_side(estimator: Any, sizes: Sizes) -> Iterator[Nested]:
    children = dict(_children(estimator))
    columns = {name: chosen for name, _, chosen in estimator.transformers}
    for name, child in children.items():
        chosen = columns.get(name)
        n = len(chosen) if isinstance(chosen, list | tuple) and not _is_mask(chosen) else None
        yield name, child, sizes.with_features(n, 1.0)


def _within(estimator: Any, name: str, sizes: Sizes) -> Sizes:
    kind = type(estimator).__name__
    if sizes.samples is not None:
        share = _BAG if kind.startswith("Bagging") else _FEWER_SAMPLES
        sizes = replace(sizes, samples=max(1, int(share * sizes.samples)))
    sizes = replace(sizes, balance=_FEWER_OF_A_CLASS * sizes.balance)
    if kind.startswith(("Bagging", "RFE", "Sequential")) or name == "final_estimator":
        sizes = sizes.with_features(None, 1.0 if name == "final_estimator" else None)
    changes_y = any(getattr(estimator, part, None) is not None for part in ("func", "transformer"))
    return replace(sizes, target=1.0) if changes_y else sizes


def _children(estimator: Any) -> Iterator[tuple[str, Estimator]]:
    for name, value in estimator.get_params(deep=True).items():
        if "__" not in name and name not in _WITHOUT and _is_estimator(value):
            yield name, value


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)


def _is_mask(chosen: Any) -> bool:
    return len(chosen) > 0 and isinstance(chosen[0], bool)


def _is_fitted_already(estimator: Any) -> bool:
    if getattr(estimator, "prefit", False) is True:
        return True
    return _sklearn.package_of(type(estimator)) == "sklearn" and type(estimator).__name__ in (
        "FrozenEstimator",
        "FixedThresholdClassifier",
    )
