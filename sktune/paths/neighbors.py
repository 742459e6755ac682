"""Nearest neighbours: one index, and one query at the largest number.

The fit knows nothing of `n_neighbors` and `weights`. What is asked of the models does: the
nearest of few are the first of the nearest of many, as long as no two are equally far where it
matters. Where they are, the model is asked itself: about these samples in a tree, about all
otherwise.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from scipy import sparse
from sklearn.base import is_regressor

from .._sklearn import class_of
from .._sklearn.neighbors import samples, search_among, search_method
from ..space.dimensions import is_count
from ..space.setting import configured
from ..types import Array, Estimator, Model, Samples
from .family import Answers, Fit, PathFamily, adopt
from .query import Query
from .votes import predict_class, predict_mean, predict_proba


class KNeighborsPath(PathFamily):
    """All numbers of neighbours, and all weights, are one fit and one query."""

    costs_alike = True

    def applies(self, estimator: Model) -> tuple[str, ...]:
        k, weights = estimator.n_neighbors, estimator.weights
        if not is_count(k):
            return ()
        named = isinstance(weights, str) and weights in ("uniform", "distance")
        if not (named or weights is None or callable(weights)):
            return ()
        # there p may be another for votes than for distances
        if estimator.metric_params is not None and "p" in estimator.metric_params:
            return ()
        return ("n_neighbors", "weights")

    def order(self, estimator: Model) -> int:
        return int(estimator.n_neighbors)

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        half = _half(estimator, X)  # with fewer there is an index, of which most are taken
        if half is None or not 1 < half <= estimator.n_neighbors:
            return estimator
        return configured(estimator, {"n_neighbors": half - 1})

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        half = _half(estimator, samples(fit.model))
        if half is not None and (estimator.n_neighbors >= half) != (fit.model.n_neighbors >= half):
            return None
        model = adopt(estimator, fit.model)
        search_among(model, fit.X)
        return model

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        k = int(model.n_neighbors)
        if k > min(fit.model.n_neighbors, fit.model.n_samples_fit_):
            return {}
        if "query" not in memory:
            most = min(int(fit.model.n_neighbors) + 1, fit.model.n_samples_fit_)
            memory["query"] = Query(search_method(model) != "brute", most)
        query = memory["query"]
        if not isinstance(model.weights, str):
            return {"kneighbors": partial(_kneighbors, query, model)}
        if is_regressor(model):
            return {"predict": partial(predict_mean, query, model)}
        if model.outputs_2d_:
            return {"kneighbors": partial(_kneighbors, query, model)}
        if _counts_numbers_only(model) and model.classes_.dtype.kind not in "biuf":
            return {}
        return {
            "predict": partial(predict_class, query, model),
            "predict_proba": partial(predict_proba, query, model),
        }


def _half(estimator: Model, X: Samples) -> int | None:
    """Return how many neighbours turn the search among samples to brute force, if any number."""
    chosen = estimator.algorithm == "auto" and estimator.metric != "precomputed"
    shape = getattr(X, "shape", None)
    if not chosen or shape is None or sparse.issparse(X) or shape[1] > 15:
        return None
    return int(shape[0]) // 2


def _counts_numbers_only(model: Model) -> bool:
    """Whether it may count votes while it searches, as scikit-learn 1.7 cannot do for names."""
    brute = search_method(model) == "brute" and model.effective_metric_ != "euclidean"
    return brute and bool(model.weights == "uniform")


class RadiusNeighborsPath(PathFamily):
    """All radii and all weights are one fit."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        weights = estimator.weights
        named = isinstance(weights, str) and weights in ("uniform", "distance")
        if not (named or weights is None or callable(weights)):
            return ()
        radius = estimator.radius
        return ("weights", "radius") if type(radius) in (int, float) and radius >= 0 else ()

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        model = adopt(estimator, fit.model)
        search_among(model, fit.X)
        return model


def _kneighbors(
    query: Query,
    model: Model,
    X: Samples | None = None,
    n_neighbors: int | None = None,
    return_distance: bool = True,
) -> Array | tuple[Array, Array]:
    if X is None or n_neighbors is not None or not query.ask(model, X):
        return class_of(model).kneighbors(model, X, n_neighbors, return_distance)
    far, near = query.first(model, X)
    return (far, near) if return_distance else near


FAMILIES: dict[str, PathFamily] = {
    **dict.fromkeys(("KNeighborsClassifier", "KNeighborsRegressor"), KNeighborsPath()),
    **dict.fromkeys(
        ("RadiusNeighborsClassifier", "RadiusNeighborsRegressor"), RadiusNeighborsPath()
    ),
}
