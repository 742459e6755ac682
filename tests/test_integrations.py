"""Searches in the hands of other packages: conversion to ONNX, and saving without pickles."""

from __future__ import annotations

import copy
import importlib
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving
from tests.helpers.searches import every_search, grid, more

X, y = load_iris(return_X_y=True)
X = X.astype(np.float32)
MODEL = make_pipeline(StandardScaler(), LogisticRegression())
SPACE = {"logisticregression__C": [0.1, 0.5, 1.0]}


def search_of(make: Any, model: Any = MODEL, space: Any = SPACE, **options: Any) -> Any:
    return make(model, space, **{**more(make, n_iter=2), "cv": 2, **options})


# --- saved without a pickle -----------------------------------------------------------


def classes_in(value: Any) -> Iterator[type]:
    """Give the classes of all that a value is made of."""
    yield type(value)
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    elif isinstance(value, np.ndarray) and value.dtype == object:
        inner = np.ma.getdata(value).tolist()
    for part in inner:
        yield from classes_in(part)


KINDS = [
    {},
    {"return_train_score": True, "early_termination": "racing"},
    {"scoring": ["accuracy", "f1_macro"], "refit": "accuracy"},
    {"timeout": 60, "n_jobs": 1, "refit": False},
]


@every_search
@pytest.mark.parametrize("options", KINDS, ids=str)
def test_the_state_of_a_fitted_search_has_no_class_of_ours(make: Any, options: Any) -> None:
    state = search_of(make, **options).fit(X, y).__getstate__()
    ours = {kind for kind in classes_in(state) if kind.__module__.startswith("sktune")}
    assert not ours


def test_nor_under_successive_halving() -> None:
    search = search_of(grid, strategy=SuccessiveHalving(factor=2)).fit(X, y)
    state = search.__getstate__()
    assert isinstance(state.pop("strategy"), SuccessiveHalving)  # which the user passes
    assert not [kind for kind in classes_in(state) if kind.__module__.startswith("sktune")]


@every_search
@pytest.mark.parametrize("options", KINDS, ids=str)
def test_skops_need_not_trust_more_than_of_scikit_learns(make: Any, options: Any) -> None:
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    search = search_of(make, **options).fit(X, y)
    known = {name: value for name, value in options.items() if name in GridSearchCV(0, 0).__dict__}
    theirs = GridSearchCV(MODEL, SPACE, **known).fit(X, y)
    saved = skops.dumps(search)
    kind = f"{type(search).__module__}.{type(search).__name__}"
    trusted = skops.get_untrusted_types(data=saved)
    assert set(trusted) <= {kind, *skops.get_untrusted_types(data=skops.dumps(theirs))}
    again = skops.loads(saved, trusted=trusted)
    assert repr(again.sharing_) == repr(search.sharing_)
    assert again.get_params().keys() == search.get_params().keys()
    if search.refit:
        np.testing.assert_array_equal(again.predict(X), search.predict(X))
    if make is not grid:
        assert again.n_iter == search.n_iter
    if isinstance(search, BayesSearch):
        assert not hasattr(again, "param_importances_")
        with pytest.raises(AttributeError, match="as by skops"):
            again.surrogate_  # noqa: B018 - it raises


@every_search
def test_pickles_and_copies_keep_everything(make: Any) -> None:
    search = search_of(make).fit(X, y)
    for again in (pickle.loads(pickle.dumps(search)), copy.deepcopy(search), copy.copy(search)):
        assert vars(again).keys() == vars(search).keys()
        assert repr(again.sharing_) == repr(search.sharing_)
        if isinstance(search, BayesSearch):
            assert again.param_importances_ == search.param_importances_


def test_what_was_shared_is_not_there_before_a_fit() -> None:
    search = search_of(grid)
    assert not hasattr(search, "sharing_")
    assert "sharing_" not in dir(search)
    search.fit(X, y)
    assert "sharing_" in dir(search)
    with pytest.raises(ValueError, match="X has"):
        search.fit(X, y[:9])
    assert search.sharing_.n_done < search.sharing_.n_asked


# --- converted ------------------------------------------------------------------------


@pytest.fixture
def to_onnx() -> Any:
    """A conversion that gives what the converted model says of X."""
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    importlib.import_module("sktune.integrations")

    def outputs(model: Any, X: Any, options: Any = None) -> list[Any]:
        given = None if options is None else {id(model): options}
        converted = skl2onnx.to_onnx(model, X[:1], options=given)
        session = onnxruntime.InferenceSession(
            converted.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        found: list[Any] = session.run(None, {"X": X})
        return found

    return outputs


@every_search
@pytest.mark.parametrize("options", [None, {"zipmap": False}], ids=str)
def test_a_search_is_converted_as_scikit_learns(make: Any, options: Any, to_onnx: Any) -> None:
    ours, theirs = search_of(make).fit(X, y), GridSearchCV(MODEL, SPACE, cv=2).fit(X, y)
    labels, probabilities = to_onnx(ours, X, options)
    np.testing.assert_array_equal(labels, ours.predict(X))
    assert type(probabilities) is type(to_onnx(theirs, X, options)[1])
    if options:
        np.testing.assert_allclose(probabilities, ours.predict_proba(X), atol=1e-5)


def test_so_is_one_inside_others(to_onnx: Any) -> None:
    plain: Any = LogisticRegression()
    inner = [kind(plain, {"C": [0.1, 1.0]}, cv=2) for kind in (GridSearch, RandomSearch)]
    inner[1].set_params(n_iter=2)
    voting = VotingClassifier([("a", inner[0]), ("b", plain)], voting="soft")
    voting.set_params(flatten_transform=False)
    for model in (
        make_pipeline(StandardScaler(), inner[1]),
        search_of(grid, inner[0], {"cv": [2]}),
    ):
        model.fit(X, y)
        np.testing.assert_array_equal(to_onnx(model, X)[0], model.predict(X))
    np.testing.assert_array_equal(to_onnx(voting.fit(X, y), X)[0], voting.predict(X))


def test_and_a_regressor(to_onnx: Any) -> None:
    X, y = load_diabetes(return_X_y=True)
    X = X.astype(np.float32)
    search = search_of(grid, Ridge(), {"alpha": [0.1, 1.0]}).fit(X, y)
    np.testing.assert_allclose(to_onnx(search, X)[0].ravel(), search.predict(X), rtol=1e-4)


def test_without_the_other_packages_there_is_nothing_to_tell() -> None:
    importlib.import_module("sktune.integrations")
