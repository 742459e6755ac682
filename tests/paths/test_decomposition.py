"""PCA, PLS and linear discriminants: the first of many components."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.covariance import LedoitWolf
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from sklearn.datasets import make_classification, make_regression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline

from sktune import GridSearch
from sktune._sklearn.decomposition import automatic_solver, solver_used
from sktune.paths import Fit, decomposition, family_of
from sktune.testing.path_families import (
    Case,
    Own,
    difference,
    fit_of,
    responses,
)
from tests.helpers.path_laws import PathLaws

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 8)) @ RNG.normal(size=(8, 8))
FRAME = pd.DataFrame(X, columns=list("abcdefgh"))
WIDE = RNG.normal(size=(20, 30))
POOR = np.hstack([X[:, :3], X[:, :3], np.ones((90, 1))])
SPARSE = sparse.random(80, 6, 0.4, random_state=0, format="csr")
LARGE = RNG.normal(size=(510, 60))

ALL = [None, 1, np.int64(3), 7, 8, 9, 0.3, np.float64(0.8), 0.9999999, "mle"]


def read_only(array: Any) -> Any:
    array = array.copy(order="K")
    array.flags.writeable = False
    return array


def pca(n_components: Any = None, svd_solver: str = "full", **params: Any) -> PCA:
    return PCA(n_components, svd_solver=svd_solver, **params)


class TestPCA(PathLaws):
    def cases(self) -> list[Case]:
        some = {"n_components": [None, 2, 5, 0.7, "mle"]}
        odd = [X.astype(np.float32), np.asfortranarray(X), read_only(X), FRAME, POOR, X[:, ::2]]
        odd += [read_only(X)[::2, ::2]]
        return [
            *(Case(pca(svd_solver=s, whiten=w), {"n_components": ALL}, X)
              for s in ("full", "covariance_eigh") for w in (False, True)),
            *(Case(pca(svd_solver=s), some, data)
              for s in ("full", "covariance_eigh") for data in odd),
            Case(pca(svd_solver="covariance_eigh"), some, LARGE[:450, :43]),
            Case(pca(), {"n_components": [None, 3, 20, 0.9, 21, "mle"]}, WIDE),
            Case(pca(svd_solver="covariance_eigh"), {"n_components": [None, 20]}, WIDE),
            Case(pca(svd_solver="covariance_eigh"), some, SPARSE),
            Case(pca(svd_solver="covariance_eigh"), some, SPARSE.tocsc()),
            # what is automatic is full, or a covariance, or depends
            Case(pca(svd_solver="auto"), {"n_components": ALL}, X),
            Case(pca(svd_solver="auto", random_state=0), {"n_components": [1, 2, 5]}, X),
            Case(pca(svd_solver="auto", whiten=True), {"n_components": [3, 12, 0.9]}, WIDE),
            Case(pca(svd_solver="auto"), {"n_components": [0.3, 0.6, "mle"]}, X[:70]),
            Case(pca(svd_solver="auto", random_state=0),
                 {"n_components": [None, 3, 49, 59, 0.7]}, LARGE),
            Case(pca(svd_solver="auto", random_state=0), {"n_components": [3, 49, 59]}, LARGE),
        ]  # fmt: skip

    def alone(self) -> list[Any]:
        return [
            pca(copy=False),
            pca(3, "randomized"),
            pca(3, "arpack"),
            pca("ml"),
            pca(True),
            pca(-1),
            pca(0),
            pca(1.0),
            pca(np.float32(0.5)),
            pca([1]),
            pca(np.nan),
        ]

    def compare_responses(self, case: Case, model: Any, own: Own) -> None:
        assert not difference(model.transform(case.X), own.response("transform"))
        if not sparse.issparse(case.X):
            assert response(model, case.X) == response(own.model, case.X)


def response(model: Any, X: Any) -> Any:
    """Log-likelihoods, where there are any: not of collinear data."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return model.score_samples(X).tobytes()
        except np.linalg.LinAlgError as error:
            return str(error)


def pls_data(n_targets: int, n: int = 60) -> tuple[Any, Any]:
    return make_regression(n, 7, n_targets=n_targets, noise=5, random_state=0)


class TestPLS(PathLaws):
    def cases(self) -> list[Case]:
        X1, y1 = pls_data(1)
        X3, y3 = pls_data(3)
        ks = {"n_components": [1, np.int64(2), 4, 7]}
        few = {"n_components": [1, 2, 3]}
        named = pd.DataFrame(X3, columns=list("abcdefg"))
        return [
            Case(PLSRegression(), ks, X1, y1),
            Case(PLSRegression(scale=False), ks, X3, y3),
            Case(PLSRegression(tol=1e-12), ks, np.asfortranarray(X3), np.asfortranarray(y3)),
            Case(PLSRegression(), few, X3.astype(np.float32), pd.DataFrame(y3)),
            Case(PLSRegression(), few, named, pd.Series(y1)),
            Case(PLSRegression().set_output(transform="pandas"), few, named, y3),
            Case(PLSCanonical(), few, X3, y3),
            Case(PLSCanonical(algorithm="svd", scale=False), few, X3, y3),
            Case(CCA(), few, X3, y3),
            Case(PLSSVD(), few, X3, y3),
            Case(PLSSVD(scale=False), few, X3[:6], y3[:6]),
        ]

    def alone(self) -> list[Any]:
        kinds = (PLSRegression, PLSCanonical, CCA, PLSSVD)
        values: list[Any] = [0, -1, True, 2.0, "2", None]
        return [
            *(kind(n_components=value) for kind in kinds for value in values),
            *(kind(copy=False) for kind in kinds),
        ]


class TestLDA(PathLaws):
    def cases(self) -> list[Case]:
        X, y = make_classification(
            100, 8, n_informative=6, n_classes=4, n_clusters_per_class=1, random_state=0
        )
        ks = {"n_components": [None, 1, np.int64(2), 3]}
        lda = LinearDiscriminantAnalysis
        names = np.array(list("abcd"))[y]
        return [
            Case(lda(), ks, X, y),
            Case(lda(store_covariance=True), ks, np.asfortranarray(X), names),
            Case(lda(solver="eigen", shrinkage="auto"), ks, X.astype(np.float32), y),
            Case(lda(solver="eigen", covariance_estimator=LedoitWolf()), ks, X, y),
            Case(lda(), {"n_components": [None, 1]}, pd.DataFrame(X), y % 2),
            Case(lda(priors=[0.1, 0.2, 0.3, 0.4]), ks, np.hstack([X, X]), y),
        ]

    def alone(self) -> list[Any]:
        return [LinearDiscriminantAnalysis(n_components=k) for k in (0, -1, True, 1.0, "1")]


class TestLDAByLeastSquares(PathLaws):
    """It gives no transform."""

    def cases(self) -> list[Case]:
        X, y = make_classification(
            100, 8, n_informative=6, n_classes=4, n_clusters_per_class=1, random_state=0
        )
        return [
            Case(LinearDiscriminantAnalysis(solver="lsqr"), {"n_components": [None, 1, 3]}, X, y)
        ]

    def alone(self) -> list[Any]:
        return [LinearDiscriminantAnalysis(solver="lsqr", n_components=0)]

    def compare_responses(self, case: Case, model: Any, own: Own) -> None:
        for method in ("predict", "predict_proba", "decision_function"):
            assert not difference(getattr(model, method)(X), getattr(own.model, method)(X))

    test_what_is_derived_is_identical_to_a_fit_of_its_own = None
    test_what_is_derived_from_any_is_identical_to_a_fit_of_its_own = None
    test_answers_are_what_the_methods_return = None

    def test_models_are_the_same(self) -> None:
        (case,) = self.cases()
        family, _ = family_of(case.estimator)
        fit = Fit(family.lead(case.estimator, case.X).fit(case.X, case.y), case.X, case.y)
        for member in self.members(case):
            model, own = family.derive(fit, clone(member)), Own(case, member)
            self.compare_responses(case, model, own)


def derived(estimator: Any, data: Any, *members: Any, y: Any = None) -> tuple[Any, Fit, list[Any]]:
    family, free = family_of(estimator)
    assert free == ("n_components",)
    fit = fit_of(Case(estimator, {}, data, y), family.lead(clone(estimator), data))
    own = [clone(estimator).set_params(n_components=k) for k in members]
    return family, fit, [family.derive(fit, member) for member in own]


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("solver", ["full", "covariance_eigh", "auto"])
@pytest.mark.parametrize("data", [X, FRAME.set_index(FRAME.index[::-1]), FRAME.iloc[:, ::2]])
def test_frames_come_out_as_they_would(container: str, solver: str, data: Any) -> None:
    pytest.importorskip(container)
    estimator = pca(4, solver).set_output(transform=container)
    family, fit, models = derived(estimator, data, 1, 3, 0.5)
    for model in models:
        own = clone(model)
        expected, got = own.fit_transform(data), family.output(fit, model)
        assert type(got) is type(expected)
        assert got.equals(expected)
        assert list(got.columns) == list(expected.columns)
        assert not difference(got.to_numpy(), expected.to_numpy())
        got, expected = model.transform(data), own.transform(data)
        assert list(got.columns) == list(expected.columns)
        assert not difference(got.to_numpy(), expected.to_numpy())


def test_one_number_more_makes_a_second_fit_where_the_solver_was_chosen() -> None:
    frame = pd.DataFrame(X)  # whose shape is not looked at beforehand
    family, fit, models = derived(pca(5, "auto", random_state=0), frame, 5)
    assert models[0].components_ is fit.model.components_
    assert not fit.memory
    again = family.derive(fit, pca(2, "auto", random_state=0))
    other = family.derive(fit, pca(3, "auto", random_state=0))
    assert len(fit.memory) == 1
    assert again.mean_ is other.mean_


def test_a_share_is_one_fit_though_the_solver_was_chosen() -> None:
    _, fit, models = derived(pca(0.5, "auto"), X, 0.2, 0.5, 3, "mle")
    assert None not in models
    assert not fit.memory


def test_what_another_solver_does_is_not_derived() -> None:
    _, fit, models = derived(pca(None, "auto", random_state=0), LARGE, 3, 47, 48, 0.5)
    assert solver_used(fit.model) == "full"
    assert [model is None for model in models] == [True, True, False, False]
    estimator = pca(3, "auto", random_state=0)
    family, _ = family_of(estimator)
    assert family.lead(estimator, LARGE) is None  # as it is randomized
    fit = fit_of(Case(estimator, {}, LARGE), estimator)
    for k in (3, 48, 0.5):
        assert family.derive(fit, pca(k, "auto", random_state=0)) is None


def test_one_number_is_all_numbers_where_the_data_tell_the_solver() -> None:
    for seed in (0, None):
        _, fit, models = derived(pca(5, "auto", random_state=seed), X, 5, 2)
        assert None not in models
        assert not fit.memory


def test_sparse_data_are_left_to_arpack() -> None:
    _, fit, models = derived(pca(3, "auto", random_state=0), SPARSE, 2, 3)
    assert solver_used(fit.model) == "arpack"
    assert models == [None, None]
    with pytest.raises(ValueError, match="must be between 1"):  # and not: all components
        derived(pca(0.5, "auto", random_state=0), SPARSE)


def test_what_the_fit_refuses_is_not_derived() -> None:
    _, _, models = derived(pca(None), WIDE, "mle", 21)
    assert models == [None, None]
    _, _, models = derived(LinearDiscriminantAnalysis(), X, 3, y=np.arange(90) % 3)
    assert models == [None]
    family, _ = family_of(LinearDiscriminantAnalysis())
    fit = fit_of(Case(None, {}, X, np.arange(90) % 3), LinearDiscriminantAnalysis(n_components=1))
    assert family.derive(fit, LinearDiscriminantAnalysis()) is None
    assert family.derive(fit, LinearDiscriminantAnalysis(n_components=2)) is None


def test_eigenvalues_beyond_the_samples_are_not_known() -> None:
    _, _, models = derived(pca(None, "covariance_eigh"), WIDE, 5, 0.5, "mle")
    assert models == [None, None, None]


def test_the_spectrum_is_laid_out_as_in_the_fit() -> None:
    """Logarithms, of which "mle" has sums, are rounded otherwise in the other direction."""
    for solver, stride in (("covariance_eigh", -8), ("full", 8)):
        model = pca(None, solver).fit(X)
        spectrum = decomposition._spectrum(model)
        assert spectrum.strides == (stride,)
        assert spectrum.tolist() == model.explained_variance_.tolist()


@pytest.mark.parametrize("n", [50, 499, 500, 501, 590, 600])
@pytest.mark.parametrize("wanted", [None, 0, 1, 40, 47, 48, 50, 0.5, "mle"])
def test_the_automatic_solver_is_the_one_that_is_taken(n: int, wanted: Any) -> None:
    data = np.vstack([LARGE, LARGE + 1])[:n]
    model = PCA(wanted, random_state=0)
    if wanted == "mle" and n < 60:
        return
    assert solver_used(model.fit(data)) == automatic_solver(n, 60, wanted)


def test_the_automatic_solver_of_wide_data() -> None:
    data = np.ones((11, 1001)) * np.arange(11)[:, None]
    for shape in ((11, 1001), (11, 1), (10, 1), (9, 1), (11, 501)):
        part = data[: shape[0], : shape[1]]
        model = PCA(1, random_state=0).fit(part)
        assert solver_used(model) == automatic_solver(*shape, 1)
    assert automatic_solver(10_000, 1000, 1) == "covariance_eigh"
    assert automatic_solver(10_010, 1001, 1) == "randomized"


def test_components_that_came_to_nothing_stay_so() -> None:
    data = np.hstack([X[:, :2], X[:, :2]])
    y = X[:, 0] + X[:, 1]
    family, _ = family_of(PLSRegression())
    with pytest.warns(UserWarning, match="y residual is constant"):
        fit = fit_of(Case(None, {}, data, y), PLSRegression(4))
    for k in (1, 2):
        own = PLSRegression(k).fit(data, y)
        model = family.derive(fit, PLSRegression(k))
        assert not difference(responses(model, data), responses(own, data))
    with pytest.warns(UserWarning, match="y residual is constant"):
        own = PLSRegression(3).fit(data, y)
    model = family.derive(fit, PLSRegression(3))
    assert not difference(responses(model, data), responses(own, data))


def test_components_that_did_not_converge() -> None:
    data, y = pls_data(3)
    family, _ = family_of(PLSRegression())
    with pytest.warns(ConvergenceWarning):
        fit = fit_of(Case(None, {}, data, y), PLSRegression(5, max_iter=2))
    with pytest.warns(ConvergenceWarning):
        own = PLSRegression(3, max_iter=2).fit(data, y)
    model = family.derive(fit, PLSRegression(3, max_iter=2))
    assert not difference(responses(model, data), responses(own, data))


def test_more_latent_components_are_not_derived() -> None:
    data, y = pls_data(3)
    for kind in (PLSRegression, PLSCanonical, CCA, PLSSVD):
        family, _ = family_of(kind())
        fit = fit_of(Case(None, {}, data, y), kind(2))
        assert family.derive(fit, kind(3)) is None


@pytest.mark.parametrize(
    ("step", "values", "n_fits"),
    [
        (pca(), [1, 3, 0.5, None, "mle"], 1),
        (pca(svd_solver="covariance_eigh", whiten=True), [1, 3, 0.5, None], 1),
        (pca(svd_solver="auto", random_state=0), [1, 3, 5], 2),
        (pca(svd_solver="auto"), [0.5, 0.8, 0.9], 1),
        (LinearDiscriminantAnalysis(), [1, 2, None], 1),
    ],
)
def test_pipelines_score_as_they_would(step: Any, values: list[Any], n_fits: int) -> None:
    target = np.digitize(X[:, 0] + X[:, 1] * X[:, 2], [-1, 1])
    model = Pipeline([("step", step), ("model", GaussianNB())])
    grid = {"step__n_components": values}
    options = {"cv": 3, "return_train_score": True}
    for data in (X[:80], FRAME[:80]):
        theirs = GridSearchCV(model, grid, **options).fit(data, target[:80])
        ours = GridSearch(model, grid, **options).fit(data, target[:80])
        for name in ("split0_test_score", "split2_test_score", "mean_train_score"):
            assert theirs.cv_results_[name].tolist() == ours.cv_results_[name].tolist()
        assert ours.sharing_.steps["step"][1] <= 3 * n_fits


def test_a_fit_without_output_as_the_last_step_has_it() -> None:
    family, _ = family_of(pca())
    for lead, member in ((pca(), pca(3)), (pca(5, "auto"), pca(2, "auto"))):
        fit = Fit(clone(lead).fit(X[:70]), X[:70])
        model, own = family.derive(fit, clone(member)), clone(member)
        expected = own.fit_transform(X[:70])
        assert not difference(responses(model, X), responses(own, X))
        assert not difference(family.output(fit, model), expected)


def test_a_share_that_releases_add_up_otherwise_is_not_derived() -> None:
    data = LARGE.astype(np.float32)
    family, fit, _ = derived(pca(), data, 3)
    ratios = fit.model.explained_variance_ratio_
    one, other = np.cumsum(ratios), np.cumsum(ratios, dtype=np.float64)
    at = np.flatnonzero(one != other)[0]
    assert family.derive(fit, pca(float(one[at] + other[at]) / 2)) is None


def test_a_pca_as_the_last_step_scores_as_it_would() -> None:
    for estimator in (pca(), pca(svd_solver="auto", random_state=0)):
        grid = {"n_components": [2, 4, 6]}
        theirs = GridSearchCV(estimator, grid, cv=3).fit(X)
        ours = GridSearch(estimator, grid, cv=3).fit(X)
        scores = [s.cv_results_["mean_test_score"].tolist() for s in (theirs, ours)]
        assert scores[0] == scores[1]
