"""Ridge regression: one Gram matrix for all penalties.

Centring the data and multiplying them out is what a fit costs. The penalty is added to the
diagonal afterwards, and the equations solved.
"""

from __future__ import annotations

from typing import Any

from scipy import sparse
from scipy.linalg import LinAlgError
from sklearn.base import clone

from .._sklearn.linear import centred, is_dispatching, product, set_coefficients, solve, solve_wide
from ..space.dimensions import is_count, is_number
from ..types import Estimator, Model
from .family import Fit, PathFamily, adopt


class RidgePath(PathFamily):
    """All penalties, by Cholesky's decomposition. What iterations need has no effect there."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        if estimator.solver not in ("auto", "cholesky") or estimator.positive is not False:
            return ()
        # if False the data are centred in place: not the same data any more
        if estimator.copy_X is not True or not is_number(estimator.alpha, 0):
            return ()
        rounds = estimator.max_iter
        if rounds is not None and not (is_count(rounds) and is_number(rounds)):
            return ()
        return ("alpha", "solver", "max_iter", "tol") if is_number(estimator.tol, 0) else ()

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        if sparse.issparse(fit.X) or is_dispatching():
            return None
        if "equations" not in fit.memory:
            fit.memory["equations"] = _equations(fit, estimator)
        is_wide, matrix, X, right, offsets = fit.memory["equations"]
        if is_wide:
            coefficients = solve_wide(matrix, X, right, estimator.alpha)
        else:
            try:
                coefficients = solve(matrix, right, estimator.alpha)
            except LinAlgError:
                return None
        model = adopt(estimator, fit.model)
        set_coefficients(model, coefficients, offsets)
        return model


def _equations(fit: Fit, estimator: Model) -> tuple[Any, ...]:
    """Work out what is the same for all penalties."""
    X, y, offsets = centred(clone(estimator), fit.X, fit.y, **fit.params)
    if X.shape[1] > X.shape[0]:
        return True, product(X, X.T), X, y, offsets
    return False, product(X.T, X), None, product(X.T, y), offsets


FAMILIES: dict[str, PathFamily] = dict.fromkeys(("Ridge", "RidgeClassifier"), RidgePath())
