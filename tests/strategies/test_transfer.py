"""Searches on other data as a prior: ranks alone count, and fade where they do not agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from joblib import parallel_backend
from sklearn.datasets import make_classification
from sklearn.svm import SVC

from sktune import BayesSearch, RandomSearch
from sktune.strategies import Bayesian
from sktune.trials import Trial
from tests.helpers.messages import refusal

SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0), "kind": ["a", "b"]}

Score = Callable[[dict[str, Any]], float]


def peak(x: float, y: float) -> Score:
    def score(params: dict[str, Any]) -> float:
        away = (params["x"] - x) ** 2 + (params["y"] - y) ** 2
        return float(np.exp(-20 * away)) + 0.1 * (params["kind"] == "b")

    return score


def results(score: Score, n: int = 30, high: float = 1.0) -> dict[str, list[Any]]:
    rng = np.random.default_rng(3)
    drawn = [
        {"x": high * rng.random(), "y": rng.random(), "kind": str(rng.choice(["a", "b"]))}
        for _ in range(n)
    ]
    return {"params": drawn, "mean_test_score": [score(params) for params in drawn]}


def search(score: Score, n: int, **options: Any) -> tuple[list[dict[str, Any]], list[float]]:
    strategy = Bayesian(SPACE, n, **options)
    tried: list[dict[str, Any]] = []
    scores: list[float] = []
    while candidates := strategy.ask(1):
        tried += [dict(params) for params in candidates]
        scores.append(score(tried[-1]))
        strategy.tell([Trial.of(strategy.asked - 1, candidates[0], scores[-1:])])
    return tried, scores


def test_where_the_other_search_was_good_is_looked_first() -> None:
    here, there = peak(0.8, 0.15), peak(0.78, 0.2)
    gained = []
    for seed in range(4):
        other = {"warm_start_from": results(there), "transfer": True, "random_state": seed}
        gained.append(max(search(here, 8, **other)[1]) - max(search(here, 8, random_state=seed)[1]))
    assert min(gained) > -0.05
    assert np.mean(gained) > 0.1


def test_nothing_is_lost_where_it_was_good_elsewhere() -> None:
    here, there = peak(0.2, 0.85), peak(0.9, 0.1)
    for seed in range(4):
        found = search(here, 25, warm_start_from=results(there), transfer=True, random_state=seed)
        assert max(found[1]) > 1.05


def test_only_ranks_count() -> None:
    other = results(peak(0.7, 0.3))
    bent = {**other, "mean_test_score": [7 * s - 3 for s in other["mean_test_score"]]}
    options: dict[str, Any] = {"transfer": True, "random_state": 0}
    assert (
        search(peak(0.6, 0.3), 9, warm_start_from=other, **options)[0]
        == search(peak(0.6, 0.3), 9, warm_start_from=bent, **options)[0]
    )


def test_its_candidates_are_not_tried_yet_and_its_best_are_soon() -> None:
    other = results(peak(0.7, 0.3))
    order = np.argsort(other["mean_test_score"])
    tried, _ = search(peak(0.6, 0.3), 6, warm_start_from=other, transfer=True, random_state=0)
    assert tried[:2] == [other["params"][order[-1]], other["params"][order[-2]]]


def test_numbers_outside_a_range_count_as_its_ends() -> None:
    other = results(peak(0.7, 0.3), high=3.0)
    tried, _ = search(peak(0.6, 0.3), 6, warm_start_from=other, transfer=True, random_state=0)
    assert all(0 <= params["x"] <= 1 for params in tried)


X, y = make_classification(60, 5, random_state=0)
RANGES = {"C": (0.01, 100.0, "log-uniform"), "gamma": (1e-3, 1.0, "log-uniform")}


def test_a_search_goes_on_as_if_uninterrupted_and_on_any_number_of_workers(tmp_path: Any) -> None:
    other = RandomSearch(SVC(), RANGES, n_iter=8, cv=2, random_state=1).fit(X[:40], y[:40])
    options: dict[str, Any] = {"n_points": 2, "cv": 2, "random_state": 0, "transfer": True}
    options["warm_start_from"] = other
    whole: Any = BayesSearch(SVC(), RANGES, n_iter=9, **options).fit(X, y)
    part: Any = BayesSearch(SVC(), RANGES, n_iter=5, checkpoint=tmp_path / "search", **options)
    with parallel_backend("threading"):
        again = part.fit(X, y).set_params(n_iter=9, n_jobs=2).fit(X, y)
    assert again.cv_results_["params"] == whole.cv_results_["params"]


def test_what_cannot_be_transferred_is_refused_before_the_first_fit() -> None:
    few = {"params": [{"C": 1.0, "gamma": 0.1}] * 2, "mean_test_score": [0.5, 0.5]}
    for options, told in (
        ({}, "needs a search on other data"),
        ({"warm_start_from": few}, "fewer than 3"),
        ({"warm_start_from": few, "optimizer": "skopt"}, "optimizer='gp'"),
        ({"warm_start_from": [1, 2]}, "cv_results_"),
    ):
        assert told in refusal(BayesSearch(SVC(), RANGES, transfer=True, **options), X, y)


def test_it_goes_with_splits_one_at_a_time() -> None:
    other = RandomSearch(SVC(), RANGES, n_iter=8, cv=2, random_state=1).fit(X[:40], y[:40])
    search: Any = BayesSearch(
        SVC(), RANGES, n_iter=6, cv=3, random_state=0, folds="adaptive", transfer=True
    )
    search.set_params(warm_start_from=other).fit(X, y)
    best = other.cv_results_["params"][other.best_index_]
    assert best in search.cv_results_["params"][:3]
