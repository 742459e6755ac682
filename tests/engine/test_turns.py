"""A single worker takes candidates in their order, and what grows is fitted by stages."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.ensemble._base import BaseEnsemble
from sklearn.ensemble._hist_gradient_boosting.grower import TreeGrower
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._classes import BaseDecisionTree

from sktune import GridSearch, Observer
from tests.helpers.searches import assert_same_results
from tests.helpers.transformers import LeavesLast, left
from tests.helpers.virtual_workers import virtual

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 5)), np.arange(40) % 2
WITH_GAPS = np.where(rng.random(X.shape) < 0.1, np.nan, np.column_stack([X[:, 1:], y + y[::-1]]))


class Order(Observer):
    def __init__(self) -> None:
        self.heard: list[int] = []

    def trial_finished(self, trial: Any) -> None:
        self.heard.append(trial.number)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count trees, and fits of ensembles."""
    found: Counter[str] = Counter()
    for owner, name, what in (
        (BaseDecisionTree, "_fit", "trees"),
        (BaseEnsemble, "_validate_estimator", "stages"),
    ):
        plain = getattr(owner, name)

        def counted(*args: Any, plain: Any = plain, what: str = what, **kwargs: Any) -> Any:
            found[what] += 1
            return plain(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)
    return found


def searched(estimator: Any, grid: Any, **options: Any) -> tuple[Any, list[int]]:
    order = Order()
    search = GridSearch(estimator, grid, cv=2, refit=False, observers=[order], **options)
    return search.fit(X, y), order.heard


MEMBERS = DecisionTreeClassifier(max_depth=2, random_state=0)
ENSEMBLES = {
    "forest": RandomForestClassifier(max_depth=2, random_state=0),
    "balanced": RandomForestClassifier(max_depth=2, class_weight="balanced", random_state=0),
    "subsamples": RandomForestClassifier(
        max_depth=2, class_weight="balanced_subsample", max_samples=0.5, random_state=0
    ),
    "bagging": BaggingClassifier(MEMBERS, random_state=0),
    "features": BaggingClassifier(
        MEMBERS, max_features=0.5, bootstrap_features=True, max_samples=0.7, random_state=0
    ),
}
HISTOGRAMS = {
    "classes": (HistGradientBoostingClassifier(random_state=0), np.arange(40) % 3),
    "features": (HistGradientBoostingClassifier(max_features=0.4, random_state=0), y),
    "categories": (HistGradientBoostingClassifier(categorical_features=[4], random_state=0), y),
    "medians": (HistGradientBoostingRegressor(loss="absolute_error", random_state=0), X[:, 0]),
    "stopped": (
        HistGradientBoostingRegressor(early_stopping=True, n_iter_no_change=2, random_state=0),
        X[:, 0],
    ),
    "stopped by its own samples": (
        HistGradientBoostingRegressor(
            early_stopping=True,
            validation_fraction=None,
            n_iter_no_change=1,
            tol=0.01,
            max_depth=1,
            random_state=0,
        ),
        X[:, 0],
    ),
    "validated": (
        HistGradientBoostingRegressor(early_stopping=True, scoring="r2", random_state=0),
        X[:, 0],
    ),
    "scored by itself": (
        HistGradientBoostingClassifier(
            early_stopping=True, n_iter_no_change=4, scoring=None, random_state=0
        ),
        y,
    ),
}


@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from(list(ENSEMBLES)),
    st.lists(st.integers(1, 12), min_size=2, max_size=5, unique=True),
)
def test_what_is_grown_by_stages_is_what_is_fitted_at_once(name: str, sizes: list[int]) -> None:
    grid = {"n_estimators": sizes}
    found, _ = searched(ENSEMBLES[name], grid, scoring="neg_log_loss")
    theirs = GridSearchCV(ENSEMBLES[name], grid, cv=2, refit=False, scoring="neg_log_loss")
    assert_same_results(found.cv_results_, theirs.fit(X, y).cv_results_)


@pytest.mark.parametrize("name", ENSEMBLES)
def test_no_member_is_fitted_twice_and_candidates_keep_their_order(
    name: str, counts: Counter[str]
) -> None:
    search, order = searched(ENSEMBLES[name], {"n_estimators": [2, 3, 6]})
    assert order == [0, 1, 2]
    assert counts["trees"] == 2 * 6
    assert list(search.sharing_.steps.values()) == [(6, 2)]


@pytest.mark.parametrize("name", HISTOGRAMS)
@pytest.mark.parametrize(
    "sizes", [[2, 3, 7], *(pytest.param(s, marks=pytest.mark.slow) for s in ([7, 2, 3], [1, 4, 9]))]
)
def test_histogram_boosting_that_goes_on_is_what_is_fitted_at_once(
    name: str, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, target = HISTOGRAMS[name]
    model = clone(model).set_params(min_samples_leaf=3)
    grown: list[int] = []
    plain = TreeGrower.grow
    monkeypatch.setattr(TreeGrower, "grow", lambda self: (grown.append(1), plain(self))[1])
    largest = GridSearchCV(model, {"max_iter": [max(sizes)]}, cv=2, refit=False)
    largest.fit(WITH_GAPS, target)
    once = len(grown)
    theirs = GridSearchCV(model, {"max_iter": sizes}, cv=2, refit=False).fit(WITH_GAPS, target)
    grown.clear()
    ours = GridSearch(model, {"max_iter": sizes}, cv=2, refit=False).fit(WITH_GAPS, target)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert len(grown) == once


def test_histogram_boosting_has_its_first_candidate_after_its_own_iterations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = virtual(monkeypatch, 1)
    clock.work(monkeypatch, TreeGrower, "grow", 1.0)
    begun, heard = clock.now, list[float]()

    class Looks(Observer):
        def trial_finished(self, trial: Any) -> None:
            heard.append(clock.now - begun)

    model = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(random_state=0))
    grid = {"histgradientboostingclassifier__max_iter": [5, 10, 20]}
    GridSearch(model, grid, cv=2, refit=False, observers=[Looks()]).fit(X, y)
    assert heard == pytest.approx([10.0, 20.0, 40.0], abs=0.1)


@pytest.mark.parametrize("name", ENSEMBLES)
def test_so_it_is_on_a_single_split(name: str) -> None:
    grid, cv = {"n_estimators": [4, 2]}, ShuffleSplit(1, random_state=0)
    ours = GridSearch(ENSEMBLES[name], grid, cv=cv, refit=False).fit(X, y)
    theirs = GridSearchCV(ENSEMBLES[name], grid, cv=cv, refit=False).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert list(ours.sharing_.steps.values()) == [(2, 1)]


def test_many_sizes_are_a_few_stages(counts: Counter[str]) -> None:
    searched(ENSEMBLES["forest"], {"n_estimators": list(range(1, 30))})
    assert counts["trees"] == 2 * 29
    assert counts["stages"] <= 2 * 8


def test_the_smaller_need_not_wait_for_the_larger(counts: Counter[str]) -> None:
    seen: list[int] = []

    class Looks(Observer):
        def trial_finished(self, trial: Any) -> None:
            seen.append(counts["trees"])

    grid = {"max_depth": [1, 2, 20, None], "n_estimators": [2, 4]}
    search = GridSearch(
        RandomForestClassifier(random_state=0), grid, cv=2, refit=False, observers=[Looks()]
    ).fit(X, y)  # fmt: skip
    # the last depth binds nothing, and neither does the one before
    assert seen == [4, 8, 12, 16, 20, 24, 24, 24]
    assert search.sharing_.steps == {"RandomForestClassifier": (16, 6)}


def test_what_comes_out_of_one_larger_fit_comes_right_after_it() -> None:
    grid = {"learning_rate": [0.1, 0.5], "max_depth": [1, 2], "n_estimators": [3, 1]}
    _, order = searched(GradientBoostingClassifier(random_state=0), grid)
    assert order == [1, 0, 3, 2, 5, 4, 7, 6]


@pytest.mark.parametrize("n_workers", [2, 4])
def test_several_workers_grow_by_stages_too(
    n_workers: int, counts: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = virtual(monkeypatch, n_workers)
    clock.work(monkeypatch, BaseDecisionTree, "_fit", 0.5)
    _, order = searched(ENSEMBLES["forest"], {"n_estimators": list(range(1, 10))})
    assert order == list(range(9))
    assert counts["trees"] == 2 * 9
    assert 2 * 2 < counts["stages"] <= 2 * 5


@pytest.mark.slow
def test_a_stage_goes_on_from_what_another_process_has_fitted(tmp_path: Any) -> None:
    members = BaggingClassifier(LeavesLast(str(tmp_path)), random_state=0)
    search, _ = searched(members, {"n_estimators": [2, 4, 8, 16]}, n_jobs=2)
    assert left(tmp_path, "clf") == 2 * 16
    assert search.sharing_.steps == {"BaggingClassifier": (8, 2)}


@pytest.mark.parametrize("n_workers", [1, 2])
def test_where_a_rule_may_end_the_search_no_fit_is_larger_than_it_must(
    n_workers: int, counts: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    virtual(monkeypatch, n_workers)
    searched(
        ENSEMBLES["forest"],
        {"n_estimators": list(range(1, 40))},
        stop=lambda trials: len(trials) == 3,
    )
    assert counts["trees"] <= 2 * 3 + 2 * 7
