"""The data of figures: the right values, worked out another way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from sktune.looking import (
    Beliefs,
    Curves,
    Folds,
    History,
    ParamAxis,
    ParamEffects,
    ParamPair,
    Record,
    Rivals,
    Rungs,
    ScoreTime,
)
from sktune.looking.param_axis import short_names
from sktune.looking.score_time import pareto_front


def test_the_best_so_far_is_of_complete_candidates(fitted: dict[str, Any]) -> None:
    search = fitted["racing"]
    history = History.of(Record.of(search))
    results = search.cv_results_
    for n in range(1, len(results["params"]) + 1):
        means = [m for m, s in zip(results["mean_test_score"][:n], results["status"], strict=False)
                 if s == "ok"]  # fmt: skip
        best = max(means, default=np.nan)
        np.testing.assert_equal(history.best_so_far[n - 1], best)
    assert (history.stopped == (results["status"] == "stopped")).all()
    assert history.stopped.any()
    assert history.complete.any()
    assert not np.isnan(history.scores).any()  # also what was stopped has a place


def test_what_was_stopped_is_placed_by_its_difference_to_the_best(fitted: dict[str, Any]) -> None:
    record = Record.of(fitted["racing"])
    row = int(np.flatnonzero(np.isnan(record.means))[0])
    scores, best = record.scores["score"], record.best
    assert best is not None
    there = ~np.isnan(scores[row])
    expected = scores[best].mean() + (scores[row, there] - scores[best, there]).mean()
    assert record.estimates[row] == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_no_candidate_on_the_front_is_beaten(points: list[tuple[int, int]]) -> None:
    costs, values = np.array(points, dtype=float).reshape(-1, 2).T
    front = pareto_front(costs, values)
    for k in range(len(points)):
        beaten = (costs <= costs[k]) & (values >= values[k])
        beaten &= (costs < costs[k]) | (values > values[k])
        same_before = any(points[j] == points[k] and front[j] for j in range(len(points)) if j != k)
        assert front[k] == (not beaten.any() and not same_before)


def test_candidates_without_a_score_are_on_no_front(fitted: dict[str, Any]) -> None:
    found = ScoreTime.of(Record.of(fitted["failed but one"]))
    assert found.front.tolist() == [False, False, True, False, False]


def test_cells_of_a_grid_have_the_best_over_the_other_parameters(fitted: dict[str, Any]) -> None:
    search = fitted["halving"]
    record = Record.of(search)
    names = ("max_depth", "min_samples_leaf")
    x, y, scores = ParamPair.of(record, names).cells or (None, None, None)
    assert x is not None
    assert y is not None
    assert scores is not None
    first = search.cv_results_["iter"] == 0
    for depth, samples, score, shown in zip(
        *(search.cv_results_[f"param_{name}"] for name in names),
        search.cv_results_["mean_test_score"],
        first,
        strict=True,
    ):
        if shown:
            assert scores[list(y).index(samples), list(x).index(depth)] == score


def test_two_that_never_meet_are_no_pair(fitted: dict[str, Any]) -> None:
    pair = ParamPair.of(Record.of(fitted["conditional"]))
    assert {pair.x.name, pair.y.name} == {"max_depth", "ccp_alpha"}


def test_the_surface_has_its_top_where_the_scores_have(fitted: dict[str, Any]) -> None:
    pair = ParamPair.of(Record.of(fitted["hundreds"]), ("p0", "p1"))
    assert pair.cells is None
    assert pair.surface is not None
    x, y, mean = pair.surface
    row, column = np.unravel_index(mean.argmax(), mean.shape)
    assert x[column] == pytest.approx(0.3, abs=0.1)
    assert y[row] == pytest.approx(0.3, abs=0.15)


def test_beliefs_tell_the_score_of_what_was_not_tried(fitted: dict[str, Any]) -> None:
    beliefs = Beliefs(Record.of(fitted["hundreds"]))
    params = dict.fromkeys((f"p{k}" for k in range(20)), 0.5)
    mean, std = beliefs.expect([params])
    assert mean[0] == pytest.approx(-7 * 0.04, abs=0.1)
    assert 0 < std[0] < 0.3


def test_folds_come_by_how_far_candidates_got(fitted: dict[str, Any]) -> None:
    found = Folds.of(Record.of(fitted["racing"]))
    n_known = (~np.isnan(found.scores)).sum(axis=1)
    assert (np.diff(n_known) <= 0).all()
    whole = found.scores[n_known == found.scores.shape[1]].mean(axis=1)
    assert (np.diff(whole) <= 0).all()
    assert Folds.of(Record.of(fitted["hundreds"])).n_left_out == 240
    failed = Folds.of(Record.of(fitted["failed but one"]))
    assert failed.failed.all(axis=1).sum() == 4
    assert failed.rows[0] == 2


def test_rungs_have_a_line_for_each_candidate(fitted: dict[str, Any]) -> None:
    search = fitted["halving"]
    rungs = Rungs.of(Record.of(search))
    assert list(rungs.n_resources) == search.n_resources_
    reached = [(~np.isnan(line)).sum() for line in rungs.lines]
    per_rung = [sum(r > k for r in reached) for k in range(len(rungs.n_resources))]
    assert per_rung == search.n_candidates_


def test_rivals_are_compared_as_compare_does(fitted: dict[str, Any]) -> None:
    search = fitted["grid"]
    rivals, table = Rivals.of(Record.of(search), rope=0.02), search.compare(rope=0.02)
    for row, one in zip(rivals.rows, rivals.comparisons, strict=True):
        assert one.low == pytest.approx(table.loc[row, "low"])
        assert one.p_equal == pytest.approx(table.loc[row, "p_equal"])
    assert search.best_index_ not in rivals.rows


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3),
    st.lists(st.integers(), max_size=2), st.just(Ridge()),
)  # fmt: skip


@given(st.lists(st.one_of(st.just(...), VALUES), min_size=1, max_size=8))
def test_every_value_has_a_place(values: list[Any]) -> None:
    params = [{} if value is ... else {"p": value} for value in values]
    axis = ParamAxis.of("p", params)
    assert axis.known.tolist() == ["p" in candidate for candidate in params]
    assert all(0 <= share <= 1 for share in axis.shares[axis.known])
    if axis.labels is not None:
        assert len(axis.labels) == axis.n_values
        assert all(isinstance(label, str) for label in axis.labels)
        assert len(set(axis.labels)) == len(axis.labels)


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([0.001, 0.01, 0.1, 1, 10], True),
        ([1, 2, 3, 4, 5, 100], True),
        ([1, 10, 20, 30, 40], False),
        ([0, 1, 10, 100], False),
        ([1, 1000], False),
        (np.geomspace(1e-4, 1e2, 30).tolist(), True),
        (np.linspace(1, 200, 30).tolist(), False),
    ],
)
def test_axes_are_logarithmic_where_values_are(values: list[float], log: bool) -> None:
    assert ParamAxis.of("p", [{"p": value} for value in values]).log is log


def test_names_are_short_where_that_tells_them_apart() -> None:
    assert list(short_names(["a__C", "b__C", "b__d"]).values()) == ["a__C", "b__C", "d"]


@pytest.mark.parametrize("kind", ["grid", "conditional", "hundreds"])
def test_curves_are_means_over_what_was_tried(kind: str, fitted: dict[str, Any]) -> None:
    beliefs = Beliefs(Record.of(fitted[kind]))
    name = next(iter(beliefs.params[0]))
    values = [params[name] for params in beliefs.params if name in params][:5]
    base = [params for params in beliefs.params if name in params][:32]
    means, stds = beliefs.along({name: values})
    for value, mean, std in zip(values, means, stds, strict=True):
        told = beliefs.expect([{**params, name: value} for params in base])
        assert mean == pytest.approx(told[0].mean())
        assert std == pytest.approx(told[1].mean())


def test_no_curve_is_above_the_best_that_was_tried() -> None:
    places = np.repeat(np.geomspace(1e-3, 1e3, 13), 2)  # a cliff, which a smooth curve overshoots
    scores = np.where(places < 0.1, 0.6, 0.98) + np.tile([0.0, 0.004], 13)
    splits = {f"split{k}_test_score": scores for k in range(2)}
    params = [{"C": place, "b": k} for k, place in enumerate(places)]
    beliefs = Beliefs(Record.of({"params": params, "mean_test_score": scores, **splits, **NO_TIME}))
    mean, _ = beliefs.along({"C": np.geomspace(1e-3, 1e3, 200).tolist()})
    assert mean.max() <= beliefs.at_tried.max() + 1e-9
    assert beliefs.at_tried.max() < 0.99


NO_TIME = {"mean_fit_time": np.zeros(26), "mean_score_time": np.zeros(26)}


def test_bands_and_intervals_end_where_scores_do(fitted: dict[str, Any]) -> None:
    search = fitted["grid"]  # by accuracy, on three splits
    effects = ParamEffects.of(Record.of(search))
    bands = [band for band in effects.bands if band is not None]
    assert bands
    wide = [(places, mean, std + 1) for places, mean, std in bands]
    ends = np.array([effects.reach(band) for band in wide])
    assert (ends.min(), ends.max()) == (0, 1)
    table = search.compare()
    assert -1 <= table["low"].min() < table["high"].max() <= 1


def test_what_explains_nothing_makes_no_difference() -> None:
    rng = np.random.default_rng(0)
    params = [{"a": a, "b": b} for a, b in rng.uniform(0, 1, (60, 2))]
    scores = np.array([p["a"] + 1e-3 * p["b"] for p in params])  # and b is known for certain
    splits = {f"split{k}_test_score": scores for k in range(2)}
    times = {name: np.zeros(60) for name in NO_TIME}
    record = Record.of({"params": params, "mean_test_score": scores, **splits, **times})
    effects = ParamEffects.of(record)
    told = [effects.makes_a_difference(band) for band in effects.bands if band is not None]
    assert [axis.name for axis in effects.axes] == ["a", "b"]
    assert told == [True, False]


def test_what_has_no_candidate_has_no_curve(fitted: dict[str, Any]) -> None:
    beliefs = Beliefs(Record.of(fitted["grid"]))
    with pytest.raises(ValueError, match="no candidate that is looked at has"):
        beliefs.along({"absent": [1, 2]})


def test_of_very_many_candidates_curves_of_all_ranks_are_drawn_and_the_best(
    monkeypatch: pytest.MonkeyPatch, fitted: dict[str, Any]
) -> None:
    record = Record.of(fitted["boosting"])
    everything = Curves.of(record)
    assert set(everything.rows) == set(range(22))
    monkeypatch.setattr("sktune.looking.curves.MOST", 3)
    few = Curves.of(record)
    ranked = np.argsort(-np.nan_to_num(record.estimates, nan=-np.inf), kind="stable")
    assert {record.best} <= set(few.rows) <= {ranked[0], ranked[10], ranked[11], ranked[21]}
    assert (len(set(few.rows)), few.n_left_out, few.best) == (3, 19, record.best)
