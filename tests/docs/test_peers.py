"""What the README grants other searches: each "yes" of theirs, tried where it is installed."""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skopt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - for the next line
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from tests.helpers.pages import ROOT, sections

X, y = load_iris(return_X_y=True)
FITS: list[int] = []


class Noted(TransformerMixin, BaseEstimator):
    """Note each fit."""

    def fit(self, X: Any, y: Any = None) -> Noted:
        FITS.append(len(X))
        return self

    def transform(self, X: Any) -> Any:
        return X


class Scored(BaseEstimator):
    """Its score is its parameter, or that with the other sign."""

    def __init__(self, at: float = 0.0, sign: int = 1) -> None:
        self.at, self.sign = at, sign

    def fit(self, X: Any, y: Any = None) -> Scored:
        time.sleep(0.02)
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return self.sign * self.at


def of_dask_ml() -> Any:
    package = pytest.importorskip("dask_ml.model_selection", reason="pip install dask-ml")
    return package.GridSearchCV


def of_optuna(sign: int = 1, **options: Any) -> Any:
    integration = pytest.importorskip("optuna_integration", reason="optuna-integration")
    distributions = pytest.importorskip("optuna").distributions
    space = {"at": distributions.FloatDistribution(-1.0, 1.0)}
    search = integration.OptunaSearchCV(Scored(sign=sign), space, cv=2, random_state=0, **options)
    return search.fit(X, y)


def as_scikit_learns(kind: Any) -> None:
    """Has the parameters of `GridSearchCV`, but for its space, and all columns of its results."""
    ours = inspect.signature(GridSearchCV).parameters.keys() - {"param_grid"}
    assert ours - inspect.signature(kind).parameters.keys() == set()
    grid = {"C": [0.1, 1.0]}
    options = {"n_iter": 2} if kind is skopt.BayesSearchCV else {}
    found = kind(SVC(), grid, cv=3, return_train_score=True, **options).fit(X, y).cv_results_
    columns = GridSearchCV(SVC(), grid, cv=3, return_train_score=True).fit(X, y).cv_results_
    assert columns.keys() - found.keys() == set()


def steps_once() -> None:
    FITS.clear()
    pipeline = Pipeline([("noted", Noted()), ("tree", DecisionTreeClassifier())])
    grid = {"tree__max_depth": [1, 2, 3]}
    of_dask_ml()(pipeline, grid, cv=3, scheduler="sync", refit=False).fit(X, y)
    assert len(FITS) == 3


def learns_of_skopt() -> None:
    found = []
    for sign in (1, -1):
        search = skopt.BayesSearchCV(Scored(sign=sign), {"at": (-1.0, 1.0)}, n_iter=15, cv=2)
        search.set_params(random_state=0).fit(X, y)
        found.append(np.mean([params["at"] for params in search.cv_results_["params"][10:]]))
    assert found[0] > 0.3 > -0.3 > found[1]


def learns_of_optuna() -> None:
    late = [
        np.mean([t.params["at"] for t in of_optuna(s, n_trials=30).trials_[20:]]) for s in (1, -1)
    ]
    assert late[0] > 0.3 > -0.3 > late[1]


def little_for_all() -> None:
    search = HalvingGridSearchCV(SVC(), {"C": [0.1, 1, 10, 100]}, factor=2, random_state=0)
    search.fit(X, y)
    assert search.n_candidates_[0] == 4 > search.n_candidates_[-1]
    assert search.n_resources_[0] < search.n_resources_[-1]


def ends_in_time() -> None:
    assert len(of_optuna(n_trials=10_000, timeout=1).trials_) < 1000


ROWS = {
    "scikit-learn's parameters and `cv_results_`": "same",
    "steps of a pipeline fitted once": "steps",
    "learns from earlier candidates": "learns",
    "little for all, more for the best": "halving",
    "a limit of time for the search": "timeout",
}
YES: dict[tuple[str, str], Callable[[], None]] = {
    ("same", "scikit-learn"): lambda: as_scikit_learns(GridSearchCV),
    ("same", "BayesSearchCV"): lambda: as_scikit_learns(skopt.BayesSearchCV),
    ("steps", "dask-ml"): steps_once,
    ("learns", "BayesSearchCV"): learns_of_skopt,
    ("learns", "OptunaSearchCV"): learns_of_optuna,
    ("halving", "scikit-learn"): little_for_all,
    ("timeout", "OptunaSearchCV"): ends_in_time,
}


def test_each_yes_is_tried() -> None:
    (_, _, *peers, _), *rows = sections((ROOT / "README.md").read_text())["What others do"]
    said = {
        (ROWS.get(row[0], row[0]), peer.split(" ")[0])
        for row in rows
        for peer, cell in zip(peers, row[2:-1], strict=True)
        if cell == "yes"
    }
    assert said == {*YES}


@pytest.mark.slow
@pytest.mark.parametrize("what", YES, ids="-".join)
def test_a_yes_of_others_is_true(what: tuple[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the others
        YES[what]()
