"""CatBoost is stopped as by hand, and its own ways to stop are refused."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import EarlyStopping, GridSearch
from tests.helpers.boosters import HOLDING_OUT, data

catboost = pytest.importorskip("catboost", reason='it is an extra: pip install "sktune[catboost]"')

QUIET = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "random_seed": 0}


def searched(booster: Any, rounds: int, name: str = "depth", **more: Any) -> Any:
    X, y = data(classes=True, n=120)
    params = more.pop("params", {})
    option = EarlyStopping(rounds, validation=HOLDING_OUT, **more)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "early_stopping: .* rounds were used up")
        warnings.filterwarnings("ignore", "The scoring CatBoostClassifier.score does not support")
        search = GridSearch(booster, {name: [2, 3]}, cv=2, early_stopping=option,
                            error_score="raise")  # fmt: skip
        return search.fit(X, y, **params)


@pytest.mark.parametrize("rounds", [3, 100])
@pytest.mark.parametrize("weighted", [False, True])
def test_as_by_hand(rounds: int, weighted: bool) -> None:
    """With 100 rounds of patience it is as without."""
    X, y = data(classes=True, n=120)
    weight = np.random.default_rng(0).integers(1, 4, len(X)).astype(float)
    booster = catboost.CatBoostClassifier(iterations=25, learning_rate=0.5, **QUIET)
    params = {"params": {"sample_weight": weight}} if weighted else {}
    search = searched(booster, rounds, **params)
    for split, (train, test) in enumerate(StratifiedKFold(2).split(X, y)):
        rest, held = (train[rows] for rows in next(HOLDING_OUT.split(train)))
        own = {"sample_weight": weight[rest]} if weighted else {}
        alone = booster.copy().set_params(depth=2)
        if rounds == 3:
            pool = catboost.Pool(X[held], y[held], weight=weight[held] if weighted else None)
            alone.fit(X[rest], y[rest], eval_set=pool, early_stopping_rounds=3, **own)
        else:
            alone.fit(X[rest], y[rest], **own)
        assert search.cv_results_[f"split{split}_n_rounds"][0] == alone.tree_count_
        if not weighted:
            score = alone.score(X[test], y[test])
            assert search.cv_results_[f"split{split}_test_score"][0] == score


def test_behind_a_pipeline_by_the_searchs_scoring() -> None:
    booster = catboost.CatBoostClassifier(iterations=25, learning_rate=0.5, **QUIET)
    pipeline = make_pipeline(StandardScaler(), booster)
    search = searched(pipeline, 3, "catboostclassifier__depth", metric="scoring")
    assert 1 <= search.best_n_rounds_ < 60
    assert search.best_estimator_[-1].tree_count_ == search.best_n_rounds_


@pytest.mark.parametrize("own", [{"od_wait": 3}, {"early_stopping_rounds": 3}])
def test_its_own_early_stopping_is_refused(own: Any) -> None:
    with pytest.raises(ValueError, match="is set to stop early itself"):
        searched(catboost.CatBoostClassifier(iterations=5, **own, **QUIET), 3)
