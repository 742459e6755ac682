"""How good the best really is, and who is as good: bias, comparison, rules for refit."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.model_selection import PredefinedSplit, ShuffleSplit
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, one_standard_error, practically_equal
from sktune.results import correlated_t, selection_bias, split_scores
from tests.benchmarks.winners import simulated
from tests.helpers.racers import TABLE, Racer, samples
from tests.helpers.searches import every_search

X, y, CV = samples(5)
SPACE = {"value": list(range(40))}


@pytest.mark.parametrize("n_candidates", [10, 100])
@pytest.mark.parametrize("n_splits", [5, 10])
@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
def test_the_bias_is_what_it_is_known_to_be(
    n_candidates: int, n_splits: int, spread: float
) -> None:
    known, estimated, tibshirani = simulated(n_candidates, n_splits, spread, n=600).mean(axis=1)
    assert estimated == pytest.approx(known, rel=0.25, abs=0.06)
    assert abs(estimated - known) < 0.5 * abs(tibshirani - known)


def test_bias_of_one_candidate_of_one_split_or_of_none() -> None:
    assert selection_bias(np.array([[0.1, 0.5, 0.9]])) == pytest.approx(0.0)
    assert np.isnan(selection_bias(np.array([[0.5], [0.6]])))
    assert np.isnan(selection_bias(np.full((3, 4), np.nan)))
    scores = np.random.default_rng(0).normal(size=(6, 4))
    with_one_more = np.vstack([scores, [5.0, np.nan, 5.0, 5.0]])
    assert selection_bias(with_one_more) == selection_bias(scores)
    assert selection_bias(scores + np.arange(4)) == pytest.approx(selection_bias(scores))


@every_search
def test_a_search_tells_the_bias_of_its_best_score(make: Any) -> None:
    search = make(Racer(), SPACE, cv=CV)
    with pytest.raises(ValueError, match="not fitted"):
        search.best_score_bias_  # noqa: B018 - it raises
    search.fit(X, y)
    values = [params["value"] for params in search.cv_results_["params"]]
    assert search.best_score_bias_ == selection_bias(TABLE[values, :5])


def test_a_stopped_candidate_takes_no_part() -> None:
    search = GridSearch(Racer(), SPACE, cv=CV, early_termination="racing").fit(X, y)
    ok = np.flatnonzero(search.cv_results_["status"] == "ok")
    assert 1 < len(ok) < 40
    assert search.best_score_bias_ == selection_bias(TABLE[ok, :5])


def test_with_several_metrics_it_is_of_the_one_to_refit_by() -> None:
    def two(estimator: Any, X: Any, y: Any) -> dict[str, float]:
        score = estimator.score(X, y)
        return {"good": score, "bad": -score}

    search = GridSearch(Racer(), SPACE, cv=CV, scoring=two, refit="bad").fit(X, y)
    assert search.best_score_bias_ == selection_bias(-TABLE[:40, :5])
    assert "mean_test_bad" in search.compare()


def test_a_callable_refit_has_no_bias() -> None:
    search = GridSearch(Racer(), SPACE, cv=CV, refit=lambda results: 3).fit(X, y)
    assert not hasattr(search, "best_score_bias_")
    table = search.compare()
    assert (table.index[0], table["difference"][3]) == (3, 0)  # the chosen one is the first


def test_correlated_t_is_the_posterior_of_the_paper() -> None:
    d = np.array([0.01, -0.02, 0.03, 0.0, 0.02])
    told = correlated_t(d, rho=0.2, rope=0.01, probability=0.9)
    scale = d.std(ddof=1) * np.sqrt(1 / 5 + 0.2 / 0.8)
    posterior = stats.t(4, loc=d.mean(), scale=scale)
    assert (told.low, told.high) == pytest.approx(posterior.interval(0.9))
    assert told.p_worse == pytest.approx(posterior.cdf(-0.01))
    assert told.p_better == pytest.approx(posterior.sf(0.01))
    assert told.p_equal == pytest.approx(posterior.cdf(0.01) - posterior.cdf(-0.01))
    mirrored = correlated_t(-d, rho=0.2, rope=0.01)
    assert mirrored.p_worse == pytest.approx(told.p_better)


def test_correlated_t_where_little_is_known() -> None:
    assert np.isnan(correlated_t(np.array([0.1, np.nan]), rho=0.2, rope=0.01).p_equal)
    same = correlated_t(np.full(5, -0.02), rho=0.2, rope=0.01)
    assert (same.p_worse, same.p_equal, same.low, same.high) == (1.0, 0.0, -0.02, -0.02)
    assert correlated_t(np.zeros(5), rho=0.2, rope=0.0).p_equal == 1.0


@every_search
def test_compare_has_a_row_for_each_candidate(make: Any) -> None:
    search = make(Racer(), SPACE, cv=CV).fit(X, y)
    table = search.compare(rope=0.005)
    assert table.index[0] == search.best_index_
    assert table["mean_test_score"].is_monotonic_decreasing
    results, table = search.cv_results_, table.sort_index()
    assert list(table["param_value"]) == [params["value"] for params in results["params"]]
    assert list(table["rank_test_score"]) == list(results["rank_test_score"])
    assert list(table["status"]) == list(results["status"])
    np.testing.assert_allclose(
        table["difference"], results["mean_test_score"] - search.best_score_, atol=1e-12
    )
    np.testing.assert_allclose(table[["p_worse", "p_equal", "p_better"]].sum(axis=1), 1.0)
    best = table.iloc[search.best_index_]
    assert (best["difference"], best["p_equal"]) == (0, 1)
    assert ((table["low"] <= table["difference"]) & (table["difference"] <= table["high"])).all()
    scores = split_scores(results, "score")
    told = correlated_t(scores[1] - scores[search.best_index_], rho=0.2, rope=0.005)
    assert table["p_equal"][1] == told.p_equal


def test_compare_goes_by_the_share_that_is_held_out() -> None:
    cv = ShuffleSplit(6, test_size=0.25, random_state=0)
    data = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    search = GridSearch(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 5]}, cv=cv)
    search.fit(*data)
    assert search._test_share == pytest.approx(0.25)
    mask = [(np.arange(40) < 30, np.arange(40) >= 30)]
    assert search.set_params(cv=mask).fit(*data)._test_share == pytest.approx(0.25)


def test_compare_of_a_stopped_candidate_is_on_the_splits_that_both_have() -> None:
    search = GridSearch(Racer(), SPACE, cv=CV, early_termination="racing").fit(X, y)
    table = search.compare()
    scores = split_scores(search.cv_results_, "score")
    row = int(np.flatnonzero(search.cv_results_["status"] == "stopped")[0])
    known = ~np.isnan(scores[row])
    best = scores[search.best_index_]
    assert table["difference"][row] == pytest.approx((scores[row] - best)[known].mean())


@pytest.mark.parametrize("options", [{"rope": -1}, {"rope": "small"}, {"probability": 1}])
def test_compare_refuses_what_says_nothing(options: Any) -> None:
    search = GridSearch(Racer(), {"value": [0, 1]}, cv=CV).fit(X, y)
    with pytest.raises(ValueError, match=next(iter(options))):
        search.compare(**options)


def results_of(scores: Any, **params: Any) -> dict[str, Any]:
    """`cv_results_` with given scores, as far as rules look at it."""
    table = np.array(scores)
    names = {f"split{k}_test_score": table[:, k] for k in range(table.shape[1])}
    candidates = [
        dict(zip(params, values, strict=True)) for values in zip(*params.values(), strict=True)
    ]
    columns = {f"param_{name}": np.array(values) for name, values in params.items()}
    return {
        **names,
        **columns,
        "params": candidates,
        "mean_test_score": table.mean(axis=1),
        "mean_score_time": np.array([3.0, 2.0, 1.0, 4.0])[: len(table)],
        "status": np.array(["ok"] * len(table), dtype=object),
    }


SCORES = [[0.90, 0.94, 0.92], [0.91, 0.93, 0.915], [0.80, 0.82, 0.81], [0.89, 0.95, 0.90]]


def test_one_standard_error_takes_the_simplest_within_it() -> None:
    results = results_of(SCORES, depth=[8, 4, 1, 6])
    error = np.std(SCORES[0], ddof=1) / np.sqrt(3)
    assert 0.92 - np.mean(SCORES[1]) < error < 0.92 - np.mean(SCORES[2])
    assert one_standard_error("depth")(results) == 1
    assert one_standard_error("-depth")(results) == 0
    assert one_standard_error(lambda params: -params["depth"])(results) == 0
    assert one_standard_error("mean_score_time")(results) == 1


def test_of_equally_simple_ones_the_better_is_taken() -> None:
    results = results_of(SCORES, depth=[4, 4, 1, 4])
    assert one_standard_error("depth")(results) == 0


def test_practically_equal_takes_the_cheapest_of_those() -> None:
    results = results_of(SCORES, depth=[8, 4, 1, 6])
    assert practically_equal(0.05, "depth")(results) == 1
    assert practically_equal(0.3, "depth")(results) == 2
    assert practically_equal(0.0, "depth")(results) == 0
    assert practically_equal(0.05, "-mean_score_time")(results) in (0, 3)


def test_candidates_without_all_scores_are_not_chosen() -> None:
    results = results_of(SCORES, depth=[8, 4, 1, 6])
    results["mean_test_score"][1] = np.nan
    results["status"][1] = "stopped"
    assert one_standard_error("depth")(results) == 3
    results["status"][:] = "failed"
    with pytest.raises(ValueError, match="no candidate has been evaluated on all splits"):
        one_standard_error("depth")(results)


def test_candidates_that_do_not_have_the_parameter_count_as_the_least_simple() -> None:
    results = results_of(SCORES, depth=[8, 4, 1, 6])
    del results["params"][1]["depth"]
    assert one_standard_error("depth")(results) == 3


@pytest.mark.parametrize(
    ("rule", "error", "told"),
    [
        (lambda: one_standard_error(3), TypeError, "complexity=3"),  # type: ignore[arg-type]
        (lambda: practically_equal(0.1, ""), TypeError, "prefer=''"),
        (lambda: practically_equal(-0.1, "C"), ValueError, "rope=-0.1"),
        (lambda: practically_equal(0.1, "C", probability=2), ValueError, "probability=2"),
        (lambda: one_standard_error("deep")(results_of(SCORES, depth=[1] * 4)), ValueError,
         "'deep' is no parameter and no column; the parameters are"),
        (lambda: one_standard_error("kind")(results_of(SCORES, kind=["a"] * 4)), ValueError,
         "pass a function"),
        (lambda: one_standard_error("depth", metric="f1")(results_of(SCORES, depth=[1] * 4)),
         ValueError, "metric='f1' was not scored"),
    ],
)  # fmt: skip
def test_what_says_nothing_of_simplicity_is_refused(
    rule: Any, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        rule()


@every_search
@pytest.mark.parametrize(
    "rule", [one_standard_error("-value"), practically_equal(0.01, "-value")], ids=["se", "rope"]
)
def test_a_search_refits_by_a_rule(make: Any, rule: Any) -> None:
    search = make(Racer(), SPACE, cv=CV, refit=rule).fit(X, y)
    assert search.best_index_ == rule(search.cv_results_)
    assert search.best_estimator_.value == search.best_params_["value"]
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert clone(search).refit == rule


def test_splits_that_are_not_alike_are_looked_at_by_name() -> None:
    """split10 comes after split9, and split1_test_score is no metric's that ends alike."""
    which = np.repeat(np.arange(10), 2)
    data = which[:, None].astype(float), which % 2
    search = GridSearch(Racer(), {"value": [0, 1, 2]}, cv=PredefinedSplit(which)).fit(*data)
    np.testing.assert_array_equal(split_scores(search.cv_results_, "score"), TABLE[:3, :10])
