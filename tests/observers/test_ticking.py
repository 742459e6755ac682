"""The clock of progress goes on during a long fit, and nothing of that outlives the search."""

from __future__ import annotations

import gc
import io
import pickle
import sys
import threading
import time
import types
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin

from sktune import GridSearch, LiveView
from sktune.events import SearchInfo
from sktune.observers import Progress, screens, ticking
from sktune.observers.screens import View
from sktune.testing.observers import Scripted
from tests.helpers.observers import Adding

X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
PATIENCE = 20.0


def tickers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sktune progress"]


class Screen(screens.Screen):
    """Keeps what it is shown."""

    pause = 0.0

    def __init__(self) -> None:
        self.shown: list[tuple[View, threading.Thread]] = []
        self.more = threading.Condition()

    def show(self, view: View) -> None:
        with self.more:
            self.shown.append((view, threading.current_thread()))
            self.more.notify_all()

    def close(self) -> None:
        pass

    def wait_for(self, n: int) -> bool:
        """Wait for n more views."""
        with self.more:
            n += len(self.shown)
            return self.more.wait_for(lambda: len(self.shown) >= n, PATIENCE)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    found = Screen()
    monkeypatch.setattr("sktune.observers.progress.screen_for", lambda _: found)
    monkeypatch.setattr(ticking, "EVERY", 0.002)
    assert not tickers()
    yield found
    assert not tickers()


class Waits(ClassifierMixin, BaseEstimator):
    """Waits in `fit` until progress was drawn three times."""

    screen: Any = None  # of the class, which is not cloned
    drawn: Any = None

    def __init__(self, value: int = 0, error: Any = None) -> None:
        self.value = value
        self.error = error

    def fit(self, X: Any, y: Any) -> Waits:
        self.drawn.append(self.screen.wait_for(3))
        if self.error is not None:
            raise self.error("no")
        self.classes_ = np.unique(y)
        return self

    def score(self, X: Any, y: Any) -> float:
        return float(self.value)


@pytest.fixture
def waits(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    drawn: list[bool] = []
    monkeypatch.setattr(Waits, "screen", screen)
    monkeypatch.setattr(Waits, "drawn", drawn)
    return drawn


class Watches(Adding):
    """Notes in which threads its hooks are called."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[threading.Thread] = set()

    def split_finished(self, trial: Any, outcome: Any) -> None:
        super().split_finished(trial, outcome)
        self.threads.add(threading.current_thread())


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_it_is_drawn_while_a_fit_runs(n_jobs: int, screen: Screen, waits: list[bool]) -> None:
    clock, watches = iter(range(1000, 10**9)), Watches()
    progress = Progress(clock=lambda: float(next(clock)))
    search = GridSearch(Waits(), {"value": [1, 2]}, cv=2, observers=[progress, watches])
    search.set_params(n_jobs=n_jobs)
    with parallel_config("threading"):
        search.fit(X, y)
    assert waits == [True] * 5  # the refit too
    assert watches.threads == {threading.main_thread()}
    told = [view.counts for view, thread in screen.shown if thread is not threading.main_thread()]
    told = [counts for counts in told if counts]  # while workers start there is nothing to count
    assert len({tuple(counts) for counts in told}) == len(told)  # the time is another each time
    assert {view.phase for view, _ in screen.shown} >= {"searching", "refitting", "completed"}


ENDS: dict[str, dict[str, Any]] = {
    "error": {"error": RuntimeError, "error_score": "raise"},
    "interrupted": {"error": KeyboardInterrupt},
    "timeout": {"timeout": 0.1},
}


@pytest.mark.parametrize("why", ENDS)
def test_it_ends_with_the_search_whatever_ends_that(
    why: str, screen: Screen, waits: list[bool]
) -> None:
    options = dict(ENDS[why])
    estimator = Waits(error=options.pop("error", None))
    values = list(range(200))
    search = GridSearch(estimator, {"value": values}, cv=2, observers=[Progress()], **options)
    with suppress(KeyboardInterrupt, RuntimeError):
        search.fit(X, y)
    assert search.ended_by_ == why
    assert not tickers()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_it_ends_with_a_refit_that_raises(error: Any, screen: Screen, waits: list[bool]) -> None:
    class Raises(Waits):
        def fit(self, X: Any, y: Any) -> Waits:
            self.error = error if len(X) == 20 else None
            return super().fit(X, y)

    search = GridSearch(Raises(), {"value": [1]}, cv=2, observers=[Progress()])
    with pytest.raises(error):
        search.fit(X, y)
    assert not tickers()


def test_it_ends_with_its_observer(screen: Screen) -> None:
    progress = Progress()
    progress.search_started(SearchInfo("", 1, 1))
    (thread,) = tickers()
    assert pickle.loads(pickle.dumps(progress))._screen is None
    del progress
    gc.collect()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_what_cannot_be_drawn_is_not_tried_again(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress()
    progress.search_started(SearchInfo("", 1, 1))
    monkeypatch.setattr(screen, "show", lambda _: 1 / 0)
    (thread,) = tickers()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_a_file_has_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda *_: pytest.fail("a thread was started"))
    GridSearch(Scripted(), {"value": [1, 2]}, cv=2, verbose=1).fit(X, y)
    GridSearch(Scripted(), {"value": [1, 2]}, cv=2, observers=[LiveView()]).fit(X, y)
    Progress(stream=io.StringIO()).search_started(SearchInfo("", 1, 1))


def test_a_live_view_in_a_notebook_goes_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, data: Any, raw: bool) -> None:
            shown.append(data["text/plain"])

    module: Any = types.SimpleNamespace(
        display=lambda *_, **__: Handle(), get_ipython=lambda: types.SimpleNamespace(kernel=1)
    )
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(ticking, "EVERY", 0.002)
    monkeypatch.setattr("sktune.observers.live_view._PAUSE", 0.0)

    class Slow(Scripted):
        def fit(self, X: Any, y: Any) -> Any:
            n, until = len(shown), time.monotonic() + PATIENCE
            while len(shown) < n + 3 and time.monotonic() < until:
                time.sleep(0.001)
            assert len(shown) >= n + 3
            return super().fit(X, y)

    GridSearch(
        Slow(), {"value": [1, 2]}, cv=2, observers=[LiveView()], error_score="raise"
    ).fit(X, y)  # fmt: skip
    assert not tickers()
