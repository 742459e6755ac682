"""Early stopping in a search is what a loop by hand comes to, to the bit, however it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, r_regression
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, EarlyStopping, GridSearch, RandomSearch, SuccessiveHalving
from tests.helpers.boosters import (
    HOLDING_OUT,
    KINDS,
    MOSTLY_SLOW,
    boosters,
    data,
    scores_by_hand,
)
from tests.helpers.laws import SETTINGS
from tests.helpers.searches import assert_same_results

pytestmark = pytest.mark.filterwarnings("ignore:early_stopping:UserWarning")

SPLITTERS = {
    "kfold": KFold(3),
    "shuffled": ShuffleSplit(2, test_size=0.3, random_state=1),
    "groups": GroupKFold(3),
    "forward": TimeSeriesSplit(2),
}
BEFORE: dict[str, Any] = {
    "none": None,
    "scaled": StandardScaler(),
    "reduced": make_pipeline(StandardScaler(), PCA(3)),
    "chosen": SelectKBest(r_regression, k=4),
}
RATES = [0.05, 0.6]


def pipeline_of(kind: str, before: str, *, classes: bool, nested: bool, n: int = 12) -> Any:
    booster = boosters(n, classes=classes)[kind]
    if BEFORE[before] is None:
        return booster
    if nested:
        booster = Pipeline([("scale", StandardScaler()), ("boost", booster)])
    return Pipeline([("before", clone(BEFORE[before])), ("last", booster)])


def place_of(estimator: Any) -> str:
    """How parameters of the booster begin."""
    if not isinstance(estimator, Pipeline):
        return ""
    name, last = estimator.steps[-1]
    return f"{name}__{place_of(last)}"


def columns(search: Any, of: str) -> Any:
    results = search.cv_results_
    return np.column_stack([results[f"split{k}_{of}"] for k in range(search.n_splits_)])


def check_as_by_hand(
    kind: str, before: str, splitter: str, *, classes: bool, rounds: int, weighted: bool,
    nested: bool, metric: str | None = None, share: bool = True,
) -> Any:  # fmt: skip
    X, y = data(classes=classes, n=90)
    estimator = pipeline_of(kind, before, classes=classes, nested=nested)
    place, groups = place_of(estimator), np.arange(len(X)) // 6
    candidates = [{f"{place}learning_rate": rate} for rate in RATES]
    weight = np.random.default_rng(0).integers(1, 4, len(X)).astype(float) if weighted else None
    params: dict[str, Any] = {} if weight is None else {f"{place}sample_weight": weight}
    params |= {"groups": groups} if splitter == "groups" else {}
    cv, option = SPLITTERS[splitter], EarlyStopping(rounds, validation=HOLDING_OUT, metric=metric)
    search = GridSearch(
        estimator, {f"{place}learning_rate": RATES}, cv=cv, early_stopping=option, refit=False,
        error_score="raise", share_work=share,
    ).fit(X, y, **params)  # fmt: skip
    splits = list(cv.split(X, y, groups if splitter == "groups" else None))
    scores, found = scores_by_hand(estimator, candidates, X, y, splits, rounds, weight)
    np.testing.assert_array_equal(columns(search, "n_rounds"), found)
    np.testing.assert_array_equal(columns(search, "test_score"), scores)
    return search


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rounds", [2, 100])
def test_as_a_loop_by_hand(kind: str, rounds: int) -> None:
    """With 100 rounds of patience it is never stopped: all rounds on the rest, as without."""
    before, nested = ("chosen", True) if rounds == 2 else ("reduced", False)
    search = check_as_by_hand(
        kind, before, "kfold", classes=rounds == 2, rounds=rounds, weighted=rounds == 2,
        nested=nested,
    )  # fmt: skip
    if rounds == 100:
        assert (columns(search, "n_rounds") == 12).all()


@pytest.mark.parametrize("kind", MOSTLY_SLOW)
@pytest.mark.parametrize("refit", ["scaled", pytest.param("mean", marks=pytest.mark.slow)])
def test_what_never_stops_is_as_without(kind: str, refit: str) -> None:
    """Where nothing is held out, scores and the refit are those of a search without, to the bit."""
    X, y = data(classes=True, n=90)
    estimator = pipeline_of(kind, "scaled", classes=True, nested=True)
    space, option = {"last__boost__learning_rate": RATES}, EarlyStopping(100, "test", refit=refit)
    ours, plain = (
        GridSearch(estimator, space, cv=3, early_stopping=o).fit(X, y) for o in (option, None)
    )
    np.testing.assert_array_equal(columns(ours, "test_score"), columns(plain, "test_score"))
    assert ours.best_params_ == plain.best_params_
    assert ours.best_n_rounds_ == 12
    np.testing.assert_array_equal(ours.predict_proba(X), plain.predict_proba(X))


@pytest.mark.slow
@settings(**SETTINGS, max_examples=60)
@given(
    kind=st.sampled_from(KINDS), before=st.sampled_from(sorted(BEFORE)),
    splitter=st.sampled_from(sorted(SPLITTERS)), classes=st.booleans(),
    rounds=st.sampled_from([1, 2, 4, 100]), weighted=st.booleans(), nested=st.booleans(),
)  # fmt: skip
def test_as_a_loop_by_hand_whatever_it_is(**what: Any) -> None:
    check_as_by_hand(**what)


def tuned(make: Any = GridSearch, kind: str = "lightgbm", **options: Any) -> Any:
    X, y = data(classes=True, n=120)
    estimator = pipeline_of(kind, "reduced", classes=True, nested=False, n=25)
    space: Any = {"before__pca__n_components": [2, 3], "last__learning_rate": [0.1, 0.5]}
    if make is BayesSearch:
        space["last__learning_rate"] = (0.1, 0.5)
    more: dict[str, Any] = {} if make is GridSearch else {"n_iter": 4, "random_state": 0}
    option = {"cv": 3, "early_stopping": EarlyStopping(4)}
    return make(estimator, space, **more, **(option | options)).fit(X, y)


SAMPLES = {"strategy": SuccessiveHalving(min_resources=60, factor=2, random_state=0)}


@pytest.mark.parametrize(
    ("make", "options"),
    [(GridSearch, {}), (RandomSearch, {"early_termination": "racing"}), (BayesSearch, {}),
     (GridSearch, SAMPLES),
     pytest.param(GridSearch, {"early_stopping": EarlyStopping(4, metric="scoring")},
                  marks=pytest.mark.slow)],
)  # fmt: skip
def test_workers_shared_work_and_a_checkpoint_change_nothing(
    make: Any, options: Any, tmp_path: Path
) -> None:
    plain = tuned(make, share_work=False, **options)
    assert_same_results(tuned(make, **options).cv_results_, without_own(plain.cv_results_))
    path = tmp_path / "search.jsonl"
    tuned(make, checkpoint=path, **options)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))
    with parallel_config("threading", n_jobs=2):
        again = tuned(make, checkpoint=path, n_jobs=2, **options)
    assert_same_results(again.cv_results_, plain.cv_results_)
    assert again.best_n_rounds_ == plain.best_n_rounds_


def without_own(results: Any) -> Any:
    return {name: column for name, column in results.items() if name != "mean_own_time"}


def test_what_comes_before_is_fitted_once_a_split() -> None:
    """On the rest, for all learning rates: as many as without early stopping."""
    search = tuned()
    asked, done = dict(search.sharing_.steps)["before__standardscaler"]
    assert (asked, done) == (12, 3)
    asked, done = dict(search.sharing_.steps)["last"]
    assert (asked, done) == (12, 12)
