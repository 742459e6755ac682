"""Strategies and optimizers of the user's own: they keep every promise that ours keep."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from sktune import BayesSearch, GridSearch, NoImprovement, RandomSearch, Strategy, SuccessiveHalving
from sktune.optimizers import Optimizer
from sktune.testing import StrategyContract
from sktune.testing.observers import Scripted, X, y
from sktune.trials import Trial
from tests.helpers.searches import assert_same_results


class Climb(Strategy):
    """Goes on from the best so far; learns from candidates before its window."""

    def __init__(self, n: int = 9, window: int | None = 2) -> None:
        self.n = n
        self.window = window
        self.scores: list[tuple[float, float]] = []

    @property
    def total(self) -> int:
        return self.n

    def propose(self, n: int) -> list[Any]:
        if self.window is None:
            return [{"value": float(k)} for k in range(self.asked, min(self.asked + n, self.n))]
        proposed: list[Any] = []
        while len(proposed) < n and self.asked + len(proposed) < self.n:
            t = self.asked + len(proposed)
            if t - self.told >= self.window:
                if proposed:
                    break
                raise RuntimeError("the window is full: tell them first")
            known = self.scores[: max(0, t - self.window + 1)]
            proposed.append({"value": max(known, default=(0.0, 0.5))[1] + 1.0 / (1 + t)})
        return proposed

    def learn(self, trials: Any) -> None:
        for trial in trials:
            scores = [outcome.test_scores.get("score") for outcome in trial.finished]
            known = [score for score in scores if score is not None]
            self.scores.append((float(np.mean(known)) if known else -np.inf, trial.params["value"]))


class TestClimb(StrategyContract):
    def make(self) -> Strategy:
        return Climb()


class TestClimbAtOnce(StrategyContract):
    def make(self) -> Strategy:
        return Climb(window=None)


def search_of(kind: Any = GridSearch, window: int | None = 2, **options: Any) -> Any:
    space = {"value": [0.0]}
    return kind(Scripted(), space, cv=3, refit=False, strategy=Climb(window=window), **options)


@pytest.mark.parametrize("kind", [GridSearch, RandomSearch])
@pytest.mark.parametrize("window", [None, 1, 3])
def test_the_candidates_are_those_of_the_strategy(kind: Any, window: int | None) -> None:
    search = search_of(kind, window).fit(X, y)
    strategy = Climb(window=window)
    expected: list[Any] = []
    while asked := strategy.ask(1):
        expected += asked
        strategy.learn([trial_of(search, len(expected) - 1)])
        strategy.told += 1
    assert search.cv_results_["params"] == expected


def trial_of(search: Any, row: int) -> Any:
    scores = [search.cv_results_[f"split{k}_test_score"][row] for k in range(3)]
    return Trial.of(row, search.cv_results_["params"][row], scores)


@pytest.mark.parametrize("window", [None, 3])
def test_workers_do_not_matter(window: int | None) -> None:
    one = search_of(window=window).fit(X, y)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* workers busy")
        two = search_of(window=window, n_jobs=2).fit(X, y)
    assert_same_results(two.cv_results_, one.cv_results_)


@pytest.mark.parametrize("window", [None, 2])
@pytest.mark.parametrize("n", [1, 4])
def test_resumed_is_uninterrupted(window: int | None, n: int, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    strategy = {"strategy": Climb(n=n, window=window)}
    search_of().set_params(**strategy, checkpoint=path).fit(X, y)
    with pytest.raises(ValueError, match="strategy"):  # it is another one that proposes more
        search_of(window=window, checkpoint=path).fit(X, y)
    search_of().set_params(**strategy, checkpoint=path).fit(X, y)
    whole = search_of().set_params(**strategy).fit(X, y)
    again = search_of().set_params(**strategy, checkpoint=path).fit(X, y)
    assert_same_results(again.cv_results_, whole.cv_results_)


def test_each_fit_has_the_strategy_as_it_was_given() -> None:
    search = search_of()
    first = search.fit(X, y).cv_results_["params"]
    assert search.strategy.asked == 0
    assert search.fit(X, y).cv_results_["params"] == first
    assert clone(search).fit(X, y).cv_results_["params"] == first


def odd_ones(trials: Any, trial: Any) -> bool:
    return bool(trial.number % 2)


def test_policies_and_rules_go_with_it() -> None:
    stopped = search_of(early_termination=odd_ones).fit(X, y)
    assert list(stopped.cv_results_["status"]) == ["ok", "stopped"] * 4 + ["ok"]
    ruled = search_of(window=None, stop=NoImprovement(2)).fit(X, y)
    assert len(ruled.cv_results_["params"]) == 9  # each is better than the last


def test_what_cannot_be_a_strategy_is_refused() -> None:
    used = Climb()
    used.ask(1)
    for given, error, told in (
        (used, ValueError, "has proposed 1 candidates already"),
        (Climb, TypeError, "a Strategy of your own"),
        ("climb", TypeError, "a Strategy of your own"),
    ):
        with pytest.raises(error, match=told):
            search_of().set_params(strategy=given).fit(X, y)
    with pytest.raises(ValueError, match="n_iter='exhaust'"):
        search_of(RandomSearch).set_params(n_iter="exhaust").fit(X, y)
    halving = SuccessiveHalving(min_resources=8)
    assert search_of().set_params(strategy=halving).fit(X, y).n_resources_ == [8]


class Nearest(Optimizer):
    """Chooses next to the best; keeps nothing."""

    def propose(self, seen: Any, pool: Any, rng: Any) -> Any:
        points = pool.draw(50, rng)
        best = seen.points[seen.values.argmax()]
        return points[np.abs(points[:, 1] - best[1]).argmin()]


def bayes_of(**options: Any) -> BayesSearch:
    options = {"optimizer": Nearest(), "n_iter": 8, "random_state": 0, **options}
    return BayesSearch(Scripted(), {"value": (0.0, 1.0)}, cv=2, refit=False, **options)


def test_an_optimizer_of_ones_own_chooses(tmp_path: Path) -> None:
    search = bayes_of().fit(X, y)
    values = [params["value"] for params in search.cv_results_["params"]]
    gaps = [min(abs(v - w) for w in values[:k]) for k, v in enumerate(values) if k > 3]
    assert max(gaps) < 0.1
    path = tmp_path / "search.jsonl"
    bayes_of(n_iter=5, checkpoint=path).fit(X, y)
    assert_same_results(bayes_of(checkpoint=path).fit(X, y).cv_results_, search.cv_results_)
    two = bayes_of(n_points=2, n_jobs=2).fit(X, y)
    assert_same_results(two.cv_results_, bayes_of(n_points=2).fit(X, y).cv_results_)
    assert_same_results(clone(search).fit(X, y).cv_results_, search.cv_results_)


def test_a_class_in_the_place_of_an_optimizer_is_refused() -> None:
    with pytest.raises(TypeError, match="is a class; pass an instance"):
        bayes_of(optimizer=Nearest).fit(X, y)


class Rewrites(Strategy):
    """Has one dict, and writes into it."""

    def __init__(self, window: int | None) -> None:
        self.window, self.params = window, {"value": 0}

    @property
    def total(self) -> int:
        return 4

    def propose(self, n: int) -> list[Any]:
        if self.asked == self.total:
            return []
        self.params["value"] += 1
        return [self.params]


@pytest.mark.parametrize("window", [None, 1])
def test_a_strategy_may_write_into_what_it_has_proposed(window: int | None) -> None:
    search = GridSearch(Scripted(), {"value": [0]}, strategy=Rewrites(window), refit=False)
    search.fit(X, y)
    assert [params["value"] for params in search.cv_results_["params"]] == [1, 2, 3, 4]
    assert np.diff(search.cv_results_["mean_test_score"]).round(9).tolist() == [1.0, 1.0, 1.0]


class Remembers:
    def __init__(self) -> None:
        self.told: list[float] = []

    def ask(self) -> Any:
        return {"value": len(self.told) / 100}

    def tell(self, params: Any, score: float) -> None:
        self.told.append(score)


@pytest.mark.parametrize("n_points", [1, 4])
def test_an_object_is_told_the_last_scores_too(n_points: int) -> None:
    given = Remembers()
    search = BayesSearch(
        Scripted(), {"value": (0.0, 1.0)}, n_iter=9, optimizer=given, n_points=n_points,
        random_state=0, refit=False,
    ).fit(X, y)  # fmt: skip
    # an optimizer is told scores to ten digits
    np.testing.assert_allclose(given.told, search.cv_results_["mean_test_score"], rtol=1e-9)
