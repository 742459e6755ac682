"""The law of sources: one that several things share is drawn from in scikit-learn's order."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import randint, uniform
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - it is what it does
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
    StratifiedShuffleSplit,
)
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state

from sktune import GridSearch, RandomSearch, SuccessiveHalving
from tests.helpers.laws import SHRINKING, few
from tests.helpers.searches import assert_same_results

data = np.random.default_rng(0)
X = data.normal(size=(45, 6))
y = (X[:, 0] + data.normal(size=45) > 0).astype(int)


class Drawing:
    """A scorer that draws from a source, whatever it is given."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        return float(accuracy_score(y, estimator.predict(X)) + 0.1 * self.source.normal())


class Own:
    """A distribution likewise."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def rvs(self, random_state: Any = None) -> Any:
        return int(self.source.randint(1, 6))


PLACES = ("reducer", "model", "cv", "search", "frozen", "own", "scorer", "candidates")

setups = st.fixed_dictionaries(
    {
        # what each takes its draws from: one that all share, numpy's global one, or a number
        **{place: st.sampled_from(["shared", "shared", "global", 0]) for place in PLACES},
        "steps": st.sampled_from(["tree", "pca, tree", "select, tree", "pca, sgd"]),
        "draws": st.booleans(),
        "halving": st.sampled_from([None, None, "samples", "leaves"]),
        "splitter": st.sampled_from(["k", "shuffle", "whole"]),
        "scoring": st.sampled_from(["plain", "several", "drawing", "drawing metric"]),
        "lists": st.booleans(),
        "return_train_score": st.booleans(),
        "share_work": st.booleans(),
        "seeds": st.booleans(),
    }
)


class Parts:
    """A search of a setup, and the source that its parts share."""

    def __init__(self, setup: Any) -> None:
        self.setup = setup
        self.shared = np.random.RandomState(3)

    def seed(self, place: str) -> Any:
        return {"shared": self.shared, "global": None}.get(self.setup[place], 0)

    def source(self, place: str) -> Any:
        return check_random_state(self.seed(place))

    def estimator(self) -> tuple[Any, dict[str, Any]]:
        tree = DecisionTreeClassifier(splitter="random", random_state=self.seed("model"))
        sgd = SGDClassifier(max_iter=5, tol=None, random_state=self.seed("model"))
        pca = PCA(2, svd_solver="randomized", random_state=self.seed("reducer"))
        estimator, grid = {
            "tree": (tree, {"max_depth": [1, 2, 3], "max_features": [2, None]}),
            "pca, tree": (
                Pipeline([("pca", pca), ("m", tree)]),
                {"pca__n_components": [1, 3], "m__max_depth": [1, 2, 3]},
            ),
            "select, tree": (
                Pipeline([("k", SelectKBest(k=2)), ("m", tree)]),
                {"k__k": [2, 4], "m__max_depth": [1, 2, 3]},
            ),
            "pca, sgd": (
                Pipeline([("pca", pca), ("m", sgd)]),
                {"pca__whiten": [False, True], "m__alpha": [1e-4, 1e-1]},
            ),
        }[self.setup["steps"]]
        if self.setup["seeds"]:
            inside = "m__" if isinstance(estimator, Pipeline) else ""
            grid[f"{inside}random_state"] = [self.seed("candidates"), 1]
        return estimator, grid

    def drawn(self) -> dict[str, Any]:
        frozen = uniform(1e-3, 1)
        frozen.random_state = self.seed("frozen")
        own = Own(self.source("own"))
        found: dict[str, dict[str, Any]] = {
            "tree": {"max_depth": randint(1, 5), "ccp_alpha": frozen},
            "pca, tree": {"m__max_depth": own, "m__ccp_alpha": frozen},
            "select, tree": {"k__k": randint(1, 6), "m__max_depth": own},
            "pca, sgd": {"m__alpha": frozen},
        }
        return found[self.setup["steps"]]

    def options(self) -> dict[str, Any]:
        setup, seed = self.setup, self.seed("cv")
        if setup["halving"]:
            seed = 0  # scikit-learn's halving refuses what splits in another way each time
        splitters = {
            "k": KFold(2, shuffle=True, random_state=seed),
            "shuffle": StratifiedShuffleSplit(2, test_size=0.3, random_state=seed),
            "whole": 2,
        }
        drawing = Drawing(self.source("scorer"))

        def metric(y: Any, predicted: Any) -> float:
            return float(accuracy_score(y, predicted) + drawing.source.normal())

        scorings = {
            "plain": None,
            "several": ["accuracy", "roc_auc"],
            "drawing": drawing,
            "drawing metric": make_scorer(metric),
        }
        return {
            "cv": splitters[setup["splitter"]],
            "scoring": scorings[setup["scoring"]],
            "refit": "accuracy" if setup["scoring"] == "several" else True,
            "return_train_score": setup["return_train_score"],
        }

    def search(self, *, theirs: bool, n_jobs: int) -> Any:
        setup = self.setup
        estimator, grid = self.estimator()
        options = {**self.options(), "n_jobs": n_jobs}
        space: Any = grid
        if setup["draws"]:
            space = {**grid, **self.drawn()}
            space = [grid, space] if setup["lists"] else space
        halving: dict[str, Any] = {}
        if setup["halving"] == "samples":
            halving = {"min_resources": 15, "factor": 2}
        elif setup["halving"] == "leaves":
            of_tree = "m__max_leaf_nodes" if isinstance(estimator, Pipeline) else "max_leaf_nodes"
            resource = "m__max_iter" if "sgd" in setup["steps"] else of_tree
            halving = {"resource": resource, "min_resources": 2, "max_resources": 8, "factor": 2}
        seed = self.seed("search")
        if theirs and halving:
            if setup["draws"]:
                return HalvingRandomSearchCV(
                    estimator, space, n_candidates=5, random_state=seed, **halving, **options
                )
            return HalvingGridSearchCV(estimator, space, random_state=seed, **halving, **options)
        if not theirs:
            options["share_work"] = setup["share_work"]
        if halving:
            own = None if setup["draws"] else seed
            options["strategy"] = SuccessiveHalving(**halving, random_state=own)
        if setup["draws"]:
            draws: Any = RandomizedSearchCV if theirs else RandomSearch
            return draws(estimator, space, n_iter=5, random_state=seed, **options)
        return (GridSearchCV if theirs else GridSearch)(estimator, space, **options)


def of_fits(setup: Any, n_jobs: int, *, theirs: bool) -> list[Any]:
    """Fit twice in a row: results, responses, and what state the sources are left in."""
    np.random.seed(5)  # noqa: NPY002 - it is the global source that is drawn from
    parts = Parts(setup)
    search = parts.search(theirs=theirs, n_jobs=n_jobs)
    found: list[Any] = []
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
        found += [
            without_sources(search.cv_results_),
            search.best_index_,
            search.predict(X).tolist(),
        ]
        found += [state_of(parts.shared), state_of(np.random.mtrand._rand)]
    return found


def without_sources(results: dict[str, Any]) -> dict[str, Any]:
    """Put a word in the place of sources, whose text is their address."""
    for params in results["params"]:
        params.update({n: "source" for n, v in params.items() if hasattr(v, "normal")})
    for column in results.values():
        if isinstance(column, np.ma.MaskedArray) and column.dtype == object:
            column[[hasattr(value, "normal") for value in column.data]] = "source"
    return results


def state_of(source: Any) -> tuple[Any, ...]:
    return tuple(map(repr, source.get_state(legacy=False)["state"]["key"][:3])), source.normal()


def check(setup: Any, n_jobs: int) -> None:
    if setup["halving"] and setup["scoring"] == "several":
        setup = {**setup, "scoring": "plain"}  # scikit-learn's halving takes one metric
    if n_jobs > 1:  # workers draw from copies of what is drawn from in a task
        if "drawing" in setup["scoring"]:
            setup = {**setup, "scoring": "plain"}
        setup = {n: 0 if setup[n] == "global" and n in TASKS else setup[n] for n in setup}
    ours, theirs = (of_fits(setup, n_jobs, theirs=which) for which in (False, True))
    for mine, expected in zip(ours, theirs, strict=True):
        if isinstance(expected, dict):
            assert_same_results(mine, expected)
        else:
            assert mine == expected


TASKS = ("reducer", "model", "candidates")


@settings(max_examples=few(6), **SHRINKING)
@given(setups)
def test_sources_are_drawn_from_in_scikit_learns_order(setup: Any) -> None:
    check(setup, 1)


@settings(max_examples=few(2), **SHRINKING)
@given(setups)
def test_likewise_with_two_workers(setup: Any) -> None:
    check(setup, 2)


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_likewise_at_length(n_jobs: int) -> None:
    @settings(max_examples=300 if n_jobs == 1 else 60, **SHRINKING)
    @given(setups)
    def law(setup: Any) -> None:
        check(setup, n_jobs)

    law()
