"""The fits and seconds of a task: its own, and those of others that it makes use of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Account:
    """Fits and seconds of one task.

    Attributes
    ----------
    fits : list of (str, float)
        Names of what was fitted for the task, with seconds.
    reused : list of str
        Names of what had been fitted for others.
    saved, waited : float
        Seconds that others have spent on what the task uses, less those that it has spent on what
        others use or in vain; and that it waited for them.
    """

    fits: list[tuple[str, float]] = field(default_factory=list)
    reused: list[str] = field(default_factory=list)
    saved: float = 0.0
    waited: float = 0.0

    @property
    def now(self) -> float:
        """A clock that counts what others have spent, and not what was waited for them."""
        return time.time() + self.saved - self.waited

    def set_back(self, to: float) -> None:
        """Put the clock back: what was done since counts where it is used, if it is."""
        self.saved -= self.now - to

    def reuse(self, names: Sequence[str], seconds: float) -> None:
        """Enter what had been fitted for others."""
        self.reused += names
        self.saved += seconds
