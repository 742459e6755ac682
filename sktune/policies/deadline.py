"""The deadline of a search."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ..trials import Trials
from .base import Ending


class Deadline(Ending):
    """Ends the search some seconds after it was made.

    Parameters
    ----------
    seconds : float
    clock : callable, default=time.monotonic
    """

    reason = "timeout"

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; 0 or less if none are."""
        return self._end - self._clock()

    @property
    def over(self) -> bool:
        return self.left <= 0

    def strike(self) -> None:
        """Be over, because a worker whose clock says so has left work undone."""
        self._end = -math.inf

    def check(self, trials: Trials) -> int | None:
        return len(trials) if self.over else None
