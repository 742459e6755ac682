"""The law of halving over pipelines: shared, resumed and with workers it is what it is alone."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - it is what it does
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, VarianceThreshold
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import HalvingGridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, SuccessiveHalving
from tests.helpers.laws import SHRINKING, few
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Leaves

data = np.random.default_rng(0)
X = data.normal(size=(90, 6))
y = (X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * data.normal(size=90) > 0).astype(int)

full = PCA(2, svd_solver="full")
tree = DecisionTreeClassifier(max_depth=3, random_state=0)
BEFORE: list[tuple[Any, dict[str, list[Any]], str | None]] = [
    (StandardScaler(), {"with_mean": [True, False]}, None),
    (SelectKBest(k=3), {"k": [1, 3, 5]}, "k"),
    (full, {"n_components": [1, 2, 5], "whiten": [False, True]}, "n_components"),
    (VarianceThreshold(), {"threshold": [0.0, 0.9]}, None),
    (SelectFromModel(tree), {"threshold": ["mean", "median"]}, "max_features"),
    (RFE(tree, n_features_to_select=3), {"n_features_to_select": [2, 4]}, "n_features_to_select"),
    (FeatureUnion([("k", SelectKBest(k=2)), ("p", full)]), {"k__k": [1, 2]}, "p__n_components"),
    (ColumnTransformer([("k", SelectKBest(k=1), [0, 1])], remainder="passthrough"),
     {"k__k": [1, 2]}, None),
    (Pipeline([("s", StandardScaler()), ("k", SelectKBest(k=3))]), {"k__k": [1, 3]}, "k__k"),
    (Leaves(), {"factor": [1.0, 2.0]}, None),
]  # fmt: skip
"""A transformer, values of its parameters, and the one that can be the resource."""

LAST: list[tuple[Any, dict[str, list[Any]], str]] = [
    (DecisionTreeClassifier(random_state=0), {"criterion": ["gini", "entropy"]}, "max_depth"),
    (
        RandomForestClassifier(random_state=0, n_estimators=4),
        {"max_depth": [1, 2, 3]},
        "n_estimators",
    ),
    (ExtraTreesClassifier(random_state=0, n_estimators=4), {"max_depth": [1, 2]}, "n_estimators"),
    (
        GradientBoostingClassifier(random_state=0, n_estimators=4),
        {"max_depth": [1, 2]},
        "n_estimators",
    ),
    (
        HistGradientBoostingClassifier(random_state=0, max_iter=4),
        {"learning_rate": [0.1, 1.0]},
        "max_iter",
    ),
    (
        BaggingClassifier(random_state=0, n_estimators=4),
        {"max_samples": [0.5, 1.0]},
        "n_estimators",
    ),
    (KNeighborsClassifier(), {"weights": ["uniform", "distance"]}, "n_neighbors"),
    (LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, "max_iter"),
    (SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2]}, "max_iter"),
]

setups = st.fixed_dictionaries(
    {
        "before": st.lists(st.sampled_from(range(len(BEFORE))), min_size=1, max_size=2),
        "last": st.sampled_from(range(len(LAST))),
        # what has the resource: the samples, the last step, or one before it
        "resource": st.sampled_from(["last", "last", "before", "n_samples"]),
        "searched": st.lists(st.booleans(), min_size=8, max_size=8),
        "n_jobs": st.sampled_from([1, 2]),
        "racing": st.booleans(),
        "kept": st.one_of(st.none(), st.floats(0, 1)),  # of the lines of a journal
        "return_train_score": st.booleans(),
        "scoring": st.sampled_from([None, "accuracy", "roc_auc"]),
    }
)


def pipeline(setup: Any) -> tuple[Pipeline, dict[str, list[Any]], str]:
    """Return a pipeline, a grid over it, and what the resource is."""
    steps, grid, resources = [], {}, []
    searched = iter(setup["searched"])
    parts = [*(BEFORE[k] for k in setup["before"]), LAST[setup["last"]]]
    for number, (step, values, resource) in enumerate(parts):
        steps.append((f"s{number}", step))
        own = {name: choices for name, choices in values.items() if next(searched)}
        grid |= {f"s{number}__{name}": choices for name, choices in own.items()}
        resources.append(None if resource is None else f"s{number}__{resource}")
    *before, last = resources
    assert last is not None
    found = [name for name in before if name is not None]
    name = {"n_samples": "n_samples", "last": last}.get(setup["resource"], (found or [last])[0])
    grid.pop(name, None)
    name_of_last, values = f"s{len(parts) - 1}__", LAST[setup["last"]][1]
    grid |= {f"{name_of_last}{key}": choices for key, choices in values.items()}
    return Pipeline(steps), grid, name


def fitted(search: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return search.fit(X, y)
        except ValueError as exc:
            if not str(exc).startswith("All the"):
                raise
            return exc


def check(setup: Any) -> None:
    estimator, grid, resource = pipeline(setup)
    least, most = (30, "auto") if resource == "n_samples" else (1, 5)
    halving: dict[str, Any] = {"min_resources": least, "max_resources": most, "factor": 2}
    options: dict[str, Any] = {
        "cv": 2, "refit": False, "scoring": setup["scoring"],
        "return_train_score": setup["return_train_score"],
    }  # fmt: skip
    strategy = SuccessiveHalving(resource, **halving, random_state=0)
    ours: dict[str, Any] = {**options, "strategy": strategy}
    if setup["racing"]:
        ours["early_termination"] = "racing"
    alone = fitted(GridSearch(estimator, grid, share_work=False, **ours))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "journal.jsonl")
        search = GridSearch(estimator, grid, n_jobs=setup["n_jobs"], **ours)
        if setup["kept"] is not None:
            search.set_params(checkpoint=path)
        shared = fitted(search)
        assert_same(shared, alone)
        if setup["kept"] is not None:
            lines = path.read_bytes().splitlines(keepends=True)
            path.write_bytes(b"".join(lines[: 1 + int(setup["kept"] * len(lines))]))
            assert_same(fitted(search), alone)
    if not setup["racing"] and not isinstance(alone, Exception):
        theirs = HalvingGridSearchCV(
            estimator, grid, resource=resource, **halving, **options, random_state=0
        )
        assert_same(shared, fitted(theirs))


def assert_same(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs) or not isinstance(ours, Exception), ours
    if not isinstance(theirs, Exception):
        known = {n: v for n, v in theirs.cv_results_.items() if not n.endswith("own_time")}
        assert_same_results(ours.cv_results_, known)


@settings(max_examples=few(3), **SHRINKING)
@given(setups)
def test_halving_over_pipelines(setup: Any) -> None:
    check({**setup, "n_jobs": 1})


@settings(max_examples=2, **SHRINKING)
@given(setups)
def test_halving_over_pipelines_with_two_workers(setup: Any) -> None:
    check({**setup, "n_jobs": 2})


@pytest.mark.slow
def test_halving_over_pipelines_at_length() -> None:
    @settings(max_examples=250, **SHRINKING)
    @given(setups)
    def law(setup: Any) -> None:
        check(setup)

    law()
