"""Candidates that cost more are tried only where more is expected of them."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, RandomSearch
from sktune.strategies import Bayesian
from sktune.strategies.costs import Cost
from sktune.trials import Outcome, Trial
from sktune.types import Params

SPACE = {"x": (0.0, 1.0), "size": (1.0, 100.0, "log-uniform")}
X, y = load_iris(return_X_y=True)
TREES = {"max_depth": (1, 30), "min_samples_leaf": (1, 40), "max_features": (0.1, 1.0)}


def score(params: Params) -> float:
    """The size makes no difference."""
    return -abs(params["x"] - 0.3)


def told(number: int, params: Params, value: float, seconds: float = 0.0) -> Trial:
    scores = {"score": value}
    return Trial(number, params, [Outcome(number, 0, scores, fit_time=seconds)])


def tried(
    cost: Cost | None, n: int = 16, seconds: Callable[[Params], float] = lambda _: 1.0, **more: Any
) -> list[Params]:
    strategy = Bayesian(SPACE, n, cost=cost, random_state=0, **more)
    candidates: list[Params] = []
    while asked := strategy.ask(1):
        trial = told(len(candidates), asked[0], score(asked[0]), seconds(asked[0]))
        strategy.tell([trial])
        candidates += asked
    return candidates


def total(candidates: list[Params]) -> float:
    return float(sum(params["size"] for params in candidates))


def size(params: Params) -> float:
    return float(params["size"])


@pytest.mark.parametrize("cost", [size, "time"])
def test_of_equal_candidates_the_cheaper_are_tried(cost: Cost) -> None:
    cheaper = tried(cost, seconds=size)
    assert total(cheaper[3:]) < 0.6 * total(tried(None)[3:])  # after the start
    assert max(map(score, cheaper)) > -0.05  # and the best is found all the same


@pytest.mark.parametrize("factor", [1.0, 1000.0])
def test_costs_that_are_alike_change_nothing(factor: float) -> None:
    assert tried(lambda params: factor * (1.0 + 0.01 * params["x"])) == tried(None)
    assert tried("time", seconds=lambda _: factor) == tried(None)


def test_only_what_a_cost_is_beside_others_counts() -> None:
    both = tried(size), tried(lambda params: 4096.0 * size(params))
    np.testing.assert_allclose(*([list(p.values()) for p in found] for found in both), rtol=1e-6)


def test_what_failed_has_its_cost_and_what_is_not_known_has_none() -> None:
    strategy = Bayesian(SPACE, 8, cost=size, random_state=0, warm_start_from={
        "params": [{"x": 0.1, "size": 2.0}, {"x": 0.9, "size": 3.0}],
        "mean_test_score": [0.1, 0.2],
    })  # fmt: skip
    candidates = strategy.ask(1)
    strategy.tell([told(0, candidates[0], 0.2)])
    candidates += strategy.ask(1)
    strategy.tell([told(1, candidates[1], math.nan)])
    costs = strategy.seen().costs
    assert costs is not None
    np.testing.assert_equal(costs, [math.nan, *map(size, candidates)])
    assert len(strategy.ask(1)) == 1


def costs_of_trees(params: Params) -> float:
    return float(params["max_depth"]) / float(params["min_samples_leaf"])


def trees(**options: Any) -> BayesSearch:
    model = DecisionTreeClassifier(random_state=0)
    return BayesSearch(model, TREES, **{"n_iter": 12, "cv": 3, "random_state": 0, **options})


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_a_function_of_params_keeps_the_candidates_at_any_n_jobs(n_jobs: int) -> None:
    from joblib import parallel_backend

    alone = trees(cost=costs_of_trees, n_points=3).fit(X, y)
    with parallel_backend("threading"):
        together = trees(cost=costs_of_trees, n_points=3, n_jobs=n_jobs).fit(X, y)
    assert alone.cv_results_["params"] == together.cv_results_["params"]


@pytest.mark.parametrize("cost", [costs_of_trees, "time"])
def test_a_search_that_goes_on_proposes_from_the_costs_on_record(
    cost: Cost, tmp_path: Path
) -> None:
    begun, copied = tmp_path / "begun", tmp_path / "copied"
    first = trees(cost=cost, checkpoint=begun, n_iter=9).fit(X, y)
    shutil.copy(begun, copied)
    # what comes next depends on times of fits that are not made again
    twice = [trees(cost=cost, checkpoint=file, n_iter=10).fit(X, y) for file in (begun, copied)]
    candidates = [search.cv_results_["params"] for search in twice]
    assert candidates[0] == candidates[1]
    assert candidates[0][:9] == first.cv_results_["params"]


def test_a_checkpoint_of_other_costs_is_refused(tmp_path: Path) -> None:
    trees(checkpoint=tmp_path / "a", n_iter=4).fit(X, y)
    with pytest.raises(ValueError, match="cost"):
        trees(checkpoint=tmp_path / "a", cost="time").fit(X, y)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"cost": "seconds"}, "cost='seconds'; pass 'time', a function"),
    ({"cost": 3.0}, "cost=3.0; pass 'time', a function"),
    ({"cost": lambda params: -1.0}, r"cost\(\{.*\}\) is -1.0; return a number above 0"),
    ({"cost": lambda params: 0}, r"cost\(\{.*\}\) is 0; return a number above 0"),
    ({"cost": lambda params: math.nan}, "is nan; return a number above 0"),
    ({"cost": lambda params: math.inf}, "is inf; return a number above 0"),
    ({"cost": lambda params: None}, "is None; return a number above 0"),
    ({"cost": lambda params: True}, "is True; return a number above 0"),
    ({"cost": "time", "folds": "adaptive"}, "goes by fits, not by what they cost"),
    ({"cost": "time", "optimizer_kwargs": {"acq_func": "EI"}}, "does not look at costs"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_what_is_no_cost_is_told_before_the_first_fit(
    options: dict[str, Any], message: str
) -> None:
    search = trees(n_iter=4).fit(X, y)
    best = search.best_params_
    search.set_params(**options)
    with pytest.raises(ValueError, match=message):
        search.fit(X, y)
    assert search.best_params_ == best


def test_what_a_function_raises_comes_to_the_user() -> None:
    with pytest.raises(KeyError, match="depth"):
        trees(cost=lambda params: params["depth"]).fit(X, y)


def test_a_search_that_does_not_learn_has_no_costs() -> None:
    wrong: Any = {"cost": "time"}
    with pytest.raises(TypeError, match="BayesSearch"):
        RandomSearch(DecisionTreeClassifier(), TREES, **wrong)
