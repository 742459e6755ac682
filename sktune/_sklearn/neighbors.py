"""The attributes of fitted estimators of nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.utils.validation import validate_data

from ..types import Array, Matrix, Model, Samples
from .names import require

require((KNeighborsClassifier, KNeighborsRegressor), "_fit_method", "_fit_X", "_tree", "_y")
require((RadiusNeighborsClassifier, RadiusNeighborsRegressor), "_fit_method", "_fit_X")


def search_method(model: Model) -> str:
    """Return the way to look for neighbours: "brute", "kd_tree" or "ball_tree"."""
    return model._fit_method


def targets(model: Model) -> Array:
    """The targets of the samples, as a model votes with them: numbers of classes, or values."""
    return model._y


def samples(model: Model) -> Matrix:
    """The samples among which a model looks for neighbours."""
    return model._fit_X


def search_among(model: Model, X: Samples) -> None:
    """Have a model look for neighbours among the very samples that it would be fitted on.

    Distances of samples from themselves, the same object, are computed in another way. What
    would be converted or copied is none.
    """
    numeric = type(X) is np.ndarray and X.dtype.kind in "fiub" and X.flags.c_contiguous
    if numeric and model._fit_method == "brute":
        model._fit_X = X


def largest_radius(model: Model) -> float:
    """The radius of the largest ball of a tree, 0 if it has boxes.

    What is compared with a distance may be off by rounding errors of that size.
    """
    nodes = np.asarray(model._tree.get_arrays()[2])
    return float(nodes["radius"].max()) if search_method(model) == "ball_tree" else 0.0


def query_tree(model: Model, X: Samples, rows: Array, k: int) -> tuple[Any, Any]:
    """Return distances and neighbours of some samples as ``kneighbors`` does of all.

    In a tree, each sample is looked up for itself.
    """
    validated = validate_data(model, X, accept_sparse="csr", reset=False, order="C")
    distances, neighbours = model._tree.query(validated[rows], k, True)
    return distances, neighbours
