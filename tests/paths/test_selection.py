"""Selectors of features: one ranking, many thresholds."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import (
    RFE,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
    chi2,
    f_regression,
    mutual_info_classif,
)
from sklearn.linear_model import Lasso, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import GridSearch
from sktune.paths import family_of
from sktune.testing import Case
from sktune.testing.path_families import difference, fit_of, responses
from tests.helpers.path_laws import PathLaws

X, y = make_classification(80, 9, n_informative=5, n_classes=3, random_state=0)
XR, yr = make_regression(70, 8, n_informative=4, noise=10, random_state=0)
POSITIVE = np.abs(X).round(1)
FRAME = pd.DataFrame(X, columns=list("abcdefghi"))
SPARSE = sparse.csr_matrix(np.where(np.abs(X) > 0.8, X, 0))
KS = ["all", np.int64(3), 9]


def only_scores(X: Any, y: Any) -> Any:
    return np.abs(X).sum(axis=0)


def with_ties_and_gaps(X: Any, y: Any) -> Any:
    return np.array([3, 3, np.nan, 1, 3, 2, 1, 1, 1.0][: X.shape[1]])


seeded = functools.partial(mutual_info_classif, random_state=0)


@pytest.mark.filterwarnings("ignore:No features were selected")
class TestUnivariate(PathLaws):
    def cases(self) -> list[Case]:
        shares = {"alpha": [0.001, np.float32(0.5), 1]}
        best, percentiles = SelectKBest, {"percentile": [0.5, 50, 100]}
        return [
            Case(best(), {"k": KS}, X, y),
            Case(best(chi2), {"k": KS}, POSITIVE, y),
            Case(best(f_regression), {"k": [1, 2, 5]}, XR.astype(np.float32), yr),
            Case(best(seeded), {"k": [1, 5]}, np.asfortranarray(X), y),
            Case(best(with_ties_and_gaps), {"k": KS}, X, y),
            Case(best(only_scores), {"k": KS}, FRAME, pd.Series(y)),
            Case(best().set_output(transform="pandas"), {"k": KS}, FRAME, y),
            Case(best(chi2), {"k": KS}, abs(SPARSE), y),
            Case(SelectPercentile(with_ties_and_gaps), {"percentile": [20, 30, 50, 90]}, X, y),
            Case(SelectPercentile(chi2), percentiles, abs(SPARSE).tocsc(), y),
            *(Case(kind(f_regression), shares, XR, yr)
              for kind in (SelectFpr, SelectFdr, SelectFwe)),
            Case(GenericUnivariateSelect(), {"mode": ["k_best"], "param": [1, 3, "all"]}, X, y),
            Case(GenericUnivariateSelect(),
                 {"mode": ["fpr", "fdr", "fwe", "percentile"], "param": [0.1, 0.5, 1]}, X, y),
        ]  # fmt: skip

    def alone(self) -> list[Any]:
        ks: list[Any] = ["some", -1, 2.0, None, True, [1]]
        percentages: list[Any] = [-1, 101, "all", None, True, np.nan]
        shares: list[Any] = [-0.1, 1.1, "0.5", None, False]
        return [
            *(SelectKBest(k=k) for k in ks),
            *(SelectPercentile(percentile=value) for value in percentages),
            *(kind(alpha=a) for a in shares for kind in (SelectFpr, SelectFdr, SelectFwe)),
            *(GenericUnivariateSelect(param=value) for value in (-1, "some", None, True, np.inf)),
            *(GenericUnivariateSelect(mode=value) for value in ("k", None, ["fpr"])),
        ]


class TestVarianceThreshold(PathLaws):
    def cases(self) -> list[Case]:
        data = X * np.linspace(0.1, 2, 9) + 100
        data[:, 2] = 0.1
        gaps = np.where(X > 2, np.nan, X)
        # 10 has no features left
        values = {"threshold": [0, 0.05, 0.3, np.float32(1), 10]}
        zeros = {"threshold": [0, 0.0, np.float64(-0.0)]}
        return [
            *(Case(VarianceThreshold(), values, d)
              for d in (data, np.asfortranarray(data), SPARSE, gaps, FRAME)),
            Case(VarianceThreshold(), zeros, data),
            Case(VarianceThreshold(), zeros, SPARSE),
            Case(VarianceThreshold(), values, data.astype(np.float32)),
        ]  # fmt: skip

    def alone(self) -> list[Any]:
        return [VarianceThreshold(t) for t in (-1, np.nan, np.inf, "0", None, True)]

    def members(self, case: Case) -> list[Any]:
        """Without those that fail as a lead."""
        return [m for m in super().members(case) if m.threshold != 10]


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:All-NaN slice")
def test_variances_that_do_not_suffice_are_left_to_fail() -> None:
    data = np.hstack([X, np.full((80, 1), np.nan)])
    family, _ = family_of(VarianceThreshold())
    for threshold, too_much in ((0.1, 100), (0.0, np.nan)):
        fit = fit_of(Case(None, {}, data), VarianceThreshold(threshold))
        assert family.derive(fit, VarianceThreshold(threshold)) is not None
        assert family.derive(fit, VarianceThreshold(too_much)) is None
    fit = fit_of(Case(None, {}, data), VarianceThreshold(0.1))
    assert family.derive(fit, VarianceThreshold(0)) is None
    fit = fit_of(Case(None, {}, data), VarianceThreshold(0))
    assert family.derive(fit, VarianceThreshold(0.1)) is None


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_a_variance_beyond_all_numbers_is_not_enough() -> None:
    family, _ = family_of(VarianceThreshold())
    fit = fit_of(Case(None, {}, X * np.r_[1e200, np.ones(8)]), VarianceThreshold(0.1))
    assert family.derive(fit, VarianceThreshold(0.2)) is not None
    assert family.derive(fit, VarianceThreshold(1e9)) is None


def two_at_most(X: Any) -> int:
    return min(2, X.shape[1])


def too_many(X: Any) -> int:
    return X.shape[1] + 1


@pytest.mark.filterwarnings("ignore:No features were selected")
class TestFromModel(PathLaws):
    def cases(self) -> list[Case]:
        grid = {
            "threshold": [None, "0.5*median", 0.1],
            "max_features": [None, np.int64(2), 5, two_at_most],
        }
        some = {"threshold": ["1.1*mean", -np.inf], "max_features": [None, 0]}
        forest = RandomForestClassifier(2, random_state=np.random.RandomState(3))
        weights = {"sample_weight": np.linspace(0.1, 1, 80)}
        scaled = make_pipeline(StandardScaler(), Ridge())
        return [
            Case(SelectFromModel(Ridge()), grid, X, y),
            Case(SelectFromModel(forest), some, FRAME, pd.Series(y), weights),
            Case(SelectFromModel(Lasso(), norm_order=2), some, XR, yr),
            Case(SelectFromModel(Ridge()), some, SPARSE, y),
            Case(SelectFromModel(Ridge()), some, X.tolist(), y.tolist()),
            Case(
                SelectFromModel(scaled, importance_getter="named_steps.ridge.coef_"),
                some, np.asfortranarray(X), y,
            ),
        ]  # fmt: skip

    def alone(self) -> list[Any]:
        model = LogisticRegression()
        return [
            SelectFromModel(model, prefit=True),
            SelectFromModel(model, prefit="no"),
            SelectFromModel(model, threshold=[1]),
            *(SelectFromModel(model, max_features=k) for k in (-1, 2.0, "2", True)),
        ]


def test_a_limit_of_the_lead_is_not_taken_over() -> None:
    family, _ = family_of(SelectFromModel(Ridge()))
    fit = fit_of(Case(None, {}, XR, yr), SelectFromModel(Ridge(), max_features=3))
    own = SelectFromModel(Ridge()).fit(XR, yr)
    assert not difference(family.derive(fit, SelectFromModel(Ridge())), own)


@pytest.mark.parametrize("limit", [10, too_many, str, np.argmin])
def test_limits_that_releases_refuse_are_left_to_them(limit: Any) -> None:
    family, _ = family_of(SelectFromModel(LogisticRegression()))
    fit = fit_of(Case(None, {}, X, y), SelectFromModel(LogisticRegression()))
    member = SelectFromModel(LogisticRegression(), max_features=limit)
    model = family.derive(fit, member)
    assert model is None or limit is np.argmin


@pytest.mark.filterwarnings(
    "ignore:Found n_features_to_select=9 > n_features=8", "ignore:X has feature names"
)
class TestElimination(PathLaws):
    def cases(self) -> list[Case]:
        ks = {"n_features_to_select": [1, np.int64(4), 9]}
        parts = {"n_features_to_select": [0.3, None, 0.7, 1.0]}
        tree = DecisionTreeClassifier(max_depth=3, random_state=0)
        seeded = DecisionTreeClassifier(random_state=np.random.RandomState(3))
        weights = {"sample_weight": np.linspace(0.1, 1, 80)}
        return [
            Case(RFE(Ridge()), ks, X, y),
            Case(RFE(tree, step=2), ks, FRAME, y),
            Case(RFE(seeded, step=4), ks, np.asfortranarray(X), pd.Series(y), weights),
            Case(RFE(GaussianNB(), importance_getter=narrow), ks, X, y),
            Case(RFE(tree, step=0.25), ks, X.astype(np.float32), y),
            Case(RFE(Ridge(), step=0.05), {"n_features_to_select": [2, 6]}, XR, yr),
            Case(RFE(tree, step=3), parts, X, y),
            Case(RFE(Ridge()), {"n_features_to_select": [1, 3, 0.5, 0.2]}, XR, yr, n_fits=2),
            Case(RFE(Ridge()), {"n_features_to_select": [2, 6]}, SPARSE, y),
            # 9 is more than there are
            Case(RFE(DecisionTreeRegressor(random_state=0), step=2), ks, XR,
                 np.column_stack([yr, -yr]), n_fits=2),
            Case(RFE(tree).set_output(transform="pandas"), ks, FRAME, y),
        ]  # fmt: skip

    def alone(self) -> list[Any]:
        model = LogisticRegression()
        values: list[Any] = [0, -1, 1.5, 0.0, "auto", True, np.float32(0.5)]
        return [
            *(RFE(model, n_features_to_select=value) for value in values),
            *(RFE(model, step=value) for value in (0, 1.0, 2.0, "1", True, np.float32(0.5))),
            RFE(model, verbose=1),
        ]


def narrow(model: Any) -> Any:
    """Importances with many ties."""
    return np.abs(model.theta_).sum(axis=0).round(0)


def test_eliminations_further_than_the_lead_are_not_derived() -> None:
    family, _ = family_of(RFE(Ridge()))
    fit = fit_of(Case(None, {}, XR, yr), RFE(Ridge(), n_features_to_select=3))
    for k, known in ((2, False), (3, True), (4, True), (0.1, False), (8, True), (9, False)):
        assert (family.derive(fit, RFE(Ridge(), n_features_to_select=k)) is not None) is known


def test_elimination_with_routed_weights() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight="w")
        weights = {"w": np.linspace(0.1, 1, 80)}
        family, _ = family_of(RFE(model))
        fit = fit_of(Case(None, {}, X, y, weights), RFE(model, n_features_to_select=1, step=2))
        member = RFE(model, n_features_to_select=4, step=2)
        own = clone(member).fit(X, y, **weights)
        assert not difference(responses(family.derive(fit, member), X), responses(own, X))


@pytest.mark.filterwarnings("ignore:No features were selected")
class TestSequence(PathLaws):
    def cases(self) -> list[Case]:
        ks = {"n_features_to_select": [1, np.int64(2)]}
        parts = {"n_features_to_select": ["auto", 0.3, 1.0, 0.01]}
        once = [(np.arange(40), np.arange(40, 80))]
        nb = GaussianNB()
        sfs = SequentialFeatureSelector
        few, backward = X[:, :4], {"cv": once, "direction": "backward"}
        return [
            Case(sfs(nb, cv=2), ks, X[:, :3], y),
            Case(sfs(nb, **backward), ks, few, y),
            Case(sfs(nb, cv=once), parts, few, y),
            Case(sfs(nb, **backward), {"n_features_to_select": ["auto", 0.3, 1.0]}, few, y),
            Case(sfs(nb, scoring="f1_macro", tol=0.1, cv=KFold(2)), ks, FRAME.iloc[:, :3], y),
            Case(sfs(nb, cv=StratifiedKFold(2, shuffle=True, random_state=0)), ks, X[:, :3], y),
            Case(sfs(Ridge(), cv=once), {"n_features_to_select": [1, 3]}, SPARSE[:, :4], y),
            Case(sfs(nb, cv=once, scoring=no_difference), ks, few, y),
            Case(sfs(nb, cv=once).set_output(transform="pandas"), ks, FRAME.iloc[:, :4], y),
        ]  # fmt: skip

    def alone(self) -> list[Any]:
        nb, sfs = GaussianNB(), SequentialFeatureSelector
        values: list[Any] = [0, -1, 1.5, 0.0, "half", None, True, np.float32(0.5)]
        drawing = [
            KFold(2, shuffle=True),
            KFold(2, shuffle=True, random_state=np.random.RandomState(0)),
            ShuffleSplit(2),
            RepeatedKFold(n_splits=2),
            Folds(2),
            iter(()),
        ]
        return [
            *(sfs(nb, n_features_to_select=value) for value in values),
            sfs(nb, tol=0.1),
            sfs(nb, direction="sideways"),
            *(sfs(nb, cv=cv) for cv in drawing),
        ]

    def test_steady_folds_are_told(self) -> None:
        for cv in (None, 3, KFold(2), GroupKFold(2), ShuffleSplit(2, random_state=0)):
            assert family_of(SequentialFeatureSelector(GaussianNB(), cv=cv))


class Folds(KFold):
    """Whatever it does."""


def no_difference(estimator: Any, X: Any, y: Any) -> float:
    return 0.5


def test_a_sequence_that_the_fit_refuses_is_not_derived() -> None:
    nb, data = GaussianNB(), X[:, :4]
    for direction, k in (("forward", 3), ("backward", 1)):
        lead = SequentialFeatureSelector(nb, n_features_to_select=k, cv=2, direction=direction)
        family, _ = family_of(lead)
        fit = fit_of(Case(None, {}, data, y), family.lead(lead, data))
        for wanted, known in ((4, False), (7, False), (3, True), (0.5, True)):
            member = clone(lead).set_params(n_features_to_select=wanted)
            assert (family.derive(fit, member) is not None) is known
    lead = SequentialFeatureSelector(nb, n_features_to_select=1, cv=2)
    fit = fit_of(Case(None, {}, data, y), family.lead(lead, data))
    assert family.derive(fit, clone(lead).set_params(n_features_to_select=2)) is None


def test_the_lead_of_a_sequence_is_its_own_estimator_but_for_its_memory() -> None:
    estimator = SequentialFeatureSelector(GaussianNB()).set_output(transform="pandas")
    family, _ = family_of(estimator)
    lead = family.lead(estimator, None)
    assert type(estimator) is SequentialFeatureSelector
    assert isinstance(clone(lead), SequentialFeatureSelector)
    assert vars(clone(lead)).keys() == vars(estimator).keys()


def pipelines() -> list[tuple[Any, dict[str, list[Any]], int]]:
    """Selectors before a classifier, with how many fits of the selector a split takes."""
    tree = DecisionTreeClassifier(random_state=0)
    return [
        (SelectKBest(), {"k": [1, 4, "all"]}, 1),
        (SelectPercentile(seeded), {"percentile": [20, 50, 100]}, 1),
        (VarianceThreshold(), {"threshold": [0, 0.1, 0.2]}, 2),
        (SelectFromModel(tree), {"threshold": ["mean", "median"], "max_features": [None, 3]}, 1),
        (RFE(tree, step=2), {"n_features_to_select": [2, 5, 8]}, 1),
        (SequentialFeatureSelector(GaussianNB(), cv=2), {"n_features_to_select": [1, 2]}, 1),
    ]


@pytest.mark.parametrize(("selector", "grid", "n_fits"), pipelines())
def test_pipelines_score_as_they_would(selector: Any, grid: Any, n_fits: int) -> None:
    model = Pipeline([("select", selector), ("model", GaussianNB())])
    grid = {f"select__{name}": values for name, values in grid.items()}
    options = {"cv": 3, "return_train_score": True}
    theirs = GridSearchCV(model, grid, **options).fit(X, y)
    ours = GridSearch(model, grid, **options).fit(X, y)
    for name in ("split0_test_score", "split2_test_score", "mean_train_score"):
        assert theirs.cv_results_[name].tolist() == ours.cv_results_[name].tolist()
    assert ours.sharing_.steps["select"][1] <= 3 * n_fits


def test_a_lead_that_is_fitted_again_forgets() -> None:
    family, _ = family_of(SequentialFeatureSelector(GaussianNB()))
    lead = family.lead(SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, cv=2), None)
    assert lead.fit(X[:, :4], y).picked_ == lead.fit(X[:, :4], y).picked_
    assert len(lead.picked_) == 2
