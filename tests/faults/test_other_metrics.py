"""A scorer whose answers are not all of one kind: most of them say which kind is right."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.helpers.estimators import Counting
from tests.helpers.laws import in_turn
from tests.helpers.searches import Make, bayes, every_search, more

VALUES = [1, 2, 3, 4, 5]

ANSWERS: dict[str, tuple[Callable[[int], Any], Any]] = {
    "a dict among numbers": (float, {"a": 9.0}),
    "a dict of the same name": (float, {"score": 9.0}),
    "a number among dicts": (lambda value: {"a": float(value), "b": 1.0}, 9.0),
    "another dict": (lambda value: {"a": float(value)}, {"b": 9.0}),
}
"""What candidates score by their values, and what the odd one does."""


class Answers:
    def __init__(self, name: str, odd: int) -> None:
        self.name, self.odd = name, odd

    def __call__(self, estimator: Any, X: Any, y: Any) -> Any:
        usual, other = ANSWERS[self.name]
        return other if estimator.value == self.odd else usual(estimator.value)


def searched(make: Make, scoring: Any, iris: Any, **options: Any) -> Any:
    space = {"value": VALUES}
    search = make(Counting(), space, cv=2, scoring=scoring, **more(make, n_iter=5), **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(*iris)


@every_search
@pytest.mark.parametrize(
    ("name", "odd", "refit"), in_turn(ANSWERS, [1, 3, 5], [False, True, "a"], every=3)
)
def test_a_candidate_scored_otherwise_fails_alone(
    make: Make, name: str, refit: Any, odd: int, iris: Any
) -> None:
    several = isinstance(ANSWERS[name][0](1), dict)
    if several and (refit is True or (refit is False and make is bayes)):
        with pytest.raises(ValueError, match="refit"):
            searched(make, Answers(name, odd), iris, refit=refit)
        return
    search = searched(make, Answers(name, odd), iris, refit=refit)
    results = search.cv_results_
    scores = results["mean_test_a" if several else "mean_test_score"]
    for row, params in enumerate(results["params"]):
        if params["value"] == odd:
            assert results["status"][row] == "failed"
            assert "the same metrics each time" in results["error"][row]
            assert np.isnan(scores[row])
        else:
            assert results["status"][row] == "ok"
            assert scores[row] == params["value"]
    if refit or not several:
        assert search.best_params_["value"] == (4 if odd == 5 else 5)


class NeverTheSame:
    def __init__(self) -> None:
        self.count = itertools.count()

    def __call__(self, estimator: Any, X: Any, y: Any) -> Any:
        return {f"m{next(self.count)}": 0.5}


@every_search
@pytest.mark.parametrize("refit", [True, "m0"])
def test_where_no_two_are_alike_the_search_ends_at_the_second(
    make: Make, refit: Any, iris: Any
) -> None:
    """Whatever `refit` names, most scores do not have it."""
    scoring = NeverTheSame()
    with pytest.raises(ValueError, match="refit"):
        searched(make, scoring, iris, refit=refit)
    assert next(scoring.count) <= 6


@every_search
def test_metrics_in_another_order_are_the_same(make: Make, iris: Any) -> None:
    def scoring(estimator: Any, X: Any, y: Any) -> dict[str, float]:
        a, b = ("a", float(estimator.value)), ("b", 1.0)
        return dict([a, b] if estimator.value % 2 else [b, a])

    search = searched(make, scoring, iris, refit="a")
    assert set(search.cv_results_["status"]) == {"ok"}
    assert search.best_params_ == {"value": 5}
