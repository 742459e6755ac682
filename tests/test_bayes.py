"""BayesSearch as a user meets it: what skopt's BayesSearchCV promises, and where it breaks."""

from __future__ import annotations

import copy
import math
import pickle
import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, norm, randint
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from skopt.callbacks import DeltaYStopper
from skopt.plots import plot_convergence, plot_evaluations, plot_objective
from skopt.space import Categorical, Integer, Real

from sktune import BayesSearch, GridSearch, RandomSearch

from .estimators import ByValue, Counting, Faulty, n_fits

X2, y2 = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
C = (0.01, 100.0, "log-uniform")


def search_of(space: Any, n_iter: int = 8, **options: Any) -> BayesSearch:
    estimator = options.pop("estimator", Counting())
    return BayesSearch(estimator, space, n_iter=n_iter, cv=2, random_state=0, **options)


def proposed(space: Any, n_iter: int = 8, **options: Any) -> list[Any]:
    return list(search_of(space, n_iter, **options).fit(X2, y2).cv_results_["params"])


# --- spaces ---------------------------------------------------------------------------


def function() -> None:
    pass


OBJECTS = [
    (50, 50), None, True, False, 1, 2.5, "x", math.nan, SVC(), function, np.arange(3), [1], {"a": 1}
]  # fmt: skip


@pytest.mark.parametrize("kind", [list, Categorical])
def test_choices_come_back_as_the_very_objects(kind: Any) -> None:
    objects = OBJECTS if kind is list else ["a", "b", 3, None]
    values = [params["value"] for params in proposed({"value": kind(objects)}, len(objects))]
    assert len(values) == len(objects)
    assert {id(value) for value in values} == {id(value) for value in objects}


def test_what_is_given_is_what_is_tried() -> None:
    space = {
        "value": Integer(1, 1000, prior="log-uniform"),
        "other": Real(0.5, 2.0),
        "folder": ["", ""],
    }
    for params in proposed(space, 12):
        assert type(params["value"]) is int
        assert type(params["other"]) is float
        assert 0.5 <= params["other"] <= 2
    drawn = proposed({"value": norm(5, 0.1), "other": randint(3, 6)}, 12)
    assert all(4 < params["value"] < 6 for params in drawn)
    assert {type(params["other"]) for params in drawn} == {int}


def test_two_numbers_in_a_list_are_two_choices() -> None:
    assert {params["value"] for params in proposed({"value": [1, 1000]}, 2)} == {1, 1000}


def test_what_the_user_gives_stays_as_it_is() -> None:
    space = [({"value": [1, 2, 3], "other": Real(0, 1)}, 3), ({"value": (1, 9)}, 2)]
    before = copy.deepcopy(space)
    points = [{"value": 2}]
    search = search_of(space, initial_points=points).fit(X2, y2)
    assert repr(space) == repr(before)
    assert points == [{"value": 2}]
    assert clone(search).get_params()["n_iter"] == 8


def test_a_list_of_dicts_is_one_space() -> None:
    space = [{"value": (1.0, 2.0)}, {"other": (1.0, 2.0)}, {"value": [7], "other": [1, 2]}]
    candidates = proposed(space, 20)
    assert len(candidates) == 20
    assert {frozenset(params) for params in candidates} == {
        frozenset(names) for names in (["value"], ["other"], ["value", "other"])
    }


def test_what_is_learned_of_a_name_counts_in_every_dict() -> None:
    """Only the first dict is tried; then the second is entered where the first was good."""
    from sktune.strategies import Bayesian
    from sktune.trials import Trial

    strategy = Bayesian(
        [({"x": (0.0, 1.0), "k": ["a"]}, 15), ({"x": (0.0, 1.0), "k": ["b"]}, 3)],
        optimizer_kwargs={"n_initial_points": 1},
        initial_points=[{"x": unit, "k": "a"} for unit in np.linspace(0, 1, 15)],
        random_state=0,
    )
    entered = []
    for number in range(18):
        (params,) = strategy.ask(1)
        strategy.tell([Trial.of(number, params, [-abs(params["x"] - 0.8)])])
        entered += [params["x"]] if params["k"] == "b" else []
    assert abs(entered[1] - 0.8) < 0.15  # the first was the design


def test_allotments_are_kept() -> None:
    space = [
        ({"value": (1, 1000)}, 5),
        ({"other": (1, 1000)}, 2),
        ({"value": ["x"], "other": ["y", "z"]}, 1),
    ]
    search = search_of(space, 100).fit(X2, y2)
    names = [next(iter(params)) for params in search.cv_results_["params"]]
    assert sorted(names) == 2 * ["other"] + 6 * ["value"]
    assert sum(len(params) == 2 for params in search.cv_results_["params"]) == 1
    assert search.total_iterations == 8
    drawn = RandomSearch(Counting(), space, cv=2, random_state=0).fit(X2, y2)
    assert sorted(next(iter(p)) for p in drawn.cv_results_["params"]) == sorted(names)


def test_random_search_takes_the_same_shorthands() -> None:
    space = {
        "value": (1, 1000, "log-uniform"),
        "other": Real(0.5, 2.0),
        "folder": Categorical([""]),
    }
    search = RandomSearch(Counting(), space, n_iter=30, cv=2, random_state=0).fit(X2, y2)
    values = [params["value"] for params in search.cv_results_["params"]]
    assert {type(value) for value in values} == {int}
    assert sum(value < 32 for value in values) > 8  # half of them, where it is log-uniform
    assert all(0.5 <= params["other"] <= 2 for params in search.cv_results_["params"])
    again = clone(search).fit(X2, y2)
    assert again.cv_results_["params"] == search.cv_results_["params"]


def below_one(params: dict[str, Any]) -> bool:
    return bool(params["value"] + params["other"] <= 1)


@pytest.mark.parametrize("optimizer", ["gp", "skopt"])
def test_constraints_are_never_violated(optimizer: str) -> None:
    space = {"value": (0.0, 1.0), "other": (0.0, 1.0)}
    kwargs = {"base_estimator": "ET"} if optimizer == "skopt" else None
    candidates = proposed(
        space, 25, constraints=below_one, optimizer=optimizer, optimizer_kwargs=kwargs,
        scoring=sum_of_values,
    )  # fmt: skip
    assert len(candidates) == 25
    assert all(map(below_one, candidates))


def sum_of_values(estimator: Any, X: Any, y: Any) -> float:
    """Largest where `below_one` forbids it."""
    return float(estimator.value + estimator.other)


BAD = [
    pytest.param({"value": (0, 10, "log-uniform")}, "'value'.*touches 0", id="log 0"),
    pytest.param({"value": (-1.0, 10.0, "log-uniform")}, "touches -1.0", id="log < 0"),
    pytest.param({"value": (3, 3)}, r"not less than 3.*list \[3\]", id="a point"),
    pytest.param({"value": (3, 1)}, "swap the bounds", id="swapped"),
    pytest.param({"value": (0.0, math.inf)}, "not finite", id="inf"),
    pytest.param({"value": (math.nan, 1.0)}, "not finite", id="nan"),
    pytest.param({"value": ("a", "b")}, r"list: \['a', 'b'\]", id="a tuple of choices"),
    pytest.param({"value": (1, 10, "log")}, r"\(low, high, \"log-uniform\"\)", id="a prior"),
    pytest.param({"value": (1, 2, 3)}, "For choices pass a list", id="three numbers"),
    pytest.param({"value": (True, False)}, "For choices pass a list", id="bools"),
    pytest.param({"value": []}, "non-empty", id="an empty list"),
    pytest.param({"value": 3}, "list with one element", id="a scalar"),
    pytest.param([({"value": (1, 3)}, 0)], "n at least 1", id="no allotment"),
    pytest.param([({"value": (1, 3)}, 2), {"value": [1]}], "every dict", id="some allotments"),
    pytest.param({}, None, id="nothing to search"),
    pytest.param([], "is empty", id="no dict"),
    pytest.param({"valeu": (1, 3)}, "Did you mean 'value'", id="a typo"),
    pytest.param([{"value": (1, 3)}, {"valeu": [1]}], r"\[1\].*'valeu'", id="a typo later"),
]


@pytest.mark.parametrize(("space", "message"), BAD)
def test_a_bad_space_costs_no_fit(space: Any, message: str | None, tmp_path: Any) -> None:
    search = search_of(space, estimator=Counting(folder=str(tmp_path)), n_iter=3)
    if message is None:  # the estimator as it is, once; then the space is used up
        with pytest.warns(UserWarning, match="used up"):
            search.fit(X2, y2)
        assert search.cv_results_["params"] == [{}]
        return
    with pytest.raises((ValueError, TypeError), match=message):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


def below_half(params: dict[str, Any]) -> bool:
    return bool(params["value"] < 0.5)


BAD_OPTIONS: list[Any] = [
    ({"n_iter": 0}, "n_iter=0"),
    ({"n_points": 1.5}, "n_points=1.5"),
    ({"optimizer": "bo"}, "'bo' is not known"),
    ({"optimizer": object()}, "ask"),
    ({"optimizer_kwargs": {"acq_func": "EI"}}, "optimizer='skopt'"),
    ({"optimizer": "skopt", "optimizer_kwargs": {"acq_func": "E"}}, "expected acq_func"),
    ({"optimizer": "skopt", "optimizer_kwargs": {"random_state": 1}}, "'random_state'"),
    ({"initial_points": [{"value": 5.0}]}, "does not take 5.0"),
    ({"initial_points": [{"valu": 0.5}]}, "no parameter 'valu'"),
    ({"initial_points": {"value": 0.5}}, "list of dicts"),
    ({"constraints": "a < b"}, "pass a callable"),
    ({"constraints": lambda params: False}, "allow none"),
    ({"constraints": lambda params: params["nothing"]}, "constraints raised KeyError"),
    ({"initial_points": [{"value": 0.5}], "constraints": below_half}, "not allowed by the"),
    ({"warm_start_from": [1, 2]}, "cv_results_"),
    ({"warm_start_from": {"params": [], "mean_test_f1": []}}, "mean_test_score"),
    ({"fit_params": {"a": 1}}, r"search.fit\(X, y, \*\*fit_params\)"),
    ({"iid": True}, "leave it out"),
    ({"scoring": ["accuracy", "f1"]}, "refit must be set"),
    ({"scoring": ["accuracy", "f1"], "refit": False}, "guides the search"),
    ({"scoring": ["accuracy", "f1"], "refit": len}, "guides the search"),
]


@pytest.mark.parametrize(("options", "message"), BAD_OPTIONS)
def test_a_bad_option_costs_no_fit(options: Any, message: str, tmp_path: Any) -> None:
    search = BayesSearch(Counting(folder=str(tmp_path)), {"value": (0.0, 1.0)}, **options)
    with pytest.raises((ValueError, TypeError), match=message):
        search.fit(X2, y2)
    assert n_fits(tmp_path) == 0


# --- the start ------------------------------------------------------------------------


def test_it_begins_with_the_users_points_then_the_estimators_own() -> None:
    space = {"C": C, "gamma": (1e-3, 1.0, "log-uniform"), "kernel": ["linear", "rbf", "poly"]}
    points = [{"C": 10, "kernel": "poly", "gamma": 0.1}, {"kernel": "linear"}]
    search = BayesSearch(SVC(), space, n_iter=5, initial_points=points, random_state=0, cv=2)
    candidates = search.fit(X2, y2).cv_results_["params"]
    assert candidates[0] == points[0]
    assert candidates[1]["kernel"] == "linear"
    assert candidates[2]["C"] == 1.0  # gamma="scale" is not in the space, and is drawn
    assert candidates[2]["kernel"] == "rbf"
    assert len({repr(params) for params in candidates}) == 5


def test_no_point_of_its_own_where_the_space_has_no_value_of_the_estimator() -> None:
    candidates = proposed({"value": (1.0, 2.0)}, 3, estimator=Counting(value=5))
    assert all(params["value"] != 5 for params in candidates)


def test_a_warm_start_is_not_fitted_again(tmp_path: Any) -> None:
    scoring = ByValue(**{str(i): i / 10 for i in range(10)})
    first = GridSearch(Counting(), {"value": [str(i) for i in range(6)]}, scoring=scoring, cv=2)
    first.fit(X2, y2)
    for given in (first, first.cv_results_):
        search = search_of(
            {"value": [str(i) for i in range(1, 10)]}, 4, warm_start_from=given, scoring=scoring
        )
        with pytest.warns(UserWarning, match=r"1 of 6 candidates are not in this.*\n.*'0'"):
            search.fit(X2, y2)
        tried = {params["value"] for params in search.cv_results_["params"]}
        assert tried == {"6", "7", "8", "9"}
        assert len(search.optimizer_results_[0].func_vals) == 9


def test_a_warm_start_guides() -> None:
    space = {"value": (0.0, 1.0)}

    def scoring(estimator: Any, X: Any, y: Any) -> float:
        return -abs(estimator.value - 0.7)

    first = search_of(space, 15, scoring=scoring).fit(X2, y2)
    search = search_of(space, 1, scoring=scoring, warm_start_from=first).fit(X2, y2)
    assert abs(search.best_params_["value"] - 0.7) < 0.1
    again = search_of(space, 15, scoring=scoring, warm_start_from=first).fit(X2, y2)
    known = {params["value"] for params in first.cv_results_["params"]}
    assert not known & {params["value"] for params in again.cv_results_["params"]}


# --- nothing ends it but the budget ---------------------------------------------------


@pytest.mark.parametrize("optimizer", ["gp", "skopt"])
def test_failing_candidates_do_not_end_it(optimizer: str) -> None:
    kwargs = {"base_estimator": "RF"} if optimizer == "skopt" else None
    space = {"value": ["raise", 1, 2, 3, 4, 5], "other": (0.0, 1.0)}
    search = search_of(space, 15, estimator=Faulty(), optimizer=optimizer, optimizer_kwargs=kwargs)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X2, y2)
    assert set(search.cv_results_["status"]) == {"ok", "failed"}
    assert len(search.cv_results_["params"]) == 15
    assert len(caught) == 2  # the summary, and scikit-learn's of means that are not finite
    assert any(issubclass(w.category, FitFailedWarning) for w in caught)
    assert np.isfinite(search.optimizer_results_[0].func_vals).all()


def test_all_failing_is_an_error_after_the_budget() -> None:
    search = search_of({"value": ["raise"], "other": (0.0, 1.0)}, 6, estimator=Faulty())
    with pytest.raises(ValueError, match="All the 12 fits failed"):
        search.fit(X2, y2)
    assert len(search.cv_results_["params"]) == 6


def test_a_space_that_is_used_up_ends_the_search_and_says_so() -> None:
    search = search_of({"value": [1, 2, 3], "other": [None]}, 10)
    with pytest.warns(UserWarning, match="no more than 3 candidates, of the 10"):
        search.fit(X2, y2)
    assert len(search.cv_results_["params"]) == 3


def test_points_do_not_repeat_before_the_space_is_used_up() -> None:
    def scoring(estimator: Any, X: Any, y: Any) -> float:
        return float(estimator.value == 4 and estimator.other == 2)

    candidates = proposed({"value": (1, 6), "other": [1, 2, 3, 4]}, 24, scoring=scoring)
    assert len({repr(params) for params in candidates}) == 24


# --- as scikit-optimize has it --------------------------------------------------------


@pytest.mark.parametrize("surrogate", ["gp", "GP", "RF", "ET"])
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_points", [1, 3])
def test_surrogates_points_and_jobs(surrogate: str, n_points: int, n_jobs: int, iris: Any) -> None:
    ours = surrogate == "gp"
    search = BayesSearch(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": (1, 8), "criterion": ["gini", "entropy"], "min_samples_leaf": (0.01, 0.4)},
        n_iter=6, n_points=n_points, n_jobs=n_jobs, cv=2, random_state=0,
        optimizer="gp" if ours else "skopt",
        optimizer_kwargs=None if ours else {"base_estimator": surrogate},
    )  # fmt: skip
    first = search.fit(*iris).cv_results_["params"]
    assert search.best_score_ > 0.8
    assert search.score(*iris) > 0.8
    again = clone(search).set_params(n_jobs=None).fit(*iris)
    assert again.cv_results_["params"] == first


def test_the_seed_decides(iris: Any) -> None:
    def run(seed: Any) -> list[Any]:
        search = BayesSearch(SVC(), {"C": C}, n_iter=6, cv=2, random_state=seed)
        return list(search.fit(*iris).cv_results_["params"])

    assert run(1) == run(1) == run(np.int64(1))
    assert run(1) != run(2)
    assert run(np.random.RandomState(3)) == run(np.random.RandomState(3))
    assert run(None) != run(None)


def test_a_metric_guides() -> None:
    scoring = {"up": lambda e, X, y: e.value, "down": lambda e, X, y: -e.value}
    for refit, towards in (("up", 1.0), ("down", 0.0)):
        search = search_of({"value": (0.0, 1.0)}, 12, scoring=scoring, refit=refit).fit(X2, y2)
        assert abs(search.best_params_["value"] - towards) < 0.05
        assert {f"rank_test_{name}" for name in scoring} <= set(search.cv_results_)
        assert search.cv_results_[f"rank_test_{refit}"].dtype == np.int32


def several(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    return {"up": estimator.value, "down": -estimator.value}


def test_a_callable_with_several_metrics_guides_too() -> None:
    search = search_of({"value": (0.0, 1.0)}, 10, scoring=several, refit="down").fit(X2, y2)
    assert search.best_params_["value"] < 0.1
    for refit in (True, False, len):
        search = search_of({"value": (0.0, 1.0)}, 10, scoring=several, refit=refit)
        with pytest.raises(ValueError, match="guides the search"):
            search.fit(X2, y2)
        assert len(search.cv_results_["params"]) == 1


def test_no_refit_and_callable_refit() -> None:
    search = search_of({"value": (0.0, 1.0)}, 4, refit=False).fit(X2, y2)
    assert not hasattr(search, "best_estimator_")
    assert search.best_params_
    search = search_of({"value": (0.0, 1.0)}, 4, refit=lambda results: 2).fit(X2, y2)
    assert search.best_index_ == 2


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callback_hears_of_each_candidate_and_may_stop(n_jobs: int) -> None:
    heard: list[int] = []

    def callback(result: Any) -> bool:
        heard.append(len(result.func_vals))
        assert result.fun == min(result.func_vals)
        return len(heard) == 5

    search = search_of({"value": (0.0, 1.0)}, 30, n_jobs=n_jobs)
    search.fit(X2, y2, callback=[callback])
    assert heard == [1, 2, 3, 4, 5]
    assert 5 <= sum(search.cv_results_["status"] == "ok") < 10
    assert search.__sklearn_is_fitted__()


def test_a_callback_of_scikit_optimize() -> None:
    search = search_of({"value": (0.0, 1.0)}, 30)
    search.fit(X2, y2, callback=DeltaYStopper(0.01, n_best=3))
    assert len(search.cv_results_["params"]) < 8  # all score the same
    with pytest.raises(TypeError, match="callback is 3"):
        search.fit(X2, y2, callback=3)


def test_several_dicts_and_callbacks() -> None:
    dimensions: set[int] = set()

    def callback(result: Any) -> None:
        dimensions.add(len(result.x))

    space = [{"value": (0.0, 1.0)}, {"value": (0.0, 1.0), "other": [1, 2]}]
    search_of(space, 12).fit(X2, y2, callback=callback)
    assert dimensions == {1, 2}


# --- a look inside --------------------------------------------------------------------


def test_scikit_optimizes_plots_take_the_results(iris: Any) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    space = [
        {"C": C, "gamma": (1e-3, 1.0, "log-uniform"), "kernel": ["rbf"], "degree": [1, (2,), None]},
        {"C": loguniform(0.1, 10), "kernel": ["linear"], "max_iter": (100, 200)},
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
    assert len(Listed.told) == 6  # of the last nobody needs to hear
    assert len(given.candidates) == 5  # it was copied
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
