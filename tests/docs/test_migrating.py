"""The pages of migrating: each parameter and attribute has its row, and "same" is what it says."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
import skopt
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - for the next line
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving
from tests.helpers.pages import ROOT

HALVING = {"strategy": SuccessiveHalving()}
PEERS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "GridSearchCV": ("differences", GridSearch, {}),
    "RandomizedSearchCV": ("differences", RandomSearch, {}),
    "HalvingGridSearchCV": ("from_halving", GridSearch, HALVING),
    "HalvingRandomSearchCV": ("from_halving", RandomSearch, HALVING),
    "BayesSearchCV": ("from_bayes_search_cv", BayesSearch, {}),
    "OptunaSearchCV": ("from_optuna", BayesSearch, {}),
    "dask-ml's GridSearchCV": ("from_dask_ml", GridSearch, {}),
    "dask-ml's RandomizedSearchCV": ("from_dask_ml", RandomSearch, {}),
}


def peer(name: str) -> Any:
    """Return a class that is migrated from."""
    if name == "OptunaSearchCV":
        integration = pytest.importorskip("optuna_integration", reason="optuna-integration")
        return integration.OptunaSearchCV
    if name.startswith("dask-ml's"):
        package = pytest.importorskip("dask_ml.model_selection", reason="dask-ml")
        return getattr(package, name.partition(" ")[2])
    known = [GridSearchCV, RandomizedSearchCV, HalvingGridSearchCV, HalvingRandomSearchCV]
    return {kind.__name__: kind for kind in [*known, skopt.BayesSearchCV]}[name]


def parameters(kind: Any) -> dict[str, Any]:
    """Return the parameters of a class, and their defaults."""
    return {name: p.default for name, p in inspect.signature(kind).parameters.items()}


def attributes(kind: Any) -> set[str]:
    """Return what a class documents and what it has."""
    written = re.findall(r"^ +(\w+_)(?: :|:$)", kind.__doc__.split("Attributes")[1], re.MULTILINE)
    return {*written, *(name for name in dir(kind) if not name.startswith("_"))}


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Return what a page says of each name."""
    found = {}
    for line in (ROOT / "docs" / f"{page}.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3:
            found.update(dict.fromkeys(re.findall(r"`(\w+)`", cells[0]), (cells[1], cells[2])))
    return found


@pytest.mark.parametrize("name", PEERS)
def test_every_parameter_and_attribute_has_a_row(name: str) -> None:
    page, _, _ = PEERS[name]
    kind = peer(name)
    assert {*parameters(kind), *attributes(kind)} - {*rows(page)} == set()


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.filterwarnings("ignore:.*experimental")
def test_same_is_the_same(name: str) -> None:
    page, ours, options = PEERS[name]
    kind, told = peer(name), rows(page)
    same = {word for word, (where, _) in told.items() if where == "same"}
    theirs, mine = parameters(kind), parameters(ours)
    different = {
        word for word in same & {*theirs} if repr(theirs[word]) != repr(mine.get(word, "none"))
    }
    assert different == set()
    X, y = load_iris(return_X_y=True, as_frame=True)
    iterations = {} if ours is GridSearch else {"n_iter": 3, "random_state": 0}
    search = ours(SVC(), {"C": [0.1, 1.0, 10.0]}, **iterations, **options).fit(X, y)
    scaler = ours(StandardScaler(), {"with_mean": [True]}, scoring=lambda *_: 1.0)
    lacking = {
        word
        for word in same & attributes(kind)
        if not hasattr(search, word) and not hasattr(scaler, word) and not hasattr(ours, word)
    }
    assert lacking == set()


@pytest.mark.parametrize("name", PEERS)
def test_what_is_told_apart_is_there(name: str) -> None:
    """A row that names an option or attribute of ours names one that there is."""
    page, ours, _ = PEERS[name]
    for where, _ in rows(page).values():
        for word in re.findall(r"^`(\w+)`$", where):
            known = {*parameters(ours), "cv_results_", "sharing_", "trials_"}
            known |= parameters(RandomSearch).keys()
            assert word in known, word
