"""Have every worker watch for its parent, also those that are never sent anything else.

loky starts all workers of a pool at once, and they outlive a killed parent by minutes. An
initializer could tell them to watch, but a pool with one is not the pool that other users of
joblib in this process have: each would start workers of its own again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress

from sklearn.utils.parallel import Parallel, delayed

from ...evaluation import end_with

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
