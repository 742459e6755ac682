"""Searches to be looked at, run once; figures are closed after each test."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearch, EarlyStopping, GridSearch, RandomSearch, SuccessiveHalving

X, Y = make_classification(120, 6, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)


class Valley(RegressorMixin, BaseEstimator):
    """Scores by three of its twenty parameters."""

    def __init__(
        self,
        p0=0.5, p1=0.5, p2=0.5, p3=0.5, p4=0.5, p5=0.5, p6=0.5, p7=0.5, p8=0.5, p9=0.5,
        p10=0.5, p11=0.5, p12=0.5, p13=0.5, p14=0.5, p15=0.5, p16=0.5, p17=0.5, p18=0.5, p19=0.5,
    ):  # fmt: skip
        vars(self).update({name: value for name, value in locals().items() if name != "self"})

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def score(self, X, y):
        return -sum(
            weight * (p - 0.3) ** 2 for weight, p in ((4, self.p0), (2, self.p1), (1, self.p2))
        )


class FailsUnless3(DecisionTreeClassifier):
    def fit(self, X, y, sample_weight=None, check_input=True):
        if self.max_depth != 3:
            raise ValueError("not $3$")
        return super().fit(X, y, sample_weight, check_input)


def searches(folder: Path) -> dict[str, Any]:
    """Return searches of all kinds, not fitted yet."""
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {
        "standardscaler": [StandardScaler(), MinMaxScaler(), "passthrough"],
        "logisticregression__C": [0.001, 0.1, 10.0, 1000.0],
    }
    depths = {"max_depth": [1, 2, 3, 5, 8], "min_samples_leaf": [1, 5, 20]}
    twenty = {f"p{k}": uniform(0, 1) for k in range(20)}
    conditional = [
        {"max_depth": (1, 8), "ccp_alpha": (0.0, 0.1), "criterion": ["gini"]},
        {"min_samples_leaf": (1, 30), "criterion": ["entropy"]},
    ]
    path = folder / "search.jsonl"
    metrics = ["accuracy", "roc_auc", "f1"]
    few = {"max_depth": range(1, 6)}
    return {
        "grid": GridSearch(pipeline, grid, cv=3),
        "scikit-learn's": GridSearchCV(pipeline, grid, cv=3),
        "five": GridSearch(TREE, few, cv=3, checkpoint=path),
        "hundreds": RandomSearch(Valley(), twenty, n_iter=300, cv=2, random_state=0),
        "racing": RandomSearch(
            TREE,
            depths,
            n_iter=15,
            cv=6,
            early_termination="racing",
            random_state=0,
            keep="best",
        ),
        "halving": GridSearch(TREE, depths, cv=3, strategy=SuccessiveHalving(min_resources=30)),
        "conditional": BayesSearch(
            TREE, conditional, n_iter=12, cv=3, random_state=0, scoring=metrics, refit="roc_auc"
        ),
        "boosting": RandomSearch(
            GradientBoostingClassifier(
                n_estimators=60, max_depth=2, max_features=3, random_state=0
            ),
            {"learning_rate": [*np.linspace(0.1, 0.9, 19), 1e-4, 2e-4, 3e-4]},
            n_iter=22,
            cv=2,
            random_state=1,
            early_stopping=EarlyStopping(5, validation=0.25),
            refit=False,
            early_termination="median",
            checkpoint=folder / "boosting.jsonl",
        ),
        "failed but one": GridSearch(FailsUnless3(), few, cv=3),
        "all alike": GridSearch(LogisticRegression(), {"verbose": [0], "C": [1.0, 1.0]}, cv=3),
    }


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = searches(tmp_path_factory.mktemp("journal"))
        return {name: search.fit(X, Y) for name, search in found.items()}


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    pyplot = pytest.importorskip("matplotlib.pyplot", reason="figures are drawn with matplotlib")
    backend = pyplot.get_backend()
    pyplot.switch_backend("Agg")
    yield
    pyplot.close("all")
    pyplot.switch_backend(backend)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
