"""The lock of a file: a file beside it, which is gone when the lock is given back."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..optional import package


class InUseError(RuntimeError):
    """The file is in use by another search."""


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock of a file, at `path`, till the end of the process at most.

    Raises `InUseError` if it is taken, `OSError` where there can be none.
    """
    if os.name == "nt":
        with _locked_on_windows(path):
            yield
        return
    descriptor = _taken(path)
    try:
        yield
    finally:
        with suppress(OSError):
            # what has something in it is not ours; deleted while it is held: see `_is_at`
            if not os.fstat(descriptor).st_size:
                os.unlink(path)
        with suppress(OSError):
            fcntl = package("fcntl")
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # also for copies in forked processes
        os.close(descriptor)


def _taken(path: str) -> int:
    """Take the lock; return the descriptor by which it is held."""
    fcntl = package("fcntl")
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        held = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = _is_at(descriptor, path)
        except OSError as exc:
            if exc.errno in (errno.EAGAIN, errno.EACCES):
                raise InUseError(path) from None
            raise
        finally:
            if not held:
                os.close(descriptor)
        if held:
            return descriptor


def _is_at(descriptor: int, path: str) -> bool:
    """Whether a file is still in its place.

    Another process may have opened it before its holder deleted it, and have the lock of a file
    that is nowhere, while a third one makes it anew: only the one that is in its place counts.
    """
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


@contextmanager
def _locked_on_windows(path: str) -> Iterator[None]:
    """Hold the lock where an open file cannot be deleted; filelock deletes it afterwards."""
    filelock = package("filelock")
    try:
        with filelock.FileLock(path, thread_local=False).acquire(timeout=0):
            yield
    except filelock.Timeout:
        raise InUseError(path) from None
