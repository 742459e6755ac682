"""A thread that asks a cluster for something again and again, and so knows whether it is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_EVERY = 1.0
"""Seconds between two questions."""


class Pulse:
    """The answer to a question now, and the time since there was one.

    Parameters
    ----------
    ask : callable
        May block for ever, or raise. Where it gives False there is nobody left to be asked.

    Attributes
    ----------
    answer : int
        The last one; 0 before the first.
    """

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._over = threading.Event()
        self._first = threading.Event()
        self._heard = time.monotonic()
        self.answer = 0
        threading.Thread(target=self._beat, name="sktune-pulse", daemon=True).start()

    def first(self, seconds: float) -> bool:
        """Wait for the first answer; return whether it has come."""
        return self._first.wait(seconds)

    @property
    def silence(self) -> float:
        """Seconds since the last answer."""
        return time.monotonic() - self._heard

    def stop(self) -> None:
        self._over.set()

    def _beat(self) -> None:
        while not self._over.is_set():
            try:
                answer = self._ask()
            except Exception:  # noqa: BLE001 - it is told by the silence
                self._over.wait(_EVERY)
                continue
            if answer is False:
                return
            self.answer, self._heard = answer, time.monotonic()
            self._first.set()
            self._over.wait(_EVERY)
