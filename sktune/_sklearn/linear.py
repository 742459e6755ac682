"""Steps of the fits of ridge regression, one by one as scikit-learn does them."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from scipy import linalg
from sklearn import get_config
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.linear_model._base import _preprocess_data, _rescale_data
from sklearn.linear_model._ridge import _solve_cholesky_kernel
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import _check_sample_weight, validate_data

from ..types import Array, Model
from .names import require

require(Ridge, "_set_intercept")
require(RidgeClassifier, "_prepare_data", "_set_intercept")

_LEFT_TO_SOLVER = (
    {"rescale_with_sw": False}
    if "rescale_with_sw" in inspect.signature(_preprocess_data).parameters
    else {}
)
"""Since scikit-learn 1.8 weights can be applied where data are centred; ridge's fit does not."""


def centred(estimator: Model, X: Any, y: Any, sample_weight: Any = None) -> tuple[Any, ...]:
    """Validate, centre and weigh dense data as the fit of an unfitted Ridge(Classifier) does.

    Returns X, y of shape (n_samples, n_targets), and offsets for `set_coefficients`. The
    estimator is changed.
    """
    if isinstance(estimator, RidgeClassifier):
        X, _, sample_weight, y = estimator._prepare_data(X, y, sample_weight, estimator.solver)
    else:
        X, y = validate_data(
            estimator,
            X,
            y,
            dtype=[np.float64, np.float32],
            force_writeable=True,
            multi_output=True,
            y_numeric=True,
        )
    if sample_weight is not None:
        sample_weight = _check_sample_weight(sample_weight, X, dtype=X.dtype)
    X, y, *offsets = _preprocess_data(
        X,
        y,
        fit_intercept=estimator.fit_intercept,
        copy=True,
        sample_weight=sample_weight,
        **_LEFT_TO_SOLVER,
    )
    if y.ndim == 1:
        y = y.reshape((-1, 1))
    if sample_weight is not None:
        X, y, _ = _rescale_data(X, y, sample_weight)
    return X, y, tuple(offsets[:3])


def product(a: Array, b: Array) -> Array:
    """Return the product of two dense matrices."""
    return safe_sparse_dot(a, b, dense_output=True)


def solve(gram: Array, right: Array, alpha: float) -> Array:
    """Solve the normal equations with a penalty, as the solver "cholesky" does.

    Raises scipy.linalg.LinAlgError if they are singular.
    """
    A = gram.copy(order="K")
    A.flat[:: len(A) + 1] += _as_penalty(alpha, A.dtype)[0]
    return linalg.solve(A, right, assume_a="pos", overwrite_a=True).T


def solve_wide(kernel: Array, X: Array, y: Array, alpha: float) -> Array:
    """Solve the dual problem where there are more features than samples.

    Warns, as scikit-learn does, if it is singular.
    """
    penalties = np.full(y.shape[1], _as_penalty(alpha, X.dtype)[0], dtype=X.dtype)
    dual = _solve_cholesky_kernel(kernel.copy(order="K"), y, penalties)
    return safe_sparse_dot(X.T, dual, dense_output=True).T


def _as_penalty(alpha: float, dtype: np.dtype[Any]) -> Array:
    return np.asarray(alpha, dtype=dtype).ravel()


def set_coefficients(estimator: Model, coefficients: Array, offsets: tuple[Any, ...]) -> None:
    """Set the coefficients, and the intercept that follows from them."""
    if coefficients.shape[0] == 1:
        coefficients = coefficients.ravel()
    estimator.coef_ = coefficients
    estimator._set_intercept(*offsets)


def is_dispatching() -> bool:
    """Whether arrays may be others than numpy's, and be computed with otherwise."""
    return bool(get_config().get("array_api_dispatch"))
