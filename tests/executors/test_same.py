"""On every engine a search is what it is in this thread, to the bit."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from sktune import SuccessiveHalving, read_journal
from tests.helpers.engines import ON, engines
from tests.helpers.searches import assert_same_results, bayes, grid, random


def after(n: int) -> Any:
    """Return a rule that ends a search after so many candidates."""
    return lambda trials: len(trials) >= n


every_engine = engines(*(name for name in ON if name != "here"))
Case = tuple[Any, dict[str, Any]]

CASES: dict[str, Case] = {
    "grid": (grid, {}),
    "random": (random, {"n_iter": 6}),
    "bayes": (bayes, {"n_iter": 6, "n_points": 2}),
    "bayes that races": (bayes, {"n_iter": 6, "n_points": 2, "early_termination": "median"}),
    "race": (grid, {"early_termination": "median"}),
    "halving": (random, {"n_iter": 6, "strategy": SuccessiveHalving(random_state=0)}),
    "stop": (grid, {"stop": after(5)}),
    "timeout": (grid, {"timeout": 600, "fit_timeout": 300}),
}
every_case = pytest.mark.parametrize("case", CASES)


def search_of(case: str, **options: Any) -> Any:
    """Make a search over pipelines, which have work in common."""
    make, more = CASES[case]
    pipeline = Pipeline(
        [
            ("reduce", PCA(random_state=0)),
            ("choose", SelectKBest()),
            ("tree", DecisionTreeClassifier(random_state=0)),
        ]
    )
    space = {
        "reduce__n_components": [3, 4],
        "choose__k": [1, 2, 3],
        "tree__max_depth": [1, 3, 5],
    }
    return make(pipeline, space, **{"cv": 3, **more, **options})


def fitted(search: Any, iris: Any) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(fewer workers|idle).*")
        return search.fit(*iris)


@pytest.fixture(scope="module")
def expected(iris: Any) -> Any:
    """What searches give in this thread."""
    known: dict[str, Any] = {}

    def of(case: str) -> Any:
        if case not in known:
            limits = dict.fromkeys(("timeout", "fit_timeout"))
            known[case] = fitted(search_of(case, n_jobs=1, **limits), iris)
        return known[case]

    return of


@every_engine
@every_case
def test_the_same_scores_candidates_and_winner(
    case: str, on: Any, expected: Any, iris: Any
) -> None:
    theirs, ours = expected(case), fitted(search_of(case, **on), iris)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_score_ == theirs.best_score_
    assert ours.ended_by_ == theirs.ended_by_
    np.testing.assert_array_equal(ours.predict(iris[0]), theirs.predict(iris[0]))


@every_engine
def test_the_models_of_the_winner_come_back(on: Any, expected: Any, iris: Any) -> None:
    X, y = iris
    ours = fitted(search_of("grid", keep="best", **on), iris)
    assert_same_results(ours.cv_results_, expected("grid").cv_results_)
    alone = {"cv": 3, "n_jobs": 1, "method": "predict_proba"}
    told = cross_val_predict(ours.best_estimator_, X, y, **alone)
    np.testing.assert_array_equal(ours.out_of_fold_.predict_proba, told)
    assert [model["tree"].get_depth() > 0 for model in ours.fold_estimators_] == [True] * 3


@every_engine
@pytest.mark.parametrize("case", ["grid", "bayes"])
def test_a_search_begun_elsewhere_goes_on(
    case: str, on: Any, expected: Any, iris: Any, tmp_path: Path
) -> None:
    """Begun in this thread, gone on with on an engine, and finished by this thread again."""
    path = tmp_path / "search.jsonl"
    fitted(search_of(case, n_jobs=1, checkpoint=path, stop=after(2)), iris)
    begun = len(read_journal(path))
    fitted(search_of(case, checkpoint=path, stop=after(begun + 2), **on), iris)
    assert len(read_journal(path)) > begun
    ours = fitted(search_of(case, n_jobs=1, checkpoint=path), iris)
    assert_same_results(ours.cv_results_, expected(case).cv_results_)
