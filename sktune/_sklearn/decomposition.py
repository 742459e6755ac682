"""Components: what scikit-learn keeps under private names, and steps of its own fits."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import pinv
from sklearn.cross_decomposition import PLSSVD, PLSRegression
from sklearn.decomposition import PCA
from sklearn.decomposition._pca import _infer_dimension
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils import check_array
from sklearn.utils._set_output import _wrap_data_with_container

from ..types import Array, Model, Samples
from .names import require

require(PCA, "_fit_svd_solver", "_transform")
require(PLSRegression, "_x_std", "_y_std", "_n_features_out")
require(PLSSVD, "_n_features_out")
require(LinearDiscriminantAnalysis, "_max_components", "_n_features_out")


# --- principal components -------------------------------------------------------------


def solver_used(model: Model) -> str:
    """Return the solver that a fitted PCA used, also where it was chosen automatically."""
    return str(model._fit_svd_solver)


def automatic_solver(n_samples: int, n_features: int, n_components: Any) -> str:
    """Return the solver that ``PCA(svd_solver="auto")`` takes for dense data."""
    smaller = min(n_samples, n_features)
    wanted = smaller if n_components is None else n_components
    if n_features <= 1_000 and n_samples >= 10 * n_features:
        return "covariance_eigh"
    if max(n_samples, n_features) <= 500 or isinstance(wanted, str):
        return "full"
    return "randomized" if 1 <= wanted < 0.8 * smaller else "full"


def inferred_dimension(spectrum: Array, n_samples: int) -> int:
    """Return the number of components that ``n_components="mle"`` takes."""
    return _infer_dimension(spectrum, n_samples)


def projected(model: Model, X: Samples) -> Samples:
    """Return what ``PCA.fit_transform`` gives where the solver gives no scores: a projection.

    Of `X` as the fit checks it, which copies what cannot be written to; the copy may be laid
    out otherwise, and then other bits come out.
    """
    checked = check_array(
        X, dtype=[np.float64, np.float32], accept_sparse=("csr", "csc"), force_writeable=True
    )
    return as_transformed(model, model._transform(checked, np, x_is_centered=False), X)


def as_transformed(model: Model, data: Array, X: Samples) -> Samples:
    """Return an array in the container that ``set_output`` asks for, array by default."""
    return _wrap_data_with_container("transform", data, X, model)


# --- partial least squares ------------------------------------------------------------


def fewer_latent_components(model: Model, k: int) -> dict[str, Any]:
    """Return what a PLS with the first k components responds with.

    Each component is found in what those before it left over. Only rotations and coefficients
    are of all at once; they are worked out as `fit` does, from arrays laid out alike.
    """
    names = ("x_weights_", "y_weights_", "x_loadings_", "y_loadings_")
    first = {name: np.ascontiguousarray(getattr(model, name)[:, :k]) for name in names}
    for side in ("x", "y"):
        weights, loadings = first[f"{side}_weights_"], first[f"{side}_loadings_"]
        inverse = pinv(np.dot(loadings.T, weights), check_finite=False)
        first[f"{side}_rotations_"] = np.dot(weights, inverse)
    coefficients = np.dot(first["x_rotations_"], first["y_loadings_"].T)
    return {
        **first,
        "coef_": (coefficients * model._y_std).T / model._x_std,
        "_n_features_out": first["x_rotations_"].shape[1],
    }


def fewer_singular_vectors(model: Model, k: int) -> dict[str, Any]:
    """Return what a PLSSVD with the first k components responds with."""
    first = model.x_weights_[:, :k]
    return {
        "x_weights_": first,
        "y_weights_": model.y_weights_[:, :k],
        "_n_features_out": first.shape[1],
    }


# --- linear discriminants -------------------------------------------------------------


def component_limit(model: Model) -> int:
    """Return how many components a fitted LinearDiscriminantAnalysis gives at most."""
    return int(model._max_components)


def fewer_discriminants(k: int) -> dict[str, Any]:
    """Return what a linear discriminant analysis with k components responds with."""
    return {"_max_components": k, "_n_features_out": k}
