"""PCA, PLS and linear discriminants: the first of many components."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone

from .._sklearn.decomposition import (
    as_transformed,
    automatic_solver,
    component_limit,
    fewer_discriminants,
    fewer_latent_components,
    fewer_singular_vectors,
    inferred_dimension,
    projected,
    solver_used,
)
from ..space.dimensions import is_count
from ..space.setting import configured
from ..types import Array, Estimator, Model, Samples
from .family import Answers, Fit, PathFamily, adopt

_COMPLETE = "complete"
_ALMOST_ALL = math.nextafter(1.0, 0.0)


class PrincipalComponents(PathFamily):
    """PCA, where the whole spectrum is computed anyway: any number of components is in it.

    With ``svd_solver="auto"`` the solver depends on the data and on the number of components, and
    a number may be had much cheaper by a solver that does not give the others: then each is
    fitted. Where the data do not tell beforehand, and it turns out that the spectrum was
    computed, and cut off afterwards, all components are fitted as soon as another number is
    asked for.
    """

    draws_by_data = True

    costs_alike = True

    def applies(self, estimator: Model) -> tuple[str, ...]:
        exact = estimator.svd_solver in ("full", "covariance_eigh", "auto")
        # copy=False centers the data in place
        if not exact or estimator.copy is not True or not _is_amount(estimator.n_components):
            return ()
        return ("n_components",)

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        wanted = estimator.n_components
        if estimator.svd_solver != "auto":
            return 0
        if wanted is None:
            return math.inf
        # for a share or "mle" all are computed
        return int(wanted) if isinstance(wanted, Integral) else sys.maxsize

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        wanted = estimator.n_components
        if estimator.svd_solver != "auto":
            return configured(estimator, {"n_components": None})
        if wanted is None or isinstance(wanted, Integral):
            if not isinstance(X, np.ndarray) or X.ndim != 2:
                return estimator
            n, p = X.shape
            solver = automatic_solver(n, p, wanted)
            if solver not in ("full", "covariance_eigh"):
                return None
            same = automatic_solver(n, p, None) == solver
            return configured(estimator, {"n_components": None}) if same else estimator
        # not None: of sparse data, where this is refused, it would be given, at length
        return configured(estimator, {"n_components": _ALMOST_ALL})

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        solver, wanted = solver_used(fit.model), estimator.n_components
        if solver not in ("full", "covariance_eigh"):
            return None
        shape = (fit.model.n_samples_, fit.model.n_features_in_)
        if estimator.svd_solver == "auto" and automatic_solver(*shape, wanted) != solver:
            return None
        if not isinstance(fit.model.components_, np.ndarray):
            return None
        given = fit.model.n_components
        if wanted == given and type(wanted) is type(given):
            return adopt(estimator, fit.model)
        # of wide data there are more eigenvalues than are kept
        if wanted is not None and solver == "covariance_eigh" and shape[0] < shape[1]:
            return None
        whole = _complete(fit).model
        spectrum = _spectrum(whole)
        count = _count(wanted, spectrum, whole.explained_variance_ratio_, shape)
        if count is None:
            return None
        return adopt(estimator, whole, **_first(whole, spectrum, count))

    def output(self, fit: Fit, model: Model) -> Samples:
        if solver_used(model) == "covariance_eigh":
            return projected(model, fit.X)
        given = fit.memory.get(_COMPLETE, fit).output
        if given is None:
            return clone(model).fit_transform(fit.X, fit.y)
        # not transform(X), which rounds otherwise
        data = np.asarray(given)[:, : model.n_components_].copy(order="K")
        return as_transformed(model, data, fit.X)


def _is_amount(wanted: object) -> bool:
    """Whether PCA takes this for a number of components, and has any."""
    if wanted is None or isinstance(wanted, str):
        return wanted in (None, "mle")
    return is_count(wanted) or (isinstance(wanted, float) and 0 < wanted < 1)


def _complete(fit: Fit) -> Fit:
    """Return the fit with all components: itself, or another one, once."""
    model = fit.model
    if len(model.components_) == min(model.n_samples_, model.n_features_in_):
        return fit
    if _COMPLETE not in fit.memory:
        whole, output = clone(model).set_params(n_components=None), None
        if fit.output is None:
            whole.fit(fit.X, fit.y)
        else:
            output = whole.fit_transform(fit.X, fit.y)
        fit.memory[_COMPLETE] = Fit(whole, fit.X, fit.y, fit.params, output)
    return fit.memory[_COMPLETE]


def _spectrum(model: Model) -> Array:
    """Return all variances, laid out as the fit has them when it adds them up."""
    if solver_used(model) == "covariance_eigh":
        return np.ascontiguousarray(model.explained_variance_[::-1])[::-1]
    return model.explained_variance_


def _count(wanted: Any, spectrum: Array, ratios: Array, shape: tuple[int, int]) -> Any:
    """Return how many components are kept; None where the fit refuses, or is not foreseen."""
    if wanted is None:
        return min(shape)
    if isinstance(wanted, str):
        return None if shape[0] < shape[1] else inferred_dimension(spectrum, shape[0])
    if 0 < wanted < 1:
        # releases of scikit-learn differ in the precision of the sum
        sums = (np.cumsum(ratios), np.cumsum(ratios, dtype=np.float64))
        one, other = (np.searchsorted(s, np.asarray(wanted), side="right") + 1 for s in sums)
        plain = np.searchsorted(sums[1], wanted, side="right") + 1
        return one if one == other == plain else None
    return wanted if wanted <= min(shape) else None


def _first(whole: Model, spectrum: Array, count: int) -> dict[str, Any]:
    """Return what a PCA with fewer components responds with, laid out as its own fit has it."""
    some: dict[str, Any] = {
        name: np.array(getattr(whole, name)[:count], copy=True, order="K")
        for name in ("components_", "explained_variance_")
    }
    rest = count < min(whole.n_samples_, whole.n_features_in_)
    noise = np.mean(spectrum[count:]) if rest else 0.0
    return {**some, "noise_variance_": noise, "n_components_": count}


class LatentComponents(PathFamily):
    """Partial least squares: the components are found one after another.

    Parameters
    ----------
    fewer : callable
        Gives what a model with fewer components responds with.
    """

    def __init__(self, fewer: Callable[[Any, Any], dict[str, Any]]) -> None:
        self.fewer = fewer

    def applies(self, estimator: Model) -> tuple[str, ...]:
        # copy=False scales the data in place
        if estimator.copy is not True or not is_count(estimator.n_components):
            return ()
        return ("n_components",)

    def order(self, estimator: Model) -> float | tuple[float, ...]:
        return estimator.n_components

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        wanted = estimator.n_components
        if wanted > fit.model.n_components:
            return None
        return adopt(estimator, fit.model, **self.fewer(fit.model, wanted))

    def output(self, fit: Fit, model: Model) -> Samples:
        # fit_transform gives the scores of y too
        return model.transform(fit.X, fit.y)


class Discriminants(PathFamily):
    """Linear discriminants: how many are given is of no account to the fit."""

    def applies(self, estimator: Model) -> tuple[str, ...]:
        wanted = estimator.n_components
        return ("n_components",) if wanted is None or is_count(wanted) else ()

    def lead(self, estimator: Model, X: Samples) -> Estimator | None:
        return configured(estimator, {"n_components": None})

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        wanted = estimator.n_components
        if wanted is None:
            return adopt(estimator, fit.model) if fit.model.n_components is None else None
        if wanted > component_limit(fit.model):
            return None
        return adopt(estimator, fit.model, **fewer_discriminants(wanted))

    def answers(self, fit: Fit, model: Model, memory: dict[Any, Any]) -> Answers:
        def decision_function(X: Samples) -> Array:
            if "decision" not in memory:
                memory["decision"] = fit.model.decision_function(X)
            return memory["decision"]

        return {"decision_function": decision_function}


FAMILIES: dict[str, PathFamily] = {
    "PCA": PrincipalComponents(),
    **dict.fromkeys(
        ("PLSRegression", "PLSCanonical", "CCA"), LatentComponents(fewer_latent_components)
    ),
    "PLSSVD": LatentComponents(fewer_singular_vectors),
    "LinearDiscriminantAnalysis": Discriminants(),
}
