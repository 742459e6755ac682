"""A search that may take so many seconds: what there is by then is the result."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator

from sktune import BayesSearch, GridSearch, RandomSearch
from sktune.policies import Deadline
from sktune.trials import Trials
from tests.helpers.racers import n_known, samples

X, y, CV = samples(4)
MANY = list(range(400))


class Sleeper(BaseEstimator):
    """Takes its time; scores by its number."""

    def __init__(self, number: int = 0, seconds: float = 0.0) -> None:
        self.number = number
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Sleeper:
        time.sleep(self.seconds)
        self.fitted_ = True
        return self

    def score(self, X: Any, y: Any) -> float:
        return float(np.sin(self.number) + X[0, 0])


def grid(seconds: float, **options: Any) -> GridSearch:
    return GridSearch(Sleeper(seconds=seconds), {"number": MANY}, cv=CV, **options)


def random(seconds: float, **options: Any) -> RandomSearch:
    return RandomSearch(
        Sleeper(seconds=seconds), {"number": MANY}, cv=CV, n_iter=400, random_state=0, **options
    )


def bayes(seconds: float, **options: Any) -> BayesSearch:
    return BayesSearch(
        Sleeper(seconds=seconds), {"number": MANY}, cv=CV, n_iter=400, n_points=4,
        random_state=0, **options,
    )  # fmt: skip


slow = pytest.mark.slow
every_search = pytest.mark.parametrize("make", [grid, random, bayes])


def check(search: Any, timeout: float, late: float) -> dict[str, Any]:
    """Fit; what there is must be right, and not all."""
    start = time.monotonic()
    results: dict[str, Any] = search.fit(X, y).cv_results_
    # the limit is the promise; what a busy machine adds is not
    assert time.monotonic() - start < timeout + late
    scores = np.stack([results[f"split{k}_test_score"] for k in range(4)], axis=1)
    known = ~np.isnan(scores)
    assert 0 < known.sum() < 4 * 400
    for row, params in enumerate(results["params"]):
        right = np.sin(params["number"]) + np.arange(4)
        np.testing.assert_array_equal(scores[row][known[row]], right[known[row]])
    assert set(results["status"]) <= {"ok", "partial", "stopped"}
    assert list(results["status"] == "ok") == list(known.all(axis=1))
    return results


@pytest.mark.parametrize(
    ("make", "n_jobs"), [(grid, 1), (bayes, 1), (grid, 2), pytest.param(random, 2, marks=slow)]
)
def test_what_there_is_by_then_is_the_result(make: Any, n_jobs: int) -> None:
    GridSearch(Sleeper(), {"number": [0, 1]}, cv=CV, n_jobs=n_jobs).fit(X, y)  # starts workers
    search = make(0.02, timeout=0.5, n_jobs=n_jobs)
    results = check(search, 0.5, 10.0)
    ok = results["status"] == "ok"
    assert ok.any()
    assert search.best_index_ == np.argmax(np.where(ok, results["mean_test_score"], -np.inf))
    assert search.best_estimator_.number == search.best_params_["number"]


# not at random, where the first candidates may all be slow
@pytest.mark.parametrize("kind", [grid, pytest.param(bayes, marks=slow)])
def test_a_fit_under_way_in_a_worker_is_not_waited_for(kind: Any) -> None:
    GridSearch(Sleeper(), {"number": [0, 1]}, cv=CV, n_jobs=2).fit(X, y)  # starts workers
    space = {"seconds": [0.0, 300.0], "number": MANY}
    name = {grid: "param_grid", bayes: "search_spaces"}.get(kind, "param_distributions")
    search = kind(0.0, timeout=0.7, n_jobs=2, refit=False).set_params(**{name: space})
    start = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there may be no whole candidate
        search.fit(X, y)
    assert time.monotonic() - start < 60
    assert n_known(search.cv_results_) > 0


def test_with_no_whole_candidate_the_best_of_those_with_most_splits_is_taken() -> None:
    search = grid(0.02, timeout=0.5, early_termination=lambda trials, trial: False)
    with pytest.warns(UserWarning, match="before any candidate had all its splits"):
        results = check(search, 0.5, 10.0)
    assert set(results["status"]) == {"partial"}
    scores = np.stack([results[f"split{k}_test_score"] for k in range(4)], axis=1)
    n_done = (~np.isnan(scores)).sum(axis=1)
    assert n_done[search.best_index_] == n_done.max()
    most = np.flatnonzero(n_done == n_done.max())
    assert search.best_index_ == most[np.nanmean(scores[most], axis=1).argmax()]
    assert search.best_score_ == pytest.approx(np.nanmean(scores[search.best_index_]))
    assert search.best_estimator_.number == search.best_params_["number"]


@slow
def test_with_nothing_at_all_it_says_that_time_was_too_short() -> None:
    with pytest.raises(ValueError, match=r"timeout=0\.3 seconds were over before any fit"):
        grid(20.0, timeout=0.3, n_jobs=2).fit(X, y)


def test_in_threads_what_is_under_way_is_finished() -> None:
    with parallel_config("threading", n_jobs=2):
        check(grid(0.02, timeout=0.5, refit=False), 0.5, 10.0)


@every_search
def test_enough_time_changes_nothing(make: Any) -> None:
    for search in (plain := make(0.0, refit=False), timed := make(0.0, refit=False, timeout=600)):
        few = {"number": MANY[:12]}
        name = {grid: "param_grid", bayes: "search_spaces"}.get(make, "param_distributions")
        search.set_params(**{name: few} | ({} if make is grid else {"n_iter": 6}))
        search.fit(X, y)
    assert plain.cv_results_["params"] == timed.cv_results_["params"]
    assert n_known(timed.cv_results_) == 4 * len(timed.cv_results_["params"])


def test_a_deadline_goes_by_its_clock() -> None:
    now = [5.0]
    deadline = Deadline(2.0, clock=lambda: now[0])
    trials = Trials(1)
    assert deadline.check(trials) is None
    now[0] = 6.9
    assert not deadline.over
    now[0] = 7.0
    assert deadline.check(trials) == 0
    early = Deadline(100.0, clock=lambda: now[0])
    early.expire()
    assert early.over
