"""Tells observers in the main thread of what joblib draws in others."""

from __future__ import annotations

import threading
from collections import deque

from ..evaluation import Bundle
from ..trials import Trials


class Announcements:
    """Tells of started tasks in the main thread, though joblib draws them in others."""

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self._thread = threading.get_ident()
        self._waiting: deque[Bundle] = deque()

    def add(self, bundle: Bundle) -> None:
        self._waiting.append(bundle)
        if threading.get_ident() == self._thread:
            self.announce()

    def announce(self) -> None:
        while self._waiting:
            for task in self._waiting.popleft().tasks:
                self._trials.start(task.trial, task.split)
