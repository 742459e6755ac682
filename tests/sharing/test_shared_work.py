"""What candidates share is fitted once, and told."""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np
import pytest
from joblib import Memory, parallel_config
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RandomSearch
from tests.helpers.laws import in_turn
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import Leaves, LeavesLast, chain, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 4)), np.arange(40) % 2
both = pytest.mark.parametrize("n_jobs", [1, 2])


VALUES = [0.2, 0.4, 0.6, 0.8]


# --- once a split ---------------------------------------------------------------------


@both
def test_a_prefix_is_fitted_once_a_split(tmp_path: Any, n_jobs: int) -> None:
    grid = {"b__factor": [1.0, 2.0, 3.0], "clf__value": VALUES}
    search = GridSearch(chain(tmp_path, "a", "b"), grid, cv=3, n_jobs=n_jobs, refit=False)
    search.fit(X, y)
    assert left(tmp_path, "a") == 3
    assert left(tmp_path, "b") == 3 * 3
    assert left(tmp_path, "clf") == 3 * 12
    # fit_transform transforms once, and the test samples are transformed once
    assert left(tmp_path, "a.transform") == 3 * 2
    assert left(tmp_path, "b.transform") == 3 * 3 * 2
    assert search.sharing_.steps == {"a": (36, 3), "b": (36, 9), "clf": (36, 36)}


@both
def test_train_samples_are_transformed_once_too(tmp_path: Any, n_jobs: int) -> None:
    search = GridSearch(
        chain(tmp_path, "a"), {"clf__value": VALUES}, cv=3, n_jobs=n_jobs, refit=False,
        return_train_score=True, scoring=["accuracy", "f1"],
    ).fit(X, y)  # fmt: skip
    assert left(tmp_path, "a.transform") == 3 * 3
    assert search.sharing_.n_done == 3 + 12


@both
def test_pipelines_in_pipelines(tmp_path: Any, n_jobs: int) -> None:
    inner = Pipeline(chain(tmp_path, "a", "b").steps[:-1])
    last = chain(tmp_path, "c")
    grid = {
        "inner__b__factor": [1.0, 2.0],
        "last__c__factor": [1.0, 2.0],
        "last__clf__value": VALUES,
    }
    search = GridSearch(
        Pipeline([("inner", inner), ("last", last)]), grid, cv=3, n_jobs=n_jobs, refit=False
    ).fit(X, y)
    counts = {name: left(tmp_path, name) for name in ("a", "b", "c", "clf")}
    assert counts == {"a": 3, "b": 6, "c": 12, "clf": 48}
    assert search.sharing_.steps["last__c"] == (48, 12)


@pytest.mark.parametrize(("kind", "n_jobs"), in_turn(["union", "columns"], [1, 2]))
def test_branches(tmp_path: Any, n_jobs: int, kind: str) -> None:
    a, b = (Pipeline(chain(tmp_path, f"{n}1", f"{n}2").steps[:-1]) for n in "ab")
    rest = Leaves(str(tmp_path), name="rest")
    if kind == "union":
        table: Any = FeatureUnion([("a", a), ("b", b), ("rest", rest)])
    else:
        table = ColumnTransformer([("a", a, [0, 1]), ("b", b, slice(1, 3))], remainder=rest)
    pipeline = Pipeline([("table", table), ("clf", LeavesLast(str(tmp_path)))])
    grid = {"table__a__a2__factor": [1.0, 2.0], "table__b__b1__factor": [1.0, 2.0, 3.0]}
    grid["clf__value"] = VALUES[:2]
    GridSearch(pipeline, grid, cv=2, n_jobs=n_jobs, refit=False).fit(X, y)
    counts = {name: left(tmp_path, name) for name in ("a1", "a2", "b1", "b2", "rest", "clf")}
    assert counts == {"a1": 2, "a2": 4, "b1": 6, "b2": 6, "rest": 2, "clf": 24}
    assert left(tmp_path, "a2.transform") == 2 * counts["a2"]


@both
def test_columns_matter(tmp_path: Any, n_jobs: int) -> None:
    def table(*columns: Any) -> ColumnTransformer:
        return ColumnTransformer([("a", Leaves(str(tmp_path), name="a"), c) for c in columns])

    tables = [table([0]), table([1]), table(slice(0, 1)), table([0])]
    pipeline = Pipeline([("table", "passthrough"), ("clf", LeavesLast())])
    grid = {"table": tables, "clf__value": VALUES[:2]}
    ours = GridSearch(pipeline, grid, cv=2, n_jobs=n_jobs, refit=False).fit(X, y)
    assert left(tmp_path, "a") == 3 * 2
    assert_same_results(
        ours.cv_results_, GridSearchCV(pipeline, grid, cv=2, refit=False).fit(X, y).cv_results_
    )


@both
def test_swapped_steps(tmp_path: Any, n_jobs: int) -> None:
    a, b = (Leaves(str(tmp_path), name=name) for name in "ab")
    grid = [
        {"a": [a, b, "passthrough", None], "clf__value": VALUES[:2]},
        {"steps": [[("a", a), ("clf", LeavesLast(value=v))] for v in (0.3, 0.5)]},
        {"a__factor": [1.0], "clf": [SVC(), LeavesLast(value=0.7)]},
    ]
    search = GridSearch(chain(tmp_path, "a"), grid, cv=2, n_jobs=n_jobs, refit=False).fit(X, y)
    assert left(tmp_path, "a") == 2  # the same in all of them
    assert left(tmp_path, "b") == 2
    theirs = GridSearchCV(chain("", "a"), _without_folders(grid), cv=2, refit=False).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


def _without_folders(grid: Any) -> Any:
    a, b = Leaves(name="a"), Leaves(name="b")
    return [
        {**grid[0], "a": [a, b, "passthrough", None]},
        {"steps": [[("a", a), ("clf", LeavesLast(value=v))] for v in (0.3, 0.5)]},
        grid[2],
    ]


def test_random_search_shares_what_coincides(tmp_path: Any) -> None:
    space = {"a__factor": [1.0, 2.0], "clf__value": VALUES}
    search = RandomSearch(
        chain(tmp_path, "a"), space, n_iter=6, cv=2, refit=False, random_state=0
    ).fit(X, y)
    tried = {params["a__factor"] for params in search.cv_results_["params"]}
    assert left(tmp_path, "a") == 2 * len(tried)


@both
def test_bayesian_search_shares_what_coincides(tmp_path: Any, n_jobs: int) -> None:
    space = {"b__factor": [2.0, 1.0], "clf__value": (0.1, 0.9)}
    search = BayesSearch(
        chain(tmp_path, "a", "b", "c"), space, n_iter=10, n_points=2, cv=2, refit=False,
        random_state=0, n_jobs=n_jobs,
    ).fit(X, y)  # fmt: skip
    assert left(tmp_path, "a") == 2
    # a float in a list may not come again, so only its second fit is kept
    assert left(tmp_path, "b") <= 2 * 2 * 2
    assert left(tmp_path, "clf") == 20
    assert search.sharing_.steps["a"] == (20, 2)


@both
def test_a_long_grid_is_planned_in_blocks_that_share(
    tmp_path: Any, monkeypatch: Any, n_jobs: int
) -> None:
    monkeypatch.setattr("sktune.engine.loop.BLOCK", 4)  # a block of 64 a worker
    grid = {"clf__value": np.linspace(0.1, 0.9, 80 * n_jobs)}
    search = GridSearch(chain(tmp_path, "a"), grid, cv=2, refit=False, n_jobs=n_jobs).fit(X, y)
    assert search.sharing_.steps["clf"] == (160 * n_jobs, 160 * n_jobs)
    assert left(tmp_path, "a") == 2


@both
def test_users_own_memory_is_asked_too(tmp_path: Any, n_jobs: int) -> None:
    memory = Memory(tmp_path / "cache", verbose=0)
    pipeline = chain(tmp_path, "a", "b").set_params(memory=memory)
    grid = {"b__factor": [1.0, 2.0], "clf__value": VALUES}
    search = GridSearch(pipeline, grid, cv=2, n_jobs=n_jobs).fit(X, y)
    assert left(tmp_path, "a") == 2 + 1  # and the refit
    again = GridSearch(pipeline, grid, cv=2, n_jobs=n_jobs).fit(X, y)
    assert left(tmp_path, "a") == 2 + 1
    assert again.best_score_ == search.best_score_
    assert search.best_estimator_.memory.location == memory.location


def test_the_best_estimator_has_no_trace(tmp_path: Any) -> None:
    pipeline = Pipeline([("table", FeatureUnion([("a", Leaves())])), ("clf", LeavesLast())])
    search = GridSearch(pipeline, {"clf__value": VALUES}, cv=2).fit(X, y)
    best = search.best_estimator_
    assert best.memory is None
    assert type(best["table"].transformer_list[0][1]) is Leaves
    assert "sktune" not in repr(best)


@both
def test_routing_weights_and_output(tmp_path: Any, n_jobs: int) -> None:
    with config_context(enable_metadata_routing=True):
        scale = StandardScaler().set_fit_request(sample_weight=True).set_output(transform="pandas")
        clf = SVC().set_fit_request(sample_weight=True)
        scoring = get_scorer("accuracy").set_score_request(sample_weight=True)
        pipeline = Pipeline([("scale", scale), ("clf", clf)])
        grid, weights = {"clf__C": [0.1, 1.0, 10.0]}, rng.uniform(0.1, 2, size=40)
        searches = [
            kind(pipeline, grid, cv=3, n_jobs=n_jobs, scoring=scoring)
            for kind in (GridSearch, GridSearchCV)
        ]
        ours, theirs = (search.fit(X, y, sample_weight=weights) for search in searches)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.sharing_.steps["scale"] == (9, 3)


# --- told -----------------------------------------------------------------------------


def test_it_is_told_in_one_line_and_in_a_table(capsys: Any) -> None:
    search = GridSearch(chain("", "a"), {"clf__value": VALUES}, cv=2, verbose=1).fit(X, y)
    line = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"16 steps asked for, 10 done \(.* s saved\)", line)
    assert repr(search.sharing_).splitlines()[1:] == ["  a    8 -> 2", "  clf  8 -> 8"]
    assert "<td>clf</td><td>8</td><td>8</td>" in search.sharing_._repr_html_()


def test_there_is_always_something_to_ask(capsys: Any) -> None:
    search = GridSearch(LeavesLast(), {"value": [*VALUES, 0.2]}, cv=2, refit=False).fit(X, y)
    assert search.sharing_.steps == {"LeavesLast": (10, 8)}
    alone = GridSearch(LeavesLast(), {"value": VALUES}, cv=2, refit=False, verbose=1).fit(X, y)
    assert repr(alone.sharing_) == "8 fits asked for, 8 done\n  LeavesLast  8 -> 8"
    assert "mean_own_time" not in alone.cv_results_
    assert "asked for" not in capsys.readouterr().out


@both
def test_times_are_of_all_pieces_and_own_times_of_what_was_done(n_jobs: int) -> None:
    search = GridSearch(
        make_pipeline(Slow(0.05), Slow(0.01), LeavesLast()),
        {"slow-2__seconds": [0.01, 0.02], "leaveslast__value": VALUES}, cv=2, n_jobs=n_jobs,
        refit=False,
    ).fit(X, y)  # fmt: skip
    results = search.cv_results_
    assert results["mean_fit_time"].min() > 0.06
    spent = 2 * results["mean_own_time"].sum()
    assert 2 * (0.05 + 0.01 + 0.02) < spent < 0.6
    assert search.sharing_.seconds_saved > 7 * 2 * 0.05


class Slow(Leaves):
    """Takes its time."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds = seconds

    def fit(self, X: Any, y: Any = None) -> Slow:
        time.sleep(self.seconds)
        super().fit(X, y)
        return self


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_backends(backend: str, tmp_path: Any) -> None:
    grid = {"b__factor": [1.0, 2.0, 3.0], "clf__value": VALUES}
    alone = GridSearchCV(chain("", "a", "b"), grid, cv=3, refit=False).fit(X, y)
    with parallel_config(backend, n_jobs=2):
        search = GridSearch(chain(tmp_path, "a", "b"), grid, cv=3, refit=False).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
    )
    assert (left(tmp_path, "a"), left(tmp_path, "b")) == (3, 9)


def test_waiting_for_another_worker_is_no_work() -> None:
    grid = {"leaveslast__value": VALUES}
    search = GridSearch(
        make_pipeline(Slow(0.5), LeavesLast()), grid, cv=[(np.arange(20), np.arange(20, 40))],
        n_jobs=2, refit=False,
    ).fit(X, y)  # fmt: skip
    results = search.cv_results_
    assert search.sharing_.steps["slow"] == (4, 1)
    assert 0.5 < results["mean_own_time"].sum() < 1.0
    assert (np.abs(results["mean_fit_time"] - 0.55) < 0.2).all()
