"""The module ``os``, whose n-th call fails."""

from __future__ import annotations

import errno
import os
from typing import Any

COUNTED = ("open", "write", "fsync", "ftruncate", "replace", "close")


class FailingOs:
    """Stands in for ``os`` in `sktune.journal.disk`.

    Parameters
    ----------
    fails_at : int
        Which of the counted calls fails, from 1; 0 for none.
    error : int or None
        How. None is a disk that is full after half of the bytes: a write does half, the next
        one nothing; other calls fail as on a full disk.
    lasting : bool
        Whether all later ones fail too. Closing fails, but closes, as it does on Linux.

    Attributes
    ----------
    calls : list of str
        Names of the counted calls so far.
    failed : list of str
        Those that failed.
    open_ones : set of int
        Descriptors that were not closed.
    """

    def __init__(self, fails_at: int, error: int | None, *, lasting: bool = False) -> None:
        self._fails_at = fails_at
        self._error = error
        self._lasting = lasting
        self._full = False
        self.calls: list[str] = []
        self.failed: list[str] = []
        self.open_ones: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        if name not in COUNTED:
            return getattr(os, name)
        return lambda *args: self._call(name, *args)

    def _call(self, name: str, *args: Any) -> Any:
        self.calls.append(name)
        n = len(self.calls)
        fails = bool(self._fails_at) and (
            n >= self._fails_at if self._lasting else n == self._fails_at
        )
        full, self._full = self._full, False
        if name == "close":
            self.open_ones.discard(args[0])
            os.close(args[0])
        if fails or (full and name == "write"):
            self.failed.append(name)
            if name == "write" and self._error is None and not full:
                self._full = True
                descriptor, data = args
                return os.write(descriptor, data[: len(data) // 2])
            code = errno.ENOSPC if self._error is None else self._error
            raise OSError(code, os.strerror(code))
        if name == "close":
            return None
        result = getattr(os, name)(*args)
        if name == "open":
            self.open_ones.add(result)
        return result
