"""Forests: the first of many trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import is_classifier

from .._sklearn.ensembles import checked_by_forest
from .._sklearn.trees import prune
from ..space.dimensions import is_count
from ..space.setting import configured
from ..types import Array, Estimator, Model, Samples
from .family import Answers, Fit, PathFamily, adopt
from .growth import MOST, Growth, GrowthLimits, growth_params, limits_of, sums_are_exact
from .prefix_sums import copy_with, once, prefix_sum


class ForestPath(PathFamily):
    """Forests: the first trees, of one growth, and pruned ones."""

    grows = either_way = True

    def applies(self, estimator: Model) -> tuple[str, ...]:
        growth = growth_params(estimator)
        return (
            ("n_estimators", *growth)
            if growth and is_count(estimator.n_estimators, most=MOST)
            else ()
        )

    def order(self, estimator: Model) -> tuple[float, ...]:
        limits = limits_of(estimator)
        return (limits.depth, -limits.leaf, -limits.split, int(estimator.n_estimators))

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        return configured(estimator, {"ccp_alpha": 0.0})  # an int in one member, a float in another

    def beginning(self, fit: Fit, estimator: Model) -> Mapping[str, Any] | None:
        members = fit.model.estimators_
        if not self._is_same_growth(fit, limits_of(estimator), len(members)):
            return None
        return {"estimators_": list(members)}

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model, k = fit.model, int(estimator.n_estimators)
        if model.ccp_alpha != 0 or k > len(model.estimators_):
            return None
        if not self._is_same_growth(fit, limits_of(estimator), k):
            return None
        grown = [member.tree_ for member in model.estimators_[:k]]
        trees = self._pruned(fit, estimator.ccp_alpha, k) if estimator.ccp_alpha > 0 else grown
        if k == len(model.estimators_) and all(map(lambda a, b: a is b, trees, grown)):
            return model
        members = [
            copy_with(member, tree_=tree)
            for member, tree in zip(model.estimators_, trees, strict=False)
        ]
        return adopt(estimator, model, estimators_=members)

    def _is_same_growth(self, fit: Fit, other: GrowthLimits, k: int) -> bool:
        own, model = limits_of(fit.model), fit.model
        if own == other:
            return True
        growths: list[Growth] = fit.memory.setdefault("growth", [])
        for index, member in enumerate(model.estimators_[:k]):
            if index == len(growths):
                best_first = model.max_leaf_nodes is not None
                growths.append(Growth(member.tree_, own, best_first))
            total = float(member.tree_.weighted_n_node_samples[0])
            exact = lambda _, a=total, b=member.splitter: sums_are_exact(fit, a, b)  # noqa: E731
            if not growths[index].same(other, exact):
                return False
        return True

    def _pruned(self, fit: Fit, alpha: float, k: int) -> list[Array]:
        """Return the trees; a tree from which nothing was cut is the one that was grown."""
        trees: list[Array] = fit.memory.setdefault(("pruned", alpha), [])
        for member in fit.model.estimators_[len(trees) : k]:
            copy = copy_with(member, ccp_alpha=alpha)
            prune(copy)
            # pruned trees are numbered from left to right
            as_grown = copy.tree_.node_count == member.tree_.node_count
            as_grown &= member.max_leaf_nodes is None
            trees.append(member.tree_ if as_grown else copy.tree_)
        return trees[:k]

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        """Sums over trees go on from those of fewer trees."""
        if effective_n_jobs(model.n_jobs) != 1:
            return {}
        k = len(model.estimators_)

        def sums(X: Samples) -> list[Array]:
            rows = once(memory, lambda: checked_by_forest(model, X))

            def add(sums: list[Array], index: int) -> list[Array]:
                member = model.estimators_[index]
                predict = member.predict_proba if is_classifier(model) else member.predict
                found = predict(rows, check_input=False)
                for total, part in zip(sums, found if len(sums) > 1 else [found], strict=True):
                    total += part
                return sums

            key, shapes = ("sums", float(model.ccp_alpha)), _shapes(model, rows.shape[0])
            return list(prefix_sum(memory, key, k, lambda: [np.zeros(s) for s in shapes], add))

        def predict(X: Samples) -> Array | list[Array]:
            found = [total / k for total in sums(X)]
            return found[0] if len(found) == 1 else found

        return {"predict_proba" if is_classifier(model) else "predict": predict}


def _shapes(model: Model, n: int) -> list[tuple[int, ...]]:
    """Return the shapes of what a forest predicts for n samples, before classes are chosen."""
    if is_classifier(model):
        return [(n, int(count)) for count in np.atleast_1d(model.n_classes_)]
    return [(n,) if model.n_outputs_ == 1 else (n, model.n_outputs_)]


FAMILIES: dict[str, PathFamily] = {
    f"{kind}{task}": ForestPath()
    for kind in ("RandomForest", "ExtraTrees")
    for task in ("Classifier", "Regressor")
}
