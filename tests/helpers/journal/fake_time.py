"""A clock that stands, and timers that go off when a test says so."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sktune.journal import disk, journal


class FakeTime:
    """Stands in for ``time.monotonic`` and for the module ``threading`` of the journal.

    Attributes
    ----------
    now : float
        Seconds.
    timers : list of FakeTimer
        Those that were started and neither cancelled nor gone off.
    """

    RLock = staticmethod(threading.RLock)

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[FakeTimer] = []
        self._firing: Any = None

    def __call__(self) -> float:
        return self.now

    def Timer(self, wait: float, call: Callable[[], None]) -> FakeTimer:
        return FakeTimer(self, self.now + wait, call)

    def current_thread(self) -> Any:
        return self._firing or threading.current_thread()

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and let go off what is due meanwhile."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.due <= end]:
            timer = min(due, key=lambda timer: timer.due)
            self.now = max(self.now, timer.due)
            self.fire(timer)
        self.now = end

    def fire(self, timer: FakeTimer) -> None:
        """Let a timer go off, also one that was cancelled too late."""
        timer.cancel()
        self._firing = timer
        try:
            timer.call()
        finally:
            self._firing = None


class FakeTimer:
    def __init__(self, time: FakeTime, due: float, call: Callable[[], None]) -> None:
        self.time = time
        self.due = due
        self.call = call
        self.daemon = False

    def start(self) -> None:
        assert self.daemon, "a process does not wait for a timer to end"
        self.time.timers.append(self)

    def cancel(self) -> None:
        if self in self.time.timers:
            self.time.timers.remove(self)


def in_fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Have the journal live in a time of its own."""
    time = FakeTime()
    monkeypatch.setattr(disk, "threading", time)
    monkeypatch.setattr(journal, "Writer", functools.partial(disk.Writer, clock=time))
    return time
