"""Rules for `refit` that go by what there is not cost no fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import randint

from sktune import (
    GridSearch,
    RandomSearch,
    Strategy,
    SuccessiveHalving,
    one_standard_error,
    practically_equal,
)
from tests.helpers.estimators import Counting, n_fits
from tests.helpers.searches import every_search

WRONG = [
    pytest.param(one_standard_error, "call it: refit=one_standard_error.'max_depth'", id="bare"),
    pytest.param(practically_equal, "call it: refit=practically_equal.0.01", id="bare too"),
    pytest.param(one_standard_error("valeu"), "'valeu' is no .* mean 'value'. The", id="param"),
    pytest.param(one_standard_error("-valeu"), "'valeu' is no parameter", id="less of it"),
    pytest.param(one_standard_error("folder"), "'folder' is no parameter", id="not searched"),
    pytest.param(practically_equal(0.1, "mean_scoretime"), "mean 'mean_score_time'", id="column"),
    pytest.param(practically_equal(0.1, "mean_test_f1"), "'mean_test_f1' is no", id="of a metric"),
    pytest.param(practically_equal(0.1, "n_resources"), "'n_resources' is no", id="no rungs"),
    pytest.param(one_standard_error("mean_train_score"), "'mean_train_score' is no", id="train"),
    pytest.param(
        one_standard_error("value", metric="acc"), "'acc' was not scored. There is", id="metric"
    ),
    pytest.param(one_standard_error("other"), "other='a' is no number", id="no numbers"),
]
SPACE = {"value": [1, 2], "other": ["a", "b"]}


class OfItsOwn(Strategy):
    """Proposes what is in no grid."""

    total = 3

    def propose(self, n: int) -> list[dict[str, Any]]:
        return [{"value": k} for k in range(self.asked, min(self.asked + n, 3))]


@every_search
@pytest.mark.parametrize(("refit", "told"), WRONG)
def test_a_typo_costs_no_fit(make: Any, refit: Any, told: str, tmp_path: Any, iris: Any) -> None:
    search = make(Counting(str(tmp_path)), SPACE, refit=refit)
    with pytest.raises((TypeError, ValueError), match=told):
        search.fit(*iris)
    assert n_fits(tmp_path) == 0


RIGHT: list[Any] = [
    "value",
    "-value",
    "param_value",
    "mean_fit_time",
    "std_score_time",
    "mean_test_accuracy",
    "rank_test_f1_macro",
    "-split1_test_accuracy",
    "only_there",
    lambda params: 1,
]


@pytest.mark.parametrize("cost", RIGHT)
def test_what_there_is_may_be_gone_by(cost: Any, iris: Any) -> None:
    space = [SPACE, {"other": [1, "c"]}]
    names = [{**sub, "folder": [""]} for sub in space]
    search = GridSearch(
        Counting(), names, scoring=["accuracy", "f1_macro"], cv=2,
        refit=one_standard_error("other" if cost == "only_there" else cost, metric="accuracy"),
    )  # fmt: skip
    if cost == "only_there":  # some of its values are numbers: whether they do is seen in the end
        with pytest.raises(ValueError, match="other='a' is no number"):
            search.fit(*iris)
    else:
        search.fit(*iris)


def test_train_scores_and_rungs_may_be_gone_by_where_there_are_any(iris: Any) -> None:
    search = GridSearch(Counting(), SPACE, cv=2, return_train_score=True)
    search.set_params(refit=one_standard_error("-mean_train_score")).fit(*iris)
    search.set_params(refit=one_standard_error("n_resources"), strategy=SuccessiveHalving())
    search.fit(*iris)


def test_a_distribution_a_resource_and_an_own_strategy_are_not_in_the_lists(iris: Any) -> None:
    refit = one_standard_error("value")
    drawn = RandomSearch(Counting(), {"value": randint(1, 9)}, n_iter=2, cv=2, refit=refit)
    drawn.fit(*iris)
    halving = SuccessiveHalving("value", max_resources=4)
    GridSearch(Counting(), {"other": [1, 2]}, cv=2, refit=refit, strategy=halving).fit(*iris)
    GridSearch(Counting(), {"other": [1]}, cv=2, refit=refit, strategy=OfItsOwn()).fit(*iris)


@every_search
def test_metrics_of_a_callable_are_known_with_the_first_scores(
    make: Any, tmp_path: Any, iris: Any
) -> None:
    def several(estimator: Any, X: Any, y: Any) -> dict[str, float]:
        return {"acc": float(np.mean(estimator.predict(X) == y))}

    guided = make.__name__ == "bayes"  # which asks for the name of one before
    for scoring, wrong in ((several, "score"), (lambda *_: 0.5, "acc"))[guided:]:
        refit = one_standard_error("value", metric=wrong)
        search = make(Counting(str(tmp_path)), {"value": [1, 2, 3, 4, 5]}, cv=2, refit=refit)
        search.set_params(scoring=scoring, estimator__folder=str(tmp_path))
        with pytest.raises(ValueError, match=f"metric='{wrong}' was not scored"):
            search.fit(*iris)
        assert 2 <= n_fits(tmp_path) <= 3  # one candidate may be odd
        for file in tmp_path.iterdir():
            file.unlink()
