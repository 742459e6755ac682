"""What cannot be sent to workers is named before the first fit, and before any worker starts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pickle import PicklingError
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sktune.engine import Dispatcher, sending
from sktune.engine.executors import BundleReport
from sktune.engine.executors.here import Here
from tests.helpers.engine import problem
from tests.helpers.estimators import Counting
from tests.helpers.searches import every_search, grid, more


class Connection:
    """Can be copied, as clones want it, and not be pickled."""

    def __deepcopy__(self, memo: Any) -> Connection:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("it is open")

    def __repr__(self) -> str:
        return "Connection()"


OPEN = Connection()
X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


class Keeps(Counting):
    """Has more than its parameters, and clone leaves it there."""

    def __sklearn_clone__(self) -> Keeps:
        copy = Keeps(self.folder, self.value)
        copy.connection = OPEN
        return copy

    def fit(self, X: Any, y: Any, notes: Any = None) -> Any:
        return super().fit(X, y)


class Scorer:
    def __init__(self) -> None:
        self.to = OPEN

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        return 0.5


class Notes(Counting):
    def fit(self, X: Any, y: Any, notes: Any = None) -> Any:
        return super().fit(X, y)


class Rows:
    """Data of one's own."""

    shape = (20, 2)

    def __init__(self) -> None:
        self.file = OPEN

    def __len__(self) -> int:
        return 20

    def __getitem__(self, rows: Any) -> Any:
        return X[rows]


def same(X: Any, to: Any) -> Any:
    return X


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def enter(self: Dispatcher) -> Any:
        raise AssertionError("a pool is opened")

    monkeypatch.setattr(Dispatcher, "__enter__", enter)


nested = make_pipeline(
    make_column_transformer((FunctionTransformer(same, kw_args={"to": OPEN}), [0])), Counting()
)
CULPRITS: dict[str, tuple[dict[str, Any], str]] = {
    "parameter": ({"estimator": Counting(other=OPEN)}, "the estimator's other, Connection"),
    "of a step": (
        {"estimator": make_pipeline(StandardScaler(), Counting(other=OPEN))},
        "the estimator's counting__other, Connection",
    ),
    "deep inside": (
        {"estimator": nested},
        "the estimator's columntransformer__functiontransformer__kw_args, {'to'",
    ),
    "attribute": ({"estimator": Keeps()}, "the estimator's connection, Connection"),
    "scorer": ({"scoring": Scorer()}, "scoring's to, Connection"),
    "one scorer": (
        {"scoring": {"a": "accuracy", "b": Scorer()}, "refit": "a"},
        r"scoring\['b'\]'s to, Connection",
    ),
    "fit parameter": ({"estimator": Notes(), "notes": [1, OPEN]}, r"fit's notes, \[1, Connection"),
    "X": ({"X": Rows()}, "X's file, Connection"),
}


def search_of(make: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Make a search, and the parameters of its fit."""
    options = {"estimator": Counting(), **options}
    fit = {name: options.pop(name) for name in ("notes", "X") if name in options}
    estimator = options.pop("estimator")
    name = "counting__value" if hasattr(estimator, "steps") else "value"
    search = make(estimator, {name: [1, 2]}, **more(make, n_iter=2), cv=2, **options)
    return search, {"X": X, "y": y, **fit}


@every_search
@pytest.mark.parametrize("limits", [{"n_jobs": 2}, {"n_jobs": 1, "fit_timeout": 60}], ids=str)
@pytest.mark.parametrize("culprit", CULPRITS)
def test_what_cannot_be_pickled_is_named(make: Any, culprit: str, limits: Any) -> None:
    options, told = CULPRITS[culprit]
    search, fit = search_of(make, {**options, **limits})
    search.best_index_ = 7  # of an earlier fit
    with pytest.raises(PicklingError, match=f"{told}.*cannot be pickled: TypeError.*n_jobs=1"):
        search.fit(**fit)
    assert search.best_index_ == 7


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_a_lambda_goes_where_the_backend_takes_it(backend: str) -> None:
    search, fit = search_of(grid, {"scoring": lambda *_: 0.5, "n_jobs": 2})
    refused = "scoring, <function .*cannot be pickled"
    with parallel_config(backend):
        if backend == "multiprocessing":
            with pytest.raises(PicklingError, match=refused):
                search.fit(**fit)
        else:
            with pytest.raises(AssertionError, match="a pool is opened"):
                search.fit(**fit)


@pytest.mark.filterwarnings("ignore:.*cannot be copied for each thread")
@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("culprit", CULPRITS)
def test_in_this_process_there_is_nothing_to_send(
    culprit: str, threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    search, fit = search_of(grid, {**CULPRITS[culprit][0], "n_jobs": 1 + threads})
    with parallel_config("threading") if threads else nullcontext():
        search.fit(**fit)
    assert search.best_score_ > 0.2


def test_numbers_are_not_pickled_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    write = sending._Nowhere.write
    monkeypatch.setattr(
        sending._Nowhere, "write", lambda self, data: written.append(len(data)) or write(self, data)
    )
    many = np.zeros((20, 10**5))
    search, _ = search_of(grid, {"estimator": Notes(other=many), "n_jobs": 2})
    with pytest.raises(AssertionError, match="a pool is opened"):
        search.fit(many, y, notes=many)
    assert 0 < sum(written) < 10**4


def test_what_takes_no_part_is_not_looked_at() -> None:
    """A candidate's own values fail alone, and what the search itself has stays here."""
    search, fit = search_of(grid, {"n_jobs": 2})
    search.set_params(param_grid={"other": [OPEN, 1]})
    search.opened = OPEN
    with pytest.raises(AssertionError, match="a pool is opened"):
        search.fit(**fit)


class Unread:
    """Can be pickled, and not be read."""

    def __reduce__(self) -> Any:
        return is_not_here, ()


def is_not_here() -> None:
    raise OSError("it is not on this machine")


class Tells(Here):
    """A worker that tells of what is raised, as one elsewhere does."""

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        bundle = self._waiting[0]
        try:
            return super().wait(timeout)
        except PicklingError as exc:
            return [BundleReport(bundle, (), "raised", exc)]


@pytest.mark.parametrize(
    ("options", "culprit"),
    [
        ({"estimator": Counting(value=Unread())}, "estimator's value|value"),
        ({"estimator": make_pipeline(StandardScaler(), Counting(other=Unread()))}, "other"),
        ({"fit_params": {"notes": Unread()}}, "notes"),
        ({"X": [Unread()] * 30}, "X"),
    ],
    ids=["parameter", "step", "fit parameter", "X"],
)
def test_what_no_worker_can_read_is_named(options: dict[str, Any], culprit: str) -> None:
    first = OSError("a task could not be read")
    with pytest.raises(PicklingError, match=rf"(?s)({culprit}).*it is not on this machine") as told:
        sending.check_is_read(problem(**options), Tells(), first)
    assert told.value.__cause__ is first


def test_where_all_can_be_read_nothing_is_said() -> None:
    sending.check_is_read(problem(), Tells(), OSError())
    sending.check_is_read(None, Tells(), OSError())
