"""By its name in joblib, or passed: on every engine a search is what it is in this thread."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from tests.helpers.engines import ON, engines
from tests.helpers.searches import assert_same_results, grid


def searched(iris: Any, **options: Any) -> Any:
    """Search over pipelines, which have work in common."""
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
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*fewer workers.*")
        return grid(pipeline, space, cv=3, **options).fit(*iris)


@engines(*(name for name in ON if name != "here"))
def test_the_winner_its_scores_and_its_models(on: Any, iris: Any) -> None:
    X, y = iris
    ours, theirs = searched(iris, keep="best", **on), searched(iris, n_jobs=1)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    alone = {"cv": 3, "n_jobs": 1, "method": "predict_proba"}
    told = cross_val_predict(ours.best_estimator_, X, y, **alone)
    np.testing.assert_array_equal(ours.out_of_fold_.predict_proba, told)
    assert [model["tree"].get_depth() > 0 for model in ours.fold_estimators_] == [True] * 3
