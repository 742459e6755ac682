"""Places where a process can be made to die, to test what is left of its files.

``SKTUNE_FAILPOINT="after write:3"`` kills the process, as SIGKILL does, when it passes the
place of that name for the third time. Without the variable nothing happens.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "SKTUNE_FAILPOINT"

POINTS = (
    "before write",
    "inside write",
    "after write",
    "after fsync",
    "before rename",
    "after rename",
    "before truncate",
    "after truncate",
)
"""All there are. "inside write" is passed when half of the bytes are written."""

_passed: Counter[str] = Counter()


def armed(point: str) -> bool:
    """Whether the process is to die at this passing of a place."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return False
    _passed[point] += 1
    return wanted == f"{point}:{_passed[point]}"


def die() -> None:
    """End this process at once, with nothing flushed and nobody told."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # the latter on Windows


def pass_by(point: str) -> None:
    """Die here, if that is wanted."""
    if armed(point):
        die()
