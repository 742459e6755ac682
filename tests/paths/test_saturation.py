"""Iterations after convergence, and parameters that an estimator makes no use of."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LogisticRegression,
    Perceptron,
    PoissonRegressor,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.metrics.pairwise import linear_kernel
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC, NuSVR, OneClassSVM

from sktune import GridSearch
from sktune._sklearn import has_valid_params
from sktune.paths import Fit, family_of
from sktune.testing import Case
from sktune.testing.path_families import difference
from tests.helpers.path_laws import PathLaws

RNG = np.random.RandomState(0)
X = RNG.randn(80, 4)
TWO = (X[:, 0] + RNG.randn(80) > 0).astype(int)
THREE = np.digitize(X[:, 0] + 0.5 * RNG.randn(80), [-0.5, 0.5])
REAL = X @ [1, 2, 0, -1] + RNG.randn(80)
MANY = {"max_iter": [10**4, 2 * 10**4]}
SEED = {"random_state": 0}
NET = {"hidden_layer_sizes": (4,), **SEED}
RESPONSES = ("predict", "predict_proba", "decision_function", "score_samples", "transform")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def mean_score(model: Any, X: Any, y: Any = None) -> float:
    return float(np.mean(model.score_samples(X)))


class TestSaturation(PathLaws):
    def cases(self) -> list[Case]:
        stops = [
            (LogisticRegression(), THREE),
            (LogisticRegression(solver="newton-cg"), THREE),
            (LogisticRegression(solver="newton-cholesky"), TWO),
            (LogisticRegression(solver="liblinear", **SEED), TWO),
            (LogisticRegression(solver="saga", random_state=np.random.RandomState(1)), THREE),
            (Perceptron(**SEED), THREE),
            (HuberRegressor(), REAL),
            (PoissonRegressor(), np.abs(REAL)),
            (GammaRegressor(solver="newton-cholesky"), np.abs(REAL)),
            (TweedieRegressor(power=1), np.abs(REAL)),
            (Lasso(0.1, **SEED), REAL),
            (ElasticNet(0.1, selection="random", **SEED), np.column_stack((REAL, REAL**2))),
            (BayesianRidge(), REAL),
            (LinearSVC(**SEED), THREE),
            (LinearSVR(C=0.01, **SEED), REAL),
            (SVC(**SEED), THREE),
            (KMeans(3, **SEED), None),
            (KMeans(3, n_init=1, init="random", algorithm="elkan", **SEED), None),
            (MiniBatchKMeans(3, batch_size=40, n_init=2, **SEED), None),
            (GaussianMixture(2, **SEED), None),
            (BayesianGaussianMixture(n_components=2, **SEED), None),
        ]
        kernels = {"degree": [2, 3], "coef0": [0.0, 1.0]}
        given = {"gamma": ["scale", 0.5], **kernels}
        no_bound = {"max_iter": [-1, 10**5], **kernels}
        moments = {"momentum": [0.5, 0.9], "power_t": [0.3]}
        schedules = {"eta0": [0.1, 0.5], "power_t": [0.1, 0.5], "l1_ratio": [0.1]}
        fractions = {"validation_fraction": [0.1, 0.2], "epsilon": [0.1, 0.3]}
        # NuSVR, SVR and OneClassSVM draw a seed for nothing: a search fits each of them
        return [
            *(Case(estimator, MANY, X, y) for estimator, y in stops),
            Case(SVC(kernel="linear", **SEED), given, X, THREE),
            Case(SVC(kernel="linear", **SEED), given, sparse.csr_matrix(X), THREE),
            Case(SVC(kernel="precomputed", **SEED), given, linear_kernel(X), THREE),
            Case(NuSVC(**SEED), no_bound, X, TWO),
            Case(SVR(kernel="sigmoid"), {"degree": [1, 2]}, X, REAL, n_fits=2),
            Case(NuSVR(kernel="linear"), given, X, REAL, n_fits=8),
            Case(OneClassSVM(), kernels, X, n_fits=4, scoring=mean_score),
            Case(SGDClassifier(**SEED), schedules, X, THREE),
            Case(SGDRegressor(**SEED), fractions, X, REAL),
            Case(MLPClassifier(solver="lbfgs", alpha=1, **NET), {**MANY, **moments}, X, TWO),
            Case(MLPRegressor(tol=1e-2, **NET), {"max_iter": [500, 900], **moments}, X, REAL),
            Case(
                MLPClassifier(solver="sgd", early_stopping=True, **NET),
                {"beta_1": [0.5, 0.9], "power_t": [0.3, 0.6]},
                X,
                TWO,
            ),
        ]

    def alone(self) -> list[Any]:
        return [
            LogisticRegression(max_iter=-1),
            LogisticRegression(max_iter="many"),
            SVC(kernel="poly", probability=True),
            SVC(max_iter=-2),
            SVC(kernel=linear_kernel),
            LinearSVC(multi_class="crammer_singer"),
            KMeans(n_init=3),
            KMeans(n_init="auto", init="random"),
            KMeans(copy_x=False),
            Lasso(copy_X=False),
            ElasticNet(max_iter=0),
            GaussianMixture(n_init=2),
        ]

    def test_parameters_that_matter_are_no_members(self) -> None:
        machine = {"max_iter"}
        plain = {"eta0", "power_t", "l1_ratio", "epsilon", "validation_fraction", "max_iter"}
        lbfgs = {"learning_rate_init", "momentum", "nesterovs_momentum", "beta_1", "beta_2"}
        lbfgs |= {"epsilon", "learning_rate", "power_t", "n_iter_no_change", "shuffle"}
        sgd = {"beta_1", "beta_2", "epsilon", "max_fun"}
        adam = {"learning_rate", "power_t", "momentum", "nesterovs_momentum", "max_fun"}
        for estimator, free in (
            (SVC(kernel="poly"), machine),
            (SVC(), machine | {"degree", "coef0"}),
            (SVC(kernel="sigmoid"), machine | {"degree"}),
            (SVC(kernel="linear"), machine | {"gamma", "degree", "coef0"}),
            (SVC(probability=True), {"degree", "coef0"}),
            (SGDClassifier(**SEED), plain),
            (SGDClassifier(penalty="elasticnet"), plain - {"l1_ratio"}),
            (SGDClassifier(learning_rate="constant", eta0=1), plain - {"eta0"}),
            (SGDClassifier(learning_rate="invscaling", eta0=1), plain - {"eta0", "power_t"}),
            (SGDClassifier(loss="huber"), plain - {"epsilon"}),
            (SGDRegressor(), plain - {"eta0", "power_t"}),
            (
                SGDRegressor(loss="squared_epsilon_insensitive"),
                plain - {"eta0", "power_t", "epsilon"},
            ),
            (SGDClassifier(early_stopping=True), plain - {"validation_fraction"}),
            (MLPClassifier(solver="lbfgs"), machine | lbfgs),
            (MLPClassifier(solver="sgd"), machine | sgd | {"power_t"}),
            (MLPRegressor(solver="sgd", learning_rate="invscaling"), machine | sgd),
            (MLPClassifier(solver="adam"), machine | adam),
        ):
            _, members = family_of(estimator)
            assert set(members) == free, estimator


FEW = [1, 2, 3, 5, 8, 13, 21, 34, 55]
"""Bounds on iterations, among them such as are reached and such as are just not."""

BOUNDED: list[tuple[Any, Any, list[int]]] = [
    (LogisticRegression(), THREE, [0, *FEW]),
    (LogisticRegression(solver="newton-cg"), THREE, FEW),
    (LogisticRegression(solver="newton-cholesky"), TWO, FEW),
    (LogisticRegression(solver="liblinear", **SEED), TWO, FEW),
    (LogisticRegression(solver="sag", **SEED), TWO, FEW),
    (Perceptron(**SEED), THREE, FEW),
    (SGDClassifier(**SEED), THREE, FEW),
    (SGDRegressor(early_stopping=True, **SEED), REAL, FEW),
    (HuberRegressor(), REAL, FEW),
    (PoissonRegressor(), np.abs(REAL), FEW),
    (Lasso(0.01), REAL, FEW),
    (BayesianRidge(), REAL, FEW),
    (LinearSVC(dual=False), THREE, FEW),
    (LinearSVC(dual=True, C=0.1, **SEED), THREE, [*FEW, 100, 200]),
    (SVC(), THREE, [*FEW, 100, -1]),
    (SVR(), REAL, [*FEW, 100, -1]),
    (KMeans(4, **SEED), None, FEW),
    (MiniBatchKMeans(4, batch_size=30, **SEED), None, FEW),
    (GaussianMixture(3, **SEED), None, FEW),
    (MLPClassifier(solver="lbfgs", alpha=1, **NET), TWO, [*FEW, 500, 1000]),
    (MLPClassifier(tol=0.01, learning_rate_init=0.05, **NET), TWO, FEW),
]


@pytest.mark.parametrize(
    ("estimator", "y", "bounds"), BOUNDED, ids=[str(estimator) for estimator, *_ in BOUNDED]
)
def test_bounds_that_are_reached(estimator: Any, y: Any, bounds: list[int]) -> None:
    family, _ = family_of(estimator)
    args = (X,) if y is None else (X, y)
    fitted = {n: clone(estimator).set_params(max_iter=n).fit(*args) for n in bounds}
    n_derived = 0
    for n, lead in fitted.items():
        for other, own in fitted.items():
            member = clone(estimator).set_params(max_iter=other)
            if family.derive(Fit(lead, *args), member) is None:
                continue
            n_derived += n != other
            assert attributes(lead).keys() == attributes(own).keys()
            assert not difference(attributes(lead), attributes(own)), (n, other)
            for method in RESPONSES:
                if hasattr(own, method):
                    got, expected = getattr(lead, method)(X), getattr(own, method)(X)
                    assert not difference(got, expected), (n, other)
    assert 0 < n_derived < len(bounds) * (len(bounds) - 1)


def attributes(model: Any) -> dict[str, Any]:
    params = model.get_params(deep=False)
    return {name: value for name, value in vars(model).items() if name not in params}


def test_no_bound_is_fitted_first() -> None:
    family, _ = family_of(SVC())
    assert family.order(SVC(max_iter=-1)) > family.order(SVC(max_iter=10**9))


def test_who_did_not_stop_is_fitted_again() -> None:
    family, _ = family_of(LogisticRegression())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        lead = LogisticRegression(max_iter=5).fit(X, THREE)
    assert lead.n_iter_.max() == 5
    fit = Fit(lead, X, THREE)
    assert family.derive(fit, LogisticRegression(max_iter=4)) is None
    assert family.derive(fit, LogisticRegression(max_iter=50)) is None


@pytest.mark.parametrize(
    ("estimator", "name", "values"),
    [
        (SVC(), "gamma", [0.1, -1.0]),
        (SVC(), "kernel", ["linear", "radial"]),
        (MLPClassifier(**NET), "solver", ["adam", "newton"]),
        (SGDClassifier(random_state=0), "penalty", ["l2", "l3"]),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_a_fit_refuses_fails_for_each(estimator: Any, name: str, values: list[Any]) -> None:
    grid = {name: values, "max_iter": [3, 100]}
    ours = GridSearch(estimator, grid, cv=2, refit=False).fit(X, TWO).cv_results_
    for params, status, error in zip(ours["params"], ours["status"], ours["error"], strict=True):
        refused = params[name] == values[-1]
        assert (status == "failed") == refused
        assert (f"The '{name}' parameter of" in str(error)) == refused


def test_what_is_valid_of_one_type_need_not_be_of_another() -> None:
    for _ in range(2):  # what was found out is kept
        assert has_valid_params(SVC(degree=3), ["degree"])
        assert not has_valid_params(SVC(degree=3.0), ["degree"])  # equal, but no whole number
        assert not has_valid_params(SVC(degree=-1), ["degree"])
