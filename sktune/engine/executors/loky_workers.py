"""The end of loky's workers: with their parent, or from outside when their time is over.

loky starts all workers of a pool at once, and they outlive a killed parent by minutes; so each is
told to watch for it, also those that are never sent anything else. An initializer could tell them,
but a pool with one is not the pool that other users of joblib in this process have: each would
start workers of its own again.

At a fit's limit a worker is ended that was stopped (SIGSTOP, a debugger), or where a fit has used
`faulthandler` for its own ends: then neither the alarm nor the timer goes off. At the search's own
deadline no worker is waited for.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing.util import Finalize

from joblib.externals.loky import get_reusable_executor
from sklearn.utils.parallel import Parallel, delayed

from ...evaluation import Limits, Notes, end_with
from ...evaluation.limits import GRACE
from ...evaluation.notes import is_doing
from ...policies import Deadline

_POLL = 0.15
"""Seconds between two looks. With what they add, a fit is ended within a second of its limit."""


class Overdue:
    """A thread that looks after workers while a search runs, by their notes.

    A worker writes when it begins a task and when it is done. One that has not written for longer
    than a task may take, and has last begun one, is ended: its pool breaks, and the search finds
    out from the same notes whose time was over. The clock is this process's own: it stands still,
    as the timers of workers do, while the machine sleeps. After the deadline no worker is waited
    for.
    """

    def __init__(self, limits: Limits, notes: Notes, deadline: Deadline | None = None) -> None:
        self._notes = notes
        self._deadline = deadline
        self._most = math.inf if limits.seconds is None else limits.seconds + GRACE + _POLL
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        if hasattr(os, "waitid"):
            self._thread = threading.Thread(target=self._watch, daemon=True)
        self._silent: dict[str, tuple[int, float]] = {}  # last written, and seen first

    def __enter__(self) -> Overdue:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_POLL):
            with suppress(OSError):  # files come and go
                self._look()

    def _look(self) -> None:
        now = time.monotonic()
        with os.scandir(self._notes.folder) as files:
            written = {file.name: file.stat().st_mtime_ns for file in files}
        over = self._deadline is not None and self._deadline.left < -GRACE
        for name, at in written.items():
            if over and self._is_doing(name):
                _end(name)
            elif self._silent.get(name, (None, 0.0))[0] != at:
                self._silent[name] = at, now
            elif now - self._silent[name][1] > self._most and self._is_doing(name):
                _end(name)

    def _is_doing(self, name: str) -> bool:
        return is_doing(os.path.join(self._notes.folder, name))


def _end(name: str) -> None:
    """Kill a file's process, if it is still a child of this one: numbers are given again."""
    pid = int(name.partition("-")[0])
    with suppress(ChildProcessError, ProcessLookupError):
        # None while it runs; a caller that waits for it finds it as before
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            os.kill(pid, signal.SIGKILL)


_PATIENCE = 0.5
"""Seconds that a worker waits for the others, so that each gets one of these tasks."""

_watching: dict[int, set[int]] = {}  # by the process whose workers they are


def have_workers_watch(n_workers: int) -> None:
    """Tell all workers of loky's pool, unless they have been told before."""
    known = _watching.setdefault(os.getpid(), set())
    known -= {pid for pid in known if not _is_alive(pid)}
    if len(known) >= n_workers:
        return
    # it is no matter of the search's if this does not work: most are told with their first task
    with suppress(Exception):
        folder = tempfile.mkdtemp(prefix="sktune-watch-")
        try:
            told = (delayed(_tell)(folder, n_workers, os.getpid()) for _ in range(n_workers))
            known.update(Parallel(n_jobs=n_workers, batch_size=1)(told))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


_ending: set[int] = set()  # processes that will end the workers they have


def have_workers_end_with_us() -> None:
    """Have the workers of a process that is itself a worker of a pool end when it does.

    Such a process waits for all of its children before it ends, and hears of nothing that `atexit`
    knows: loky's would wait with it, for minutes, for something else to do.
    """
    if multiprocessing.parent_process() is None or os.getpid() in _ending:
        return
    _ending.add(os.getpid())
    Finalize(None, _end_all, exitpriority=0)


def _end_all() -> None:
    get_reusable_executor(reuse=True).shutdown(kill_workers=True)


def _tell(folder: str, n_workers: int, parent: int) -> int:
    end_with(parent)
    with open(os.path.join(folder, str(os.getpid())), "w"):
        pass
    end = time.monotonic() + _PATIENCE
    while len(os.listdir(folder)) < n_workers and time.monotonic() < end:
        time.sleep(0.001)
    return os.getpid()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
