"""Spaces of pipelines and libraries, scaled to the data, and "auto" in the searches."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine, make_classification
from sklearn.decomposition import PCA, KernelPCA
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR

from sktune import BayesSearch, RandomSearch, SuccessiveHalving, space_for
from sktune.space.conditional import read_space
from sktune.spaces.rows import SOURCES
from tests.helpers.messages import refusal

X, y = make_classification(60, 6, n_informative=4, random_state=0)


class Own(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    def __init__(self, width: float = 1.0) -> None:
        self.width = width

    def fit(self, X: Any, y: Any) -> Own:
        return self


class Derived(RandomForestClassifier):  # type: ignore[misc] # likewise
    pass


COMPOSED = {
    "pipeline": make_pipeline(StandardScaler(), PCA(), SVC()),
    "within": Pipeline([("a", make_pipeline(StandardScaler(), SelectKBest())), ("b", SVC())]),
    "columns": make_pipeline(
        ColumnTransformer(
            [("few", PCA(), [0, 1, 2]), ("rest", KernelPCA(n_components=2), slice(3, 6))]
        ),
        KNeighborsClassifier(),
    ),
    "union": make_pipeline(FeatureUnion([("p", PCA()), ("k", SelectKBest(k=2))]), SVC()),
    "stacking": StackingClassifier(
        [("svc", SVC()), ("knn", KNeighborsClassifier())], final_estimator=LogisticRegression()
    ),
    "voting": VotingClassifier(
        [("sgd", SGDClassifier()), ("kpca", make_pipeline(KernelPCA(), SVC()))]
    ),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_parts_are_searched_under_their_names(name: str) -> None:
    estimator = COMPOSED[name]
    space = space_for(estimator, X, y)
    dicts = [space] if isinstance(space, dict) else space
    assert 1 <= len(dicts) <= 6
    for branch in dicts:
        assert branch.keys() <= estimator.get_params().keys()
        assert set(branch.sources.values()) <= SOURCES.keys()
    assert eval(repr(space)) == space
    search = RandomSearch(estimator, "auto", n_iter=6, cv=2, error_score="raise", random_state=0)
    assert len(search.fit(X, y).cv_results_["params"]) == 6


def test_within_a_pipeline_ranges_go_by_what_a_step_gets() -> None:
    assert space_for(COMPOSED["pipeline"], X, y)["pca__n_components"][1] == 6
    assert space_for(COMPOSED["columns"], X, y)[0]["columntransformer__few__n_components"][1] == 3
    after = make_pipeline(OneHotEncoder(), PCA())
    assert space_for(after, X, y)["pca__n_components"] == (0.5, 0.999)


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 200), st.integers(2, 120), st.integers(2, 5))
def test_no_more_neighbors_than_a_training_split_has(n: int, width: int, cv: int) -> None:
    data = np.zeros((n, width))
    given = space_for(KNeighborsClassifier(), data, np.arange(n) % 2)["n_neighbors"]
    assert max(v for v in given if not isinstance(v, str)) <= n - -(-n // cv)


def test_gamma_and_penalties_go_by_the_scale_of_the_data() -> None:
    small, large = (space_for(SVR(), scale * X, scale * X[:, 0]) for scale in (1.0, 100.0))
    assert small["gamma"][0] == pytest.approx(large["gamma"][0] * 1e4, rel=0.01)
    assert small["epsilon"][1] == pytest.approx(large["epsilon"][1] / 100, rel=0.01)


def test_where_steps_cannot_be_tuned_there_is_nothing() -> None:
    for estimator in (
        make_pipeline(StandardScaler(), LinearRegression()),
        FrozenEstimator(SVC().fit(X, y)),
        GridSearchCV(SVC(), {"C": [1.0]}),
    ):
        with pytest.raises(ValueError, match="nothing worth tuning"):
            space_for(estimator, X, y)


def test_of_a_users_own_estimator_it_is_said_what_to_do() -> None:
    for kind in (BayesSearch, RandomSearch):
        search = kind(SVC(), "auto", n_iter=2, cv=2, random_state=0).fit(X, y)
        before = search.cv_results_
        told = refusal(search.set_params(estimator=Own()), X, y)
        assert "Nothing is known of Own" in told
        assert "'width'" in told
        assert search.cv_results_ is before
        assert "'auto'" in refusal(kind(SVC(), "all"), X, y)
    with pytest.raises(ValueError, match=r"space_for\(RandomForestClassifier\(\), X, y\)"):
        space_for(Derived())
    with pytest.raises(TypeError, match=r"SVC\(\)"):
        space_for(SVC)


def test_auto_is_the_space_of_the_data() -> None:
    auto: Any = BayesSearch(SVC(), "auto", n_iter=6, cv=2, random_state=0).fit(X, y)
    given = clone(auto).set_params(search_spaces=space_for(SVC(), X, y)).fit(X, y)
    assert auto.cv_results_["params"] == given.cv_results_["params"]
    assert auto.total_iterations == 6


def test_auto_begins_with_the_estimator_as_it_is() -> None:
    search = BayesSearch(SVC(C=3.0), "auto", n_iter=3, cv=2, random_state=0).fit(X, y)
    first = search.cv_results_["params"][0]
    assert first["C"] == 3.0
    assert first["gamma"] == pytest.approx(1 / (X.shape[1] * X.var()))
    own = SVC(C=3.0).fit(X, y).decision_function(X)
    assert np.allclose(
        own, clone(search.estimator).set_params(**first).fit(X, y).decision_function(X)
    )


def test_the_resource_of_halving_is_not_in_the_space() -> None:
    pytest.importorskip("lightgbm", reason="has its number of trees in its space")
    from lightgbm import LGBMClassifier

    halving = SuccessiveHalving("n_estimators", max_resources=9)
    model = LGBMClassifier(verbose=-1, n_jobs=1)
    search = RandomSearch(model, "auto", n_iter=3, strategy=halving, cv=2, random_state=0)
    assert "n_estimators" in space_for(search.estimator)
    assert len(search.fit(X, y).best_params_) > 3


@pytest.mark.parametrize("library", ["lightgbm", "xgboost", "catboost"])
def test_libraries_for_boosting(library: str) -> None:
    module = pytest.importorskip(library, reason="optional")
    kinds = {"lightgbm": "LGBM", "xgboost": "XGB", "catboost": "CatBoost"}
    quiet = {
        "lightgbm": {"verbose": -1, "n_jobs": 1},
        "xgboost": {"n_jobs": 1},
        "catboost": {"verbose": 0, "allow_writing_files": False, "thread_count": 1},
    }
    kind = getattr(module, f"{kinds[library]}Classifier")
    estimator = make_pipeline(StandardScaler(), kind(**quiet[library]))
    space = space_for(estimator, X, y)
    assert len(space) >= 4
    search = RandomSearch(estimator, space, n_iter=2, cv=2, error_score="raise", random_state=0)
    assert (search.fit(X, y).cv_results_["status"] == "ok").all()


def test_an_auto_search_goes_on_from_its_record(tmp_path: Any) -> None:
    data = load_wine(return_X_y=True)
    first = BayesSearch(
        SVC(), "auto", n_iter=4, cv=2, random_state=0, checkpoint=tmp_path / "auto"
    ).fit(*data)
    more = clone(first).set_params(n_iter=6).fit(*data)
    assert more.cv_results_["params"][:4] == first.cv_results_["params"]
    assert (more.cv_results_["mean_fit_time"][:4] == first.cv_results_["mean_fit_time"]).all()


BOOSTERS = ["LGBMClassifier", "LGBMRegressor", "XGBClassifier", "XGBRegressor"]


def booster(name: str) -> Any:
    module = pytest.importorskip("lightgbm" if name.startswith("LGBM") else "xgboost")
    quiet = {"verbose": -1} if name.startswith("LGBM") else {}
    return getattr(module, name)(n_jobs=1, random_state=0, **quiet)


@pytest.mark.parametrize("name", BOOSTERS)
@pytest.mark.parametrize("n", [None, 8, 60])
def test_what_was_good_on_other_data_is_in_the_space(name: str, n: int | None) -> None:
    data = () if n is None else (X[:n], y[:n])
    space = space_for(booster(name), *data)
    read = read_space(space, "space")[0]
    assert len(space.good) == 3
    for good in space.good:
        assert good.keys() == space.own.keys() == space.keys()
        assert read.encode_some(good, 0).keys() == space.keys()
        assert sum(good[name] != space.own[name] for name in space) >= 5


@pytest.mark.parametrize("name", BOOSTERS)
def test_auto_goes_on_with_what_was_good_on_other_data(name: str) -> None:
    """After the estimator as it is, and in the place of a design."""
    search = BayesSearch(booster(name), "auto", n_iter=5, cv=2, random_state=0, refit=False)
    search = search.set_params(scoring=lambda *_: 0.0) if name.endswith("Regressor") else search
    tried = search.fit(X, y).cv_results_["params"]
    space = space_for(booster(name), X, y)
    assert tried[:4] == [space.own, *space.good]
    assert tried[4] not in tried[:4]


def test_what_was_good_is_tried_as_far_as_the_user_has_left_it() -> None:
    space = space_for(booster("LGBMClassifier"), X, y)
    del space["n_estimators"]
    space["learning_rate"] = (0.1, 0.2)  # in which one of them lies
    search = BayesSearch(booster("LGBMClassifier"), space, n_iter=4, cv=2, random_state=0)
    tried = search.fit(X, y).cv_results_["params"]
    assert [params["learning_rate"] for params in tried[:1]] == [0.1]
    for params, good in zip(tried[1:], space.good, strict=True):
        assert "n_estimators" not in params
        assert 0.1 <= params["learning_rate"] <= 0.2
        assert params["num_leaves"] == good["num_leaves"]
    assert tried[2]["learning_rate"] == 0.13


def test_parts_of_a_pipeline_have_what_was_good_under_their_names() -> None:
    pipeline = make_pipeline(SelectKBest(), booster("LGBMClassifier"))
    space = space_for(pipeline, X, y)
    alone = space_for(booster("LGBMClassifier"), X, y)
    assert len(space.good) == 3
    for good, of_part in zip(space.good, alone.good, strict=True):
        assert good.keys() == space.keys()
        assert good["selectkbest__k"] == space.own["selectkbest__k"]
        assert good["lgbmclassifier__num_leaves"] == of_part["num_leaves"]
    assert pickle.loads(pickle.dumps(space)).good == space.good
