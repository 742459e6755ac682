"""The law of paths: whatever is derived, every score is what scikit-learn's search gives."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import decomposition, ensemble, linear_model, naive_bayes, neighbors, neural_network
from sklearn import feature_selection as selection
from sklearn.base import clone
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, KFold, ParameterGrid, ShuffleSplit
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from sktune import GridSearch
from sktune.sharing import Lineages
from sktune.sharing.randomness import Randomness
from sktune.sharing.sources import Draws
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import looks_inside

rng = np.random.default_rng(0)
N = 60
DENSE = rng.normal(size=(N, 6)) * [1, 2, 3, 4, 5, 6]
y = (DENSE[:, 0] + 0.3 * DENSE[:, 2] + rng.normal(size=N) > 0).astype(int)
THREE = y + (rng.random(N) > 0.6)
REAL = DENSE @ rng.normal(size=6) + rng.normal(size=N)
WEIGHTS = rng.uniform(0.5, 2, size=N)
SEEDS = [0, 1, None, np.random.RandomState(3)]

Grid = dict[str, list[Any]]


@dataclass(frozen=True)
class Step:
    """An estimator, and values that its parameters may take."""

    estimator: Any
    grid: Grid

    def named(self, name: str) -> Grid:
        return {f"{name}__{param}": values for param, values in self.grid.items()}


SIZES = {"n_estimators": [1, 4, 7, 2], "random_state": SEEDS}
GROWTH = {"max_depth": [1, 3, 8, None], "min_samples_leaf": [1, 2, 5], "ccp_alpha": [0.0, 0.02]}
SPLITS = {"min_samples_split": [2, 5, 9, 0.3], "random_state": SEEDS}
FOREST = {**SIZES, **GROWTH, "oob_score": [False, False, True], "warm_start": [False, True]}
BOOSTS = {**SIZES, "learning_rate": [0.1, 1.0], "max_depth": [1, 3], "subsample": [1.0, 0.5]}
HIST = {"max_iter": [1, 4, 9, 30], "early_stopping": [False, True], "random_state": SEEDS}
HIST |= {"learning_rate": [0.1, 0.5], "max_leaf_nodes": [3, 7], "n_iter_no_change": [2, 10]}
KNN = {"n_neighbors": [1, 2, 5, 9, 30, 100], "weights": ["uniform", "distance"]}
KNN |= {"algorithm": ["auto", "brute", "kd_tree"], "p": [1, 2]}
RIDGE = {"alpha": [0.0, 0.1, 1, 100.0], "fit_intercept": [True, False]}
RIDGE |= {"solver": ["auto", "cholesky", "svd"]}

CLASSIFIERS = [
    Step(ensemble.RandomForestClassifier(n_estimators=3), {**FOREST, "bootstrap": [True, False]}),
    Step(ensemble.ExtraTreesClassifier(n_estimators=3, bootstrap=True), FOREST),
    Step(
        ensemble.GradientBoostingClassifier(n_estimators=3),
        {**BOOSTS, "n_iter_no_change": [None, 2]},
    ),
    Step(ensemble.HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=3), HIST),
    Step(ensemble.AdaBoostClassifier(n_estimators=3), {**SIZES, "learning_rate": [0.5, 1.0]}),
    Step(ensemble.BaggingClassifier(n_estimators=3), {**SIZES, "max_features": [0.5, 1.0]}),
    Step(neighbors.KNeighborsClassifier(), KNN),
    Step(DecisionTreeClassifier(), {**GROWTH, **SPLITS, "criterion": ["gini", "entropy"]}),
    Step(ExtraTreeClassifier(), {**GROWTH, **SPLITS}),
    Step(linear_model.LogisticRegression(), {"C": [0.1, 10], "max_iter": [1, 20, 200, 500]}),
    Step(linear_model.RidgeClassifier(), RIDGE),
    Step(SVC(), {"kernel": ["linear", "rbf"], "gamma": [0.1, "scale"], "degree": [2, 3]}),
    Step(LinearDiscriminantAnalysis(), {"n_components": [None, 1]}),
    Step(naive_bayes.GaussianNB(), {"var_smoothing": [1e-9, 0.1]}),
    Step(
        neural_network.MLPClassifier((3,), max_iter=3), {"max_iter": [1, 3], "random_state": SEEDS}
    ),
]
REGRESSORS = [
    Step(ensemble.RandomForestRegressor(n_estimators=3), FOREST),
    Step(ensemble.GradientBoostingRegressor(n_estimators=3), BOOSTS),
    Step(ensemble.HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=3), HIST),
    Step(ensemble.AdaBoostRegressor(n_estimators=3), {**SIZES, "loss": ["linear", "square"]}),
    Step(ensemble.BaggingRegressor(n_estimators=3), {**SIZES, "bootstrap": [True, False]}),
    Step(neighbors.KNeighborsRegressor(), KNN),
    Step(DecisionTreeRegressor(), {**GROWTH, **SPLITS}),
    Step(linear_model.Ridge(), RIDGE),
    Step(linear_model.Lasso(), {"max_iter": [5, 100, 1000], "alpha": [0.1, 1.0]}),
    Step(PLSRegression(), {"n_components": [1, 2, 3], "scale": [True, False]}),
]
TRANSFORMERS = [
    Step(StandardScaler(), {"with_mean": [False, True]}),
    Step(MinMaxScaler(), {"feature_range": [(0, 1), (0, 2)]}),
    Step(decomposition.PCA(), {"n_components": [1, 2, 4, 0.9], "whiten": [False, True]}),
    Step(decomposition.PCA(svd_solver="full"), {"n_components": [1, 2, 4, None]}),
    Step(selection.SelectKBest(), {"k": [1, 2, 4, "all"]}),
    Step(selection.SelectPercentile(), {"percentile": [20, 50, 100]}),
    Step(selection.VarianceThreshold(), {"threshold": [0.0, 0.01, 1.5]}),
    Step(
        selection.SelectFromModel(DecisionTreeClassifier(random_state=0), threshold=0.1),
        {"threshold": [0.0, 0.1, "mean"], "max_features": [None, 2]},
    ),
    Step(
        selection.RFE(linear_model.Ridge(), n_features_to_select=3),
        {"n_features_to_select": [1, 2, 4], "step": [1, 2]},
    ),
]


def frames(X: Any) -> Any:
    return pd.DataFrame(X, columns=list("abcdef"))


KINDS = {
    "dense": lambda X: X,
    "columns first": np.asfortranarray,
    "single": lambda X: X.astype(np.float32),
    "ties": np.round,
    "twice": lambda X: np.concatenate([X[: N // 2]] * 2),
    "frame": frames,
    "sparse": lambda X: sparse.csr_matrix(np.where(np.abs(X) > 1, X, 0)),
}


@st.composite
def estimators(draw: Any, lasts: list[Step]) -> tuple[Any, Grid]:
    """A last step by itself, or after one or two others."""
    last = draw(st.sampled_from(lasts))
    names = draw(st.lists(st.sampled_from(["t", "u"]), max_size=2, unique=True))
    if not names and draw(st.booleans()):
        return last.estimator, thinned(draw, last.grid, 3)
    steps, grid = [], {}
    for name in names:
        step = draw(st.sampled_from(TRANSFORMERS))
        estimator: Any = step.estimator
        if draw(st.integers(0, 3)) == 0:
            estimator, name_in = FeatureUnion([("a", estimator), ("b", MinMaxScaler())]), "a"
            grid.update(thinned(draw, step.named(f"{name}__{name_in}"), 1))
        else:
            grid.update(thinned(draw, step.named(name), 1))
        steps.append((name, estimator))
    grid.update(thinned(draw, last.named("last"), 2))
    return Pipeline([*steps, ("last", last.estimator)]), grid


def thinned(draw: Any, grid: Grid, most: int) -> Grid:
    names = draw(st.lists(st.sampled_from(sorted(grid)), min_size=1, max_size=most, unique=True))
    return {
        name: draw(st.lists(st.sampled_from(grid[name]), min_size=1, max_size=4, unique_by=repr))
        for name in names
    }


@st.composite
def searches(draw: Any) -> dict[str, Any]:
    classifies = draw(st.booleans())
    estimator, grid = draw(estimators(CLASSIFIERS if classifies else REGRESSORS))
    few = [None, "accuracy", "roc_auc_ovr", ["accuracy", "f1_macro"], looks_inside]
    metrics = few if classifies else [None, "r2", "neg_mean_absolute_error"]
    return {
        "estimator": estimator,
        "grid": grid,
        "y": draw(st.sampled_from([y, THREE, y.astype(str)])) if classifies else REAL,
        "kind": draw(st.sampled_from(sorted(KINDS))),
        "cv": draw(st.sampled_from([KFold(2), ShuffleSplit(2, random_state=1)])),
        "scoring": draw(st.sampled_from(metrics)),
        "weights": not isinstance(estimator, Pipeline) and draw(st.integers(0, 3)) == 0,
        "train": draw(st.booleans()),
    }


def check(case: dict[str, Any], n_jobs: int) -> None:
    case = copy.deepcopy(case)
    X = KINDS[case["kind"]](DENSE)
    params = {"sample_weight": WEIGHTS} if case["weights"] else {}
    options = {
        "cv": case["cv"], "scoring": case["scoring"], "return_train_score": case["train"],
        "refit": False, "error_score": np.nan,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = outcome(GridSearchCV(case["estimator"], case["grid"], **options), X, case, params)
        search = GridSearch(case["estimator"], case["grid"], n_jobs=n_jobs, **options)
        ours = outcome(search, X, case, params)
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), ours
        assert_same_results(ours, theirs)
    else:
        assert type(ours) is type(theirs), (ours, theirs)


def outcome(search: Any, X: Any, case: dict[str, Any], params: Any) -> Any:
    np.random.seed(0)  # noqa: NPY002 - what has no seed draws from here
    try:
        return search.fit(X, case["y"], **params).cv_results_
    except Exception as exc:  # noqa: BLE001 - theirs and ours are compared
        return exc


quick = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.generate),  # to shrink takes minutes
}


@settings(max_examples=4, **quick)
@given(searches())
def test_searches_with_paths_give_what_grid_search_gives(case: dict[str, Any]) -> None:
    check(case, n_jobs=1)


@pytest.mark.slow
@settings(max_examples=300, **quick)
@given(searches())
def test_searches_with_paths_give_what_grid_search_gives_often(case: dict[str, Any]) -> None:
    check(case, n_jobs=1)


@pytest.mark.slow
@settings(max_examples=80, **quick)
@given(searches())
def test_two_workers_give_what_grid_search_gives(case: dict[str, Any]) -> None:
    assume(not draws(case))
    check(case, n_jobs=2)


def draws(case: dict[str, Any]) -> bool:
    """Whether workers that draw in any order may give something else."""
    lineages = Lineages(case["estimator"]) if isinstance(case["estimator"], Pipeline) else None
    for params in ParameterGrid(case["grid"]):
        estimator = clone(case["estimator"]).set_params(**clone(params, safe=False))
        if Randomness().of(estimator) is not Draws.NOT:
            return True
        if lineages is not None:
            lineages.of(params)
    return lineages is not None and lineages.in_order
