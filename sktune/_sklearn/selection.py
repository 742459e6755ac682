"""Selectors of features: steps of scikit-learn's own fits, and a look into one of them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.feature_selection._base import _get_feature_importances

from ..types import Array, Bools, Model, Splitter, Target
from .names import VERSION, require

require(SequentialFeatureSelector, "_get_best_new_feature_score")

_Sorts = tuple[Literal["quicksort", "stable"], ...]

_SORTS: dict[int, _Sorts] = {7: ("quicksort",), 8: ("quicksort", "stable")}
"""The sorts that RFE may use: stable since 1.9, and it is not for sure that no 1.8 does."""


def worst_features(selector: Model, model: Model, count: int) -> Array | None:
    """Return where the features are that RFE eliminates after the fit of an estimator inside it.

    None where it cannot be told, of ties.
    """
    getter = selector.importance_getter
    importances = _get_feature_importances(model, getter, transform_func="square")
    sorts: _Sorts = _SORTS.get(VERSION[1], ("stable",))
    found = [np.ravel(np.argsort(importances, kind=kind))[:count] for kind in sorts]
    return found[0] if all(set(found[0]) == set(other) for other in found) else None


class RecordingSelector(SequentialFeatureSelector):  # type: ignore[misc] # it has no types
    """A sequential selector that remembers in which order it took the features.

    Attributes
    ----------
    picked_ : list of int
        Features in the order in which they were added, or removed. Not there if none was.
    """

    def _get_best_new_feature_score(
        self,
        estimator: Model,
        X: Array,
        y: Target,
        cv: Splitter,
        current_mask: Bools,
        **params: Any,
    ) -> tuple[int, float]:
        picked, score = super()._get_best_new_feature_score(
            estimator, X, y, cv, current_mask, **params
        )
        before = self.picked_ if current_mask.any() else []
        self.picked_: list[int] = [*before, picked]
        return picked, score
