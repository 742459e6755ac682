"""Each private name of scikit-learn's is taken away in turn, as a release may do.

What only families rely on switches them off, with one warning and the same scores; what searches
need is told by the import.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import RFE
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import sktune
from sktune import GridSearch
from sktune._sklearn import VERSION, networks, shorter_way
from sktune.paths import registry

FOLDER = Path(sktune.__file__).parent / "_sklearn"
OF_SEARCHES = {"callbacks", "searching"}

rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 3)), np.arange(40) % 2
TEXTS = ["a cat sat", "the dog ran", "a dog sat", "the cat ran"] * 10

BOOSTING = (HistGradientBoostingClassifier(max_depth=1, random_state=0), {"max_iter": [1, 2]}, X)
VECTORISED = make_pipeline(CountVectorizer(), MultinomialNB())
SEARCHES: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "binning": BOOSTING,
    "boosting": BOOSTING,
    "decomposition": (PCA(svd_solver="full"), {"n_components": [1, 2]}, X),
    "ensembles": (BaggingClassifier(random_state=0), {"n_estimators": [1, 2]}, X),
    "linear": (Ridge(), {"alpha": [0.1, 1.0]}, X),
    "neighbors": (KNeighborsClassifier(), {"n_neighbors": [1, 3]}, X),
    "selection": (RFE(Ridge()), {"n_features_to_select": [1, 2]}, X),
    "text": (VECTORISED, {"countvectorizer__min_df": [1, 2]}, TEXTS),
    "trees": (DecisionTreeClassifier(random_state=0), {"max_depth": [1, None]}, X),
}
"""By the file that relies on private names: a search whose family does."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def parsed(file: str) -> ast.Module:
    return ast.parse((FOLDER / f"{file}.py").read_text())


def relied_on(file: str, how: str = "require") -> Iterator[tuple[str, str]]:
    """What a file imports from private places, and requires: a module or a class, and a name."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn"):
            for name in (alias.name for alias in node.names if how == "require"):
                if any(map(is_private, [*str(node.module).split("."), name])):
                    yield str(node.module), name
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == how:
            given = node.args[0]
            kinds = given.elts if isinstance(given, ast.Tuple) else [given]
            names = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            yield from ((kind.id, name) for kind in kinds for name in names)


FILES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "names"))
NAMES = {file: sorted(set(relied_on(file))) for file in FILES}


def is_there(file: str, owner: str, name: str) -> bool:
    """Whether this release has a name that others have."""
    if not owner.startswith("sklearn"):
        return hasattr(importlib.import_module(f"sktune._sklearn.{file}"), owner)
    return find_spec(owner) is not None and hasattr(importlib.import_module(owner), name)


THERE = [(file, *found) for file in FILES for found in NAMES[file] if is_there(file, *found)]


@pytest.mark.parametrize("file", FILES)
def test_every_private_name_that_is_used_is_required(file: str) -> None:
    nodes = list(ast.walk(parsed(file)))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    given = [node.attr for node in nodes if isinstance(node, ast.Attribute)]
    given += [
        node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in parts
    ]
    used = {name for name in given if str(name).isidentifier() and is_private(str(name))}
    known = {name for names in NAMES.values() for _, name in names}
    known |= {name for _, name in relied_on(file, "has")}
    assert used <= known, file


def test_networks_whose_names_have_gone_are_fitted_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = MLPClassifier(4, max_iter=3, early_stopping=True, n_iter_no_change=9, random_state=0)
    for there, n_iter in ((True, 1), (False, 3)):
        monkeypatch.setattr(networks, "_CAN_BE_ENDED", there)
        with warnings.catch_warnings(), networks.passes_ended_by(model, lambda scores: True):
            warnings.simplefilter("ignore", ConvergenceWarning)
            assert model.fit(X, y).n_iter_ == n_iter


def test_linear_models_whose_names_have_gone_are_fitted_unheard(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = SGDClassifier(early_stopping=True, random_state=0)
    monkeypatch.setattr(networks, "_CAN_BE_HEARD", False)
    with networks.descent_ended_by(model, lambda scores: True) as scores:
        assert model.fit(X, y).n_iter_ > 1
    assert not scores


def gone(patch: pytest.MonkeyPatch, file: str, owner: str, name: str) -> None:
    """Take a name away from those who import it, or give it another one everywhere in a class."""
    if owner.startswith("sklearn"):
        without = types.ModuleType(owner)
        about = vars(sys.modules[owner])
        vars(without).update({other: about[other] for other in about if other != name})
        patch.setitem(sys.modules, owner, without)
        return
    kind = getattr(sys.modules[f"sktune._sklearn.{file}"], owner)
    related = {heir for user in using(kind, name) for heir in heirs(user)}
    classes = {user for heir in {kind, *related} for user in using(heir, name)}
    modules = [vars(sys.modules[user.__module__]) for user in classes]
    functions = {f for about in modules for f in about.values() if inspect.isfunction(f)}
    for function in functions.union(*map(functions_of, classes)):
        patch.setattr(function, "__code__", renamed(function.__code__, name))
    for owned in (user for user in classes if name in vars(user)):
        patch.setattr(owned, f"{name}_of_old", vars(owned)[name], raising=False)
        patch.delattr(owned, name)


def using(kind: type, name: str) -> set[type]:
    """The class and its bases, as far as they have or make use of an attribute."""
    return {
        base
        for base in kind.__mro__
        if name in vars(base) or any(name in mentioned(f.__code__) for f in functions_of(base))
    }


def functions_of(kind: type) -> list[Any]:
    """The methods that a class of scikit-learn's defines itself."""
    if not kind.__module__.startswith("sklearn"):
        return []
    values = [getattr(v, "__func__", getattr(v, "fn", v)) for v in vars(kind).values()]
    return [inspect.unwrap(value) for value in values if inspect.isfunction(value)]


def heirs(kind: type) -> set[type]:
    return {heir for sub in kind.__subclasses__() for heir in (sub, *heirs(sub))}


def mentioned(code: types.CodeType) -> set[str]:
    inner = [mentioned(part) for part in code.co_consts if isinstance(part, types.CodeType)]
    return set(code.co_names).union(*inner)


def renamed(code: types.CodeType, name: str) -> types.CodeType:
    """A method's code, with another name for an attribute."""
    names = tuple(f"{n}_of_old" if n == name else n for n in code.co_names)
    constants = (
        renamed(c, name) if isinstance(c, types.CodeType) else f"{c}_of_old" if c == name else c
        for c in code.co_consts
    )
    return code.replace(co_names=names, co_consts=tuple(constants))


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has modules imported again; afterwards all is as it was."""

    def forget(*modules: str) -> None:
        for module in modules:
            if module in sys.modules:
                package, _, last = module.rpartition(".")
                monkeypatch.setattr(sys.modules[package], last, sys.modules[module])
                monkeypatch.delitem(sys.modules, module)

    return forget


@pytest.mark.parametrize(
    ("file", "owner", "name"),
    [found for found in THERE if found[0] not in OF_SEARCHES],
)
def test_a_family_whose_names_have_gone_is_switched_off(
    file: str, owner: str, name: str, anew: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    importlib.import_module(f"sktune._sklearn.{file}")
    estimator, grid, data = SEARCHES[file]
    gone(monkeypatch, file, owner, name)
    monkeypatch.setattr(registry, "_LOADED", {})
    monkeypatch.setattr(registry, "_OFF", set())
    anew(*(f"sktune.paths.{known.file}" for known in registry._KNOWN.values()))
    anew(f"sktune._sklearn.{file}")
    options = {"cv": 2, "refit": False}
    with pytest.warns(UserWarning, match=rf"the family sktune\.paths\..*\b{name}\b") as caught:
        ours = GridSearch(estimator, grid, **options).fit(data, y)
    assert len(caught) == 1
    theirs = GridSearchCV(estimator, grid, **options).fit(data, y)
    for column in ("split0_test_score", "split1_test_score"):
        assert ours.cv_results_[column].tolist() == theirs.cv_results_[column].tolist()


@pytest.mark.parametrize(
    ("file", "owner", "name"),
    [found for found in THERE if found[0] in OF_SEARCHES],
)
def test_what_searches_need_is_told_by_the_import(
    file: str, owner: str, name: str, anew: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone(monkeypatch, file, owner, name)
    anew(f"sktune._sklearn.{file}", "sktune._sklearn")
    version = ".".join(map(str, VERSION))
    with pytest.raises(ImportError, match=rf"scikit-learn {version}.*\b{name}\b"):
        importlib.import_module("sktune._sklearn")


@pytest.mark.parametrize(("owner", "name"), relied_on("searching", "has"))
def test_what_can_be_done_without_is_not_missed(
    owner: str, name: str, anew: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, estimator = get_scorer("accuracy"), DecisionTreeClassifier()
    assert shorter_way(scorer, estimator) == "accuracy"
    assert shorter_way(get_scorer("recall_macro"), estimator) is None  # it has an option
    gone(monkeypatch, "searching", owner, name)
    anew("sktune._sklearn.searching")
    searching = importlib.import_module("sktune._sklearn.searching")
    scorer = make_scorer(accuracy_score)
    assert searching.shorter_way(scorer, estimator) is None
    assert scorer(estimator.fit(X, y), X, y) == 1.0
