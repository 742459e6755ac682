"""A thread that draws progress anew while nothing happens: a fit may take long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakMethod

EVERY = 1.0
"""Seconds between two drawings."""

_LONGEST_WAIT = 1.0
"""Seconds that are waited for a drawing that is under way: a terminal may be stopped."""


class Ticker:
    """Calls a method now and then, from a thread, until it is stopped or its object has gone.

    Parameters
    ----------
    draw : bound method
        Only draws, and keeps what is in common with the main thread under `lock`.

    Attributes
    ----------
    lock : RLock
    """

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = WeakMethod(draw)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.lock = threading.RLock()

    def start(self) -> None:
        self.stop()
        self._over = threading.Event()
        arguments = self._draw, self._over
        self._thread = threading.Thread(
            target=_tick, args=arguments, name="sktune progress", daemon=True
        )
        with suppress(RuntimeError):  # no more threads can be had: then it stands still
            self._thread.start()

    def stop(self) -> None:
        """End the thread; not to be called under the lock."""
        self._over.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(_LONGEST_WAIT)
        self._thread = None


def _tick(method: WeakMethod[Callable[[], None]], over: threading.Event) -> None:
    while not over.wait(EVERY):
        draw = method()
        if draw is None:
            return
        try:
            draw()
        except Exception:  # noqa: BLE001 - hooks that draw the same will tell of it
            return
        del draw
