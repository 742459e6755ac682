"""What workers of other hosts tell is taken in once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune.engine.executors.dask_cluster import DaskCluster
from sktune.engine.executors.remote import Load, Told, of_one_home
from sktune.evaluation import Bundle, Task
from sktune.evaluation.tasks import CommonWork
from sktune.trials import Outcome

ROWS = np.arange(2), np.arange(2)


def stream(bundles: list[Bundle], often: int) -> Iterator[Told]:
    """Tell of all outcomes, so many at a time."""
    for number, bundle in enumerate(bundles):
        outcomes = [Outcome(task.trial, task.split, {}) for task in bundle.tasks]
        for before in range(0, len(outcomes), often):
            some = outcomes[before : before + often]
            is_last = before + often >= len(outcomes)
            yield Told(number, before, some, "done" if is_last else "under way")


@given(st.data())
def test_what_is_begun_anew_is_told_of_once(data: Any) -> None:
    sizes = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    bundles = [
        Bundle(n, ROWS, tuple(Task(trial, n, {}) for trial in range(size)))
        for n, size in enumerate(sizes)
    ]
    first, second = (data.draw(st.integers(1, 5)) for _ in range(2))
    told = list(stream(bundles, first))
    heard = told[: data.draw(st.integers(0, len(told)))]
    load = Load(deque(bundles))
    reports = [one for message in heard for one in load.take(message)]
    known = sum(len(one.outcomes) for one in reports)
    assert len(load.tasks) == sum(sizes) - known
    reports += [one for message in stream(bundles, second) for one in load.take(message)]
    outcomes = [(one.trial, one.split) for report in reports for one in report.outcomes]
    assert outcomes == [(task.trial, task.split) for one in bundles for task in one.tasks]
    assert [one.bundle for one in reports if one.state == "done"] == bundles
    assert not load.left


def test_what_was_under_way_is_known_as_far_as_it_was_told() -> None:
    bundles = [Bundle(n, ROWS, (Task(0, n, {}), Task(1, n, {}))) for n in range(2)]
    error = RuntimeError("gone")

    def begun(n_heard: int, *, lags: bool, exact: bool) -> list[Any]:
        load = Load(deque(bundles), lags=lags)
        for message in [Told(), *stream(bundles, 1)][:n_heard]:
            load.take(message)
        reports = load.over("lost", error, exact=exact)
        return [one.begun if one.begun is None else set(one.begun) for one in reports]

    assert begun(0, lags=True, exact=False) == [None, None]
    assert begun(0, lags=True, exact=True) == [set(), set()]
    # the first may be done, if the second keeps its worker from telling
    assert begun(1, lags=True, exact=True) == [{(0, 0), (1, 0)}] * 2
    assert begun(2, lags=True, exact=True) == [{(1, 0), (0, 1)}] * 2
    assert begun(2, lags=False, exact=False) == [None, set()]
    assert begun(2, lags=True, exact=False) == [None, None]
    assert begun(4, lags=True, exact=False) == [{(1, 1)}]


def test_what_a_worker_imports_first_is_no_part_of_a_tasks_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("sktune.engine.executors.remote.time.monotonic", lambda: now[0])
    load = Load(deque([Bundle(0, ROWS, (Task(0, 0, {}),))]), lags=False)
    load.take(Told(ready=False))
    now[0] = 9.0
    assert not load.is_late(1.0)
    (report,) = load.over("lost", RuntimeError("gone"), exact=True)
    assert report.begun == {(0, 0): 0.0}
    load.take(Told())
    now[0] = 10.2
    assert not load.is_late(1.0)
    now[0] = 10.5
    assert load.is_late(1.0)
    (report,) = load.over("lost", RuntimeError("gone"), exact=True)
    assert report.begun == {(0, 0): 1.5}
    load = Load(deque([Bundle(0, ROWS, (Task(0, 0, {}), Task(1, 0, {})))]), lags=False)
    load.take(Told())
    now[0] = 20.0
    assert load.is_late(1.0)
    (report,) = load.over("lost", RuntimeError("gone"), exact=True)
    assert report.begun == {(0, 0): 0.0, (1, 0): 0.0}  # which of them is tried alone


def common(split: int) -> Bundle:
    shared = CommonWork({}, common=frozenset({0}))
    return Bundle(split, ROWS, (Task(0, split, {}),), shared)


def test_a_worker_that_never_answers_keeps_nobody_waiting() -> None:
    """It may be at a fit that holds the interpreter, while others come and go."""
    over = threading.Event()

    class Client:
        status = "running"

        def nthreads(self) -> dict[str, int]:
            return {"one": 1, "two": 2}

        def run(self, *_: Any, **__: Any) -> dict[str, str]:
            over.wait()
            return {"one": "here", "gone": "there"}

    cluster, found = DaskCluster(Client()), []
    looking = threading.Thread(target=lambda: found.append(cluster.workers.count), daemon=True)
    looking.start()
    looking.join(20)
    assert found == [3]
    assert cluster.hosts == {}
    over.set()
    while not cluster.hosts:
        time.sleep(0.001)
    assert cluster.hosts == {"here": ["one"]}


@pytest.mark.parametrize("error", [OSError("gone"), KeyError("tcp://gone")], ids=repr)
def test_a_worker_that_is_lost_while_it_is_sent_data_costs_another_try(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask's scheduler says so by a KeyError, if the data had come to the worker before."""
    monkeypatch.setattr("sktune.engine.executors.dask_cluster._FRESH", 0.0)
    errors = [error]

    class Client:
        status = "running"

        def scatter(self, values: list[str], **_: Any) -> list[str]:
            if errors:
                raise errors.pop()
            return values

    assert DaskCluster(Client()).data("data") == "data"
    assert not errors


def test_what_was_sent_together_is_cut_by_its_homes() -> None:
    alone = [Bundle(split, ROWS, (Task(0, split, {}),)) for split in range(2)]
    first, second, again = common(0), common(1), common(0)
    assert of_one_home([first, alone[0], second, alone[1], again]) == [
        [first, again],
        alone,
        [second],
    ]
    assert of_one_home([]) == []
