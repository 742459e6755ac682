"""Parameters without effect: iterations after convergence, and parameters that a kernel ignores.

A fit that stopped by itself before either bound on its iterations is the same with both. A fit that
makes no use of a parameter is the same with all its values, as long as it does not refuse them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .._sklearn import has_valid_params
from ..types import Estimator, Model
from .family import Fit, PathFamily

Test = Callable[[Any], bool]
Ignored = Callable[[Any], tuple[str, ...]]


class SaturationPath(PathFamily):
    """Fits that are the same with other values of parameters.

    Parameters
    ----------
    stops_alike : callable, optional
        Whether all of an estimator's fit is the same with another bound on iterations, if
        ``n_iter_`` is below both; by default it is.
    ignored : callable, optional
        Parameters that an estimator makes no use of, neither in its fit nor afterwards.
    """

    def __init__(self, stops_alike: Test | None = None, ignored: Ignored | None = None) -> None:
        self._stops_alike = stops_alike
        self._ignored = ignored

    def applies(self, estimator: Model) -> tuple[str, ...]:
        stops_alike = self._stops_alike is None or self._stops_alike(estimator)
        ignored = () if self._ignored is None else self._ignored(estimator)
        free = ("max_iter", *ignored) if stops_alike else ignored
        # with any other that its fit refuses, all members of its group fail
        return free if free and has_valid_params(estimator, free) else ()

    def order(self, estimator: Model) -> float:
        return _bound(estimator)

    def derive(self, fit: Fit, estimator: Model) -> Estimator | None:
        bounds = _bound(estimator), _bound(fit.model)
        if bounds[0] == bounds[1] or _n_iterations(fit.model) < min(bounds):
            return fit.model
        return None


def _bound(estimator: Model) -> float:
    """The bound on iterations; support vector machines have none if it is -1."""
    return math.inf if estimator.max_iter == -1 else float(estimator.max_iter)


def _n_iterations(model: Model) -> float:
    """Return the iterations that a fit took: the most of all problems that it has solved."""
    return float(np.max(model.n_iter_))


def _leaves_data(estimator: Model) -> bool:
    """Whether a fit leaves the data as they are, so that another is on the same."""
    return bool(getattr(estimator, "copy_X", getattr(estimator, "copy_x", True)))


def _starts_once(estimator: Model) -> bool:
    """Whether a fit leaves the data, and has one start: of others, the iterations are not known."""
    if estimator.n_init == "auto":  # of k-means
        once = isinstance(estimator.init, str) and estimator.init == "k-means++"
    else:
        once = estimator.n_init == 1
    return bool(once) and _leaves_data(estimator)


def _is_one_against_rest(estimator: Model) -> bool:
    return getattr(estimator, "multi_class", "ovr") == "ovr"


def _machine_stops_alike(estimator: Model) -> bool:
    """Whether it is known of all machines that are fitted, also of those for probabilities.

    With a user's kernel, a model keeps its samples. The kernel may be another with the same object
    than with an equal one.
    """
    if not isinstance(estimator.kernel, str):
        return False
    return getattr(estimator, "probability", False) in (False, "deprecated")


_OF_KERNELS = {
    "linear": ("gamma", "degree", "coef0"),
    "poly": (),
    "rbf": ("degree", "coef0"),
    "sigmoid": ("degree",),
    "precomputed": ("gamma", "degree", "coef0"),
}
"""Parameters that kernels of support vector machines make no use of."""


def _ignored_by_kernel(estimator: Model) -> tuple[str, ...]:
    kernel = estimator.kernel
    return _OF_KERNELS.get(kernel, ()) if isinstance(kernel, str) else ()


def _ignored_by_descent(estimator: Model) -> tuple[str, ...]:
    """Return the parameters that stochastic gradient descent makes no use of."""
    ignored = []
    if estimator.penalty != "elasticnet":
        ignored.append("l1_ratio")
    if estimator.learning_rate == "optimal":
        ignored.append("eta0")
    if estimator.learning_rate != "invscaling":
        ignored.append("power_t")
    if "epsilon" not in estimator.loss and estimator.loss != "huber":
        ignored.append("epsilon")
    if not estimator.early_stopping:
        ignored.append("validation_fraction")
    return tuple(ignored)


_OF_SOLVERS = {
    "lbfgs": {"learning_rate_init", "momentum", "nesterovs_momentum", "beta_1", "beta_2"}
    | {"epsilon", "learning_rate", "power_t", "n_iter_no_change", "shuffle"},
    "sgd": {"beta_1", "beta_2", "epsilon", "max_fun"},
    "adam": {"learning_rate", "power_t", "momentum", "nesterovs_momentum", "max_fun"},
}
"""Parameters that solvers of multi-layer perceptrons make no use of."""


def _ignored_by_solver(estimator: Model) -> tuple[str, ...]:
    ignored = set(_OF_SOLVERS[estimator.solver])
    if estimator.solver == "sgd" and estimator.learning_rate != "invscaling":
        ignored.add("power_t")
    return tuple(sorted(ignored))


_PLAIN = (
    *("LogisticRegression", "Perceptron", "HuberRegressor"),
    *("PoissonRegressor", "GammaRegressor", "TweedieRegressor"),
)

FAMILIES: dict[str, PathFamily] = {
    **dict.fromkeys(_PLAIN, SaturationPath()),
    **dict.fromkeys(("Lasso", "ElasticNet", "BayesianRidge"), SaturationPath(_leaves_data)),
    **dict.fromkeys(("SGDClassifier", "SGDRegressor"), SaturationPath(ignored=_ignored_by_descent)),
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), SaturationPath(ignored=_ignored_by_solver)),
    **dict.fromkeys(("LinearSVC", "LinearSVR"), SaturationPath(_is_one_against_rest)),
    **dict.fromkeys(
        ("SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM"),
        SaturationPath(_machine_stops_alike, _ignored_by_kernel),
    ),
    **dict.fromkeys(
        ("KMeans", "GaussianMixture", "BayesianGaussianMixture"), SaturationPath(_starts_once)
    ),
    # starts are compared before the iterations, and one goes on
    "MiniBatchKMeans": SaturationPath(),
}
