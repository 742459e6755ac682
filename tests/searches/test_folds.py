"""Searches with one fold at a time: the same at any n_jobs and resumed, rows, refusals."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import (
    BayesSearch,
    NoImprovement,
    Observer,
    RandomSearch,
    SuccessiveHalving,
    read_journal,
)
from sktune.searches.folds import first_steps_of
from tests.helpers.journal.resuming import lines_of
from tests.helpers.racers import N_VALUES, TABLE, Racer, n_known, samples
from tests.helpers.searches import assert_same_results

slow = pytest.mark.slow
K = 5
X, y, CV = samples(K)
N_ITER = 8


def search(kind: type = BayesSearch, **options: Any) -> Any:
    usual = {"cv": CV, "refit": False, "n_iter": N_ITER, "random_state": 0, "folds": "adaptive"}
    return kind(Racer(), {"value": (0, N_VALUES - 1)}, **usual | options)


def results_of(**options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*keep 1 of 2 workers busy")
        return search(**options).fit(X, y).cv_results_


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((BayesSearch, 1), marks=slow), (BayesSearch, 3), (RandomSearch, 1),
        pytest.param((RandomSearch, 3), marks=slow),
    ],
    ids=lambda param: f"{param[0].__name__}-{param[1]}",
)  # fmt: skip
def alone(request: pytest.FixtureRequest) -> tuple[dict[str, Any], Any]:
    """A search with so many fits under way, and what one worker finds."""
    kind, n_points = request.param
    return {"kind": kind, "n_points": n_points}, results_of(kind=kind, n_points=n_points)


def test_the_number_of_workers_does_not_matter(alone: Any) -> None:
    same, results = alone
    assert_same_results(results_of(**same, n_jobs=2), results)
    with parallel_config("threading", n_jobs=2):
        assert_same_results(results_of(**same), results)


@pytest.mark.parametrize(
    "where", [0.3, pytest.param(1.0, marks=slow), pytest.param(0.7, marks=slow)]
)
def test_resumed_is_uninterrupted(alone: Any, where: float, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    same, results = alone
    assert_same_results(results_of(**same, checkpoint=path), results)
    assert list(read_journal(path)["status"]) == list(results["status"])
    lines = lines_of(path)
    path.write_bytes(b"".join(lines[: int(where * len(lines))]))
    left = n_known(results) - sum(b'"outcome"' in line for line in lines_of(path))
    Racer.fits.clear()
    again = results_of(**same, checkpoint=path, share_work=False)
    assert_same_results(again, results)
    assert len(Racer.fits) == left
    with pytest.raises(ValueError, match="folds"):
        results_of(**same, checkpoint=path, folds="all")


def test_rows_with_splits_left_out_are_as_with_racing(alone: Any) -> None:
    results = alone[1]
    stopped = results["status"] == "stopped"
    scores = np.stack([results[f"split{k}_test_score"] for k in range(K)], axis=1)
    known = ~np.isnan(scores)
    assert set(results["status"]) == {"ok", "stopped"}
    assert (known[~stopped]).all()
    assert len(stopped) > N_ITER > (~stopped).sum()
    assert (N_ITER - 1) * K < known.sum() <= N_ITER * K
    values = [params["value"] for params in results["params"]]
    assert np.array_equal(scores[known], TABLE[values, :K][known])
    assert np.isnan(results["mean_test_score"][stopped]).all()
    assert set(results["rank_test_score"][stopped]) == {(~stopped).sum() + 1}


@pytest.mark.parametrize("kind", [BayesSearch, RandomSearch])
def test_the_best_has_all_splits_and_is_what_a_refit_is_of(kind: type) -> None:
    found = search(kind, refit=True).fit(X, y)
    best = found.best_index_
    assert found.cv_results_["status"][best] == "ok"
    assert found.best_score_ == np.nanmax(found.cv_results_["mean_test_score"])
    assert found.best_estimator_.value == found.best_params_["value"]
    assert np.isfinite(found.best_score_bias_)


def test_observers_hear_once_that_a_candidate_is_done() -> None:
    class Counts(Observer):
        def __init__(self) -> None:
            self.done: list[int] = []
            self.fits = 0

        def split_finished(self, trial: Any, outcome: Any) -> None:
            self.fits += 1

        def trial_finished(self, trial: Any) -> None:
            self.done.append(trial.number)

    counts = Counts()
    results = search(observers=[counts]).fit(X, y).cv_results_
    assert sorted(counts.done) == list(range(len(results["params"])))
    assert counts.fits == n_known(results)


def test_what_was_set_aside_is_stopped_however_the_search_ends() -> None:
    class Ends(Observer):
        def __init__(self, interrupts: bool) -> None:
            self.interrupts = interrupts
            self.n_fits = 0

        def split_finished(self, trial: Any, outcome: Any) -> bool:
            self.n_fits += 1
            if self.interrupts and self.n_fits == 28:
                raise KeyboardInterrupt
            return self.n_fits == 28

    asked = search(observers=[Ends(interrupts=False)]).fit(X, y)
    assert asked.ended_by_ == "callback"
    assert (asked.cv_results_["status"] == "stopped").sum() > 3
    found = search(observers=[Ends(interrupts=True)])
    with pytest.raises(KeyboardInterrupt):
        found.fit(X, y)
    assert_same_results(found.cv_results_, asked.cv_results_)


def test_a_candidate_that_fails_is_given_up() -> None:
    bad = [(value, split) for value in range(60) for split in range(K)]
    found = BayesSearch(
        Racer(fail_on=bad), {"value": (0, N_VALUES - 1)}, cv=CV, refit=False, n_iter=N_ITER,
        random_state=0, folds="adaptive",
    )  # fmt: skip
    with pytest.warns(UserWarning, match="failed"):
        results = found.fit(X, y).cv_results_
    for row, params in enumerate(results["params"]):
        if params["value"] < 60:
            assert (
                sum(
                    results[f"split{k}_test_score"][row] == results[f"split{k}_test_score"][row]
                    for k in range(K)
                )
                == 0
            )
    assert results["params"][found.best_index_]["value"] >= 60


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"folds": "some"}, "folds='some'; pass 'all' or 'adaptive'"),
        ({"folds": 3}, "folds=3"),
        ({"early_termination": "racing"}, "folds='adaptive' and early_termination both"),
        ({"stop": NoImprovement(3)}, "stop goes by candidates that are done"),
    ],
)
@pytest.mark.parametrize("kind", [BayesSearch, RandomSearch])
def test_what_does_not_go_with_it_is_refused(kind: type, options: Any, told: str) -> None:
    Racer.fits.clear()
    with pytest.raises(ValueError, match=told):
        search(kind, **options).fit(X, y)
    assert not Racer.fits


class OwnDraws:
    """A distribution that is none of scipy's."""

    def rvs(self, random_state: Any = None) -> int:
        return 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"strategy": SuccessiveHalving()}, "folds='adaptive' and strategy both say"),
        ({"sampling": "sobol"}, "sampling='sobol' spreads a number of candidates"),
        ({"n_points": 0}, "n_points=0; pass a whole number"),
        ({"n_iter": 2.5}, "n_iter.*must be an int"),
        ({"folds": "all", "n_points": 2}, "n_points=2 says how many fits are under way"),
        (
            {"param_distributions": {"value": OwnDraws()}},
            "param_distributions: 'value' is a OwnDraws",
        ),
    ],
)
def test_what_random_search_cannot_do_fold_by_fold_is_refused(options: Any, told: str) -> None:
    Racer.fits.clear()
    with pytest.raises((TypeError, ValueError), match=told):
        search(RandomSearch).set_params(**options).fit(X, y)
    assert not Racer.fits


def test_draws_do_not_depend_on_scores() -> None:
    """Which candidates come is chance alone; scores say only how far each of them gets."""
    drawn = [
        search(RandomSearch, scoring=sign).fit(X, y).cv_results_["params"]
        for sign in (lambda *args: Racer.score(*args), lambda *args: -Racer.score(*args))
    ]
    n = min(map(len, drawn))
    assert drawn[0][:n] == drawn[1][:n]
    assert n > N_ITER
    assert len({params["value"] for params in drawn[0]}) == len(drawn[0])


def test_the_own_values_come_first_where_they_are_wanted() -> None:
    found = search(RandomSearch, include_defaults=True).fit(X, y)
    assert found.cv_results_["params"][0]["value"] == Racer().value


def test_callbacks_are_refused_too() -> None:
    Racer.fits.clear()
    with pytest.raises(ValueError, match="callback hears of each candidate when it is done"):
        search().fit(X, y, callback=lambda result: None)
    assert not Racer.fits


def test_first_steps_are_known_by_their_parameters() -> None:
    pipeline = Pipeline([("scale", StandardScaler()), ("last", Racer())])
    key = pickle.loads(pickle.dumps(first_steps_of(pipeline, True)))
    assert key({"scale__with_mean": True, "last__value": 3}) == key(
        {"scale__with_mean": True, "last__value": 4, "last": Racer()}
    )
    assert key({"scale__with_mean": True}) != key({"scale__with_mean": 1})
    assert first_steps_of(pipeline, False) is None
    assert first_steps_of(Racer(), True) is None
    found = BayesSearch(
        pipeline, {"last__value": (0, N_VALUES - 1), "scale__with_std": [True, False]}, cv=CV,
        refit=False, n_iter=5, random_state=0, folds="adaptive",
    )  # fmt: skip
    assert found.fit(X, y)._strategy._work is not None
