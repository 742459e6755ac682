"""A gate through which joblib draws bundles, in threads of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..evaluation import Bundle


class Gate(Iterator[Any]):
    """An iterator that is open until it is closed, to one thread at a time."""

    def __init__(self, things: Iterable[Any]) -> None:
        self._things = iter(things)
        self._mutex = threading.Lock()
        self._open = True

    def __next__(self) -> Any:
        with self._mutex:
            if not self._open:
                raise StopIteration
            return next(self._things)

    def close(self) -> None:
        with self._mutex:  # what is on its way through has then come through
            self._open = False


class StartedTasks:
    """A queue that tells of started tasks in the main thread, though joblib draws them in others.

    `tell` is called with the numbers of trial and split.
    """

    def __init__(self, tell: Callable[[int, int], None]) -> None:
        self._say = tell
        self._thread = threading.get_ident()
        self._waiting: deque[Bundle] = deque()

    def add(self, bundle: Bundle) -> None:
        self._waiting.append(bundle)
        if threading.get_ident() == self._thread:
            self.tell()

    def tell(self) -> None:
        while self._waiting:
            for task in self._waiting.popleft().tasks:
                self._say(task.trial, task.split)


def taken_from(bundles: deque[Bundle]) -> Iterator[Bundle]:
    """Take from the left as they are drawn; what is not drawn stays."""
    while bundles:
        yield bundles.popleft()
