"""Workers on a clock of their own, on which work takes what it is said to take."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import count, islice
from typing import Any

import pytest

from sktune.evaluation import Bundle, Limits

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


class Workers:
    """Stands in for `Executor`: workers of one process, that draw bundles as joblib's do."""

    def __init__(self, n_workers: int, clock: Clock) -> None:
        self.n_workers = self.n_processes = n_workers
        self.here = n_workers == 1
        self.threads, self.streams, self.pause = False, True, 0.0
        self.limits, self.until, self.notes = Limits(), None, None
        self._clock = clock

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def take_in(self, outcome: Any) -> None:
        pass

    def run(
        self, evaluate: Callable[[Bundle], Any], bundles: Iterable[Bundle | None]
    ) -> Iterator[Any]:
        """Give outcomes in the order in which they come; two bundles a worker are drawn ahead."""
        clock, drawn, numbers = self._clock, iter(bundles), count()
        free = [clock.now] * self.n_workers
        under_way: list[tuple[float, int, Any]] = []
        waiting: deque[Bundle] = deque()

        def draw(n: int) -> None:
            waiting.extend(bundle for bundle in islice(drawn, n) if bundle is not None)

        draw(1 if self.here else 2 * self.n_workers)
        while waiting or under_way:
            while waiting and free:
                clock.now = heapq.heappop(free)
                outcomes = evaluate(waiting.popleft())
                clock.now += OVERHEAD * len(outcomes)
                heapq.heappush(under_way, (clock.now, next(numbers), outcomes))
            clock.now, _, outcomes = heapq.heappop(under_way)
            heapq.heappush(free, clock.now)
            yield outcomes
            draw(1)


def virtual(patch: pytest.MonkeyPatch, n_workers: int) -> Clock:
    """Have searches run on such workers; return their clock."""
    clock = Clock()
    patch.setattr("sktune.engine.loop._executor_for", lambda _: Workers(n_workers, clock))
    patch.setattr(time, "time", lambda: clock.now)
    return clock
