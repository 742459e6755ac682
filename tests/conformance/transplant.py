"""Run scikit-learn's own tests, which ship in its wheel, with our classes in place of its own."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any
from unittest import mock

import sklearn.model_selection
from sklearn.utils._test_common import instance_generator

from sktune import GridSearch, RandomSearch
from sktune.results import ADDED_COLUMNS

REPLACED = {"GridSearchCV": GridSearch, "RandomizedSearchCV": RandomSearch}


def transplant(name: str, others: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Import a test module of scikit-learn anew with our classes in it.

    Parameters
    ----------
    name : str
        Of the module. It is imported as it is first, so that what it imports in turn is
        scikit-learn's own.
    others : mapping, optional
        What is to stand in for other things that it imports, by module and name.

    Returns
    -------
    contents : dict
        What a test module needs to have in its namespace to run the tests.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what scikit-learn tries while it collects
        original = importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, original.__file__)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        with _in_place_of_its_own(), contextlib.ExitStack() as stack:
            for where, replaced in (others or {}).items():
                stack.enter_context(mock.patch.multiple(where, **replaced))
            spec.loader.exec_module(module)
    # classes of the module are pickled by its name, and must be found there
    sys.modules[name] = module
    _leave_added_columns_out(module)
    return {
        key: value
        for key, value in vars(module).items()
        if key.lower().startswith("test")
        or hasattr(value, "_pytestfixturefunction")
        or type(value).__name__ == "FixtureFunctionDefinition"
    }


@contextlib.contextmanager
def _in_place_of_its_own() -> Iterator[None]:
    arguments = {
        ours: instance_generator.INIT_PARAMS[getattr(sklearn.model_selection, theirs)]
        for theirs, ours in REPLACED.items()
    }
    with (
        mock.patch.multiple(sklearn.model_selection, **REPLACED),
        mock.patch.dict(instance_generator.INIT_PARAMS, arguments),
    ):
        yield


def _leave_added_columns_out(module: ModuleType) -> None:
    """`cv_results_` has more columns than scikit-learn's: compare those it has."""

    def sorted_without(values: Any, **options: Any) -> list[Any]:
        return [v for v in builtins.sorted(values, **options) if v not in ADDED_COLUMNS]

    module.sorted = sorted_without  # type: ignore[attr-defined]
