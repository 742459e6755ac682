"""What scikit-learn's searches do, ours do: the same columns, to the bit."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from scipy.stats import loguniform, randint, uniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer, recall_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.model_selection._search import BaseSearchCV
from sklearn.neighbors import KernelDensity, KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, RandomSearch
from sktune._sklearn import VERSION
from tests.helpers.estimators import Counting
from tests.helpers.searches import assert_same_results, every_pair, every_search, one_and_two


def both(make: Any, theirs: Any, estimator: Any, space: Any, X: Any, y: Any, **options: Any) -> Any:
    """Fit our search and scikit-learn's; check that they agree; return ours."""
    fit_params = options.pop("fit_params", {})
    ours = make(clone(estimator), space, **options).fit(X, y, **fit_params)
    peer = theirs(clone(estimator), space, **{**options, "n_jobs": None}).fit(X, y, **fit_params)
    assert_same_results(ours.cv_results_, peer.cv_results_)
    for name in ("best_index_", "best_params_", "best_score_", "n_splits_", "multimetric_"):
        assert hasattr(ours, name) == hasattr(peer, name), name
        assert repr(getattr(ours, name, None)) == repr(getattr(peer, name, None)), name
    return ours


ESTIMATORS = [
    (LogisticRegression(max_iter=50), {"C": [0.01, 1.0, 100], "fit_intercept": [True, False]}),
    (DecisionTreeClassifier(random_state=3), {"max_depth": [1, 3, None], "ccp_alpha": [0, 0.01]}),
    (make_pipeline(StandardScaler(), SVC()), [{"svc__C": [1, 10]}, {"svc__kernel": ["linear"]}]),
    (
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {"standardscaler": [StandardScaler(), "passthrough"], "kneighborsclassifier__p": [1, 2]},
    ),
]
SPLITTERS = [
    None,
    3,
    KFold(4, shuffle=True, random_state=1),
    ShuffleSplit(3, test_size=0.3, random_state=2),
    RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
]
SCORING: list[dict[str, Any]] = [
    {},
    # a machine has no probabilities, so all of its scores fail: none of them could be refitted
    {"scoring": "neg_log_loss", "error_score": -7.0, "refit": False},
    {"scoring": ["accuracy", "f1"], "refit": "f1"},
    {"scoring": {"a": "accuracy", "r": make_scorer(recall_score)}, "refit": False},
]


drawn = given(
    which=st.sampled_from(range(len(ESTIMATORS))),
    cv=st.sampled_from(SPLITTERS),
    scoring=st.sampled_from(SCORING),
    return_train_score=st.booleans(),
    seed=st.integers(0, 100),
    weighted=st.booleans(),
)


@every_pair
@settings(max_examples=4)
@drawn
def test_every_column_is_scikit_learns_to_the_bit(
    make: Any,
    theirs: Any,
    which: int,
    cv: Any,
    scoring: dict[str, Any],
    return_train_score: bool,
    seed: int,
    weighted: bool,
) -> None:
    agree(make, theirs, which, cv, scoring, return_train_score, seed, weighted, n_jobs=1)


@pytest.mark.slow
@every_pair
@pytest.mark.parametrize("n_jobs", [1, 2])
@settings(max_examples=150)
@drawn
def test_every_column_at_length(
    make: Any,
    theirs: Any,
    n_jobs: int,
    which: int,
    cv: Any,
    scoring: dict[str, Any],
    return_train_score: bool,
    seed: int,
    weighted: bool,
) -> None:
    agree(make, theirs, which, cv, scoring, return_train_score, seed, weighted, n_jobs)


def agree(
    make: Any,
    theirs: Any,
    which: int,
    cv: Any,
    scoring: dict[str, Any],
    return_train_score: bool,
    seed: int,
    weighted: bool,
    n_jobs: int,
) -> None:
    estimator, space = ESTIMATORS[which]
    X, y = make_classification(n_samples=60, n_features=5, random_state=seed)
    fit_params = {}
    if weighted and which < 2:
        fit_params["sample_weight"] = np.random.RandomState(seed).rand(60)
    options = {"cv": cv, "return_train_score": return_train_score, "n_jobs": n_jobs, **scoring}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence, scorers: the same for both
        both(make, theirs, estimator, space, X, y, fit_params=fit_params, **options)


@one_and_two
def test_n_jobs_does_not_matter(make: Any, theirs: Any, n_jobs: int, cancer: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), SVC())
    space = {"svc__C": [0.1, 1, 10], "svc__gamma": ["scale", 0.01]}
    both(make, theirs, pipeline, space, *cancer, n_jobs=n_jobs, return_train_score=True)


@every_pair
def test_threads_do_not_matter(make: Any, theirs: Any, cancer: Any) -> None:
    with parallel_config("threading", n_jobs=2):
        tree = DecisionTreeClassifier(random_state=0)
        both(make, theirs, tree, {"max_depth": [1, 2, 3, 4]}, *cancer)


@pytest.mark.parametrize("seed", [0, 7, "instance", None])
@pytest.mark.parametrize(
    "space",
    [
        {"C": loguniform(1e-3, 1e3), "tol": uniform(1e-4, 1e-2)},
        [{"C": loguniform(1e-3, 1e3)}, {"C": [1, 2], "max_iter": randint(50, 60)}],
        {"C": [0.1, 1, 10], "max_iter": [50, 60]},
    ],
)
def test_random_search_draws_what_scikit_learn_draws(seed: Any, space: Any, iris: Any) -> None:
    drawn = []
    for search in (RandomSearch, RandomizedSearchCV):
        np.random.seed(5)  # noqa: NPY002 - what random_state=None draws from
        state = np.random.RandomState(3) if seed == "instance" else seed
        fitted = search(SVC(), space, n_iter=5, cv=2, random_state=state, refit=False).fit(*iris)
        drawn.append(fitted.cv_results_["params"])
    assert drawn[0] == drawn[1]


class Counter:
    """A distribution that keeps count of its draws."""

    def __init__(self) -> None:
        self.n = 0

    def rvs(self, random_state: Any = None) -> int:
        self.n += 1
        return self.n


def test_nothing_else_is_drawn_from_a_distribution(iris: Any) -> None:
    search = RandomSearch(SVC(), {"C": Counter()}, n_iter=3, cv=2).fit(*iris)
    assert [params["C"] for params in search.cv_results_["params"]] == [1, 2, 3]


@pytest.mark.parametrize("shared", ["numpy", "instance"])
def test_candidates_and_splits_share_a_source_of_randomness(shared: str, iris: Any) -> None:
    results = []
    for search in (RandomSearch, RandomizedSearchCV):
        np.random.seed(0)  # noqa: NPY002 - what random_state=None draws from
        state = np.random.RandomState(0) if shared == "instance" else None
        cv = KFold(3, shuffle=True, random_state=state)
        space = {"C": loguniform(0.01, 100)}
        fitted = search(SVC(), space, n_iter=3, cv=cv, random_state=state).fit(*iris)
        results.append(fitted.cv_results_)
    assert_same_results(*results)


@pytest.mark.skipif(VERSION < (1, 9), reason="earlier releases do not check this")
def test_an_error_of_routing_ends_the_search() -> None:
    X, y = make_classification(n_samples=60, random_state=0)
    with config_context(enable_metadata_routing=True):
        search = GridSearch(
            LogisticRegression().set_fit_request(sample_weight=True),
            {"C": [1]},
            scoring={
                "a": make_scorer(recall_score).set_score_request(sample_weight=True),
                "b": "accuracy",
            },
            refit="a",
        )
        with pytest.raises(UnsetMetadataPassedError):
            search.fit(X, y, sample_weight=np.ones(60))


@every_pair
def test_groups_and_weights_follow_the_splits(make: Any, theirs: Any) -> None:
    X, y = make_classification(n_samples=60, random_state=0)
    groups = np.repeat(np.arange(6), 10)
    weight = np.random.RandomState(0).rand(60)
    for cv in (GroupKFold(3), LeaveOneGroupOut()):
        both(
            make, theirs, LogisticRegression(), {"C": [0.1, 1, 10, 20]}, X, y,
            cv=cv, fit_params={"groups": groups, "sample_weight": weight},
        )  # fmt: skip


@every_pair
def test_metadata_routing(make: Any, theirs: Any) -> None:
    X, y = make_classification(n_samples=60, random_state=0)
    weight = np.random.RandomState(0).rand(60)
    groups = np.repeat(np.arange(6), 10)
    with config_context(enable_metadata_routing=True):
        estimator = LogisticRegression().set_fit_request(sample_weight=True)
        scorer = make_scorer(recall_score).set_score_request(sample_weight=True)
        fit_params = {"sample_weight": weight, "groups": groups}
        for n_jobs in (1, 2):
            both(
                make, theirs, estimator, {"C": [0.1, 1, 10, 20]}, X, y,
                scoring=scorer, cv=GroupKFold(3), fit_params=fit_params, n_jobs=n_jobs,
            )  # fmt: skip


@every_pair
def test_pairwise(make: Any, theirs: Any, iris: Any) -> None:
    X, y = iris
    both(make, theirs, SVC(kernel="precomputed"), {"C": [0.1, 1, 10, 100]}, rbf_kernel(X), y)


@every_pair
def test_sparse(make: Any, theirs: Any, iris: Any) -> None:
    X, y = iris
    for data in (sp.csr_matrix(X), sp.csr_array(X)):
        both(make, theirs, SVC(), {"C": [0.1, 1, 2, 3]}, data, y, cv=2)


@one_and_two
def test_lists_of_text(make: Any, theirs: Any, n_jobs: int) -> None:
    texts = ["the cat sat", "a dog ran", "the dog sat", "cats and dogs", "birds fly", "a cat"] * 5
    y = [0, 1, 1, 0, 1, 0] * 5
    pipeline = make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0))
    space = {"tfidfvectorizer__ngram_range": [(1, 1), (1, 2)], "sgdclassifier__alpha": [1e-3, 1]}
    both(make, theirs, pipeline, space, texts, y, n_jobs=n_jobs, cv=3)


@every_pair
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_data_frames(make: Any, theirs: Any, frame: Any) -> None:
    rng = np.random.RandomState(0)
    X = frame({"kind": rng.choice(["a", "b"], 60).tolist(), "size": rng.rand(60)})
    y = rng.randint(0, 2, 60)
    pipeline = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["kind"]), (StandardScaler(), ["size"])), SVC()
    )
    ours = both(make, theirs, pipeline, {"svc__C": [0.1, 1, 10, 100]}, X, y, n_jobs=2)
    assert list(ours.feature_names_in_) == ["kind", "size"]


@every_pair
def test_no_target(make: Any, theirs: Any, iris: Any) -> None:
    X, _ = iris
    both(make, theirs, KernelDensity(), {"bandwidth": [0.1, 0.5, 1, 2]}, X, None)
    ours = both(
        make, theirs, KMeans(n_init=1, random_state=0), {"n_clusters": [2, 3, 4, 5]}, X, None
    )
    assert ours.transform(X).shape[0] == len(X)


@every_pair
def test_several_targets(make: Any, theirs: Any) -> None:
    X, Y = make_multilabel_classification(n_samples=50, random_state=0)
    both(make, theirs, KNeighborsClassifier(), {"n_neighbors": [1, 3, 5, 7]}, X, Y)


def recall_and_size(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    return {"recall": recall_score(y, estimator.predict(X)), "size": len(X)}


@one_and_two
def test_callable_scoring(make: Any, theirs: Any, n_jobs: int, cancer: Any) -> None:
    space = {"max_depth": [1, 2, 3, 4]}
    tree = DecisionTreeClassifier(random_state=0)
    options = {"scoring": recall_and_size, "n_jobs": n_jobs, "return_train_score": True}
    both(make, theirs, tree, space, *cancer, refit="recall", **options)
    both(make, theirs, tree, space, *cancer, refit=False, **options)


def second(results: dict[str, Any]) -> int:
    return int(np.flatnonzero(results["rank_test_score"] >= 2)[0])


@every_pair
def test_callable_refit(make: Any, theirs: Any, cancer: Any) -> None:
    space = {"max_depth": [1, 2, 3, 4]}
    tree = DecisionTreeClassifier(random_state=0)
    ours = both(make, theirs, tree, space, *cancer, refit=second)
    assert not hasattr(ours, "best_score_")
    assert ours.best_estimator_.max_depth == ours.best_params_["max_depth"]


def test_a_callable_refit_that_returns_no_row_is_refused(iris: Any) -> None:
    for answer, error in (("best", TypeError), (9, IndexError), (-1, IndexError)):
        search = GridSearch(SVC(), {"C": [1, 2]}, refit=lambda results, answer=answer: answer)
        with pytest.raises(error, match="best_index_"):
            search.fit(*iris)
        assert len(search.cv_results_["params"]) == 2  # nothing is lost


@every_search
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_generator_as_cv(make: Any, n_jobs: int, iris: Any) -> None:
    search = make(SVC(), {"C": [1, 2, 3, 4]}, cv=StratifiedKFold(3).split(*iris), n_jobs=n_jobs)
    expected = make(SVC(), {"C": [1, 2, 3, 4]}, cv=StratifiedKFold(3)).fit(*iris)
    assert_same_results(search.fit(*iris).cv_results_, expected.cv_results_)


@every_pair
def test_methods_and_attributes_of_a_fitted_search(make: Any, theirs: Any, iris: Any) -> None:
    X, y = iris
    ours = both(make, theirs, SVC(), {"C": [0.1, 1, 10, 100]}, X, y)
    peer = theirs(SVC(), {"C": [0.1, 1, 10, 100]}).fit(X, y)
    np.testing.assert_array_equal(ours.predict(X), peer.predict(X))
    np.testing.assert_array_equal(ours.decision_function(X), peer.decision_function(X))
    assert ours.score(X, y) == peer.score(X, y)
    assert list(ours.classes_) == [0, 1, 2]
    assert ours.n_features_in_ == 4
    assert ours.refit_time_ > 0
    assert not hasattr(ours, "transform")
    scaled = make(StandardScaler(), {"with_mean": [True, False]}, scoring=lambda est, X, y: 1.0)
    if "n_iter" in scaled.get_params():
        scaled.set_params(n_iter=2)
    scaled.fit(X, y)
    np.testing.assert_allclose(scaled.inverse_transform(scaled.transform(X)), X)


@every_search
def test_a_search_is_an_estimator(make: Any, iris: Any) -> None:
    X, y = iris
    search = make(SVC(), {"C": [0.1, 1, 10, 100]}, verbose=0)
    assert isinstance(search, GridSearchCV | RandomizedSearchCV | BaseSearchCV)
    assert clone(search).get_params().keys() == search.get_params().keys()
    assert type(search).__name__ in search._repr_html_()
    assert not search.__sklearn_is_fitted__()
    in_pipeline = make_pipeline(StandardScaler(), search).fit(X, y)
    assert in_pipeline.score(X, y) > 0.9
    nested = cross_val_score(search, X, y, cv=3, n_jobs=2)
    np.testing.assert_array_equal(nested, cross_val_score(search, X, y, cv=3))
    outer = GridSearch(search, {"estimator__kernel": ["linear", "rbf"]}, cv=2, n_jobs=2).fit(X, y)
    assert outer.best_estimator_.best_params_


@every_pair
def test_the_pickle_is_no_larger_and_holds_no_data(make: Any, theirs: Any) -> None:
    X, y = make_classification(n_samples=20_000, n_features=20, random_state=0)
    space = {"C": [0.1, 1, 10, 100]}
    options = {"cv": 2, "scoring": "accuracy"}
    ours = make(LogisticRegression(), space, **options).fit(X, y)
    peer = theirs(LogisticRegression(), space, **options).fit(X, y)
    columns = {name: ours.cv_results_[name] for name in ("status", "error")}
    theirs_too = peer.get_params(deep=False)
    options = {k: v for k, v in ours.get_params(deep=False).items() if k not in theirs_too}
    # when and where: as many numbers, and the environment; the name of the search
    added = len(pickle.dumps((columns, options, ours._timing, ours._environment, ours._id)))
    assert len(pickle.dumps(ours)) <= len(pickle.dumps(peer)) + added + 200
    again = pickle.loads(pickle.dumps(ours))
    np.testing.assert_array_equal(again.predict(X), ours.predict(X))
    assert again.__sklearn_is_fitted__()


@every_search
@pytest.mark.parametrize("pre_dispatch", [1, "n_jobs", "all", "2*n_jobs"])
def test_pre_dispatch(make: Any, pre_dispatch: Any, iris: Any) -> None:
    options = {"n_jobs": 2, "pre_dispatch": pre_dispatch, "refit": False}
    search = make(Counting(), {"value": [0, 1, 2, 3]}, **options).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok"] * 4


def test_ridge_in_parallel_equals_scikit_learn_in_parallel() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.rand(200, 30), rng.rand(200)
    space = {"alpha": [0.1, 1, 10]}
    ours = GridSearch(Ridge(), space, n_jobs=2).fit(X, y)
    assert_same_results(
        ours.cv_results_, GridSearchCV(Ridge(), space, n_jobs=2).fit(X, y).cv_results_
    )
