"""A queue of calls that a thread of its own works off."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_MOST = 20_000
"""Calls that wait; what comes when there are as many is missed."""

_IN_A_ROW = 3
"""Calls that fail one after the other, after which no more are tried."""

_IDLE = 1.0
"""Seconds after which a thread ends that has nothing to do; the next call begins another."""


class Sender:
    """A thread that makes calls one after the other, whatever becomes of each.

    Parameters
    ----------
    name : str
        Of the thread.
    at_rest : callable
        Is called, in the thread, when there has been nothing to do for a while.
    most : int
        Calls that may wait.

    Attributes
    ----------
    seconds : float
        How long the calls have taken.
    n_missed : int
        Calls that have failed, were not tried, or found no room.
    trouble : BaseException or None
        The first that a call has raised.
    given_up : bool
        Whether no more calls are made.
    """

    def __init__(
        self, name: str, at_rest: Callable[[], object] = lambda: None, most: int = _MOST
    ) -> None:
        self.seconds = 0.0
        self.n_missed = 0
        self.trouble: BaseException | None = None
        self.given_up = False
        self._at_rest = at_rest
        self._most = most
        self._calls: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._busy = self._runs = False
        self._in_a_row = 0
        self._name = name

    def put(self, call: Callable[[], object]) -> None:
        """Have a call made; never waits."""
        with self._changed:
            if self.given_up or len(self._calls) >= self._most:
                self.n_missed += 1
                return
            self._calls.append(call)
            self._changed.notify_all()
            if not self._runs:
                self._runs = True
                # a daemon: a store that hangs must not keep the process from ending
                threading.Thread(target=self._work, name=self._name, daemon=True).start()

    @property
    def n_left(self) -> int:
        """Calls that are waited for."""
        return len(self._calls) + self._busy

    def wait(self, seconds: float) -> bool:
        """Wait for all calls, so long at most; return whether they have been made."""
        with self._changed:
            most = min(seconds, threading.TIMEOUT_MAX)
            return self._changed.wait_for(lambda: not self.n_left, most)

    def pause(self, end: threading.Event, seconds: float) -> None:
        """Wait within a call, so long at most; that is none of the time that calls take."""
        began = time.perf_counter()
        end.wait(seconds)
        self.seconds -= time.perf_counter() - began

    def give_up(self, trouble: BaseException | None = None) -> None:
        """Make no more calls; whoever sees that it is so sees why."""
        with self._changed:
            self.trouble = self.trouble or trouble
            self.given_up = True
            self.n_missed += len(self._calls)
            self._calls.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._calls, _IDLE)
                if not self._calls:
                    self._runs = False
                    self._at_rest()
                    return
                call, self._busy = self._calls.popleft(), True
            began = time.perf_counter()
            try:
                call()
                self._in_a_row = 0
            except Exception as exc:  # noqa: BLE001 - whatever a store does, the search goes on
                self._failed(exc)
            finally:
                self.seconds += time.perf_counter() - began

    def _failed(self, exc: Exception) -> None:
        with self._changed:
            self.trouble = self.trouble or exc
            self.n_missed += 1
            self._in_a_row += 1
        if self._in_a_row >= _IN_A_ROW:
            self.give_up()
