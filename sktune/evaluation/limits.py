"""Limits to what one fit may take, and ways to end one that takes more.

An alarm comes first: it raises in the fit, wherever Python code runs. What does not hear it
(C code that holds the interpreter, masked signals, a fit that catches everything) is ended
with its process, by a timer of `faulthandler`'s that needs no interpreter; only in a
process that belongs to the search. In threads neither is to be had: there a fit
that has taken too long is told from others when it has ended.
"""

from __future__ import annotations

import faulthandler
import functools
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

GRACE = 0.4
"""Seconds from the alarm to the end of the process."""

_LONGEST = 4e6
"""Seconds that every platform's timers take; more are a limit that is never reached."""


class TimeIsUpError(BaseException):
    """Raised in a fit that has taken too long; no `except Exception` keeps it."""


@dataclass(frozen=True)
class Limits:
    """Bounds on what a fit and the scores of its model may take.

    Attributes
    ----------
    seconds : float or None
    n_bytes : int or None
        Of the whole worker.
    """

    seconds: float | None = None
    n_bytes: int | None = None


@contextmanager
def within(limits: Limits, *, owned: bool, noted: bool = True) -> Iterator[None]:
    """Keep to limits.

    Parameters
    ----------
    limits : Limits
    owned : bool
        Whether the process belongs to the search, so that it may be ended and its memory be
        limited.
    noted : bool, default=True
        Whether tasks are noted, so that the search learns of the end of such a process.

    Raises
    ------
    TimeIsUpError
    """
    with _memory(limits.n_bytes if owned else None):
        if limits.seconds is None:
            yield
        else:
            with _time(limits.seconds, owned=owned and noted):
                yield


@contextmanager
def _time(seconds: float, *, owned: bool) -> Iterator[None]:
    seconds = min(seconds, _LONGEST)
    start = time.monotonic()
    hears = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    if owned:
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=_nowhere())
    try:
        if hears:
            with _alarm(seconds):
                yield
        else:
            yield
    finally:
        if owned:
            faulthandler.cancel_dump_traceback_later()
    if time.monotonic() - start > seconds:  # in a thread; or it has kept the alarm to itself
        raise TimeIsUpError


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise in this thread after some seconds; put back whatever alarm was set before."""
    start = time.monotonic()
    before = signal.signal(signal.SIGALRM, _raise)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # also if it has gone off in the line before
        # None: a handler that is not Python's cannot be put back
        signal.signal(signal.SIGALRM, signal.SIG_DFL if before is None else before)
        if left:
            elapsed = time.monotonic() - start
            signal.setitimer(signal.ITIMER_REAL, max(left - elapsed, 1e-6), interval)


def _raise(*_: object) -> None:
    raise TimeIsUpError


@contextmanager
def _memory(n_bytes: int | None) -> Iterator[None]:
    """Have allocations fail beyond a bound, where the platform can."""
    resource = _resource()
    if n_bytes is None or resource is None:
        yield
        return
    # what is written to, and not what is mapped from files: those are shared by all workers
    kind = resource.RLIMIT_DATA
    soft, hard = resource.getrlimit(kind)
    bounds = [bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(kind, (min(n_bytes, sys.maxsize, *bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def _resource() -> Any:
    """Return the module, which only POSIX has."""
    try:
        return importlib.import_module("resource")
    except ImportError:
        return None


@functools.cache
def _nowhere() -> int:
    """Return a descriptor that stays open, because a timer may write to it."""
    return os.open(os.devnull, os.O_WRONLY)
