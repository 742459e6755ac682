"""Searches that give up losers: what is the same as without, what is not evaluated, and rows."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import (
    BanditPolicy,
    BayesSearch,
    GridSearch,
    MedianStoppingPolicy,
    RacingPolicy,
    RandomSearch,
    TruncationSelectionPolicy,
    read_journal,
)
from sktune.engine.racing import ROUND
from sktune.exceptions import FailedCandidatesWarning
from sktune.paths import registry
from tests.helpers.journal.resuming import lines_of
from tests.helpers.path_toys import Rounds, RoundsPath
from tests.helpers.racers import N_VALUES, TABLE, Racer, n_known, nobody, odd_ones, samples
from tests.helpers.searches import assert_same_results, silent
from tests.helpers.transformers import leave

slow = pytest.mark.slow
K = 5
X, y, CV = samples(K)


def grid(**options: Any) -> GridSearch:
    values = list(range(N_VALUES))
    return GridSearch(Racer(), {"value": values}, **{"cv": CV, "refit": False, **options})


def random(**options: Any) -> RandomSearch:
    return RandomSearch(
        Racer(),
        {"value": list(range(N_VALUES))},
        **{"cv": CV, "refit": False, "n_iter": 90, "random_state": 3, **options},
    )


def bayes(**options: Any) -> BayesSearch:
    return BayesSearch(
        Racer(),
        {"value": (0, N_VALUES - 1)},
        **{"cv": CV, "refit": False, "n_iter": 22, "random_state": 0, "n_points": 2, **options},
    )


SEARCHES = [grid, random, bayes]
POLICIES = {
    "racing": "racing",
    "bound": RacingPolicy(alpha=0),
    "median": MedianStoppingPolicy(delay_evaluation=2),
    "bandit": BanditPolicy(slack_amount=0.04),
    "truncation": TruncationSelectionPolicy(truncation_percentage=40),
    "function": odd_ones,
}
every_search = pytest.mark.parametrize("make", SEARCHES)
every_policy = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
# a policy that learns from the others, and one that does not; the rest in the slow run
TWO = ("racing", "function")
two_policies = pytest.mark.parametrize(
    "policy",
    [
        pytest.param(policy, id=name, marks=() if name in TWO else slow)
        for name, policy in POLICIES.items()
    ],
)


def results_of(search: Any) -> dict[str, Any]:
    results: dict[str, Any] = search.fit(X, y).cv_results_
    return results


@every_search
def test_a_policy_that_stops_none_changes_nothing(make: Any) -> None:
    assert_same_results(results_of(make(early_termination=nobody)), results_of(make()))


# each search and each of the two policies at least once; the rest in the slow run
@pytest.mark.parametrize(
    ("make", "policy"),
    [
        pytest.param(
            make,
            policy,
            id=f"{name}-{make.__name__}",
            marks=() if (name == "function") is (make is random) and name in TWO else slow,
        )
        for make in SEARCHES
        for name, policy in POLICIES.items()
    ],
)
def test_the_number_of_workers_does_not_matter(make: Any, policy: Any) -> None:
    alone = results_of(make(early_termination=policy))
    assert "stopped" in alone["status"] or policy == RacingPolicy(alpha=0)
    assert_same_results(results_of(make(early_termination=policy, n_jobs=2)), alone)
    with parallel_config("threading", n_jobs=2):
        assert_same_results(results_of(make(early_termination=policy)), alone)


@every_search
@every_policy
def test_stopped_rows(make: Any, policy: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = results_of(make(early_termination=policy))
    stopped = results["status"] == "stopped"
    assert set(results["status"]) <= {"ok", "stopped"}
    scores = np.stack([results[f"split{k}_test_score"] for k in range(K)], axis=1)
    done = (~np.isnan(scores)).sum(axis=1)
    assert (done[~stopped] == K).all()
    assert ((done[stopped] >= 1) & (done[stopped] < K)).all()
    values = [params["value"] for params in results["params"]]
    for row, n in enumerate(done):  # the first ones
        np.testing.assert_array_equal(scores[row, :n], TABLE[values[row], :n])
    assert np.isnan(results["mean_test_score"][stopped]).all()
    assert np.isnan(results["std_test_score"][stopped]).all()
    ranks = results["rank_test_score"]
    if stopped.any():
        assert ranks[stopped].min() > ranks[~stopped].max()
        assert len(set(ranks[stopped])) == 1
    assert list(results["error"]) == [None] * len(ranks)


@every_search
def test_fits_are_what_the_rows_have(make: Any) -> None:
    Racer.fits.clear()
    results = results_of(make(early_termination="racing", share_work=False))
    assert len(Racer.fits) == n_known(results)
    assert n_known(results) < 0.75 * K * len(results["params"])


@every_search
@two_policies
@pytest.mark.parametrize("where", [0.3, pytest.param(1, marks=slow), pytest.param(0.7, marks=slow)])
def test_resumed_is_uninterrupted(make: Any, policy: Any, where: float, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    results = results_of(make(early_termination=policy, checkpoint=path))
    assert_same_results(results, results_of(make(early_termination=policy)))
    lines = lines_of(path)
    path.write_bytes(b"".join(lines[: int(where * len(lines)) or 1]))
    left = n_known(results) - sum(b'"outcome"' in line for line in lines_of(path))
    Racer.fits.clear()
    again = results_of(make(early_termination=policy, checkpoint=path, share_work=False))
    assert_same_results(again, results)
    assert len(Racer.fits) == left


def test_a_full_search_can_be_gone_on_with_as_a_race_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    """What is recorded of splits that a race does not reach is not made use of."""
    path = tmp_path / "a.jsonl"
    full = results_of(grid(checkpoint=path))
    Racer.fits.clear()
    raced = results_of(grid(checkpoint=path, early_termination="racing"))
    assert not Racer.fits
    assert_same_results(raced, results_of(grid(early_termination="racing")))
    path.unlink()
    results_of(grid(checkpoint=path, early_termination="racing"))
    Racer.fits.clear()
    assert_same_results(results_of(grid(checkpoint=path)), full)
    assert len(Racer.fits) == n_known(full) - n_known(raced)


def test_bayesian_search_does_not_go_on_with_another_policy(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    results_of(bayes(checkpoint=path, early_termination="racing"))
    results_of(bayes(checkpoint=path, early_termination=RacingPolicy()))
    with pytest.raises(ValueError, match="early_termination"):
        results_of(bayes(checkpoint=path))
    with pytest.raises(ValueError, match="early_termination"):
        results_of(bayes(checkpoint=path, early_termination="median"))


def test_a_journal_tells_which_were_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    results = results_of(grid(checkpoint=path, early_termination="racing"))
    table = read_journal(path)
    assert list(table["status"]) == list(results["status"])
    again = results_of(grid(checkpoint=path, early_termination="racing"))
    assert list(read_journal(path)["status"]) == list(again["status"])


def test_racing_finds_the_winner_of_the_full_search() -> None:
    for make in (grid, random):
        full = results_of(make())
        raced = results_of(make(early_termination="racing"))
        assert np.nanargmax(raced["mean_test_score"]) == np.argmax(full["mean_test_score"])
        assert n_known(raced) <= 0.6 * n_known(full)


def test_equal_candidates_are_stopped_together() -> None:
    values = list(range(40))
    space = [{"value": values}, {"value": values[::-1]}]
    results = results_of(GridSearch(Racer(), space, cv=CV, early_termination="racing"))
    assert list(results["status"][:40]) == list(results["status"][40:][::-1])
    assert "stopped" in results["status"]


def test_failed_candidates_are_failed_and_stopped() -> None:
    fails = tuple((value, split) for value in range(0, 120, 7) for split in (1, 2, 3, 4))
    Racer.fits.clear()
    search = GridSearch(
        Racer(fail_on=fails), {"value": list(range(120))}, cv=CV, early_termination="racing"
    )
    with pytest.warns(FailedCandidatesWarning):
        results = results_of(search)
    scores = np.stack([results[f"split{k}_test_score"] for k in range(K)], axis=1)
    for value in range(0, 120, 7):
        assert results["status"][value] in ("failed", "stopped")
        assert np.isnan(scores[value, 1:]).all()
        assert Racer.fits.count(value) <= 2
    assert "failed" in results["status"]


def test_where_all_fail_the_search_says_so() -> None:
    fails = tuple((value, split) for value in range(5) for split in range(K))
    search = GridSearch(Racer(fail_on=fails), {"value": list(range(5))}, cv=CV)
    search.set_params(early_termination="racing", refit=False)
    with pytest.warns(FailedCandidatesWarning, match="Scoring failed 25 times"):
        results = silent(search.fit, X, y).cv_results_
    assert set(results["status"]) == {"failed"}


def test_the_best_is_refitted_and_never_a_stopped_candidate() -> None:
    search = grid(refit=True, early_termination="racing").fit(X, y)
    assert search.cv_results_["status"][search.best_index_] == "ok"
    assert search.best_estimator_.value == search.best_params_["value"]
    assert search.best_score_ == TABLE[search.best_params_["value"], :K].mean()


def test_a_callable_refit_that_returns_a_stopped_row_is_told_of_nanargmax() -> None:
    search = grid(refit=lambda results: results["mean_test_score"].argmax())
    with pytest.raises(ValueError, match=r"has stopped.*use np\.nanargmax"):
        search.set_params(early_termination="racing").fit(X, y)
    assert "stopped" in search.cv_results_["status"]
    search.set_params(refit=lambda results: int(np.nanargmax(results["mean_test_score"])))
    assert search.fit(X, y).best_index_ == TABLE[:, :K].mean(axis=1).argmax()


def everyone(trials: Any, trial: Any) -> bool:
    return True


@pytest.mark.parametrize("refit", [True, False])
def test_a_policy_that_gives_up_everyone_is_refused_with_the_results_kept(refit: bool) -> None:
    search = grid(refit=refit, early_termination=everyone)
    with pytest.raises(ValueError, match="stopped every candidate"):
        search.fit(X, y)
    assert n_known(search.cv_results_) == N_VALUES


def raises(trials: Any, trial: Any) -> bool:
    raise KeyError("a mistake in it")


@every_search
def test_a_policy_that_raises_ends_the_search_with_the_results_kept(make: Any) -> None:
    search = make(early_termination=raises)
    with pytest.raises(KeyError, match="a mistake in it"):
        search.fit(X, y)
    assert n_known(search.cv_results_) >= 1


@every_search
@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"early_termination": "race"}, ValueError, "'race' is no policy; there are 'racing'"),
        ({"early_termination": RacingPolicy}, TypeError, r"a policy such as RacingPolicy\(\)"),
        ({"early_termination": 3}, TypeError, "early_termination=3"),
        ({"early_termination": True}, TypeError, "early_termination=True"),
        ({"timeout": 0}, ValueError, "timeout=0; pass seconds"),
        ({"timeout": "1 h"}, ValueError, "timeout='1 h'"),
        ({"timeout": float("nan")}, ValueError, "timeout=nan"),
        ({"stop": 5}, TypeError, "stop=5; pass a rule"),
        ({"stop": "never"}, TypeError, "stop='never'"),
    ],
)
def test_bad_options_cost_no_fit(
    make: Any, options: dict[str, Any], error: type[Exception], told: str
) -> None:
    Racer.fits.clear()
    with pytest.raises(error, match=told):
        make(**options).fit(X, y)
    assert not Racer.fits


def two_scores(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    score = estimator.score(X, y)
    return {"good": score, "bad": -score}


@every_search
def test_with_several_metrics_the_one_to_refit_by_decides(make: Any) -> None:
    by_good = results_of(make(scoring=two_scores, refit="good", early_termination="racing"))
    plain = results_of(make(early_termination="racing"))
    assert list(by_good["status"]) == list(plain["status"])
    by_bad = results_of(make(scoring=two_scores, refit="bad", early_termination="racing"))
    assert list(by_bad["status"]) != list(plain["status"])


@every_search
@pytest.mark.parametrize("option", ["early_termination", "stop"])
def test_several_metrics_of_which_none_decides_are_refused(make: Any, option: str) -> None:
    Racer.fits.clear()
    value = {"early_termination": "racing", "stop": lambda trials: False}[option]
    several = {"a": two_scores, "b": two_scores}
    with pytest.raises(ValueError, match="which of the metrics"):
        make(scoring=several, refit=False, **{option: value}).fit(X, y)
    assert not Racer.fits
    with pytest.raises(ValueError, match="which of the metrics"):
        make(scoring=two_scores, refit=False, **{option: value}).fit(X, y)
    assert len(Racer.fits) <= 2 * K


def test_bayesian_search_is_told_of_stopped_candidates() -> None:
    """As the best, and the difference to it on the splits that both have."""
    search = bayes(early_termination="racing").fit(X, y)
    results = search.cv_results_
    told = search._strategy._observations.scores
    row = int(np.flatnonzero(results["status"] == "stopped")[-1])
    complete = [r for r in range(row) if results["status"][r] == "ok"]
    best = max(complete, key=lambda r: results["mean_test_score"][r])
    scores = np.stack([results[f"split{k}_test_score"] for k in range(K)], axis=1)
    known = ~np.isnan(scores[row])
    difference = (scores[row] - scores[best])[known].mean()
    assert told[row] == pytest.approx(results["mean_test_score"][best] + difference, rel=1e-9)


def test_the_splits_of_a_candidate_run_in_turn_under_bayesian_search() -> None:
    seen: list[int] = []

    def note(trials: Any, trial: Any) -> bool:
        others = [one for one in trials if one.number != trial.number]
        assert all(one.number <= trial.number - 2 for one in others)  # n_points is 2
        assert len(others) == max(0, trial.number - 1)
        seen.append(trial.n_done)
        return False

    results_of(bayes(early_termination=note))
    assert set(seen) == {1, 2, 3, 4}


def test_a_round_is_seen_whole_with_all_rounds_before() -> None:
    """Also those that were stopped, wherever in the round they are."""
    seen: list[tuple[int, int]] = []

    def gives_up_the_last(trials: Any, trial: Any) -> bool:
        seen.append((trial.number, len(trials)))
        return trial.number % ROUND == ROUND - 1

    results_of(grid(early_termination=gives_up_the_last))
    assert len(seen) == 6 * (ROUND + 3 * (ROUND - 1))
    assert all(n == ROUND * (number // ROUND + 1) for number, n in seen)


def test_too_few_points_for_the_workers_are_told() -> None:
    with pytest.warns(UserWarning, match="one split after the other keep 1 of 2 workers"):
        bayes(early_termination="racing", n_points=1, n_jobs=2, n_iter=4).fit(X, y)


GRIDS = {
    "pipeline": (
        Pipeline([("scale", StandardScaler()), ("tree", DecisionTreeClassifier(random_state=0))]),
        {"scale__with_mean": [True, False], "tree__min_samples_leaf": [1, 2, 5, 40, 70, 90]},
    ),
    "forest": (
        RandomForestClassifier(random_state=0),
        {"n_estimators": [1, 2, 5, 10], "min_samples_leaf": [1, 20, 45, 60], "max_depth": [1, 3]},
    ),
    "forest, in several rounds": (
        RandomForestClassifier(random_state=0),
        {
            "n_estimators": [1, 2, 3, 4, 5, 6],
            "min_samples_leaf": [1, 5, 20, 45],
            "max_depth": [1, 2],
        },
    ),
    "forest, the larger is worse": (
        RandomForestClassifier(random_state=0, max_features=1),
        {"max_depth": list(range(1, 12)), "n_estimators": [3, 1], "min_samples_leaf": [1, 60]},
    ),
}


PLAIN = [("pipeline", 2), ("forest", 1)]
EVERY = [(name, n_jobs) for name in GRIDS for n_jobs in (1, 2)]


@pytest.mark.parametrize(
    ("name", "n_jobs"),
    [pytest.param(*one, marks=() if one in PLAIN else slow) for one in EVERY],
)
def test_with_shared_work_it_never_fits_more_than_either_alone(name: str, n_jobs: int) -> None:
    estimator, space = GRIDS[name]
    data = load_iris(return_X_y=True)
    found = {
        (shares, races): GridSearch(
            estimator, space, cv=5, refit=False, n_jobs=n_jobs, share_work=shares,
            early_termination="racing" if races else None,
        ).fit(*data)
        for shares in (True, False)
        for races in (True, False)
    }  # fmt: skip
    both, racing = found[True, True], found[False, True]
    assert_same_results(both.cv_results_, racing.cv_results_)
    assert "stopped" in both.cv_results_["status"]
    # what is not shared is counted as a whole, a pipeline as one fit
    assert both.sharing_.n_done <= found[True, False].sharing_.n_done
    assert both.sharing_.n_done <= both.sharing_.n_asked
    assert racing.sharing_.n_done == n_known(racing.cv_results_)
    assert both.sharing_.n_done < both.sharing_.n_asked


class Noted(Rounds):
    """Leaves a file that tells its size."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Rounds:
        leave(self.folder, f"size {self.size}")
        return super().fit(X, y, sample_weight)


def test_nothing_is_fitted_for_those_that_have_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Others are taken out of the largest fit that any still needs on a split."""
    monkeypatch.setattr(registry, "_FAMILIES", {Noted: RoundsPath()})
    sizes = [9, 8, 2, 1, 10, 11, 20]
    GridSearch(
        Noted(folder=str(tmp_path)), {"size": sizes}, cv=3, refit=False,
        early_termination=lambda _, trial: trial.params["size"] > 10 - trial.n_done,
    ).fit(*load_iris(return_X_y=True))  # fmt: skip
    fitted = sorted(int(path.name.split("-")[0].split()[1]) for path in tmp_path.glob("size*"))
    assert fitted == [8, 9, 20]
