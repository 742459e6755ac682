"""The file system as the journal uses it; nothing else touches the journal's file.

What is appended is given to the system at once, so a killed process loses none of it; it is
on the disk within a second, which is what a power cut can cost. A file is begun, or begun
anew, by writing it beside its place and moving it there, so it is never seen half written
(Pillai et al. 2014, *All File Systems Are Not Created Equal*).
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress

from .locking import locked

SYNC_EVERY = 1.0
"""Seconds between two fsyncs at least, and from a write to its fsync at most."""

LONGEST_LINE = 2**20
"""Bytes; no line of a journal is longer."""

_APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)  # the latter is of Windows
_BEGIN = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


class Disk:
    """The file system, as far as a journal needs it; it says no by `OSError`."""

    def lock(self, path: str) -> AbstractContextManager[object]:
        """Take the lock of a file, till ``__exit__`` or the end of the process.

        Raises `InUseError` if it is taken.
        """
        return locked(f"{path}.lock")

    def is_regular(self, path: str) -> bool | None:
        """Return whether there is an ordinary file; None if there is nothing."""
        try:
            return stat.S_ISREG(os.stat(path).st_mode)
        except FileNotFoundError:
            return None

    def lines(self, path: str) -> Iterator[bytes]:
        """Read a file line by line, with their ends; longer ones come in pieces."""
        with open(path, "rb") as stream:
            while line := stream.readline(LONGEST_LINE + 1):
                yield line

    def begin(self, path: str, data: bytes) -> None:
        """Put a file in its place, whole, whatever is there; nothing is left where it fails."""
        beside = f"{path}.new"
        file = self.file(beside, _BEGIN)
        try:
            try:
                file.append(data)
                file.sync()
            finally:
                file.close()
            self.rename(beside, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
        if os.name != "nt":  # where a rename is on the disk when it has returned
            folder = os.open(os.path.dirname(path) or ".", os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def open(self, path: str) -> File:
        return self.file(path, _APPEND)

    def file(self, path: str, flags: int) -> File:
        """Open a file with flags of `os.open`."""
        return File(path, flags)

    def rename(self, path: str, to: str) -> None:
        os.replace(path, to)


class File:
    """A file that grows at its end."""

    def __init__(self, path: str, flags: int) -> None:
        self._descriptor = os.open(path, flags, 0o666)

    def append(self, data: bytes) -> None:
        """Write all, though the system may take it in parts."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def sync(self) -> None:
        os.fsync(self._descriptor)

    def cut(self, size: int) -> None:
        """Shorten it, on the disk too."""
        self.truncate(size)
        self.sync()

    def truncate(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)

    def close(self) -> None:
        os.close(self._descriptor)


class Writer:
    """A writer that appends whole lines to a file, and has them on the disk within a second.

    After an append that failed, or that an interrupt cut off, the file ends where it did
    before; not until then is anything appended.

    Attributes
    ----------
    size : int
        How long the file is with all that was appended whole, in bytes.
    synced : int
        How much of it is known to be on the disk.
    """

    def __init__(
        self, file: File, size: int, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._file = file
        self.size = size
        self._clock = clock
        self._whole = True
        self._mutex = threading.RLock()
        self._synced_at = clock()
        self.synced = 0
        self._timer: threading.Timer | None = None
        self._trouble: OSError | None = None

    def append(self, data: bytes) -> None:
        """Give a line to the system, and in time to the disk.

        Raises `OSError` also where the last fsync has failed.
        """
        with self._mutex:
            if self._trouble is not None:
                raise self._trouble
            if not self._whole:
                self._file.cut(self.size)
            self._whole = False
            self._file.append(data)
            self.size += len(data)
            self._whole = True
            wait = self._synced_at + SYNC_EVERY - self._clock()
            if wait <= 0:
                self.sync()
            elif self._timer is None:
                self._timer = threading.Timer(wait, self._sync_later)
                self._timer.daemon = True
                self._timer.start()

    def sync(self) -> None:
        with self._mutex:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._file.sync()
            self.synced = self.size
            self._synced_at = self._clock()

    def _sync_later(self) -> None:
        with self._mutex:
            if self._timer is threading.current_thread():  # no other thread has done it meanwhile
                try:
                    self.sync()
                except OSError as exc:
                    self._trouble = exc

    def close(self) -> None:
        """Close the file; without an fsync."""
        with self._mutex:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._file.close()
