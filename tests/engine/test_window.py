"""The window: workers are kept busy, and what is proposed does not depend on them.

Workers are simulated: their clock is virtual, so idle time can be told to the second.
"""

from __future__ import annotations

import heapq
import itertools
import re
import warnings
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from joblib.parallel import register_parallel_backend

from sktune import BayesSearch
from sktune.engine import executor_for
from sktune.engine.executors import BundleReport, Executor, Workers
from sktune.engine.fold_window import warn_of_idle_workers
from sktune.evaluation import Bundle
from sktune.strategies import Bayesian, Strategy
from sktune.trials import Outcome, Trial, Trials
from sktune.types import Params
from tests.helpers.engine import WithoutGenerators, problem, run
from tests.helpers.estimators import Counting, Slow


class Simulated(Executor):
    """Workers with a virtual clock; a task takes what `duration(trial, split)` says."""

    def __init__(self, n_workers: int, duration: Callable[[int, int], float]) -> None:
        self.n_workers = n_workers
        self.busy = self.now = 0.0
        self._duration = duration
        self._running: list[tuple[float, int, BundleReport]] = []
        self._order = itertools.count()

    @property
    def workers(self) -> Workers:
        return Workers(self.n_workers, "processes")

    def hold(self, evaluate: Any) -> None:
        pass

    def submit(self, bundles: Sequence[Bundle]) -> None:
        (bundle,) = bundles
        assert len(self._running) < self.n_workers
        seconds = sum(self._duration(t.trial, t.split) for t in bundle.tasks)
        self.busy += seconds
        outcomes = [
            Outcome(t.trial, t.split, {"score": score_of(t.params)}, fit_time=seconds)
            for t in bundle.tasks
        ]
        report = BundleReport(bundle, outcomes)
        heapq.heappush(self._running, (self.now + seconds, next(self._order), report))

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        self.now, _, report = heapq.heappop(self._running)
        return [report]

    def cancel(self) -> None:
        self._running.clear()

    @property
    def idle(self) -> float:
        return 1 - self.busy / (self.n_workers * self.now)


def score_of(params: Params) -> float:
    return float(-((params.get("x", 0.0) - 0.3) ** 2))


class Counted(Strategy):
    """Proposes numbers; as strict about its window as a strategy can be."""

    def __init__(self, n: int, window: int) -> None:
        self.n = n
        self.window = window

    @property
    def total(self) -> int:
        return self.n

    def propose(self, n: int) -> list[Params]:
        if self.asked >= self.n:
            return []
        assert n == 1
        assert self.told == max(0, self.asked - (self.window or 0) + 1)
        return [{"value": self.asked}]


def tenfold(seed: int, *, by_candidate: bool) -> Callable[[int, int], float]:
    """Durations between 1 and 10 seconds."""

    def duration(trial: int, split: int) -> float:
        entropy = [seed, trial] if by_candidate else [seed, trial, split]
        return float(10 ** np.random.default_rng(entropy).random())

    return duration


@pytest.mark.parametrize("by_candidate", [True, False], ids=["by candidate", "by task"])
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
@pytest.mark.parametrize(
    ("n_workers", "n_points", "n_splits"),
    [(2, 2, 3), (4, 4, 3), (8, 8, 3), (8, 8, 5), (2, 4, 1), (4, 8, 1), (8, 16, 1)],
)
def test_workers_are_busy(
    n_workers: int, n_points: int, n_splits: int, seed: int, by_candidate: bool
) -> None:
    executor = Simulated(n_workers, tenfold(seed, by_candidate=by_candidate))
    trials = Trials(n_splits)
    n = (
        200 if n_splits > 1 else 1000
    )  # long enough for the end, where all search wait, not to count
    run(problem(n_splits), Counted(n, n_points), trials, executor)
    assert len(trials) == n
    assert all(trial.complete for trial in trials)
    assert executor.idle < 0.10


def test_a_barrier_would_be_seen() -> None:
    """The measure can fail: with as many points as workers a single split waits."""
    executor = Simulated(8, tenfold(0, by_candidate=True))
    run(problem(1), Counted(200, 8), Trials(1), executor)
    assert executor.idle > 0.2


@pytest.mark.filterwarnings("ignore:.*workers busy")
@settings(max_examples=20)
@given(
    n_workers=st.integers(1, 6),
    window=st.integers(1, 5),
    n_splits=st.integers(1, 4),
    durations=st.integers(0, 1000),
)
def test_each_candidate_is_proposed_from_exactly_what_is_before_its_window(
    n_workers: int, window: int, n_splits: int, durations: int
) -> None:
    """`Counted` checks it at every candidate."""
    executor = Simulated(n_workers, tenfold(durations, by_candidate=False))
    strategy = Counted(23, window)
    trials = Trials(n_splits)
    run(problem(n_splits), strategy, trials, executor)
    assert strategy.told == len(trials) == 23
    assert [trial.params["value"] for trial in trials] == list(range(23))


@pytest.mark.filterwarnings("ignore:.*workers busy")
@pytest.mark.parametrize("n_points", [1, 4])
def test_the_order_of_finishing_does_not_matter(n_points: int) -> None:
    proposed = []
    for n_workers, seed in [(1, 0), (2, 1), (5, 2), (9, 3)]:
        strategy = Bayesian({"x": (0.0, 1.0)}, 14, n_points=n_points, random_state=0)
        trials = Trials(2)
        executor = Simulated(n_workers, tenfold(seed, by_candidate=False))
        run(problem(2), strategy, trials, executor)
        proposed.append([trial.params for trial in trials])
    assert len(proposed[0]) == 14
    assert all(candidates == proposed[0] for candidates in proposed)


SPACE = [
    {"value": (0.1, 10.0, "log-uniform")},
    {"value": (0.1, 10.0, "log-uniform"), "other": ["a", None, (1, 2)]},
]


def searched(n_jobs: int | None, **options: Any) -> BayesSearch:
    X, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
    search = BayesSearch(
        Counting(), SPACE, n_iter=12, n_points=3, cv=3, random_state=0, n_jobs=n_jobs, **options
    )
    return search.fit(X, y)


def by_value(estimator: Any, X: Any, y: Any) -> float:
    return float(-((np.log(estimator.value) - 1) ** 2) + (estimator.other == "a"))


@pytest.mark.parametrize(
    "kwargs",
    [
        pytest.param(None, id="gp"),
        pytest.param({"base_estimator": "ET"}, id="skopt", marks=pytest.mark.slow),
    ],
)
def test_n_jobs_and_backends_do_not_matter(kwargs: Any) -> None:
    optimizer = "gp" if kwargs is None else "skopt"
    options = {"scoring": by_value, "optimizer": optimizer, "optimizer_kwargs": kwargs}
    register_parallel_backend("without-generators", WithoutGenerators)
    expected = searched(None, **options).cv_results_
    for backend in ("loky", "threading", "without-generators"):
        with parallel_config(backend):
            got = searched(2, **options).cv_results_
        assert got["params"] == expected["params"]
        np.testing.assert_array_equal(got["mean_test_score"], expected["mean_test_score"])


def test_too_few_points_for_the_workers_is_told() -> None:
    X, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
    search = BayesSearch(Counting(), {"value": (0.0, 1.0)}, n_iter=2, cv=2, n_jobs=3)
    with (
        parallel_config("threading"),
        pytest.warns(UserWarning, match="2 of 3 workers busy. Raise n_points to 2"),
    ):
        search.fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_in_a_learning_strategy_ends_the_search(n_jobs: int) -> None:
    class Breaks(Counted):
        def learn(self, trials: Any) -> None:
            if trials[0].number == 2:
                raise RuntimeError("cannot learn")

    trials = Trials(3)
    with pytest.raises(RuntimeError, match="cannot learn"):
        run(problem(), Breaks(50, 2), trials, executor_for(None, n_jobs))
    assert len(trials) <= 6


def test_what_is_handed_out_is_bounded() -> None:
    """No more candidates are begun than the window lets, whatever workers there are."""
    begun: list[tuple[int, int]] = []

    class Watched(Counted):
        def learn(self, trials: Any) -> None:
            begun.append((self.asked, trials[0].number))

    run(
        problem(estimator=Slow()), Watched(8, 3), Trials(3), executor_for(None, 2),
        pre_dispatch="all",
    )  # fmt: skip
    assert [number for _, number in begun] == list(range(8))
    assert all(asked <= number + 3 for asked, number in begun)


def test_a_twin_is_told_without_being_evaluated() -> None:
    class Repeats(Counted):
        def propose(self, n: int) -> list[Params]:
            return [{"value": 1}] if self.asked < self.n else []

        def learn(self, trials: Any) -> None:
            told.extend(trials)

    told: list[Trial] = []
    trials = Trials(2)
    executor = Simulated(3, tenfold(0, by_candidate=True))
    run(problem(2), Repeats(5, 2), trials, executor)
    assert [trial.number for trial in told] == list(range(5))
    assert [trial.duplicate_of for trial in told] == [None, 0, 0, 0, 0]


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 12))
def test_a_warning_names_the_window_that_is_wide_enough(
    window: int, n_splits: int, n_workers: int
) -> None:
    def warned(window: int) -> list[str]:
        setup = SimpleNamespace(strategy=None, racing=None, trials=Trials(n_splits))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warn_of_idle_workers(setup, window, n_workers)  # type: ignore[arg-type] # what it looks at
        return [str(warning.message) for warning in caught]

    said = warned(window)
    assert len(said) == (window * n_splits < n_workers)
    for text in said:
        assert f"keep {window * n_splits} of {n_workers} workers" in text
        enough = int(re.findall(r"\d+", text)[-1])
        assert not warned(enough)
        assert warned(enough - 1)
