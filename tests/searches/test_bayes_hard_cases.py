"""Where Bayesian searches break: nothing here may raise, warn, repeat itself or take long."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch
from sktune.strategies import Bayesian
from sktune.trials import Trial
from tests.helpers.searches import assert_same_results

Score = Callable[[Any], Any]


def drive(strategy: Bayesian, score: Score, at_a_time: int = 1) -> list[Any]:
    """Ask and tell to the end; warnings are errors here."""
    candidates: list[Any] = []
    while asked := strategy.ask(at_a_time):
        strategy.tell(
            [
                Trial.of(len(candidates) + i, params, [score(params)])
                for i, params in enumerate(asked)
            ]
        )
        candidates += asked
    assert len({repr(params) for params in candidates}) == len(candidates)
    return candidates


def sphere(params: Any) -> float:
    return -sum((value - 0.3) ** 2 for value in params.values() if value is not None)


LINE = {"x": (0.0, 1.0)}
SCORES: list[Any] = [
    pytest.param(lambda p: 0.5, id="constant"),
    pytest.param(lambda p: None, id="all failed"),
    pytest.param(lambda p: math.nan, id="all nan"),
    pytest.param(lambda p: None if p["x"] < 0.7 else p["x"], id="most failed"),
    pytest.param(lambda p: 1e300 * p["x"], id="huge"),
    pytest.param(lambda p: 1e-300 * p["x"], id="tiny"),
    pytest.param(lambda p: -1e9 if p["x"] < 0.5 else p["x"], id="a cliff"),
    pytest.param(lambda p: 1 + 1e-13 * p["x"], id="rounding"),
    pytest.param(lambda p: float(p["x"] > 0.9), id="a needle"),
]


@pytest.mark.parametrize(
    ("score", "n_points"),
    [
        # every score, half of them with several points at a time; else slow
        pytest.param(
            *score.values,
            n_points,
            id=f"{score.id}-{n_points}",
            marks=[] if (number % 2 == 0) is (n_points == 1) else pytest.mark.slow,
        )
        for number, score in enumerate(SCORES)
        for n_points in (1, 4)
    ],
)
def test_odd_scores(score: Score, n_points: int) -> None:
    strategy = Bayesian(LINE, 25, n_points=n_points, random_state=0)
    assert len(drive(strategy, score, n_points)) == 25
    assert np.isfinite(strategy.seen().values).all()
    if strategy.seen().failed.all():
        assert strategy.surrogate is None
        return
    mean, std = strategy.surrogate.predict(strategy.space.encode([{"x": 0.5}]))
    assert np.isfinite(mean).all()
    assert np.isfinite(std).all()


def test_the_worst_that_was_seen_stands_for_failures() -> None:
    strategy = Bayesian(LINE, 6, random_state=0)
    scores = iter([0.5, None, 0.2, math.nan, 0.9, None])
    drive(strategy, lambda params: next(scores))
    assert list(strategy.seen().values) == [0.5, 0.2, 0.2, 0.2, 0.9, 0.2]
    assert list(strategy.seen().failed) == [False, True, False, True, False, True]
    assert list(strategy.seen().working.values) == [0.5, 0.2, 0.9]
    assert list(strategy.seen(2).values) == [0.5, 0.5]


SPACES: list[Any] = [
    pytest.param({f"x{i}": (0.0, 1.0) for i in range(50)}, 40, id="50 dimensions"),
    pytest.param({"x": (0.0, 1.0), "same": [None]}, 20, id="a single value"),
    pytest.param({f"x{i}": [0, 1] for i in range(12)}, 40, id="12 switches"),
    pytest.param({"x": list(range(200))}, 40, id="200 choices"),
    pytest.param({"x": (1, 10**12, "log-uniform"), "y": (1, 10**12)}, 25, id="large integers"),
    pytest.param([{"x": (0.0, 1.0)}, {"y": [0]}, {"z": (0, 9)}], 25, id="branches of all sizes"),
]


@pytest.mark.parametrize(("space", "n_iter"), SPACES)
def test_odd_spaces(space: Any, n_iter: int) -> None:
    assert len(drive(Bayesian(space, n_iter, n_points=2, random_state=0), sphere, 2)) == n_iter


@pytest.mark.parametrize("space", [{"x": [3]}, {"x": [3], "y": [None]}, [{}, {"x": [3]}]])
def test_one_point_or_two(space: Any) -> None:
    strategy = Bayesian(space, 5, random_state=0)
    with pytest.warns(UserWarning, match="used up"):
        candidates = drive(strategy, lambda params: 1.0)
    assert len(candidates) == strategy.total == strategy.space.size


def test_a_thin_region_is_found() -> None:
    strategy = Bayesian(
        {"x": (0.0, 1.0), "y": (0.0, 1.0)}, 15, constraints=_on_the_diagonal, random_state=0
    )
    assert all(map(_on_the_diagonal, drive(strategy, sphere)))


def _on_the_diagonal(params: Any) -> bool:
    return bool(abs(params["x"] - params["y"]) < 0.005)


@pytest.mark.slow
def test_a_thousand_trials() -> None:
    space = {"x": (0.0, 1.0), "n": (1, 20), "k": ["a", "b", "c"]}

    def score(params: Any) -> float:
        return sphere({"x": params["x"], "n": params["n"] / 20}) + (params["k"] == "b")

    strategy = Bayesian(space, 1000, n_points=4, random_state=0)
    candidates = drive(strategy, score, 4)
    assert len(candidates) == 1000
    assert max(map(score, candidates)) > 0.999


def test_it_learns() -> None:
    """Far better than chance on a bowl of four dimensions."""
    space = {f"x{i}": (0.0, 1.0) for i in range(4)}
    best = [max(map(sphere, drive(Bayesian(space, 40, random_state=s), sphere))) for s in range(3)]
    rng = np.random.default_rng(0)
    chance = np.median([-((rng.random((40, 4)) - 0.3) ** 2).sum(axis=1).min() for _ in range(99)])
    assert np.median(best) > chance / 20


# --- as a meta-estimator: what GridSearch gives for the same candidates ---------------

rng = np.random.RandomState(0)
X = rng.randn(60, 4)
y = (X[:, 0] + 0.3 * rng.randn(60) > 0).astype(int)
C = {"C": (0.01, 100.0, "log-uniform")}
DATA: list[Any] = [
    pytest.param(X, id="array"),
    pytest.param(pd.DataFrame(X, columns=list("abcd")), id="frame"),
    pytest.param(sparse.csr_matrix(X), id="sparse"),
    pytest.param(X.tolist(), id="list"),
]


def same_candidates(search: BayesSearch) -> GridSearch:
    grid = [{name: [value] for name, value in p.items()} for p in search.cv_results_["params"]]
    names = ("cv", "scoring", "refit", "return_train_score")
    return GridSearch(search.estimator, grid, **{name: getattr(search, name) for name in names})


@pytest.mark.parametrize(
    ("data", "n_jobs"),
    [
        # every kind of data, half of them with workers; else slow
        pytest.param(
            *data.values,
            n_jobs,
            id=f"{data.id}-{n_jobs}",
            marks=[] if (number % 2 == 0) is (n_jobs is None) else pytest.mark.slow,
        )
        for number, data in enumerate(DATA)
        for n_jobs in (None, 2)
    ],
)
def test_scores_are_those_of_a_grid(data: Any, n_jobs: int | None) -> None:
    search = BayesSearch(
        SVC(), C, n_iter=6, n_points=2, cv=3, n_jobs=n_jobs, random_state=0,
        scoring=["accuracy", "f1"], refit="f1", return_train_score=True,
    ).fit(data, y)  # fmt: skip
    grid = same_candidates(search).fit(data, y)
    results = dict(search.cv_results_)
    for name in ("accuracy", "f1"):  # scikit-optimize's columns, which no grid has
        assert results.pop(f"rank_train_{name}").shape == (6,)
    assert_same_results(results, grid.cv_results_)
    assert search.best_params_ == grid.best_params_


def test_routing_groups_and_weights() -> None:
    weight, groups = rng.rand(60), np.arange(60) % 5
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        search = BayesSearch(model, C, n_iter=4, cv=GroupKFold(3), random_state=0)
        search.fit(X, y, sample_weight=weight, groups=groups)
        grid = same_candidates(search).fit(X, y, sample_weight=weight, groups=groups)
    assert_same_results(search.cv_results_, grid.cv_results_)
