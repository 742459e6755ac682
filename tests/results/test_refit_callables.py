"""A callable `refit` may return and do what it may in scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sktune import GridSearch, SuccessiveHalving
from tests.helpers.estimators import ByValue, Counting

SPACE = {"value": ["a", "b", "c"]}
SCORING = ByValue(a=0.2, b=0.5, c=0.4)
HALVING = SuccessiveHalving(min_resources=50)

kinds = pytest.mark.parametrize("strategy", [None, HALVING], ids=["all", "halving"])


def adds(results: Any) -> int:
    results["twice"] = results["mean_test_score"] * 2
    results["note"] = "of length 1"
    return 1


def takes_away(results: Any) -> int:
    for name in ("status", "error", "mean_fit_time"):
        results.pop(name, None)
    return 0


@kinds
@pytest.mark.parametrize(
    "refit",
    [
        pytest.param(lambda results: True, id="True"),
        pytest.param(lambda results: False, id="False"),
        pytest.param(lambda results: np.int64(2), id="int64"),
        pytest.param(lambda results: np.uint8(1), id="uint8"),
        pytest.param(adds, id="adds"),
        pytest.param(takes_away, id="takes away"),
    ],
)
def test_what_scikit_learn_takes_is_taken(
    refit: Callable[..., Any], strategy: Any, iris: Any
) -> None:
    theirs = GridSearchCV(Counting(), SPACE, scoring=SCORING, refit=refit, cv=2).fit(*iris)
    ours = GridSearch(Counting(), SPACE, scoring=SCORING, refit=refit, cv=2, strategy=strategy)
    ours.fit(*iris)
    assert ours.best_index_ == theirs.best_index_
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_estimator_.value == theirs.best_estimator_.value
    assert hasattr(ours, "best_score_") is hasattr(theirs, "best_score_") is False
    for name in ("twice", "note"):
        assert (name in ours.cv_results_) is (name in theirs.cv_results_)
    assert ("mean_fit_time" in ours.cv_results_) is ("mean_fit_time" in theirs.cv_results_)


@kinds
@pytest.mark.parametrize("row", [1.0, None, "1", np.True_, np.array(1), -1, 6, 10**30])
def test_what_scikit_learn_refuses_is_refused(row: Any, strategy: Any, iris: Any) -> None:
    def refit(results: Any) -> Any:
        return row

    with pytest.raises((TypeError, IndexError)) as theirs:
        GridSearchCV(Counting(), SPACE, scoring=SCORING, refit=refit, cv=2).fit(*iris)
    ours = GridSearch(Counting(), SPACE, scoring=SCORING, refit=refit, cv=2, strategy=strategy)
    with pytest.raises(theirs.type, match=str(theirs.value)):
        ours.fit(*iris)
    assert len(ours.cv_results_["params"]) >= 3  # nothing is lost by it
