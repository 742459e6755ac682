"""The law of shared work for users' own code: every score is what scikit-learn's search gives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from tests.helpers.habits import (
    BY_TORCH,
    DRAWING,
    LEAVING_NO_TRACE,
    REMEMBERING,
    begin_anew,
    classifier,
    draws_by_a_bound_method,
    draws_from_what_lasts,
    keeps_its_data,
    transformer,
    writes,
    writes_into_its_targets,
)
from tests.helpers.laws import SETTINGS, few
from tests.helpers.searches import assert_same_results

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3)) * [1, 2, 3]
y = (X[:, 0] + 0.3 * X[:, 2] + rng.normal(size=40) > 0).astype(int)


@st.composite
def cases(draw: Any, habits: Any, *, seed: Any = None) -> Any:
    """A pipeline with one or two steps that have habits, a grid, and options of a search."""
    few = st.lists(st.sampled_from(habits), max_size=2)
    seeds = st.sampled_from([None, 0])

    def made() -> Any:
        kind = transformer(draw(few), draw(few), reuses=draw(st.booleans()))
        return kind(random_state=draw(seeds))

    odd = made()
    place = draw(st.sampled_from(["step", "nested", "union", "columns", "first"]))
    steps: list[Any] = [("scale", StandardScaler())]
    grid: dict[str, Any] = {}
    if place == "step":
        steps.append(("odd", odd))
        grid["odd__scale"] = [1.0, 0.3]
    elif place == "first":
        steps = [("odd", odd), *steps]
    elif place == "nested":
        steps.append(("inner", Pipeline([("scale", StandardScaler()), ("odd", odd)])))
        grid["inner__odd__scale"] = [1.0, 0.3]
    elif place == "union":
        steps.append(("union", FeatureUnion([("odd", odd), ("scale", StandardScaler())])))
    else:
        table = ColumnTransformer([("odd", odd, slice(0, 2)), ("same", "passthrough", [2])])
        steps.append(("table", table))
    last = draw(st.sampled_from(["linear", "tree", "odd"]))
    if last == "odd":
        kind = classifier(draw(few), draw(few))
        steps.append(("last", kind(random_state=draw(seeds))))
        grid["last__quantile"] = [0.3, 0.5, 0.7]
    elif last == "tree":
        steps.append(("last", DecisionTreeClassifier(splitter="random", random_state=seed)))
        grid["last__max_depth"] = [1, 3]
    else:
        steps.append(("last", LogisticRegression()))
        grid["last__C"] = [0.1, 1.0, 10.0]
    options = {
        "scoring": draw(st.sampled_from([None, "neg_log_loss", ["accuracy", "neg_log_loss"]])),
        "return_train_score": draw(st.booleans()),
        "cv": draw(st.sampled_from([KFold(2), KFold(3, shuffle=True, random_state=0)])),
        "refit": False,
    }
    return Pipeline(steps), grid, options


def writing_and_drawing(in_fit: Any, in_transform: Any) -> Any:
    """A step inside a pipeline that spoils the targets, and draws what cannot be drawn again."""
    odd = transformer([*in_fit, writes_into_its_targets], in_transform, reuses=True)()
    inner = Pipeline([("scale", StandardScaler()), ("odd", odd)])
    pipeline = Pipeline([("inner", inner), ("last", LogisticRegression())])
    grid = {"inner__odd__scale": [1.0, 0.3], "last__C": [0.1, 1.0]}
    return pipeline, grid, {"scoring": "neg_log_loss", "cv": KFold(2), "refit": False}


def asked_by_two_metrics() -> Any:
    """A step of an inner pipeline that changes as it transforms, which two metrics ask for."""
    odd = transformer([writes], [keeps_its_data], reuses=False)()
    inner = Pipeline([("scale", StandardScaler()), ("odd", odd)])
    pipeline = Pipeline(
        [("scale", StandardScaler()), ("inner", inner), ("last", LogisticRegression())]
    )
    grid = {"inner__odd__scale": [1.0, 0.3], "last__C": [0.1, 1.0, 10.0]}
    cv = KFold(3, shuffle=True, random_state=0)
    return pipeline, grid, {"scoring": ["accuracy", "neg_log_loss"], "cv": cv, "refit": False}


def check(case: Any, n_jobs: int) -> None:
    pipeline, grid, options = case
    results = []
    for kind, workers in ((GridSearchCV, 1), (GridSearch, n_jobs)):
        begin_anew()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = kind(pipeline, grid, n_jobs=workers, **options).fit(X.copy(), y.copy())
        results.append(search.cv_results_)
    assert_same_results(results[1], results[0])


ALL = [*DRAWING, *REMEMBERING, *LEAVING_NO_TRACE]


@settings(max_examples=few(12), **SETTINGS)
@given(cases(ALL))
@example(writing_and_drawing([], [draws_by_a_bound_method]))
@example(writing_and_drawing([draws_from_what_lasts], []))
@example(asked_by_two_metrics())
def test_users_code_is_shared_only_where_nobody_can_tell(case: Any) -> None:
    check(case, 1)


@settings(max_examples=few(3), **SETTINGS)
@given(cases(LEAVING_NO_TRACE, seed=0))
def test_likewise_with_two_workers(case: Any) -> None:
    check(case, 2)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_likewise_at_length_and_with_torch(n_jobs: int) -> None:
    pytest.importorskip("torch", reason="it has a generator of its own, and writes into arrays")
    habits = [*ALL, *BY_TORCH] if n_jobs == 1 else [*LEAVING_NO_TRACE, *BY_TORCH[1:]]

    @settings(max_examples=600 if n_jobs == 1 else 100, **SETTINGS)
    @given(cases(habits, seed=None if n_jobs == 1 else 0))
    def law(case: Any) -> None:
        check(case, n_jobs)

    law()
