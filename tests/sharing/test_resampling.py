"""imbalanced-learn's pipelines: what samplers give is shared as what transformers give."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline as PlainPipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving
from tests.helpers.laws import SETTINGS
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import (
    Leaves,
    LeavesLast,
    Noise,
    Repeats,
    WritesLast,
    left,
    looks_inside,
)

pytest.importorskip("imblearn", reason="imbalanced-learn is not installed")

from imblearn import FunctionSampler
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler, TomekLinks

X, y = make_classification(90, 5, weights=[0.75], flip_y=0.1, random_state=0)
WEIGHTS = np.random.default_rng(0).uniform(0.5, 2, size=len(X))
both = pytest.mark.parametrize("n_jobs", [1, 2])


def pipeline(folder: Any, random_state: Any = 0) -> Pipeline:
    before, after = (Leaves(str(folder), name=name) for name in ("before", "after"))
    steps: list[Any] = [("before", before), ("sampler", Repeats(str(folder), 0.5, random_state))]
    return Pipeline([*steps, ("after", after), ("clf", LeavesLast(str(folder)))])


def counts(folder: Any) -> list[int]:
    return [left(folder, name) for name in ("before", "sampler", "after", "clf")]


class Weighted(Repeats):
    """A sampler to which weights may be routed: imbalanced-learn makes it so of the signature."""

    def fit_resample(self, X: Any, y: Any, weights: Any = None) -> tuple[Any, Any]:
        return super().fit_resample(X, y, weights)


GRID = {
    "sampler__share": [0.2, 0.4, 0.6],
    "after__factor": [1.0, 2.0, 4.0],
    "clf__value": [0.2, 0.5, 0.7],
}


# --- how often ------------------------------------------------------------------------


@both
@pytest.mark.parametrize("train", [False, True])
def test_samples_are_drawn_once_a_split(tmp_path: Any, n_jobs: int, train: bool) -> None:
    options: dict[str, Any] = {"cv": 3, "refit": False, "return_train_score": train}
    search = GridSearch(pipeline(tmp_path), GRID, n_jobs=n_jobs, **options).fit(X, y)
    assert counts(tmp_path) == [3, 3 * 3, 3 * 9, 3 * 27]
    # the training samples once for what is drawn, and once for scores
    assert left(tmp_path, "before.transform") == 3 * (3 if train else 2)
    assert left(tmp_path, "after.transform") == 3 * 9 * (3 if train else 2)
    assert search.sharing_.steps["sampler"] == (81, 9)
    theirs = GridSearchCV(pipeline(""), GRID, **options).fit(X, y)
    assert_same_results(search.cv_results_, theirs.cv_results_)


@both
def test_a_sampler_right_before_the_last_step_or_first_of_all(tmp_path: Any, n_jobs: int) -> None:
    folder, grid = str(tmp_path), {"clf__value": [0.2, 0.5, 0.7]}
    steps: list[Any] = [("a", Repeats(folder, 0.5, 0)), ("b", Repeats(folder, 0.5, 1))]
    model = Pipeline([*steps, ("clf", LeavesLast(folder))])
    ours = GridSearch(model, grid, cv=3, n_jobs=n_jobs, refit=False).fit(X, y)
    assert left(tmp_path, "sampler") == 3 * 2
    theirs = GridSearchCV(model, grid, cv=3, refit=False).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)


def test_one_without_a_seed_draws_for_every_candidate(tmp_path: Any) -> None:
    grid = {"clf__value": [0.2, 0.5, 0.7]}
    results = []
    for kind in (GridSearchCV, GridSearch):
        np.random.seed(0)  # noqa: NPY002 - it is the global source that samplers draw from
        folder = tmp_path / kind.__name__
        folder.mkdir()
        search = kind(pipeline(folder, random_state=None), grid, cv=3, refit=False).fit(X, y)
        results.append(search.cv_results_)
    assert counts(folder) == [3, 9, 9, 9]
    assert_same_results(results[1], results[0])


@both
def test_candidates_of_a_path_after_a_sampler(n_jobs: int) -> None:
    model = Pipeline([("smote", SMOTE(random_state=0)), ("knn", KNeighborsClassifier())])
    grid = {"knn__n_neighbors": [1, 3, 9], "knn__weights": ["uniform", "distance"]}
    options: dict[str, Any] = {"cv": 3, "return_train_score": True}
    ours = GridSearch(model, grid, n_jobs=n_jobs, **options).fit(X, y)
    assert ours.sharing_.steps == {"smote": (18, 3), "knn": (18, 3)}
    theirs = GridSearchCV(model, grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


# --- beside everything else -----------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "search",
    [
        lambda m, **o: GridSearch(m, GRID, verify_sharing=True, **o),
        lambda m, **o: GridSearch(m, GRID, early_termination="racing", **o),
        lambda m, **o: RandomSearch(m, GRID, n_iter=9, random_state=0, **o),
        lambda m, **o: GridSearch(
            m, GRID, strategy=SuccessiveHalving(factor=3, random_state=0), **o
        ),
        lambda m, **o: BayesSearch(m, GRID, n_iter=9, random_state=0, **o),
    ],
    ids=["verified", "racing", "random", "halving", "bayes"],
)
def test_every_search_shares_what_is_drawn(tmp_path: Any, search: Any, n_jobs: int) -> None:
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    options: dict[str, Any] = {"cv": cv, "n_jobs": n_jobs, "refit": False}
    ours = search(pipeline(tmp_path), checkpoint=tmp_path / "a.journal", **options).fit(X, y)
    fits, done = counts(tmp_path), ours.sharing_.steps["sampler"][1]
    assert done < ours.sharing_.steps["sampler"][0]
    again = search(pipeline(tmp_path), checkpoint=tmp_path / "a.journal", **options).fit(X, y)
    assert counts(tmp_path) == fits  # all of it is recalled
    alone = search(pipeline(""), **options).set_params(share_work=False, verify_sharing=False)
    assert_same_results(again.cv_results_, alone.fit(X, y).cv_results_)


def test_what_is_routed_to_a_sampler(tmp_path: Any) -> None:
    with config_context(enable_metadata_routing=True):
        sampler = Weighted(str(tmp_path), random_state=0).set_fit_resample_request(weights=True)
        model = pipeline(tmp_path).set_params(sampler=sampler)
        options: dict[str, Any] = {"cv": 3, "refit": False}
        search = GridSearch(model, GRID, **options).fit(X, y, weights=WEIGHTS)
        assert counts(tmp_path) == [3, 3 * 3, 3 * 9, 3 * 27]
        theirs = GridSearchCV(model, GRID, **options).fit(X, y, weights=WEIGHTS)
        assert_same_results(search.cv_results_, theirs.cv_results_)
        unweighted = GridSearchCV(model, GRID, **options).fit(X, y)
        assert list(unweighted.cv_results_["mean_test_score"]) != list(
            theirs.cv_results_["mean_test_score"]
        )


def test_weights_that_do_not_fit_what_is_drawn_fail_as_ever(tmp_path: Any) -> None:
    steps = [("sampler", Repeats("", 0.5, 0)), ("clf", LogisticRegression())]
    for kind in (GridSearchCV, GridSearch):
        search = kind(Pipeline(steps), {"clf__C": [0.1, 1.0]}, cv=3)
        with pytest.raises(ValueError, match=r"inconsistent|sample_weight"):
            search.fit(X, y, clf__sample_weight=WEIGHTS)


# --- the law --------------------------------------------------------------------------


def halved(X: Any, y: Any) -> tuple[Any, Any]:
    return X[::2], y[::2]


def writes(X: Any, y: Any) -> tuple[Any, Any]:
    y[0] = y[1]
    X = np.asarray(X)
    X[0] = X[1]
    return X, y


Step = tuple[Any, dict[str, list[Any]]]

BEFORE: list[Step] = [
    (StandardScaler(), {"with_mean": [True, False]}),
    (PCA(3, svd_solver="full"), {"n_components": [2, 3]}),
    (Noise(), {"random_state": [None, 0]}),
    (FunctionTransformer(np.arctan), {"func": [np.arctan, np.cbrt]}),
]
SAMPLERS: list[Step] = [
    (SMOTE(random_state=0), {"k_neighbors": [2, 4]}),
    (SMOTE(k_neighbors=2), {"random_state": [None, 1, np.random.RandomState(3)]}),
    (RandomOverSampler(random_state=0), {"shrinkage": [None, 0.5]}),
    (RandomUnderSampler(random_state=0), {"replacement": [False, True]}),
    (TomekLinks(), {"sampling_strategy": ["auto", "all"]}),
    (FunctionSampler(validate=False), {"func": [None, halved, writes]}),
    (Repeats(), {"random_state": [None, 0], "share": [0.2, 0.5]}),
]
LAST: list[Step] = [
    (LogisticRegression(), {"C": [0.1, 1.0]}),
    (DecisionTreeClassifier(random_state=0), {"max_depth": [1, 3], "min_samples_leaf": [1, 5]}),
    (KNeighborsClassifier(), {"n_neighbors": [1, 5]}),
    (WritesLast(), {"value": [0.3, 0.7]}),
]


@st.composite
def models(draw: Any, depth: int = 1) -> Step:
    steps: list[Any] = []
    grid: dict[str, list[Any]] = {}
    for k in range(draw(st.integers(1, 3))):
        step, params = draw(st.sampled_from(draw(st.sampled_from([BEFORE, SAMPLERS, SAMPLERS]))))
        steps.append((f"s{k}", step))
        if draw(st.booleans()):
            grid |= {f"s{k}__{name}": values for name, values in params.items()}
        elif draw(st.booleans()):
            grid[f"s{k}"] = [step, "passthrough"]
    last, params = draw(st.sampled_from(LAST))
    if depth and draw(st.sampled_from([False, False, True])):
        last, params = draw(models(depth - 1))
    steps.append(("last", last))
    grid |= {f"last__{name}": values for name, values in params.items()}
    names = draw(st.lists(st.sampled_from(sorted(grid)), min_size=1, max_size=3, unique=True))
    samples = any(hasattr(step, "fit_resample") for _, step in steps)
    kind = Pipeline if samples else draw(st.sampled_from([Pipeline, PlainPipeline]))
    return kind(steps), {name: grid[name] for name in names}


cases = st.tuples(
    models(),
    st.sampled_from([None, "roc_auc", ["accuracy", "neg_log_loss"], looks_inside]),
    st.booleans(),
    st.booleans(),
)


def check(case: Any, n_jobs: int) -> None:
    (model, grid), scoring, train, frame = copy.deepcopy(case)
    options: dict[str, Any] = {"cv": 3, "scoring": scoring, "return_train_score": train}
    found: list[Any] = []
    for kind, workers in ((GridSearchCV, None), (GridSearch, n_jobs)):
        search = kind(model, grid, refit=False, error_score=np.nan, n_jobs=workers, **options)
        np.random.seed(0)  # noqa: NPY002 - it is the global source that samplers draw from
        data = pd.DataFrame(X.copy()).add_prefix("c") if frame else X.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found.append(search.fit(data, y.copy()).cv_results_)
            except (ValueError, AttributeError) as exc:  # all failed
                found.append(exc)
    if isinstance(found[0], dict):
        assert isinstance(found[1], dict), found[1]
        assert_same_results(found[1], found[0])
    else:
        assert type(found[0]) is type(found[1])


@settings(max_examples=8, **SETTINGS)
@given(cases)
def test_shared_is_unshared(case: Any) -> None:
    check(case, 1)


@pytest.mark.slow
def test_shared_is_unshared_at_length() -> None:
    @settings(max_examples=400, **SETTINGS)
    @given(cases)
    def law(case: Any) -> None:
        check(case, 1)

    law()
