"""Targets that no score can meet are refused before the first fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import log_loss, make_scorer

from sktune import NoImprovement, TargetScore
from sktune.objective import best_possible
from sktune.policies import out_of_reach
from tests.helpers.bayes_searches import X2, y2
from tests.helpers.estimators import Counting
from tests.helpers.searches import every_search, more

NEVER = [
    (TargetScore(60), "neg_mean_absolute_error", r"more than 0\. .*TargetScore\(-60\)"),
    (TargetScore(0.1), make_scorer(log_loss, greater_is_better=False,
                                   response_method="predict_proba"), r"TargetScore\(-0.1\)"),
    (TargetScore(95), "accuracy", r"more than 1\. They are shares"),
    (TargetScore(60) | NoImprovement(3), "neg_log_loss", r"TargetScore\(score=60\) can never"),
    (NoImprovement(3) & (NoImprovement(9) | TargetScore(1.5)), "roc_auc", "can never be met"),
]  # fmt: skip


@every_search
@pytest.mark.parametrize(("stop", "scoring", "told"), NEVER)
def test_a_target_out_of_reach_costs_no_fit(
    make: Any, stop: Any, scoring: Any, told: str, tmp_path: Path
) -> None:
    estimator = Counting(folder=str(tmp_path))
    search = make(estimator, {"value": [1, 2]}, **more(make, n_iter=2), stop=stop, scoring=scoring)
    with pytest.raises(ValueError, match=told):
        search.fit(X2, y2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("stop", "scoring"),
    [
        (TargetScore(-1e-9), "neg_log_loss"),
        (TargetScore(1), "accuracy"),
        (TargetScore(60), lambda estimator, X, y: 70.0),
        (TargetScore(0), "neg_mean_absolute_error"),
    ],
)
def test_what_may_be_met_is_taken(stop: Any, scoring: Any) -> None:
    assert out_of_reach(stop, best_possible(scoring, "score", None)) is None
