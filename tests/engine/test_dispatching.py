"""Workers: handing out, leaving early, letting go."""

from __future__ import annotations

import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joblib import effective_n_jobs, parallel_config
from joblib.parallel import register_parallel_backend

from sktune import GridSearch
from sktune.engine import Dispatcher, n_ahead
from sktune.engine.executors import BundleReport, Terms, Workers
from sktune.engine.executors.here import Here
from sktune.evaluation import Bundle, Task
from sktune.evaluation.limits import GRACE
from sktune.policies import Deadline
from sktune.trials import Outcome
from tests.helpers.engine import WithoutGenerators, dispatching, doubled
from tests.helpers.estimators import Counting


def bundles(n: int, drawn: list[int]) -> Iterator[Bundle]:
    for i in range(n):
        drawn.append(i)
        yield Bundle(0, (i, i), (Task(i, 0, {}),))


def test_leaving_early_hands_out_no_more() -> None:
    drawn: list[int] = []
    with dispatching(2) as dispatcher:
        list(dispatcher.run(doubled, bundles(4, [])))  # the workers have started
        results = dispatcher.run(doubled, bundles(5000, drawn))
        next(results)
        results.close()
    assert len(drawn) < 5000


def takes_long(bundle: Bundle) -> list[Outcome]:
    time.sleep(0.6)
    return doubled(bundle)


def test_cancelling_what_takes_long_is_silent() -> None:
    with warnings.catch_warnings(record=True) as caught, dispatching(2) as dispatcher:
        warnings.simplefilter("always")
        results = dispatcher.run(takes_long, bundles(20, []))
        next(results)
        results.close()
    assert not caught


def test_threads_are_released() -> None:
    before = set(threading.enumerate())
    with parallel_config("threading", n_jobs=2), dispatching(None) as dispatcher:
        assert len(list(dispatcher.run(doubled, bundles(9, [])))) == 9
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(1.0)
    assert not [thread for thread in left if thread.is_alive()]
    del dispatcher


def test_the_number_of_workers_is_joblibs() -> None:
    assert dispatching(-1, 1).workers.count == effective_n_jobs(-1)
    assert dispatching(None, 1).workers.count == 1
    with parallel_config("threading", n_jobs=3):
        assert dispatching(None, 1).workers.count == 3


def leaves_a_file(bundle: Bundle) -> list[Outcome]:
    time.sleep(0.05)
    Path(bundle.tasks[0].params["file"]).touch()
    return doubled(bundle)


def test_what_takes_little_time_is_waited_for(tmp_path: Path) -> None:
    drawn: list[int] = []

    def leaving() -> Iterator[Bundle]:
        for i in range(500):
            drawn.append(i)
            yield Bundle(0, (i, i), (Task(i, 0, {"file": str(tmp_path / str(i))}),))

    with dispatching(2) as dispatcher:
        list(dispatcher.run(doubled, bundles(4, [])))  # the workers have started
        results = dispatcher.run(leaves_a_file, leaving())
        for _ in range(20):  # enough to know how long one takes
            next(results)
        results.close()
        # one may have been drawn, but not handed out
        assert len(list(tmp_path.iterdir())) in (len(drawn), len(drawn) - 1)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_executor_gives_every_outcome_once(n_jobs: int) -> None:
    bundles = [Bundle(0, (i, i), (Task(i, 0, {}),)) for i in range(20)]
    with dispatching(n_jobs) as dispatcher:
        for _ in range(2):  # the pool is used again
            outcomes = [o.trial for result in dispatcher.run(doubled, bundles) for o in result]
            assert sorted(outcomes) == list(range(20))


def test_leaving_early_is_silent() -> None:
    bundles = [Bundle(0, (i, i), (Task(i, 0, {}),)) for i in range(20)]
    with warnings.catch_warnings(), dispatching(2) as dispatcher:
        warnings.simplefilter("error")
        results = dispatcher.run(doubled, bundles)
        next(results)
        results.close()
        assert sum(1 for _ in dispatcher.run(doubled, bundles)) == 20


def test_a_backend_without_generators(iris: Any) -> None:
    register_parallel_backend("without-generators", WithoutGenerators)
    with parallel_config("without-generators", n_jobs=2):
        search = GridSearch(Counting(), {"value": [1, 2, 3]}).fit(*iris)
    assert list(search.cv_results_["status"]) == ["ok"] * 3


def test_what_is_in_flight_is_bounded(tmp_path: Any, iris: Any) -> None:
    """With pre_dispatch=1 the second of two workers never gets anything."""
    running = Running()
    with parallel_config("threading", n_jobs=2):
        for pre_dispatch, most in ((1, 1), (2, 2)):
            running.most = 0
            GridSearch(
                Watched(running), {"value": list(range(6))}, pre_dispatch=pre_dispatch, refit=False
            ).fit(*iris)
            assert running.most == most


class Running:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0

    def __enter__(self) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.now -= 1

    def __deepcopy__(self, memo: Any) -> Running:
        return self


class Watched(Counting):
    def __init__(self, running: Any = None, value: Any = None) -> None:
        self.running = running
        self.value = value

    @property
    def folder(self) -> str:
        return ""

    def fit(self, X: Any, y: Any) -> Any:
        with self.running:
            threading.Event().wait(0.02)
            return super().fit(X, y)


class _LosesOutcomes(Here):
    """This thread, but some of what came of bundles does not come back the first `times`."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times, self._lost = times, Counter[int]()

    @property
    def workers(self) -> Workers:
        return replace(super().workers, where="threads")

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        reports = []
        for report in super().wait(timeout):
            some = []
            for outcome in report.outcomes:
                self._lost[outcome.trial] += 1
                if outcome.trial % 2 and self._lost[outcome.trial] <= self._times:
                    continue
                some.append(outcome)
            reports.append(replace(report, outcomes=some))
        return reports


@pytest.mark.parametrize("times", [1, 2, 100])
def test_what_does_not_come_back_is_tried_again_and_then_told(times: int) -> None:
    """A search never ends as if an outcome had not been asked for."""
    asked = [Bundle(0, (i, i), (Task(i, 0, {}), Task(i + 1, 0, {}))) for i in (0, 2, 4)]
    with Dispatcher(_LosesOutcomes(times)) as dispatcher:
        got = [outcome for some in dispatcher.run(doubled, asked) for outcome in some]
    assert sorted(outcome.trial for outcome in got) == list(range(6))
    failed = {outcome.trial for outcome in got if outcome.failed}
    assert failed == ({1, 3, 5} if times == 100 else set())
    assert all("did not come back" in o.failures[0].reason for o in got if o.failed)


@pytest.mark.parametrize(("seconds", "told"), [(GRACE / 2, []), (None, [1, 3, 5])])
def test_what_is_missing_when_the_time_is_all_but_over_was_not_lost(
    seconds: float | None, told: list[int]
) -> None:
    """By the clock of the worker, which may be ahead, it was over."""
    deadline = None if seconds is None else Deadline(seconds, lambda: 0.0)
    asked = [Bundle(0, (i, i), (Task(i, 0, {}), Task(i + 1, 0, {}))) for i in (0, 2, 4)]
    with Dispatcher(_LosesOutcomes(100), terms=Terms(deadline=deadline)) as dispatcher:
        got = [outcome for some in dispatcher.run(doubled, asked) for outcome in some]
    assert [outcome.trial for outcome in got if outcome.failed] == told
    assert deadline is None or deadline.over


class _ManyAtOnce(Here):
    """Two workers, who report whatever has come at once."""

    def __init__(self) -> None:
        super().__init__()
        self.submitted: list[int] = []

    @property
    def workers(self) -> Workers:
        return Workers(2, "processes")

    def submit(self, bundles: Sequence[Bundle]) -> None:
        self.submitted += [bundle.tasks[0].trial for bundle in bundles]
        super().submit(bundles)

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        wait = super().wait
        return [report for _ in range(len(self._waiting)) for report in wait(timeout)]


def test_who_is_free_has_work_again_before_the_next_report_is_taken_in() -> None:
    executor = _ManyAtOnce()
    with Dispatcher(executor, 2) as dispatcher:
        results = dispatcher.run(doubled, bundles(4, []))
        assert [outcome.trial for outcome in next(results)] == [0]
        assert executor.submitted == [0, 1]
        assert [outcome.trial for outcome in next(results)] == [1]
        assert executor.submitted == [0, 1, 2]
        assert sorted(o.trial for some in results for o in some) == [2, 3]


class _ReportsTwice(_ManyAtOnce):
    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        return [report for once in super().wait(timeout) for report in (once, once)]


def test_what_is_reported_again_is_passed_over() -> None:
    with Dispatcher(_ReportsTwice(), 2) as dispatcher:
        got = [o.trial for some in dispatcher.run(doubled, bundles(4, [])) for o in some]
    assert got == [0, 1, 2, 3]


class _BeginsNothing(_ManyAtOnce):
    """Workers of which each dies before it begins."""

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        lost = BundleReport(self._waiting.popleft(), (), "lost", OSError("no worker"), begun={})
        return [lost]


def test_where_no_worker_can_begin_the_search_ends_with_the_reason() -> None:
    with Dispatcher(_BeginsNothing(), 2) as dispatcher, pytest.raises(OSError, match="no worker"):
        list(dispatcher.run(doubled, bundles(9, [])))


@pytest.mark.parametrize("pre_dispatch", ["2*", "0*n_jobs", "two", 0, -1, "n_jobs/9", "1/0"])
def test_what_would_hand_out_nothing_is_refused(pre_dispatch: int | str) -> None:
    with pytest.raises(ValueError, match=r"pre_dispatch=.*pass at least 1, or an expression"):
        n_ahead(pre_dispatch, 2)
    assert n_ahead("2*n_jobs", 2) == 4
