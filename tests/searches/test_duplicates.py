"""Candidates that are equal are evaluated once."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch
from sktune.trials import Trials
from tests.helpers.estimators import Counting, TakesAnything, n_fits
from tests.helpers.searches import assert_same_results

SAME = [
    pytest.param([1, 1, 1.0, True, np.int64(1), np.int64(1)], 4, id="numbers"),
    pytest.param([math.nan, float("nan"), np.nan, 0.0, -0.0], 3, id="nan and zeros"),
    pytest.param([np.arange(3), np.arange(3), np.arange(3.0), [0, 1, 2]], 3, id="arrays"),
    pytest.param([SVC(), SVC(), SVC(C=2), SVC(C=2.0), "SVC()"], 4, id="estimators"),
    pytest.param([(1, 2), (1, 2), (1, 2.0), [1, 2], None, None], 4, id="sequences"),
    pytest.param([len, len, max, {"a": 1}, {"a": 1}, {"a": True}], 4, id="functions, dicts"),
    pytest.param([np.random.RandomState(0), np.random.RandomState(0)], 2, id="opaque objects"),
]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(("values", "distinct"), SAME)
def test_equal_candidates_are_evaluated_once(
    values: list[Any], distinct: int, n_jobs: int, tmp_path: Any, iris: Any
) -> None:
    estimator = Counting(folder=str(tmp_path))
    search = GridSearch(estimator, {"value": values}, cv=2, n_jobs=n_jobs, refit=False).fit(*iris)
    assert n_fits(tmp_path) == 2 * distinct
    assert len(search.cv_results_["params"]) == len(values)
    assert search.cv_results_["params"][-1]["value"] is values[-1]
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def drawing_metric(y: Any, predicted: Any) -> float:
    return float(np.random.normal())  # noqa: NPY002 - it is the global source that is drawn from


@pytest.mark.parametrize("share_work", [True, False])
@pytest.mark.parametrize("scoring", ["accuracy", drawing_metric, make_scorer(drawing_metric)])
@pytest.mark.parametrize("seed", [None, 0])
def test_equal_candidates_that_draw_are_evaluated_each(
    seed: int | None, scoring: Any, share_work: bool, iris: Any
) -> None:
    tree = DecisionTreeClassifier(splitter="random", max_depth=1, random_state=seed)
    if scoring is drawing_metric:
        scoring = lambda tree, X, y: drawing_metric(y, tree.predict(X))  # noqa: E731 - of one line
    found = []
    for kind, more in ((GridSearchCV, {}), (GridSearch, {"share_work": share_work})):
        np.random.seed(0)  # noqa: NPY002 - it is the global source that is drawn from
        search = kind(tree, {"criterion": ["gini"] * 3}, cv=2, scoring=scoring, **more).fit(*iris)
        found.append((search.cv_results_, np.random.normal()))  # noqa: NPY002 - likewise
    (theirs, after), (ours, ours_after) = found
    assert_same_results(ours, theirs)
    assert ours_after == after


def test_equal_candidates_that_draw_are_known_to_a_checkpoint(tmp_path: Any, iris: Any) -> None:
    search = GridSearch(DecisionTreeClassifier(), {"max_depth": [1, 1, 2]}, cv=2)
    search.set_params(checkpoint=tmp_path / "journal.jsonl").fit(*iris)
    first = search.cv_results_
    assert_same_results(search.fit(*iris).cv_results_, first)
    assert len(first["params"]) == 3


def test_splits_are_drawn_once(iris: Any) -> None:
    cv = ShuffleSplit(3, test_size=0.2)  # other splits each time it is asked
    space = [{"criterion": ["gini"]}, {"criterion": ["gini"], "splitter": ["best"]}]
    tree = DecisionTreeClassifier(random_state=0)
    results = GridSearch(tree, space, cv=cv).fit(*iris).cv_results_
    for split in range(3):
        first, second = results[f"split{split}_test_score"]
        assert first == second


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ten_million_candidates_start_at_once(
    n_jobs: int, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Candidates are made a block at a time: few exist when the first fit begins."""
    begun = []
    begin = Trials.begin
    monkeypatch.setattr(Trials, "begin", lambda self, *args: begun.append(1) or begin(self, *args))
    space = {name: range(100) for name in ("a", "b", "c")} | {"d": range(10)}
    search = GridSearch(TakesAnything(), space, error_score="raise", n_jobs=n_jobs, cv=2)
    with pytest.raises(RuntimeError, match="first fit"):
        search.fit(*iris)
    assert len(begun) == 1024


HUGE = """
import resource, sys
import numpy as np
from sklearn.datasets import load_iris
from sktune import GridSearch
from tests.helpers.estimators import TakesAnything

space = {name: range(100) for name in ("a", "b", "c")} | {"d": range(10)}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    GridSearch(TakesAnything(), space, error_score="raise").fit(*load_iris(return_X_y=True))
except RuntimeError as exc:
    assert str(exc) == "first fit"
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is POSIX only")
def test_ten_million_candidates_take_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", HUGE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50  # MiB until the first fit
