"""The law of shared work: every score is what scikit-learn's search gives, to the bit."""

from __future__ import annotations

import copy
import warnings
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, ParameterGrid, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.random_projection import GaussianRandomProjection
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import has_fit_parameter

from sktune import GridSearch
from sktune.sharing import Lineages
from tests.helpers.laws import SETTINGS, few
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import (
    Differs,
    InPlace,
    Noise,
    NoTransformerMixin,
    WritesLast,
    looks_inside,
)

rng = np.random.default_rng(0)
X = rng.normal(size=(48, 5)) * [1, 2, 3, 4, 5]
y = (X[:, 0] + 0.3 * X[:, 2] + rng.normal(size=48) > 0).astype(int)
WEIGHTS = rng.uniform(0.5, 2, size=48)

Step = tuple[Any, dict[str, list[Any]]]
"""A transformer, and values that its parameters may take."""

PLAIN: list[Step] = [
    (StandardScaler(), {"with_mean": [True, False], "with_std": [True, False]}),
    (StandardScaler(copy=False), {"with_mean": [True, False]}),
    (MinMaxScaler(), {"feature_range": [(0, 1), (1, 2)]}),
    (FunctionTransformer(np.arctan), {"func": [np.arctan, None, np.cbrt]}),
    (VarianceThreshold(), {"threshold": [0.0, 1e-3]}),
    (Differs(), {"shift": [0.0, 0.5]}),
    (InPlace(), {"factor": [2.0, 0.5]}),
    (NoTransformerMixin(), {"shift": [0.0, 1.0]}),
    (Noise(), {"random_state": [None, 0, np.random.RandomState(3)]}),
]
NARROW: list[Step] = [
    (PCA(svd_solver="full"), {"n_components": [1, 2], "whiten": [False, True]}),
    (SelectKBest(), {"k": [1, 2]}),
    (TruncatedSVD(random_state=0), {"n_components": [1, 2]}),
    (GaussianRandomProjection(2, random_state=np.random.RandomState(1)), {"n_components": [1, 2]}),
]
LAST: list[Step] = [
    (LogisticRegression(max_iter=200), {"C": [0.1, 1.0, 10.0]}),
    (DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, None]}),
    (DecisionTreeClassifier(splitter="random"), {"max_depth": [1, 2, None]}),
    (KNeighborsClassifier(), {"n_neighbors": [1, 5], "weights": ["uniform", "distance"]}),
    (GaussianNB(), {"var_smoothing": [1e-9, 1e-2]}),
    (WritesLast(), {"value": [0.3, 0.5, 0.9]}),
]


def named(params: dict[str, list[Any]], name: str) -> dict[str, list[Any]]:
    return {f"{name}__{param}": values for param, values in params.items()}


@st.composite
def chains(draw: Any, last: list[Step] | None, depth: int = 2) -> Step:
    """A pipeline of up to three steps; nested, with unions and columns, down to a depth."""
    steps, grid = [], {}
    kinds: list[Any] = [st.sampled_from(PLAIN), st.sampled_from(PLAIN)]
    if depth:
        kinds += [chains(None, depth - 1), unions(depth - 1), columns(depth - 1)]
    for k in range(draw(st.integers(1, 2))):
        estimator, params = draw(st.one_of(kinds))
        steps.append((f"s{k}", estimator))
        grid.update(named(params, f"s{k}"))
    if draw(st.booleans()):
        grid["s0"] = [steps[0][1], "passthrough"]
        grid = {name: v for name, v in grid.items() if not name.startswith("s0__")}
    estimator, params = draw(st.sampled_from(NARROW if last is None else last))
    steps.append(("last", estimator))
    grid.update(named(params, "last"))
    return Pipeline(steps), thinned(draw, grid)


@st.composite
def unions(draw: Any, depth: int) -> Step:
    (a, of_a), (b, of_b) = draw(chains(None, depth)), draw(st.sampled_from(NARROW))
    grid = {**named(of_a, "a"), **named(of_b, "b")}
    return FeatureUnion([("a", a), ("b", b)]), thinned(draw, grid)


@st.composite
def columns(draw: Any, depth: int) -> Step:
    a, of_a = draw(st.sampled_from(PLAIN))
    b, of_b = draw(st.sampled_from(PLAIN))
    remainder = draw(st.sampled_from(["drop", "passthrough", MinMaxScaler()]))
    table = ColumnTransformer([("a", a, [0]), ("b", b, slice(0, 1))], remainder=remainder)
    return table, thinned(draw, {**named(of_a, "a"), **named(of_b, "b")})


def thinned(draw: Any, grid: dict[str, list[Any]]) -> dict[str, list[Any]]:
    names = sorted(grid)
    kept = draw(st.lists(st.sampled_from(names), max_size=2, unique=True)) if names else []
    return {name: grid[name] for name in kept}


splits = st.sampled_from(
    [KFold(2), KFold(3, shuffle=True, random_state=0), ShuffleSplit(2, random_state=1)]
)
scorings = st.sampled_from(
    [None, "accuracy", "roc_auc", ["accuracy", "neg_log_loss"], looks_inside, "neg_log_loss"]
)


def check(case: Any, n_jobs: int) -> None:
    # the steps of all cases are the same objects, and set_output changes them
    (pipeline, grid), cv, scoring, weights, train, output = copy.deepcopy(case)
    # what no fit takes is refused before the first
    weights = weights and has_fit_parameter(pipeline.steps[-1][1], "sample_weight")
    params = {"last__sample_weight": WEIGHTS} if weights else {}
    if output is not None:
        with suppress(ValueError):  # not every transformer has it
            pipeline.set_output(transform=output)
    options = {
        "cv": cv, "scoring": scoring, "return_train_score": train, "refit": False,
        "n_jobs": n_jobs, "error_score": np.nan,
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = outcome(GridSearchCV(pipeline, grid, **options), params)
        ours = outcome(GridSearch(pipeline, grid, **options), params)
    if isinstance(theirs, dict):
        assert isinstance(ours, dict), ours
        if n_jobs > 1 and may_draw_globally_in(pipeline, grid):
            return  # two workers draw in any order
        assert_same_results(ours, theirs)
    else:
        assert type(ours) is type(theirs)


def may_draw_globally_in(pipeline: Any, grid: Any) -> bool:
    lineages = Lineages(pipeline)
    for params in ParameterGrid(grid):
        lineages.of(params)
    return lineages.in_order


def outcome(search: Any, params: Any) -> Any:
    try:
        np.random.seed(0)  # noqa: NPY002 - it is the global source that estimators draw from
        return search.fit(X.copy(), y.copy(), **params).cv_results_
    except (ValueError, AttributeError) as exc:  # all failed, or a metric is not to be had
        return exc


cases = st.tuples(
    chains(LAST), splits, scorings, st.booleans(), st.booleans(), st.sampled_from([None, "pandas"])
)


@settings(max_examples=few(6), **SETTINGS)
@given(cases)
def test_shared_is_unshared(case: Any) -> None:
    check(case, 1)


@settings(max_examples=few(2), **SETTINGS)
@given(cases)
def test_shared_is_unshared_with_two_workers(case: Any) -> None:
    check(case, 2)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_shared_is_unshared_at_length(n_jobs: int) -> None:
    @settings(max_examples=600 if n_jobs == 1 else 150, **SETTINGS)
    @given(cases)
    def law(case: Any) -> None:
        check(case, n_jobs)

    law()
