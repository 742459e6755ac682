"""Which families there are, when they are loaded, and what one gives that says nothing."""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress
from inspect import signature
from typing import Any

import lightgbm  # noqa: F401 - known classes are those of modules that are there
import numpy as np
import pytest
import xgboost  # noqa: F401 - likewise
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils._param_validation import generate_valid_param, make_constraint

from sktune import GridSearch, PathFamily, register_path
from sktune.paths import Fit, family_of, kin_of, registered, registry, searched_in_common
from sktune.sharing import Lineages
from tests.helpers.laws import few
from tests.helpers.path_toys import First, HelpedFamily, Rounds, RoundsPath

rng = np.random.default_rng(0)
X, y = rng.normal(size=(60, 3)), np.arange(60) % 2


@pytest.fixture(autouse=True)
def families(monkeypatch: Any) -> None:
    for table in ("_FAMILIES", "_LOADED"):
        monkeypatch.setattr(registry, table, dict(getattr(registry, table)))
    monkeypatch.setattr(registry, "_OFF", set(registry._OFF))


def test_who_derives_and_who_assists_is_registered() -> None:
    register_path(Rounds, RoundsPath())
    register_path(First, HelpedFamily())
    assert family_of(Rounds()) is not None
    assert kin_of(First()) is not None


class Silent(PathFamily):
    """Neither derives nor assists."""

    def applies(self, estimator: Any) -> tuple[str, ...]:
        return ("size",)

    def kin(self, estimator: Any) -> tuple[str, ...]:
        return ("size",)


def test_by_default_a_family_shares_nothing() -> None:
    family = PathFamily()
    assert (family.applies(Rounds()), family.kin(Rounds())) == ((), ())
    assert family.derive(Fit(Rounds()), Rounds()) is None


@pytest.mark.parametrize(
    ("kind", "family", "told"),
    [
        (Rounds(), RoundsPath(), "Pass the class itself"),
        ("Rounds", RoundsPath(), "Pass the class itself"),
        (int, RoundsPath(), "Pass the class itself"),
        (Rounds, RoundsPath, "an instance"),
        (Rounds, object(), "subclass"),
        (Rounds, Silent(), "shares nothing"),
    ],
)
def test_what_cannot_be_registered(kind: Any, family: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        register_path(kind, family)


KNOWN = [
    getattr(importlib.import_module(known.module), name) for name, known in registry._KNOWN.items()
]
"""All classes of the table."""


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: kind.__name__)
def test_every_class_of_the_table_has_a_family(kind: Any) -> None:
    assert isinstance(registry._load(registry._known(kind), kind), PathFamily)


def test_every_family_is_in_the_table() -> None:
    for file in {known.file for known in registry._KNOWN.values()}:
        named = {name for name, known in registry._KNOWN.items() if known.file == file}
        assert set(importlib.import_module(f"sktune.paths.{file}").FAMILIES) == named


def valid_params(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters that one of scikit-learn's classes takes."""
    found = {}
    for name, constraints in getattr(kind, "_parameter_constraints", {}).items():
        if constraints == "no_validation" or name == "deprecated":
            continue
        values = []
        for constraint in map(make_constraint, constraints):
            with suppress(NotImplementedError, TypeError):  # of which there is none to be had
                values.append(generate_valid_param(constraint))
            values += sorted(getattr(constraint, "options", ()), key=repr)
        found[name] = st.sampled_from(values)
    return st.fixed_dictionaries({}, optional=found)


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: kind.__name__)
@settings(max_examples=few(5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_table_names_every_parameter_that_fits_may_differ_in(kind: Any, data: Any) -> None:
    needed = {"estimator": SVC()} if kind.__module__.startswith("sklearn.feature_sel") else {}
    known = {name: needed[name] for name in needed if name in signature(kind).parameters}
    estimator = kind(**{**known, **data.draw(valid_params(kind))})
    family, declared = registered(estimator), registry._known(kind).params
    for names in (family.applies(estimator), family.kin(estimator)):
        assert declared is None or set(names) <= declared


def test_a_class_of_the_same_name_is_another() -> None:
    kind = type("SVC", (BaseEstimator,), {"__module__": SVC.__module__})
    assert registered(kind()) is None
    assert searched_in_common(kind) == frozenset()
    assert registered(SVC()) is not None
    assert registered(type("SVC", (SVC,), {"__init__": SVC.__init__})()) is None


def test_a_plain_grid_has_no_lineages() -> None:
    """Neither is its family loaded."""
    loaded = set(registry._LOADED)
    kind = type("Unmet", (), {})
    assert Lineages(SVC()).of({"C": 1.0}) is None
    assert Lineages(SVC()).of({"C": 1.0, "degree": 2}) is not None
    named = searched_in_common(SVC) or frozenset()
    assert "degree" in named
    assert named.isdisjoint(["C", "kernel"])
    assert searched_in_common(kind) == frozenset()
    assert set(registry._LOADED) - loaded <= {SVC}


def test_what_a_user_has_registered_is_always_asked() -> None:
    register_path(SVC, RoundsPath())
    assert searched_in_common(SVC) is None
    assert isinstance(registered(SVC()), RoundsPath)


def test_a_family_that_cannot_be_loaded_is_switched_off_with_one_warning(monkeypatch: Any) -> None:
    monkeypatch.setattr(registry, "_LOADED", {})
    monkeypatch.setitem(sys.modules, "sktune.paths.trees", None)
    grid = {"max_depth": [1, 2, None]}
    theirs = GridSearchCV(DecisionTreeClassifier(random_state=0), grid, cv=3).fit(X, y)
    with pytest.warns(UserWarning, match=r"DecisionTreeClassifier .* sktune.paths.trees") as caught:
        ours = GridSearch(DecisionTreeClassifier(random_state=0), grid, cv=3).fit(X, y)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    scores = "mean_test_score"
    assert ours.cv_results_[scores].tolist() == theirs.cv_results_[scores].tolist()
    assert ours.sharing_.steps["DecisionTreeClassifier"] == (9, 9)


def test_another_packages_class_in_scikit_learns_place_is_not_taken_for_it(
    monkeypatch: Any,
) -> None:
    class SVC(BaseEstimator):
        C = 1.0

    SVC.__module__ = "faster.svm"
    monkeypatch.setattr("sklearn.svm.SVC", SVC)
    assert registered(SVC()) is None
    assert searched_in_common(SVC) == frozenset()
