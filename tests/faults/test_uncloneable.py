"""Values that refuse to be cloned, described or looked at: a candidate that fails, or a refusal."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune.exceptions import CheckpointError, FailedCandidatesWarning
from tests.helpers.searches import every_search, more


class NoParams(DummyClassifier):
    """Its representation is made of its parameters, so there is none either."""

    def get_params(self, deep: bool = True) -> Any:
        raise RuntimeError("refused")


class NoClone(DummyClassifier):
    def __sklearn_clone__(self) -> Any:
        raise RuntimeError("refused")


class NoAttributes(DummyClassifier):
    """Numpy asks for some when it makes an array of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("refused")


class NoEstimator:
    def get_params(self, deep: bool = True) -> Any:
        raise RuntimeError("refused")


class Around(ClassifierMixin, BaseEstimator):
    def __init__(self, inner: Any = None) -> None:
        self.inner = inner

    def fit(self, X: Any, y: Any) -> Around:
        self.inner_ = clone(self.inner).fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.inner_.predict(X)


def search_of(make: Any, bad: Any, **options: Any) -> Any:
    space = {"inner": [DummyClassifier(), bad, DummyClassifier(strategy="most_frequent")]}
    return make(Around(), space, **{"cv": 2, "refit": False, **more(make, n_iter=3), **options})


refusing = pytest.mark.parametrize("kind", [NoParams, NoClone, NoAttributes, NoEstimator])
without_results = pytest.mark.filterwarnings("ignore:One or more of the test scores")


@every_search
@without_results
@refusing
def test_a_value_that_refuses_fails_alone(make: Any, kind: Any, iris: Any) -> None:
    bad = kind()
    search = search_of(make, bad)
    with pytest.warns(FailedCandidatesWarning, match="refused"):
        search.fit(*iris)
    results = search.cv_results_
    assert sorted(results["status"]) == ["failed", "ok", "ok"]
    (row,) = (k for k, status in enumerate(results["status"]) if status == "failed")
    assert results["error"][row] == "RuntimeError: refused"
    assert results["param_inner"][row] is bad


@pytest.mark.slow
@every_search
@without_results
@refusing
def test_a_value_that_refuses_fails_alone_in_a_worker(make: Any, kind: Any, iris: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FailedCandidatesWarning)
        search = search_of(make, kind(), n_jobs=2).fit(*iris)
    assert sorted(search.cv_results_["status"]) == ["failed", "ok", "ok"]
    (error,) = (error for error in search.cv_results_["error"] if error)
    assert error.startswith("RuntimeError: refused")  # where it is fitted, or while it is sent


@every_search
@refusing
def test_where_a_name_reaches_into_it_it_is_named_before_the_first_fit(
    make: Any, kind: Any, iris: Any
) -> None:
    space = {"inner": [DummyClassifier(), kind()], "inner__strategy": ["prior"]}
    search = make(Around(DummyClassifier()), space, cv=2)
    told = (
        f"inner=.*{kind.__name__}.* cannot be cloned: refused|'inner__strategy' cannot be set where"
    )
    with pytest.raises(ValueError, match=told):
        search.fit(*iris)
    assert not hasattr(search, "cv_results_")


@every_search
def test_with_a_checkpoint_what_cannot_be_described_is_refused(
    make: Any, iris: Any, tmp_path: Path
) -> None:
    search = search_of(make, NoParams(), checkpoint=tmp_path / "search.jsonl")
    with pytest.raises(CheckpointError, match=r"NoParams.*refused"):
        search.fit(*iris)
    assert not hasattr(search, "cv_results_")


class Copies(Around):
    """Has another object for a parameter than it was given, which clone refuses."""

    def __init__(self, inner: Any = None, sizes: Any = (3,)) -> None:
        self.inner = inner
        self.sizes = list(sizes)


SPACES: list[tuple[Any, dict[str, Any]]] = [
    (Copies(DummyClassifier(), [3]), {"inner": [DummyClassifier()]}),
    (Copies(DummyClassifier(), [3]), {"inner__strategy": ["prior", "uniform"]}),
    (
        make_pipeline(StandardScaler(), Copies(None, [3])),
        {"standardscaler__with_mean": [True, False]},
    ),
    (make_pipeline(StandardScaler(), Copies(None, [3])), {}),
]


@every_search
@pytest.mark.parametrize(("estimator", "space"), SPACES)
def test_an_estimator_that_cannot_be_cloned_is_the_one_to_blame(
    make: Any, estimator: Any, space: Any, iris: Any
) -> None:
    with pytest.raises(RuntimeError) as theirs:
        GridSearchCV(estimator, space, cv=2).fit(*iris)
    with pytest.raises(RuntimeError) as ours:
        make(estimator, space, cv=2, **more(make, n_iter=1)).fit(*iris)
    assert str(ours.value) == str(theirs.value)
    assert "Copies" in str(ours.value)


@every_search
def test_a_value_that_cannot_be_cloned_is_named_where_a_name_reaches_into_it(
    make: Any, iris: Any
) -> None:
    space: dict[str, Any] = {"inner": [Copies(None, [3])], "inner__sizes": [1]}
    for bad in (space, [{"inner": [DummyClassifier()]}, space]):
        search = make(Around(DummyClassifier()), bad, cv=2)
        with pytest.raises(
            ValueError, match=r"inner=Copies\(sizes=\[3\]\) cannot be cloned: Cannot"
        ):
            search.fit(*iris)


@every_search
def test_a_parameter_that_cannot_be_copied_is_named(make: Any, iris: Any) -> None:
    locked = make_pipeline(StandardScaler(), Around(DummyClassifier(constant=threading.Lock())))
    search = make(locked, {"around__inner__strategy": ["prior"]}, cv=2)
    told = "the estimator's 'around__inner__constant' cannot be cloned: cannot pickle"
    with pytest.raises(TypeError, match=told):
        search.fit(*iris)


@every_search
def test_a_class_in_place_of_an_estimator_is_told_of(make: Any, iris: Any) -> None:
    with pytest.raises(TypeError, match="an instance of scikit-learn estimator instead of a class"):
        make(DummyClassifier, {"strategy": ["prior"]}, cv=2).fit(*iris)
