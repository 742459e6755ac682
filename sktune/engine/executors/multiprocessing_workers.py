"""The workers of `multiprocessing`'s pool, whose owner is told nothing of those that die.

The pool makes another where one has died, and forgets its task. Workers wait for tasks with the
lock of their queue in their hands: if one dies meanwhile, no other gets a task any more, and the
pool's own end waits for the lock for ever. Of the pool's private names its processes are used,
what makes others, and the locks of its queues.
"""

from __future__ import annotations

import signal
import threading
from contextlib import suppress
from typing import Any

from joblib.externals.loky.process_executor import TerminatedWorkerError

_PATIENCE = 3.0
"""Seconds in which a pool ends by itself whose workers are all right."""

_MOMENT = 0.5
"""Seconds for which a lock may be in the hands of who is alive."""


class PoolWorkers:
    """The workers with which a pool began; of others it is never told.

    Parameters
    ----------
    backend : joblib's backend
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._pool = backend._pool
        self._workers = list(self._pool._pool)

    @classmethod
    def of(cls, backend: Any) -> PoolWorkers | None:
        """Return those of a backend; None of one that has another kind of pool."""
        is_it = hasattr(getattr(backend, "_pool", None), "_worker_handler")
        return cls(backend) if is_it else None

    @property
    def death(self) -> TerminatedWorkerError | None:
        """An error that tells how workers have ended; None while all are there."""
        codes = [worker.exitcode for worker in self._workers if worker.exitcode is not None]
        names = ", ".join(map(_exit_code, codes))
        return (
            TerminatedWorkerError(f"a worker of multiprocessing has ended, by {names}")
            if codes
            else None
        )

    def end(self) -> None:
        """End the pool, whatever its workers have died with, or are at."""
        ending = threading.Thread(target=self._backend.terminate, daemon=True)
        ending.start()
        ending.join(0.0 if self.death else _PATIENCE)
        if ending.is_alive():
            self._free()
            ending.join(_PATIENCE)  # half of a result, in a pipe, may keep it for ever
            self._backend._pool = None

    def _free(self) -> None:
        """End what is left of the workers, and free the locks that they had."""
        self._pool._worker_handler.join(_PATIENCE)  # it makes no others then
        for worker in list(self._pool._pool):
            worker.kill()
        for worker in list(self._pool._pool):
            worker.join(_PATIENCE)
        for lock in (self._pool._inqueue._rlock, self._pool._outqueue._wlock):
            if lock is not None:
                lock.acquire(timeout=_MOMENT)
                with suppress(ValueError):  # it is free
                    lock.release()


def _exit_code(code: int) -> str:
    """Return an exit code as loky tells it, with the name of the signal that it stands for."""
    name = signal.Signals(-code).name if -code in [*map(int, signal.Signals)] else "EXIT"
    return f"{name}({code})"
