"""The work of Dask's workers: to evaluate loads, and to tell of them by messages meanwhile."""

from __future__ import annotations

import os
import platform
import signal
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import cloudpickle
from joblib import parallel_config

from ...optional import package
from ...sharing.files import remove_here
from .remote import RemoteWork, Told

TOPIC = "sktune"
TELL = 0.1
"""Seconds between two messages of a load that is under way."""

_FLUSH = 0.05
"""Seconds that a message is on its way. A task that may kill its worker waits for it."""


_ANSWER = 3.0
"""Seconds in which a worker answers whose interpreter nobody holds."""


def place_of() -> str:
    """Return what tells this worker's host from others: the machine, and its temporary files."""
    return f"{platform.node()} {tempfile.gettempdir()}"


def run_load(
    work: RemoteWork,
    pickled: Sequence[bytes],
    numbers: Sequence[int],
    seconds: float | None,
    about: tuple[str, int, bool],
    *data: Any,
) -> list[Told]:
    """Evaluate bundles; those that take longer tell by messages what has come of them so far."""
    search, number, careful = about
    worker = package("distributed").get_worker()
    found: list[Told] = []

    def tell(told: Sequence[Told]) -> float:
        message = {"search": search, "load": number, "worker": worker.address}
        worker.log_event(TOPIC, message | {"told": cloudpickle.dumps(told)})
        return time.monotonic()

    last, n_told = tell([]), 0
    if careful:
        handed_on = threading.Event()
        worker.loop.add_callback(handed_on.set)  # after the message, in the same thread
        handed_on.wait(TELL)
        time.sleep(_FLUSH)
    held = dict(zip(numbers, data, strict=True))
    often = 0.0 if careful else TELL
    with parallel_config("threading"):  # what is nested stays here
        for told in work.evaluated(held, pickled, seconds, often):
            found.append(told)
            if time.monotonic() - last >= often:
                last, n_told = tell(found[n_told:]), len(found)
    return found


def tidy(client: Any, names: Sequence[str]) -> None:
    """Have all workers remove temporary folders, by their names."""
    with suppress(Exception):
        client.run(remove_here, names, on_error="ignore")


def end_process(client: Any, worker: str | None) -> None:
    """Have a worker's nanny kill its process, and start another; one without a nanny goes on."""
    with suppress(Exception):
        # `restart_workers` asks first, and ends the nanny too if the worker does not hear
        client.run(_kill, workers=[worker], nanny=True)


def end_if_silent(client: Any, worker: str) -> None:
    """End a worker's process if it does not answer: a fit may hold the interpreter."""
    ask = partial(client.run, place_of, workers=[worker], on_error="ignore")
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_ANSWER)
    if asking.is_alive():
        end_process(client, worker)


def _kill(dask_worker: Any) -> None:  # the name by which a nanny is passed
    os.kill(dask_worker.pid, signal.SIGKILL)
