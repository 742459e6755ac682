"""A queue of calls that a thread of its own works off."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_MOST = 20_000
"""Calls that wait; what comes when there are as many is missed."""

_IN_A_ROW = 3
"""Calls that fail one after the other, after which none is tried for a while."""

_SOON, _LATE = 1.0, 60.0
"""Seconds until then: at first, and at most; each while is twice as long as the last."""

_IDLE = 1.0
"""Seconds after which a thread ends that has nothing to do; the next call begins another."""


class Sender:
    """A thread that makes calls one after the other, whatever becomes of each.

    A call that fails is made once more at the end; where several fail one after the other, after a
    while, and again and again.

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
        Calls that have failed to the last, were not tried any more, or found no room.
    trouble : BaseException or None
        The first that a call has raised.
    is_down : bool
        Whether calls have failed so often that they are waiting, or are not made any more; a call
        that fails may say so by itself.
    """

    def __init__(
        self, name: str, at_rest: Callable[[], object] = lambda: None, most: int = _MOST
    ) -> None:
        self.seconds = 0.0
        self.n_missed = 0
        self.trouble: BaseException | None = None
        self.is_down = False
        self._at_rest = at_rest
        self._most = most
        # with whether it has failed before, by itself
        self._calls: deque[tuple[Callable[[], object], bool]] = deque()
        self._failed: list[Callable[[], object]] = []
        self._changed = threading.Condition()
        self._busy = self._runs = self._is_last = False
        self._in_a_row = 0
        self._while = _SOON
        self._name = name

    def put(self, call: Callable[[], object]) -> None:
        """Have a call made; never waits."""
        with self._changed:
            if (self.is_down and self._is_last) or self.n_left >= self._most:
                self.n_missed += 1
                return
            self._calls.append((call, False))
            self._begin()

    @property
    def n_left(self) -> int:
        """Calls that are still to be made."""
        return len(self._calls) + len(self._failed) + self._busy

    def wait(self, seconds: float) -> bool:
        """Wait for all calls, so long at most; return whether they have been made.

        Those that have failed are made again now, and those that fail from now on at once.
        """
        with self._changed:
            self._is_last, self._in_a_row = True, 0
            self._calls.extendleft((call, True) for call in reversed(self._failed))
            self._failed, self.is_down = [], self.is_down and not self._calls
            if self._calls:
                self._begin()
            most = min(seconds, threading.TIMEOUT_MAX)
            return self._changed.wait_for(lambda: not self.n_left, most)

    def pause(self, end: threading.Event, seconds: float) -> None:
        """Wait within a call, so long at most; that is none of the time that calls take."""
        began = time.perf_counter()
        end.wait(seconds)
        self.seconds -= time.perf_counter() - began

    def _begin(self) -> None:
        self._changed.notify_all()
        if not self._runs:
            self._runs = True
            # a daemon: a store that hangs must not keep the process from ending
            threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while (found := self._next()) is not None:
            call, again = found
            began = time.perf_counter()
            try:
                call()
            except BaseException as exc:  # noqa: BLE001 - whatever a store does, this goes on
                self._has_failed(call, exc, again=again)
            else:
                self._in_a_row, self._while, self.is_down = 0, _SOON, False
            finally:
                self.seconds += time.perf_counter() - began

    def _next(self) -> tuple[Callable[[], object], bool] | None:
        """Wait for a call that is to be made; None where there has been none for a while."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            if self.is_down:
                self._changed.wait_for(lambda: self._is_last, self._while)
                self._while = min(2 * self._while, _LATE)
            self._changed.wait_for(lambda: self._calls, _IDLE)
            if not self._calls:
                self._runs = False
                self._at_rest()
                return None
            self._busy = True
            return self._calls.popleft()

    def _has_failed(self, call: Callable[[], object], exc: BaseException, *, again: bool) -> None:
        with self._changed:
            self.trouble = self.trouble or exc
            self._in_a_row += not again  # else it does not tell whether others will
            if not self._is_last:
                self._failed.append(call)
            elif again:
                self.n_missed += 1
            else:
                self._calls.appendleft((call, True))
            if self._in_a_row < _IN_A_ROW and not self.is_down:
                return
            self.is_down = True
            if self._is_last:
                self.n_missed += len(self._calls)
                self._calls.clear()
            else:
                self._calls.extendleft((one, False) for one in reversed(self._failed))
                self._failed = []
