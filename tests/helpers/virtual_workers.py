"""Workers on a clock of their own, on which work takes what it is said to take."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Sequence
from functools import wraps
from itertools import count
from typing import Any

import pytest

from sktune.engine.executors import BundleReport, Evaluate, Executor, Workers
from sktune.evaluation import Bundle

OVERHEAD = 1e-4
"""Seconds of a task, beside its work."""


class Clock:
    """Seconds that pass when work is done."""

    def __init__(self) -> None:
        self.now = 1000.0

    def work(self, patch: pytest.MonkeyPatch, owner: Any, name: str, seconds: Any) -> None:
        """Have a function take so many seconds, or what a function of its result says."""
        plain = getattr(owner, name)

        @wraps(plain)
        def timed(*args: Any, **kwargs: Any) -> Any:
            found = plain(*args, **kwargs)
            self.now += seconds(found) if callable(seconds) else seconds
            return found

        patch.setattr(owner, name, timed)


class VirtualWorkers(Executor):
    """Workers of one process; each outcome is reported when it comes, or `together`."""

    def __init__(
        self, n_workers: int, clock: Clock, where: Any = "processes", *, together: bool = False
    ) -> None:
        self._together = together
        self._workers = Workers(n_workers, "here" if n_workers == 1 else where)
        self._clock = clock
        self._free = [clock.now] * n_workers
        self._waiting: deque[Bundle] = deque()
        self._events: list[tuple[float, int, BundleReport]] = []
        self._numbers = count()

    @property
    def workers(self) -> Workers:
        return self._workers

    def hold(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate

    def submit(self, bundles: Sequence[Bundle]) -> None:
        self._waiting += bundles

    def wait(self, timeout: float | None = None) -> Sequence[BundleReport]:
        now = self._clock.now
        while self._waiting and self._free:
            self._clock.now = max(heapq.heappop(self._free), now)
            bundle = self._waiting.popleft()
            outcomes = []
            for outcome in self._evaluate(bundle):
                self._clock.now += OVERHEAD
                outcomes.append(outcome)
                if not self._together:
                    self._come(BundleReport(bundle, (outcome,), "under way"))
            self._come(BundleReport(bundle, tuple(outcomes) if self._together else ()))
        if not self._events:
            return ()
        self._clock.now, _, report = heapq.heappop(self._events)
        if report.state == "done":
            heapq.heappush(self._free, self._clock.now)
        return (report,)

    def _come(self, report: BundleReport) -> None:
        heapq.heappush(self._events, (self._clock.now, next(self._numbers), report))

    def cancel(self) -> None:
        self._waiting.clear()
        self._events.clear()


def virtual(
    patch: pytest.MonkeyPatch, n_workers: int, where: Any = "processes", *, together: bool = False
) -> Clock:
    """Have searches run on such workers; return their clock."""
    clock = Clock()
    executor = VirtualWorkers(n_workers, clock, where, together=together)
    make = lambda *_: executor  # noqa: E731 - of whatever was passed
    patch.setattr("sktune.searches.setup.executor_for", make)
    patch.setattr(time, "time", lambda: clock.now)
    return clock
