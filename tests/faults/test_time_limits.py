"""A fit that takes too long is ended, and nothing else is."""

from __future__ import annotations

import signal
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from sktune import register_path
from sktune.evaluation.limits import Limits, TimeIsUpError, within
from sktune.paths.registry import registered
from tests.helpers.harmed_searches import assert_few_fits, assert_right, fitted, search_of
from tests.helpers.harming import (
    HARMS,
    N_SPLITS,
    Harming,
    HarmingStep,
    Waiting,
    X,
    expected,
    linger,
    split_of,
    y,
)
from tests.helpers.searches import Make, bayes, every_search, grid, random

in_pairs = pytest.mark.parametrize(
    ("make", "n_jobs", "late"),
    [(grid, 1, True), (grid, 2, False), (random, 1, False), (bayes, 2, True)],
)
GIB = 2**30
LIMIT = 1.0


def check(make: Make, values: list[Any], folder: Path, **options: Any) -> float:
    """Search; return how many seconds it took."""
    search = search_of(make, values, folder, **{"fit_timeout": LIMIT, **options})
    start = time.monotonic()
    search, told = fitted(search)
    assert_right(search.cv_results_, values, told)
    assert_few_fits(folder, values)
    return time.monotonic() - start


@pytest.mark.parametrize(
    "backend", ["loky", pytest.param("multiprocessing", marks=pytest.mark.slow)]
)
def test_what_takes_too_long_or_too_much_is_ended_alone(
    backend: str, ends: None, tmp_path: Path
) -> None:
    values = [0, "sleep@0", 1, "c@1", 2, "array@2", 3]
    with parallel_config(backend):
        check(grid, values, tmp_path, n_jobs=2, memory_limit=2 * GIB)


@pytest.mark.slow
@in_pairs
def test_whatever_a_fit_does_it_is_ended(
    make: Make, n_jobs: int, late: bool, ends: None, tmp_path: Path
) -> None:
    harms = ["sleep", "busy", "swallow", "swallow once", "mask", "c", "regex"]
    # late: in the scorer, which predicts
    values = [v for harm in harms for v in (f"{harm}@1", len(harm) / 8)]
    values = list(dict.fromkeys(values))
    estimator = Harming(str(tmp_path), late=late)
    check(make, values, tmp_path, n_jobs=n_jobs, estimator=estimator)


@pytest.mark.slow
def test_it_is_ended_within_a_second(ends: None, tmp_path: Path) -> None:
    """Its worker's end included, and a new one's beginning not."""
    for value in ("sleep", "busy", "c", "mask"):
        # nothing comes after it
        search = search_of(grid, [value], tmp_path, fit_timeout=3.0, cv=[(np.arange(2, 12), [0])])
        begun = time.time()
        with pytest.raises(ValueError, match="TimeoutError"):
            fitted(search)
        assert search.cv_results_["mean_fit_time"] <= 4.0
        assert time.time() - begun < 30


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_slow_scorer_is_ended(n_jobs: int, ends: None, tmp_path: Path) -> None:
    values = [0, "busy", 1]
    estimator = Passive(str(tmp_path))
    check(grid, values, tmp_path, n_jobs=n_jobs, estimator=estimator, scoring=linger)


class Passive(Harming):
    """Does no harm itself."""

    def fit(self, X: Any, y: Any) -> Passive:
        self.split_ = split_of(X)
        self.note("fit", self.value, self.split_)
        self.classes_ = np.unique(y)
        return self


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["sleep", "c"])
def test_a_slow_step_costs_those_that_have_it(harm: str, ends: None, tmp_path: Path) -> None:
    pipeline = Pipeline([("first", HarmingStep(str(tmp_path))), ("last", Harming(str(tmp_path)))])
    space = {"first__value": [10, harm, 11], "last__value": [0, 1]}
    search, _ = fitted(
        grid(
            pipeline, space, scoring=last_score, cv=N_SPLITS, refit=False, n_jobs=2,
            fit_timeout=LIMIT,
        )
    )  # fmt: skip
    assert list(search.cv_results_["status"]) == ["ok"] * 2 + ["timeout"] * 2 + ["ok"] * 2


def last_score(pipeline: Any, X: Any, y: Any) -> float:
    pipeline.predict(X)
    return expected(pipeline[-1].value, pipeline[-1].split_)


class SlowWhenLarge(RandomForestClassifier):
    """Of a family that derives the smaller from the largest."""

    hard = False

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SlowWhenLarge:
        if self.n_estimators >= 8:
            HARMS["c" if self.hard else "sleep"]()
        super().fit(X, y, sample_weight)
        return self


class HardWhenLarge(SlowWhenLarge):
    hard = True


for kind in (SlowWhenLarge, HardWhenLarge):  # a class of one's own has no family by itself
    register_path(kind, registered(RandomForestClassifier()))


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "n_jobs"), [(SlowWhenLarge, 1), (HardWhenLarge, 2)])
def test_a_member_is_not_ended_with_the_fit_it_would_be_taken_from(
    estimator: Any, n_jobs: int, ends: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    forest = estimator(random_state=0)
    search, _ = fitted(
        grid(forest, {"n_estimators": [2, 4, 8]}, cv=N_SPLITS, refit=False, n_jobs=n_jobs,
             fit_timeout=LIMIT)
    )  # fmt: skip
    assert list(search.cv_results_["status"]) == ["ok", "ok", "timeout"]


@pytest.mark.slow
def test_threads_are_told_when_they_have_ended(ends: None, tmp_path: Path) -> None:
    """Nothing can end a thread: it is best effort."""
    with parallel_config("threading", n_jobs=2):
        search = search_of(
            grid, [0.0, 1.5], estimator=Waiting(str(tmp_path)), n_jobs=None, fit_timeout=LIMIT
        )
        search, _ = fitted(search)
    assert list(search.cv_results_["status"]) == ["ok", "timeout"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_within_workers_of_others_an_alarm_ends_it(backend: str, ends: None) -> None:
    search = search_of(grid, [0.0, 60.0], estimator=Waiting(), fit_timeout=LIMIT, refit=True)
    with parallel_config(backend, n_jobs=2), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # workers have the same filters
        scores = cross_val_score(
            search, X, y, cv=[(np.arange(12), np.arange(4))] * 2, scoring=of_best,
            error_score="raise",
        )  # fmt: skip
    assert list(scores) == [0.0, 0.0]


def of_best(search: Any, X: Any, y: Any) -> float:
    assert list(search.cv_results_["status"]) == ["ok", "timeout"]
    return float(search.best_params_["value"])


@pytest.mark.slow
def test_a_pool_that_would_not_hear_of_it_is_not_ended(ends: None, tmp_path: Path) -> None:
    """multiprocessing waits for ever for a worker that has died."""
    with parallel_config("multiprocessing", n_jobs=2):
        search = search_of(
            grid, [0, "stubborn"], estimator=Stubborn(str(tmp_path)), n_jobs=None,
            fit_timeout=LIMIT,
        )  # fmt: skip
        search, _ = fitted(search)
    assert list(search.cv_results_["status"]) == ["ok", "timeout"]


class Stubborn(Passive):
    """Takes three seconds whatever happens."""

    def fit(self, X: Any, y: Any) -> Stubborn:
        end = time.monotonic() + (3 if self.value == "stubborn" else 0)
        while time.monotonic() < end:
            with suppress(BaseException):
                time.sleep(0.1)
        super().fit(X, y)
        return self


@pytest.mark.slow
def test_the_refit_has_no_limit(ends: None) -> None:
    X_all, y_all = np.vstack([X, X]), np.concatenate([y, y])
    search = grid(SlowOnAll(), {"value": [0, 1]}, cv=2, fit_timeout=LIMIT, scoring=constant)
    search.fit(X_all, y_all)
    assert search.refit_time_ > LIMIT


class SlowOnAll(Harming):
    def fit(self, X: Any, y: Any) -> SlowOnAll:
        if len(X) == 24:
            time.sleep(1.5 * LIMIT)
        self.classes_ = np.unique(y)
        return self


def constant(estimator: Any, X: Any, y: Any) -> float:
    return 1.0


@pytest.mark.slow
@in_pairs
def test_what_takes_too_much_memory_fails_alone(
    make: Make, n_jobs: int, late: bool, ends: None, tmp_path: Path
) -> None:
    values = [0, "array", 1, "lists@1", 2]
    search = search_of(
        make, values, estimator=Harming(str(tmp_path), late=late), n_jobs=n_jobs,
        memory_limit=GIB,
    )  # fmt: skip
    search, told = fitted(search)
    assert_right(search.cv_results_, values, told)
    assert_few_fits(tmp_path, values)
    assert told.count("MemoryError") >= 2


@pytest.mark.slow
def test_a_step_that_takes_too_much_memory_costs_those_that_have_it(ends: None) -> None:
    pipeline = Pipeline([("first", HarmingStep()), ("last", Harming())])
    space = {"first__value": [10, "array", 11], "last__value": [0, 1]}
    search, told = fitted(
        grid(
            pipeline, space, scoring=last_score, cv=N_SPLITS, refit=False, n_jobs=2,
            memory_limit=GIB,
        )
    )  # fmt: skip
    assert list(search.cv_results_["status"]) == ["ok"] * 2 + ["failed"] * 2 + ["ok"] * 2
    assert "MemoryError" in told


# in this process


@every_search
@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), "1", True, np.array([1.0])])
def test_limits_of_time_that_are_none_are_refused(make: Make, bad: Any) -> None:
    with pytest.raises(ValueError, match="fit_timeout="):
        search_of(make, [0], fit_timeout=bad).fit(X, y)


@every_search
@pytest.mark.parametrize("bad", [0, -1, 1.5, float("nan"), "1GB", True])
def test_limits_of_memory_that_are_none_are_refused(make: Make, bad: Any) -> None:
    with pytest.raises(ValueError, match="memory_limit="):
        search_of(make, [0], memory_limit=bad).fit(X, y)


@pytest.mark.parametrize("seconds", [1e6, 1e300, 10**40])
def test_a_limit_that_is_never_reached_does_no_harm(seconds: float) -> None:
    with within(Limits(seconds, 10**40), owned=True):
        pass


def handler(*_: Any) -> None:
    raise AssertionError("the user's alarm has gone off")


@pytest.fixture
def alarm() -> Any:
    """An alarm of the user's, an hour from now, each minute."""
    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 3600, 60)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def assert_alarm_is_as_before() -> None:
    assert signal.getsignal(signal.SIGALRM) is handler
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert 3000 < left < 3600
    assert interval == 60


def test_the_users_alarm_is_put_back(alarm: None) -> None:
    with within(Limits(60.0), owned=False):
        assert signal.getsignal(signal.SIGALRM) is not handler
    assert_alarm_is_as_before()
    with pytest.raises(TimeIsUpError), within(Limits(0.05), owned=False):
        time.sleep(10)
    assert_alarm_is_as_before()


def test_the_users_alarm_is_as_before_where_fits_ran_here(alarm: None, tmp_path: Path) -> None:
    """A search that is nested has no process of its own for a fit."""
    with parallel_config("threading", n_jobs=1):
        search = search_of(
            grid, [0.0, 60.0], estimator=Waiting(str(tmp_path)), fit_timeout=0.2, n_jobs=None
        )
        search, _ = fitted(search)
    assert list(search.cv_results_["status"]) == ["ok", "timeout"]
    assert_alarm_is_as_before()


def test_an_alarm_of_the_users_that_is_due_meanwhile_goes_off_after() -> None:
    rung = threading.Event()
    before = signal.signal(signal.SIGALRM, lambda *_: rung.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with within(Limits(60.0), owned=False):
            time.sleep(0.1)
            assert not rung.is_set()
        time.sleep(0.05)
        assert rung.wait(5)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_an_alarm_that_is_swallowed_is_told_all_the_same() -> None:
    with (
        pytest.raises(TimeIsUpError),
        within(Limits(0.05), owned=False),
        suppress(BaseException),
    ):
        time.sleep(10)


def test_in_a_thread_it_is_told_in_the_end() -> None:
    told = []

    def work() -> None:
        try:
            with within(Limits(0.05), owned=False):
                time.sleep(0.1)
        except TimeIsUpError:
            told.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert told == [True]


def test_memory_is_as_before_afterwards() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    with within(Limits(None, 64 * GIB), owned=True):
        assert resource.getrlimit(resource.RLIMIT_DATA)[0] == 64 * GIB
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    with within(Limits(None, 1), owned=False):  # somebody else's process
        assert resource.getrlimit(resource.RLIMIT_DATA) == before
