"""A disk that kills its process at a place in the journal's dealings with it."""

from __future__ import annotations

import os
import signal
from collections import Counter

from sktune.journal.disk import Disk, File

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


class KillingDisk(Disk):
    """A disk that kills this process, as SIGKILL does, when a point is passed the n-th time.

    Parameters
    ----------
    at : str
        Such as ``"after write:3"``; the first line that is written is the header of a new file.
        Empty for a disk that never kills.
    """

    def __init__(self, at: str) -> None:
        self._at = at
        self._passed: Counter[str] = Counter()

    def is_due(self, point: str) -> bool:
        """Count a passing; whether it is the last."""
        assert point in POINTS
        self._passed[point] += 1
        return self._at == f"{point}:{self._passed[point]}"

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def pass_by(self, point: str) -> None:
        if self.is_due(point):
            self.die()

    def file(self, path: str, flags: int) -> File:
        return _KillingFile(self, path, flags)

    def rename(self, path: str, to: str) -> None:
        self.pass_by("before rename")
        super().rename(path, to)
        self.pass_by("after rename")


class _KillingFile(File):
    def __init__(self, disk: KillingDisk, path: str, flags: int) -> None:
        super().__init__(path, flags)
        self._disk = disk

    def append(self, data: bytes) -> None:
        self._disk.pass_by("before write")
        if self._disk.is_due("inside write"):
            super().append(data[: len(data) // 2])
            self._disk.die()
        super().append(data)
        self._disk.pass_by("after write")

    def sync(self) -> None:
        super().sync()
        self._disk.pass_by("after fsync")

    def truncate(self, size: int) -> None:
        self._disk.pass_by("before truncate")
        super().truncate(size)
        self._disk.pass_by("after truncate")
