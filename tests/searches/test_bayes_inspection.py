"""A look inside a Bayesian search, and optimizers of one's own."""

from __future__ import annotations

import math
import pickle
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, norm, randint
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skopt.plots import plot_convergence, plot_evaluations, plot_objective

from sktune import BayesSearch
from sktune.strategies.skopt_results import SkoptView
from tests.helpers.bayes_searches import X2, C, proposed, search_of, y2
from tests.helpers.estimators import Counting, n_fits


def test_scikit_optimizes_plots_take_the_results(iris: Any) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    space = [
        {"C": C, "gamma": (1e-3, 1.0, "log-uniform"), "kernel": ["rbf"], "degree": [1, (2,), None]},
        {"C": loguniform(0.1, 10), "kernel": ["linear"], "max_iter": (1000, 2000)},
    ]
    space[0].pop("degree")
    search = BayesSearch(SVC(), space, n_iter=14, cv=2, random_state=0).fit(*iris)
    results = search.optimizer_results_
    assert [len(result.x) for result in results] == [3, 3]
    assert sum(len(result.func_vals) for result in results) == 14
    assert min(result.fun for result in results) == pytest.approx(-search.best_score_)
    plot_convergence(*results)
    for result in results:
        plot_evaluations(result)
        plot_objective(result, n_points=5, n_samples=10)
    matplotlib.pyplot.close("all")


def test_labels_of_choices_that_look_alike() -> None:
    space = {"value": ["1", 1, None, (1, 2), math.nan], "other": (0.0, 1.0)}
    result = search_of(space, 10).fit(X2, y2).optimizer_results_[0]
    labels = result.space.dimensions[1].categories
    assert set(labels) == {"1 (1)", "1 (2)", "None", "(1, 2)", "nan"}
    assert all(row[1] in labels for row in result.x_iters)


def test_the_surrogate_predicts_in_the_users_space() -> None:
    def scoring(estimator: Any, X: Any, y: Any) -> float:
        return 100 - (estimator.value - 3) ** 2

    search = search_of({"value": (0.0, 5.0)}, 15, scoring=scoring).fit(X2, y2)
    candidates = [{"value": value} for value in (0.5, 2.0, 3.0, 4.5)]
    mean, std = search.surrogate_.predict(candidates)
    np.testing.assert_allclose(mean, [100 - (p["value"] - 3) ** 2 for p in candidates], atol=0.5)
    assert (std > 0).all()
    frame = pd.DataFrame(candidates)
    np.testing.assert_array_equal(search.surrogate_.predict(frame)[0], mean)
    with pytest.raises(ValueError, match=r"candidate 0.*not in the search space"):
        search.surrogate_.predict({"value": 7.0})
    unfitted = search_of({"value": (0.0, 5.0)})
    assert not hasattr(unfitted, "surrogate_")
    assert not hasattr(unfitted, "optimizer_results_")


def test_a_fitted_search_is_pickled_with_its_looks() -> None:
    search = search_of([{"value": (0.0, 5.0)}, {"other": ["a", None]}], 8).fit(X2, y2)
    again = pickle.loads(pickle.dumps(search))
    assert len(again.optimizer_results_) == 2
    np.testing.assert_array_equal(
        again.surrogate_.predict({"value": 1.0}), search.surrogate_.predict({"value": 1.0})
    )


class Listed:
    """Asks for what it was made with; notes what it is told."""

    told: ClassVar[list[Any]] = []

    def __init__(self, candidates: list[Any]) -> None:
        self.candidates = candidates

    def ask(self) -> Any:
        return self.candidates.pop(0)

    def tell(self, params: Any, score: float) -> None:
        Listed.told.append((params, score))


def test_an_optimizer_of_ones_own() -> None:
    Listed.told = []
    given = Listed([{"value": v} for v in (0.1, 0.2, 0.2, 0.3, 0.4)])
    candidates = proposed(
        {"value": (0.0, 1.0)}, 7, optimizer=given, optimizer_kwargs={"n_initial_points": 3}
    )
    assert [round(params["value"], 9) for params in candidates[3:]] == [0.1, 0.2, 0.3, 0.4]
    assert len(Listed.told) == 7  # of the last too, from which nothing more is proposed
    assert not given.candidates  # that very object was asked
    with pytest.raises(ValueError, match="not in the search space"):
        proposed({"value": (0.0, 1.0)}, optimizer=Listed([{"value": 3.0}]))


def test_steps_of_a_pipeline_are_searched(iris: Any) -> None:
    space = [
        {"scale": ["passthrough", StandardScaler(), MinMaxScaler()], "model__C": C},
        {"scale": ["passthrough"], "model": [DecisionTreeClassifier(random_state=0)]},
    ]
    pipeline = Pipeline([("scale", StandardScaler()), ("model", SVC())])
    search = BayesSearch(pipeline, space, n_iter=10, cv=2, random_state=0, n_jobs=2).fit(*iris)
    assert search.best_score_ > 0.9
    assert set(search.cv_results_["status"]) == {"ok"}
    assert search.predict(iris[0]).shape == (150,)


class Remembering:
    """Proposes odd numbers, and must be told of the very ones."""

    def __init__(self) -> None:
        self.pending: set[float] = set()
        self.others = 0

    def ask(self) -> Any:
        value = (len(self.pending) * 0.37 + 0.11 / 3) % 1
        self.pending.add(value)
        return {"value": value}

    def tell(self, params: Any, score: float) -> None:
        self.others += params["value"] not in self.pending


@pytest.mark.parametrize("prior", ["uniform", "log-uniform"])
def test_an_optimizer_is_told_the_very_values_it_asked_for(prior: str) -> None:
    given = Remembering()
    search = search_of({"value": (1e-3, 1.0, prior)}, 12, optimizer=given).fit(X2, y2)
    assert search._strategy._optimizer._object.others == 3  # the design
    tried = [params["value"] for params in search.cv_results_["params"]]
    assert [row[0] for row in search.optimizer_results_[0].x_iters] == tried[:12]


def test_regressors_without_a_spread_cost_no_fit(tmp_path: Any) -> None:
    for base in (RandomForestRegressor(), LinearRegression(), "GBRT"):
        search = search_of(
            {"value": (0.0, 1.0)}, 12, estimator=Counting(folder=str(tmp_path)),
            optimizer="skopt", optimizer_kwargs={"base_estimator": base},
        )  # fmt: skip
        with pytest.raises(ValueError, match=r"optimizer_kwargs: .*(\n.*)*base_estimator is"):
            search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


def test_dimensions_of_one_value_can_be_looked_at() -> None:
    heard: list[Any] = []
    space = {"value": (0.0, 1.0), "other": randint(3, 4)}
    search = search_of(space, 5).fit(X2, y2, callback=heard.append)
    assert [row[0] for row in search.optimizer_results_[0].x_iters] == [3] * 5
    assert len(heard) == 5


def test_a_table_of_candidates_has_nan_for_none_and_for_what_is_not_there(tmp_path: Any) -> None:
    space = [{"value": (0.0, 1.0), "other": ["a", None]}, {"folder": ["", str(tmp_path)]}]
    search = search_of(space, 10).fit(X2, y2)
    candidates = search.cv_results_["params"]
    table = pd.DataFrame(list(candidates))
    np.testing.assert_array_equal(
        search.surrogate_.predict(table), search.surrogate_.predict(candidates)
    )
    with pytest.raises(TypeError, match="a dict, a list of dicts, or a DataFrame"):
        search.surrogate_.predict(5)


@pytest.mark.parametrize("n_points", [1, 3, 6])
def test_where_a_callback_ends_it_the_results_do_not_depend_on_workers(n_points: int) -> None:
    def callback(result: Any) -> bool:
        return len(result.x_iters) == 7

    found = []
    for n_jobs in (1, 2):
        search = search_of({"value": (0.0, 1.0)}, 30, n_points=n_points, n_jobs=n_jobs)
        search.fit(X2, y2, callback=callback)
        found.append(search.cv_results_["params"])
        assert len(search.optimizer_results_[0].x_iters) == 7  # the last is told too
    assert len(found[0]) == 7
    assert found[0] == found[1]


def test_callbacks_do_not_look_at_every_candidate_again(monkeypatch: Any) -> None:
    looked: list[Any] = []
    row = SkoptView.row
    monkeypatch.setattr(SkoptView, "row", lambda self, p: looked.append(p) or row(self, p))
    search_of({"value": norm()}, 9).fit(X2, y2, callback=lambda result: None)
    assert len(looked) == 9


def test_models_of_results_have_the_sign_and_the_scale_of_scikit_optimize() -> None:
    def scoring(estimator: Any, X: Any, y: Any) -> float:
        return 100 - np.log10(estimator.value) ** 2

    space = {"value": (0.01, 100.0, "log-uniform"), "other": (1, 50, "log-uniform")}
    result = search_of(space, 15, scoring=scoring).fit(X2, y2).optimizer_results_[0]
    assert [dimension.prior for dimension in result.space.dimensions] == 2 * ["log-uniform"]
    rows = result.space.transform(result.x_iters)
    mean, std = result.models[-1].predict(rows, return_std=True)
    np.testing.assert_allclose(mean, result.func_vals, atol=0.5)
    np.testing.assert_array_equal(mean, result.models[-1].predict(rows))
    assert (std >= 0).all()
