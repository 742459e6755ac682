"""In threads each task has objects of its own, or tasks run one after the other."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from joblib import parallel_backend
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch
from sktune.evaluation import OwnCopies
from sktune.problem import Problem
from sktune.sharing.arrays import private
from tests.helpers.transformers import Leaves, left

rng = np.random.default_rng(0)
X, y = rng.normal(size=(24, 2)), np.arange(24) % 2
VALUES = [1.0, 2.0, 4.0, 8.0]


class Adds:
    """Adds up what it is called with; None makes it begin anew."""

    def __init__(self) -> None:
        self.total = 0.0

    def __call__(self, value: float | None) -> float:
        self.total = 0.0 if value is None else self.total + value
        return self.total

    def add(self, value: float | None) -> float:
        return self(value)


class Locked(Adds):
    """Likewise; it cannot be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


def closure() -> Callable[[Any], float]:
    total = 0.0

    def call(value: float | None) -> float:
        nonlocal total
        total = 0.0 if value is None else total + value
        return total

    return call


def closures() -> Callable[[Any], float]:
    """Return a function over two others, which have what they change in common."""
    total = 0.0

    def begin() -> None:
        nonlocal total
        total = 0.0

    def add(value: float) -> float:
        nonlocal total
        total += value
        return total

    def call(value: float | None) -> float:
        if value is None:
            begin()
            return 0.0
        return add(value)

    return call


def add_to(totals: dict[str, float], value: float | None) -> float:
    totals["it"] = 0.0 if value is None else totals["it"] + value
    return totals["it"]


class Follows(BaseEstimator):
    """Does as its callback says, slowly: if no one else calls it, five times its value."""

    def __init__(self, value: float = 1.0, callback: Any = None) -> None:
        self.value = value
        self.callback = callback

    def fit(self, X: Any, y: Any, callbacks: Any = ()) -> Follows:
        (callback,) = callbacks or (self.callback,)
        callback(None)
        for _ in range(5):
            time.sleep(0.001)
            self.total_ = callback(self.value)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.total_)

    def score(self, X: Any, y: Any) -> float:
        return float(self.total_)


MAKE = {
    "an object": Adds,
    "its method": lambda: Adds().add,
    "a closure": closure,
    "closures": closures,
    "a partial": lambda: partial(add_to, {"it": 0.0}),
    "a partial of a closure": lambda: partial(closure()),
}
pipeline = Pipeline([("s", StandardScaler()), ("m", Follows())])
both = pytest.mark.parametrize("estimator", [Follows(), pipeline], ids=["alone", "pipeline"])
each = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)


def in_threads(search: Any, n_jobs: int = 4, **params: Any) -> Any:
    with parallel_backend("threading", n_jobs=n_jobs):
        return search.set_params(n_jobs=n_jobs).fit(X, y, **params)


def prefix(estimator: Any) -> str:
    return "m__" if isinstance(estimator, Pipeline) else ""


def totals(search: Any) -> list[float]:
    return [float(score) for score in search.cv_results_["mean_test_score"]]


@both
@each
@pytest.mark.parametrize("n_jobs", [1, 2, 4])
def test_what_a_fit_is_given_is_its_own(estimator: Any, make: Any, n_jobs: int) -> None:
    name, callback = prefix(estimator), make()
    search = GridSearch(estimator, {f"{name}value": VALUES}, cv=2, refit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_threads(search, n_jobs, **{f"{name}callbacks": [callback]})
    assert totals(search) == [5 * value for value in VALUES]


@both
@each
@pytest.mark.parametrize("searched", [False, True])
def test_what_an_estimator_is_given_is_its_own(estimator: Any, make: Any, searched: bool) -> None:
    name = prefix(estimator)
    grid: dict[str, Any] = {f"{name}value": VALUES}
    if searched:
        grid[f"{name}callback"] = [make()]
    estimator.set_params(**{f"{name}callback": make()})
    search = in_threads(GridSearch(estimator, grid, cv=2, refit=False))
    assert totals(search) == [5 * value for value in VALUES]


def scratching() -> Any:
    """Return a scorer that keeps what it works on in a closure."""
    kept: dict[str, Any] = {}

    def score(estimator: Any, X: Any, y: Any) -> float:
        kept["it"] = estimator.predict(X)
        time.sleep(0.002)
        return float(kept["it"].mean())

    return score


class Scratching:
    """A scorer that keeps what it works on."""

    def __call__(self, estimator: Any, X: Any, y: Any, weights: Any = None) -> float:
        self.kept = estimator.predict(X)
        time.sleep(0.002)
        return float(self.kept.mean())


@both
@pytest.mark.parametrize("make", [Scratching, scratching])
def test_a_scorer_is_its_own(estimator: Any, make: Any) -> None:
    name = prefix(estimator)
    estimator.set_params(**{f"{name}callback": Adds()})
    search = GridSearch(estimator, {f"{name}value": VALUES}, cv=2, refit=False, scoring=make())
    assert totals(in_threads(search)) == [5 * value for value in VALUES]


@both
@pytest.mark.parametrize("kind", [GridSearch, BayesSearch])
def test_what_cannot_be_copied_makes_fits_run_one_after_the_other(
    estimator: Any, kind: Any
) -> None:
    name, callback = prefix(estimator), Locked()
    more = {"n_iter": 4, "n_points": 4, "random_state": 0} if kind is BayesSearch else {}
    search = kind(estimator, {f"{name}value": VALUES}, cv=2, refit=False, **more)
    with pytest.warns(UserWarning, match=f"parameter '{name}callbacks' .*one after the other"):
        in_threads(search, **{f"{name}callbacks": [callback]})
    assert sorted(totals(search)) == [5 * value for value in VALUES]


def test_one_worker_is_given_the_users_own_object_as_by_scikit_learn() -> None:
    def after(kind: Any) -> float:
        callback = Adds()
        kind(Follows(), {"value": VALUES}, cv=2, refit=False).fit(X, y, callbacks=[callback])
        return callback.total

    assert after(GridSearch) == after(GridSearchCV) == 40


def test_the_refit_is_given_the_users_own_object() -> None:
    callback = Adds()
    in_threads(GridSearch(Follows(), {"value": VALUES}, cv=2), callbacks=[callback])
    assert callback.total == 40


def test_work_is_still_shared_in_threads(tmp_path: Any) -> None:
    pipeline = Pipeline([("s", Leaves(str(tmp_path))), ("m", Follows())])
    search = GridSearch(pipeline, {"m__value": VALUES}, cv=2, refit=False)
    in_threads(search, m__callbacks=[Adds()])
    assert totals(search) == [5 * value for value in VALUES]
    assert left(tmp_path, "t") == 2


def test_a_search_inside_threads_is_given_its_own() -> None:
    inner = GridSearch(Follows(callback=Adds()), {"value": VALUES}, cv=2, n_jobs=2)
    with parallel_backend("threading", n_jobs=2):
        assert cross_val_score(inner, X, y, cv=2, n_jobs=2).tolist() == [40, 40]


def test_early_stopping_of_lightgbm_is_its_own() -> None:
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is optional")
    data = np.random.default_rng(0)
    X = data.normal(size=(400, 5))
    y = (X[:, 0] + data.normal(size=400) > 0).astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=60, n_jobs=1, verbose=-1, random_state=0)
    grid = {"num_leaves": [4, 31], "learning_rate": [0.05, 0.3]}
    found = []
    for n_jobs in (1, 4):
        search = GridSearch(model, grid, cv=2, n_jobs=n_jobs, scoring="neg_log_loss", refit=False)
        callbacks = [lightgbm.early_stopping(3, verbose=False)]
        with parallel_backend("threading"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X[:250], y[:250], eval_set=[(X[250:], y[250:])], callbacks=callbacks)
        found.append(totals(search))
    assert found[0] == found[1]


class Holds:
    """Keeps an array as its state."""

    def __init__(self) -> None:
        self.buffer = np.zeros(3)


def copies_of(fit_params: dict[str, Any], scorer: Any = None) -> tuple[Problem, Problem]:
    problem = Problem(
        Follows(), X, y, [], scorer, fit_params, {}, return_train_score=False, raise_errors=False
    )
    copies = OwnCopies(problem)
    return copies.problem(), copies.problem()


def test_of_a_list_of_callbacks_only_the_list_is_copied_for_users_code() -> None:
    callback, data = closure(), (X, y)
    given = {"callbacks": [callback], "eval_set": [data], "names": ["a", "b"]}
    own = private(given)
    assert own["callbacks"] == [callback]
    assert own["names"] == ["a", "b"]
    assert own["names"] is not given["names"]
    assert not np.shares_memory(own["eval_set"][0][0], X)


def test_data_and_code_are_not_copied_but_what_objects_keep() -> None:
    names = [f"f{k}" for k in range(len(X))]
    held, data = Holds(), {"sets": [(X, y)], "names": names, "kind": Holds, "call": copies_of}
    one, other = (own.fit_params for own in copies_of({**data, "held": held, "again": [held]}))
    for own in (one, other):
        assert own["sets"][0][0] is X
        assert own["sets"][0][1] is y
        assert own["names"] is names
        assert own["kind"] is Holds
        assert own["call"] is copies_of
        assert own["again"][0] is own["held"]
        assert own["held"].buffer is not held.buffer
    assert one["held"] is not other["held"]


def test_what_refers_to_itself_is_copied() -> None:
    def recurring(n: int) -> Any:
        return total if n == 0 else recurring(n - 1)

    total = [1]
    one, other = copies_of({"call": recurring})
    assert one.fit_params["call"](3) == [1]
    assert one.fit_params["call"](3) is not other.fit_params["call"](3)
