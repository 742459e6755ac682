"""Searches on an executor, each of which has to be what it is in this thread."""

from __future__ import annotations

import time
import warnings
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from ..engine.executors import Executor
from ..journal import read_journal
from ..searches import BayesSearch, GridSearch, RandomSearch
from ..strategies import SuccessiveHalving

_rng = np.random.default_rng(0)
y = np.arange(90) % 3
X = _rng.normal(size=(90, 4)) + y[:, None]

SEARCHES: dict[str, tuple[Any, dict[str, Any]]] = {
    "grid": (GridSearch, {}),
    "random": (RandomSearch, {"n_iter": 6, "random_state": 0}),
    "bayes": (BayesSearch, {"n_iter": 6, "n_points": 2, "random_state": 0}),
}
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "race": {"early_termination": "median"},
    "halving": {"strategy": SuccessiveHalving(random_state=0)},
    "stop": {"stop": lambda trials: len(trials) >= 3},
    "limits": {"timeout": 600, "fit_timeout": 300},
    "checkpoint": {},
}
CASES = [(kind, way) for kind in SEARCHES for way in WAYS if (kind, way) != ("bayes", "halving")]


class Sleeps(DecisionTreeClassifier):  # type: ignore[misc] # without types
    """A tree that takes a while."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        time.sleep(0.05)
        return super().fit(X, y, sample_weight, check_input)


class ExecutorSearches(ABC):
    """Candidates, scores and the winner do not depend on the executor."""

    @abstractmethod
    def make(self) -> Executor:
        """Make an executor under test, that has not been started."""

    @pytest.mark.parametrize(("kind", "way"), CASES, ids=map("-".join, CASES))
    def test_a_search_is_what_it_is_in_this_thread(
        self, kind: str, way: str, tmp_path: Path
    ) -> None:
        more = {}
        if way == "checkpoint":  # begun in this thread
            more["checkpoint"] = tmp_path / "search.jsonl"
            searched(kind, n_jobs=1, stop=WAYS["stop"]["stop"], **more)
        ours = searched(kind, executor=self.make(), **WAYS[way], **more)
        theirs = expected(kind, way)
        assert ours.ended_by_ == theirs.ended_by_
        assert ours.best_params_ == theirs.best_params_
        assert ours.best_score_ == theirs.best_score_
        assert ours.cv_results_.keys() == theirs.cv_results_.keys()
        for name, column in theirs.cv_results_.items():
            if not name.endswith("_time"):
                assert list(map(repr, ours.cv_results_[name])) == list(map(repr, column)), name
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        if way == "plain" and kind == "grid":
            assert ours.sharing_.shared
        if way == "checkpoint":
            assert len(read_journal(more["checkpoint"])) == len(theirs.cv_results_["params"])

    def test_a_search_ends_when_its_time_is_over(self) -> None:
        """All that has finished by then is what it is in this thread."""
        space = {"max_leaf_nodes": list(range(2, 402))}
        options: dict[str, Any] = {"cv": 2, "refit": False}
        tree = Sleeps(max_depth=2, random_state=0)
        GridSearch(tree, {}, executor=self.make(), **options).fit(X, y)  # workers have started
        began = time.monotonic()
        search = GridSearch(tree, space, executor=self.make(), timeout=1.0, **options)
        with suppress(ValueError):  # nothing has finished where workers take long to start
            search.fit(X, y)
        assert time.monotonic() - began < 100
        if "cv_results_" not in vars(search):
            return
        assert search.ended_by_ == "timeout"
        results = search.cv_results_
        assert len(results["params"]) < 400
        done = results["status"] == "ok"
        plain = DecisionTreeClassifier(max_depth=2, random_state=0)
        values = {"max_leaf_nodes": [one["max_leaf_nodes"] for one in results["params"]]}
        scores = GridSearch(plain, values, n_jobs=1, **options).fit(X, y).cv_results_
        np.testing.assert_array_equal(
            results["mean_test_score"][done], scores["mean_test_score"][done]
        )


def searched(kind: str, **options: Any) -> Any:
    """Search over pipelines, which have work in common."""
    steps = [("reduce", PCA(random_state=0)), ("choose", SelectKBest())]
    pipeline = Pipeline([*steps, ("tree", DecisionTreeClassifier(random_state=0))])
    space = {
        "reduce__n_components": [2, 3],
        "choose__k": [1, 2],
        "tree__max_depth": [1, 3],
    }
    make, own = SEARCHES[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of idle workers
        return make(pipeline, space, **{"cv": 3, **own, **options}).fit(X, y)


@lru_cache
def expected(kind: str, way: str) -> Any:
    """Return the search in this thread."""
    limits = dict.fromkeys(("timeout", "fit_timeout"))
    return searched(kind, n_jobs=1, **{**WAYS[way], **limits})
