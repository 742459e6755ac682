"""A guard around every task: limits, notes, and the process's own state."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from multiprocessing import current_process
from typing import Any

import numpy as np
import sklearn

from ..unlogged import unlogged
from .limits import Limits, within
from .notes import Notes

_MACHINE = platform.node()

ELSEWHERE = -1

_POLL = 0.5
"""Seconds between two looks at whether the parent is still there."""


@dataclass(frozen=True)
class Guard:
    """Stands beside the tasks of a search, in any process. Picklable.

    Attributes
    ----------
    limits : Limits
    notes : Notes or None
        Where workers note what they do.
    folders : tuple of str
        For temporary files; workers remove them if the search cannot.
    home, thread : int
        The process and the thread of the search; `ELSEWHERE` on other hosts, whose processes have
        the same numbers.
    until : float or None
        When (`time.time`, of this machine) the search is over, and no more tasks are begun.
    began : float
        When (`time.time`) the clock of the search was at 0.
    """

    limits: Limits = field(default_factory=Limits)
    notes: Notes | None = None
    folders: tuple[str, ...] = ()
    home: int = field(default_factory=os.getpid)
    until: float | None = None
    began: float = field(default_factory=time.time)
    thread: int = field(default_factory=threading.get_ident)

    @property
    def is_worker(self) -> bool:
        """Whether this process is one that the search has started on this machine."""
        return os.getppid() == self.home

    @property
    def is_over(self) -> bool:
        """Whether the search is."""
        return self.until is not None and time.time() > self.until

    def stamp(self, start: float) -> dict[str, Any]:
        """Return when a task has started, and by which worker: no other has its number."""
        process, thread = os.getpid(), threading.get_ident()
        worker = 0
        if (process, thread) != (self.home, self.thread):
            worker = zlib.crc32(f"{_MACHINE} {process} {thread}".encode())
        return {"started": round(start - self.began, 5), "worker": worker, "clock": self.began}

    @contextmanager
    def around(self, trial: int, split: int) -> Iterator[None]:
        """Guard a task.

        Raises
        ------
        TimeIsUpError
        """
        worker = self.is_worker
        process = os.getpid()
        if self.notes is not None and worker:
            self.notes.begin(trial, split)
        limited: AbstractContextManager[None] = nullcontext()
        if self.limits.seconds is not None or self.limits.n_bytes is not None:
            limited = within(self.limits, owned=worker, noted=self.notes is not None)
        with _state_kept(), limited, unlogged():
            try:
                yield
            finally:
                if os.getpid() != process:
                    # a fork of the fit's has left it: two would go on, with one journal, the
                    # same pipes and folders
                    os._exit(1)

    def arrive(self) -> None:
        """Have this process, if it is a worker, end soon after its parent has."""
        _left_behind.update(self.folders, () if self.notes is None else (self.notes.folder,))
        if self.is_worker or current_process().name.startswith(_OF_LOKY):
            end_with(self.home)


_OF_LOKY = "LokyProcess"
_WATCHING = "sktune-watches-parent"
_left_behind: set[str] = set()


def end_with(parent: int) -> None:
    """Have this process end soon after its parent has; at once, if that has ended already."""
    if not any(thread.name == _WATCHING for thread in threading.enumerate()):
        threading.Thread(target=_watch, name=_WATCHING, daemon=True, args=(parent,)).start()


def _watch(parent: int) -> None:
    # not prctl's PDEATHSIG: that counts from the death of the thread which started the worker
    while os.getppid() == parent:
        time.sleep(_POLL)
    for folder in _left_behind:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


@contextmanager
def _state_kept() -> Iterator[None]:
    """Put back what a fit may change that would change later ones of this process.

    The working directory, the filters of warnings, what numpy does about errors, how deep calls
    may go, and scikit-learn's configuration.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # other threads use them too
        return
    folder, filters = _folder(), list(warnings.filters)
    errors, depth, config = np.geterr(), sys.getrecursionlimit(), sklearn.get_config()
    try:
        yield
    finally:
        if depth != sys.getrecursionlimit():
            sys.setrecursionlimit(depth)
        if errors != np.geterr():
            np.seterr(**errors)
        if config != sklearn.get_config():
            sklearn.set_config(**config)
        if filters != warnings.filters:
            warnings.filters[:] = filters  # type: ignore[index] # it is a list
            with warnings.catch_warnings():
                pass  # tells the interpreter that they have changed
        if folder and folder != _folder():
            with suppress(OSError):
                os.chdir(folder)


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""
