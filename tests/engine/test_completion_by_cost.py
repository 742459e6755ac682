"""At any eighth of the time sharing has as many complete candidates, on a clock of its own.

Work takes the seconds that it is said to take, so that nothing depends on the machine: a tree as
long as it has nodes, a stage, a query, a decomposition.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from sklearn import decomposition, ensemble, feature_selection, linear_model, neighbors, svm
from sklearn.datasets import make_classification
from sklearn.ensemble._hist_gradient_boosting.grower import TreeGrower
from sklearn.neighbors._base import KNeighborsMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._classes import BaseDecisionTree

from sktune import GridSearch, Observer
from tests.helpers.virtual_workers import Clock, virtual

X, y = make_classification(90, 8, n_informative=5, flip_y=0.2, random_state=0)
PARTS = 8
TREES = {"n_estimators": [2, 4, 8], "max_depth": [1, 3, None]}

Case = tuple[Any, dict[str, list[Any]]]

CASES: dict[str, Case] = {
    "forest": (
        ensemble.RandomForestClassifier(random_state=0), {**TREES, "max_features": [0.3, "sqrt"]}
    ),
    "forest, the deepest first": (
        ensemble.ExtraTreesClassifier(random_state=0),
        {"max_depth": [None, 3, 1], "n_estimators": [8, 4, 2], "criterion": ["gini", "entropy"]},
    ),
    "many sizes of a forest": (
        ensemble.RandomForestClassifier(random_state=0), {"n_estimators": list(range(1, 14))}
    ),
    "balanced": (
        ensemble.RandomForestClassifier(random_state=0, class_weight="balanced"),
        {"n_estimators": [2, 4, 8], "ccp_alpha": [0.0, 0.01]},
    ),
    "bagging": (
        ensemble.BaggingClassifier(DecisionTreeClassifier(random_state=0), random_state=0),
        {"n_estimators": [2, 4, 8], "max_samples": [0.4, 0.6, 0.8]},
    ),
    "trees": (
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 4, None], "ccp_alpha": [0.0, 0.01], "max_features": [None, 0.5]},
    ),
    "boosting": (
        ensemble.GradientBoostingClassifier(random_state=0),
        {"learning_rate": [0.1, 0.3, 1.0], "max_depth": [1, 2], "n_estimators": [2, 4, 8]},
    ),
    "histogram boosting": (
        ensemble.HistGradientBoostingClassifier(random_state=0, early_stopping=False),
        {"learning_rate": [0.1, 0.3, 1.0], "max_iter": [2, 4, 8], "max_leaf_nodes": [3, 7]},
    ),
    "histogram boosting of what was prepared": (
        make_pipeline(StandardScaler(), ensemble.HistGradientBoostingClassifier(random_state=0)),
        {
            "standardscaler__with_mean": [True, False],
            "histgradientboostingclassifier__max_iter": [5, 10, 20],
            "histgradientboostingclassifier__learning_rate": [0.1, 0.3],
        },
    ),
    "neighbours": (
        make_pipeline(StandardScaler(), neighbors.KNeighborsClassifier(weights="distance")),
        {"kneighborsclassifier__n_neighbors": list(range(1, 40, 2))},
    ),
    "penalties": (
        make_pipeline(
            StandardScaler(), feature_selection.SelectKBest(), linear_model.RidgeClassifier()
        ),
        {"selectkbest__k": [1, 2, 3, 4, 6, 8], "ridgeclassifier__alpha": [0.1, 1, 10, 100]},
    ),
    "machines": (
        make_pipeline(StandardScaler(), decomposition.PCA(random_state=0), svm.SVC()),
        {"pca__n_components": [2, 4, 6], "svc__C": [0.1, 1, 10, 100], "svc__gamma": [0.01, 0.03]},
    ),
}  # fmt: skip


def some_of(names: Iterable[str], *plain: str) -> list[Any]:
    """Mark all cases as slow but some."""
    marks = {name: () if name in plain else (pytest.mark.slow,) for name in names}
    return [pytest.param(name, marks=marks[name]) for name in marks]


class Complete(Observer):
    """Notes when each candidate is complete, and its mean score."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.noted: list[tuple[float, float]] = []

    def search_started(self, info: Any) -> None:
        self.began = self.clock.now

    def trial_finished(self, trial: Any) -> None:
        mean = float(np.mean([outcome.test_scores["score"] for outcome in trial.finished]))
        self.noted.append((self.clock.now - self.began, mean))

    def at(self, seconds: float) -> tuple[int, float]:
        """Return how many were complete, and the best of them."""
        means = [mean for when, mean in self.noted if when <= seconds]
        return len(means), max(means, default=-1.0)


def run(case: Case, n_workers: int, share_work: bool) -> Complete:
    with pytest.MonkeyPatch.context() as patch:
        clock = virtual(patch, n_workers)
        clock.work(patch, BaseDecisionTree, "_fit", lambda tree: 1e-2 * tree.tree_.node_count)
        clock.work(patch, TreeGrower, "grow", 0.1)
        clock.work(patch, KNeighborsMixin, "kneighbors", 0.2)
        for owner in (linear_model.RidgeClassifier, svm.SVC):
            clock.work(patch, owner, "fit", 0.2)
        for owner in (StandardScaler, feature_selection.SelectKBest, decomposition.PCA):
            clock.work(patch, owner, "fit", 0.1)
        found = Complete(clock)
        estimator, grid = case
        GridSearch(
            estimator, grid, cv=5, refit=False, share_work=share_work, observers=[found]
        ).fit(X, y)  # fmt: skip
    return found


def compared(name: str, n_workers: int) -> tuple[list[int], list[float]]:
    """Return by how many candidates, and by how much of the best score, sharing is ahead."""
    shared, alone = (run(CASES[name], n_workers, share) for share in (True, False))
    assert len(shared.noted) == len(alone.noted)
    ends = [alone.noted[-1][0] * part / PARTS for part in range(1, PARTS + 1)]
    pairs = [(shared.at(end), alone.at(end)) for end in ends]
    return [a[0] - b[0] for a, b in pairs], [a[1] - b[1] for a, b in pairs]


@pytest.mark.parametrize("name", some_of(CASES, "forest", "penalties"))
def test_one_worker_has_never_fewer_and_never_a_worse_best(name: str) -> None:
    ahead, better = compared(name, 1)
    assert min(ahead) >= 0, ahead
    assert min(better) >= 0, (ahead, better)


@pytest.mark.parametrize("n_workers", [2, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", some_of(CASES, "many sizes of a forest"))
def test_several_workers_are_never_behind_by_more_than_is_under_way(
    name: str, n_workers: int
) -> None:
    """What is derived from one fit that does not grow is one bundle, which a single worker has."""
    ahead, _ = compared(name, n_workers)
    assert min(ahead) >= -n_workers // 2, ahead
