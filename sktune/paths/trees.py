"""Decision trees: pruned from the unpruned tree, and those of one growth (`growth.py`)."""

from __future__ import annotations

from typing import Any

from sklearn.base import is_classifier

from .._sklearn.trees import checked_by_tree, prune
from ..space.setting import configured
from ..types import Array, Estimator, Matrix, Model, Samples
from .family import Answers, Fit, PathFamily, adopt
from .growth import (
    Growth,
    GrowthLimits,
    growth_params,
    largest_leaf_summed_alike,
    limits_of,
    sums_are_exact,
)
from .prefix_sums import once


class TreePath(PathFamily):
    """Trees of one growth, and pruned ones."""

    costs_alike = either_way = True

    def applies(self, estimator: Model) -> tuple[str, ...]:
        return growth_params(estimator) if isinstance(estimator.splitter, str) else ()

    def order(self, estimator: Model) -> tuple[float, ...]:
        limits, alpha = limits_of(estimator), float(estimator.ccp_alpha)
        return (limits.depth, -limits.leaf, -limits.split - alpha / (1 + alpha))

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        return estimator if estimator.ccp_alpha == 0 else configured(estimator, {"ccp_alpha": 0.0})

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model = fit.model
        if model.ccp_alpha != 0 or not self._is_same_growth(fit, limits_of(estimator)):
            return None
        if estimator.ccp_alpha == 0:
            return model
        pruned = adopt(estimator, model)
        prune(pruned)
        if pruned.tree_.node_count == model.tree_.node_count and model.max_leaf_nodes is None:
            return model
        return pruned

    def _is_same_growth(self, fit: Fit, other: GrowthLimits) -> bool:
        own = limits_of(fit.model)
        if own == other:
            return True
        if "growth" not in fit.memory:
            best_first = fit.model.max_leaf_nodes is not None
            fit.memory["growth"] = Growth(fit.model.tree_, own, best_first)
        growth: Growth = fit.memory["growth"]
        return growth.same(other, lambda leaf: self._is_exact(fit, leaf))

    def _is_exact(self, fit: Fit, leaf: int) -> bool:
        total = float(fit.model.tree_.weighted_n_node_samples[0])
        if sums_are_exact(fit, total, fit.model.splitter):
            return True
        if fit.memory.get("has_missing", True):  # not even asked, if it cannot be told
            return False
        if "alike" not in fit.memory:
            fit.memory["alike"] = largest_leaf_summed_alike(fit)
        return bool(leaf <= fit.memory["alike"])

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        """Samples are checked once."""

        def checked(X: Samples) -> Matrix:
            return once(memory, lambda: checked_by_tree(model, X))

        def predict(X: Samples) -> Array:
            return model.predict(checked(X), check_input=False)

        def predict_proba(X: Samples) -> Array:
            return model.predict_proba(checked(X), check_input=False)

        if not is_classifier(model):
            return {"predict": predict}
        return {"predict": predict, "predict_proba": predict_proba}


FAMILIES: dict[str, PathFamily] = {
    f"{kind}{task}": TreePath()
    for kind in ("DecisionTree", "ExtraTree")
    for task in ("Classifier", "Regressor")
}
