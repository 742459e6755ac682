"""From trials to tables, columns and the best."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sktune import GridSearch
from sktune.exceptions import FailedCandidatesWarning
from sktune.results import Table
from sktune.results.best import best_of_most_splits
from sktune.results.cv_results import param_columns
from sktune.trials import Outcome, Trials
from tests.helpers.engine import outcome
from tests.helpers.estimators import ByValue, Counting, Faulty
from tests.helpers.searches import silent


def test_metrics_are_those_of_the_first_candidate_that_has_any(iris: Any) -> None:
    scoring = ByValue(good={"a": 0.5})
    scoring.scores["raise"] = {}
    search = GridSearch(Faulty(), {"value": ["raise", "good"]}, scoring=scoring, refit="a", cv=2)
    with pytest.warns(FailedCandidatesWarning):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "good"}
    assert search.multimetric_


def test_metrics_that_come_later_are_passed_over(iris: Any) -> None:
    scoring = ByValue(first={"a": 0.5}, more={"a": 0.7, "b": 1.0})
    space = {"value": ["first", "more"]}
    search = GridSearch(Counting(), space, scoring=scoring, refit="a", cv=2).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok", "ok"]
    assert search.best_params_ == {"value": "more"}


def test_a_table_leaves_the_trials_as_they_are() -> None:
    trials = Trials(1)
    for value in (1, 2, 2):  # the last two share their outcomes
        trials.begin({"value": value})
    for number, name in enumerate(("a", "b")):
        trials.record(Outcome(number, 0, {name: 0.5}, {}, True, 0.1, 0.1))
    table = Table.of(trials, error_score=math.nan)
    assert [len(trial.finished[0].failures) for trial in table.rows] == [0, 1, 1]
    assert [trial.finished[0].failures for trial in trials] == [(), (), ()]


def test_only_text_makes_a_column_of_objects() -> None:
    assert param_columns([{"a": b"x"}])["param_a"].dtype.kind == "S"
    assert param_columns([{"a": "x"}])["param_a"].dtype == object


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([[0.5, 0.5], [0.9]], 0),  # fewer splits
        ([[0.5, 0.5], [0.1, 1.0]], 1),
        ([[math.nan, 0.5], [0.1, 0.1]], 1),
        ([[math.nan], [math.nan]], 0),
    ],
)
def test_the_best_of_those_with_most_splits(scores: list[list[float]], best: int) -> None:
    trials = Trials(3)
    for number, of_trial in enumerate(scores):
        trials.begin({"number": number})
        for split, score in enumerate(of_trial):
            trials.record(outcome(number, split, score))
    assert best_of_most_splits(Table.of(trials, error_score=math.nan), "score") == best


def test_scorer_and_number_of_splits_stay_after_an_interrupt(iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": [1, "interrupt"]}, scoring="accuracy", cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    assert callable(search.scorer_)
    assert search.n_splits_ == 2


def test_scores_without_a_metric_do_not_end_the_search(iris: Any) -> None:
    scoring = ByValue(empty={}, good={"a": 0.5})
    search = GridSearch(Counting(), {"value": ["empty", "good"]}, scoring=scoring, refit="a", cv=2)
    with pytest.warns(FailedCandidatesWarning, match="empty dict"):
        silent(search.fit, *iris)
    assert search.best_params_ == {"value": "good"}


def test_a_number_in_place_of_a_score_is_not_the_best_of_most_splits() -> None:
    trials = Trials(3)
    for number, scores in enumerate([[-2.0, None], [-2.0, -5.0], [-1.0, -7.0]]):
        trials.begin({"number": number})
        for split, score in enumerate(scores):
            trials.record(Outcome(number, split, {"score": score}, {}, False, 0.1, 0.1))
    assert best_of_most_splits(Table.of(trials, error_score=0.0), "score") == 1
