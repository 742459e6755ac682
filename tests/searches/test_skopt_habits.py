"""What users of skopt's BayesSearchCV are used to: its options, columns, results and types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skopt
from numpy.testing import assert_array_equal
from scipy.stats import rankdata
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from skopt.callbacks import CheckpointSaver
from skopt.learning import ExtraTreesRegressor
from skopt.space import Categorical, Integer, Real

from sktune import BayesSearch, GridSearch, RandomSearch
from tests.helpers.bayes_searches import X2, C, proposed, search_of, y2
from tests.helpers.estimators import Counting

FEW_TREES = ExtraTreesRegressor(n_estimators=4, min_samples_leaf=3)


@pytest.mark.parametrize(
    ("base", "n_points", "n_jobs"),
    [
        *[(None, 1, 1), (None, 3, 2), (FEW_TREES, 1, 2), (FEW_TREES, 3, 1)],
        *(
            pytest.param(*rest, marks=pytest.mark.slow)
            for rest in [(None, 3, 1), (FEW_TREES, 3, 2), ("gp", 1, 1), ("gp", 3, 2)]
        ),
    ],
)
def test_it_runs_with_any_surrogate(base: Any, n_points: int, n_jobs: int) -> None:
    space = {
        "C": Real(1e-6, 1e6, prior="log-uniform"),
        "gamma": Real(1e-6, 1e1, prior="log-uniform"),
        "degree": Integer(1, 8),
        "kernel": Categorical(["linear", "poly", "rbf"]),
    }
    search = BayesSearch(
        SVC(), space, n_iter=9, n_points=n_points, n_jobs=n_jobs, cv=3, random_state=0,
        optimizer_kwargs=None if base is None else {"base_estimator": base},
    )  # fmt: skip
    X, y = load_iris(return_X_y=True)
    assert search.fit(X, y).score(X, y) > 0.9
    (result,) = search.optimizer_results_
    assert result.x == [search.best_params_[name] for name in sorted(space)]


@pytest.mark.parametrize("kwargs", [{"base_estimator": FEW_TREES}, {"acq_func": "EI"}])
def test_options_of_skopts_optimizer_stand_for_it(kwargs: Any) -> None:
    given = {**kwargs, "n_initial_points": 2}
    named = proposed({"value": C}, 5, optimizer="skopt", optimizer_kwargs=given)
    assert proposed({"value": C}, 5, optimizer_kwargs=given) == named
    assert proposed({"value": C}, 5, optimizer_kwargs={"n_initial_points": 2}) != named


def test_train_scores_are_ranked() -> None:
    several = {
        "a": lambda estimator, X, y: estimator.value % 3 + len(X),
        "b": lambda estimator, X, y: -estimator.value,
    }
    results = (
        search_of({"value": (1, 9)}, scoring=several, refit="a", return_train_score=True)
        .fit(X2, y2)
        .cv_results_
    )
    for name in several:
        ranks = rankdata(-results[f"mean_train_{name}"], method="min")
        assert_array_equal(results[f"rank_train_{name}"], ranks)
        assert results[f"rank_train_{name}"].dtype == np.int32


def test_only_train_scores_that_are_there_are_ranked() -> None:
    assert "rank_train_score" not in search_of({"value": C}, 3).fit(X2, y2).cv_results_
    grid = GridSearch(Counting(), {"value": [1, 2]}, cv=2, return_train_score=True).fit(X2, y2)
    assert "rank_train_score" not in grid.cv_results_  # nor with scikit-learn


@pytest.mark.parametrize("optimizer", ["gp", "skopt"])
@pytest.mark.parametrize("store_objective", [True, False])
def test_results_can_be_dumped(tmp_path: Path, store_objective: bool, optimizer: str) -> None:
    """Also with constraints that are a lambda."""
    path = str(tmp_path / "result.pkl")
    options: dict[str, Any] = {"constraints": lambda params: True, "optimizer": optimizer}
    if optimizer == "skopt":
        options["optimizer_kwargs"] = {"base_estimator": FEW_TREES}
    search = search_of({"value": C, "other": ["a", None]}, 4, **options).fit(X2, y2)
    (result,) = search.optimizer_results_
    skopt.dump(result, path, store_objective=store_objective)
    read = skopt.load(path)
    assert (read.x, read.fun, read.x_iters) == (result.x, result.fun, result.x_iters)
    rows = read.space.transform(read.x_iters)
    assert_array_equal(read.models[-1].predict(rows), result.models[-1].predict(rows))


@pytest.mark.parametrize("store_objective", [True, False])
def test_checkpoints_of_skopts_callback(tmp_path: Path, store_objective: bool) -> None:
    path = str(tmp_path / "result.pkl")
    saver = CheckpointSaver(path, store_objective=store_objective)
    search = search_of({"value": C}, 4, constraints=lambda params: True)
    search.fit(X2, y2, callback=saver)
    assert len(skopt.load(path).x_iters) == 4


def test_a_dict_that_was_not_tried_has_a_result_too() -> None:
    search = search_of([{"value": C}, {"other": C}], 1).fit(X2, y2)
    results = search.optimizer_results_
    assert sorted(len(result.x_iters) for result in results) == [0, 1]
    assert [result.space.n_dims for result in results] == [1, 1]


# --- types ------------------------------------------------------------------------------

ARRAYS: dict[str, Any] = {
    "ints": np.arange(1, 9),
    "floats": np.array([0.5, 1.5, 2.5]),
    "float32": np.array([0.5, 1.5, 2.5], dtype=np.float32),
    "bools": np.array([True, False]),
    "texts": np.array(["a", "b"]),
    "objects": np.array([1, "a", None], dtype=object),
    "a list of scalars": list(np.logspace(-2, 2, 20)),
    "a list of many": [np.int64(3), np.True_, np.str_("x"), 4.0, None],
    "skopt's": Categorical(np.arange(3)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_elements_of_arrays_come_as_pythons(name: str) -> None:
    space = {"value": ARRAYS[name], "other": (0.0, 1.0)}
    search = search_of(space, 6, initial_points=[{"other": 0.5}]).fit(X2, y2)
    for params in search.cv_results_["params"]:
        json.dumps(params)
    json.dumps(search.best_params_)


def test_an_array_of_numpys_is_found_by_either_type() -> None:
    for given in (3, np.int64(3), 3.0):
        (first, _) = proposed({"value": np.arange(5)}, 2, initial_points=[{"value": given}])
        assert type(first["value"]) is int
        assert first == {"value": 3}


@pytest.mark.parametrize("search", [GridSearch, RandomSearch])
def test_scikit_learns_searches_keep_scikit_learns_types(search: Any) -> None:
    options = {} if search is GridSearch else {"n_iter": 2, "random_state": 0}
    fitted = search(Counting(), {"value": np.arange(2)}, cv=2, **options).fit(X2, y2)
    assert type(fitted.best_params_["value"]) is np.int64
