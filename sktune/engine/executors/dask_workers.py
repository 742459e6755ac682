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
from typing import Any

import cloudpickle
from joblib import parallel_config

from ...evaluation import Bundle
from ...optional import package
from ...sharing.files import remove_here
from ...trials import Outcome
from .errands import Surroundings, evaluated
from .parcels import Parcel

TOPIC = "sktune"
TELL = 0.1
"""Seconds between two messages of a load that is under way."""

_FLUSH = 0.05
"""Seconds that a message is on its way. A task that may kill its worker waits for it."""


def place_of() -> tuple[str, str]:
    """Return what tells this worker's host from others: the machine, and its temporary files."""
    return platform.node(), tempfile.gettempdir()


def run_load(
    parcel: Parcel,
    load: Sequence[Bundle],
    numbers: Sequence[int],
    around: Surroundings,
    seconds: float | None,
    about: tuple[str, int, bool],
    *data: Any,
) -> list[Outcome]:
    """Evaluate bundles; those that take longer tell by messages what has come of them so far."""
    search, number, careful = about
    worker = package("distributed").get_worker()
    last, n_told = time.monotonic(), 0
    found: list[Outcome] = []

    def tell() -> None:
        nonlocal last, n_told
        outcomes = cloudpickle.dumps(found[n_told:])
        message = {"search": search, "load": number, "worker": worker.address, "outcomes": outcomes}
        worker.log_event(TOPIC, message)
        last, n_told = time.monotonic(), len(found)

    def take(outcome: Outcome) -> None:
        found.append(outcome)
        if time.monotonic() - last > TELL:
            tell()

    tell()
    if careful:
        handed_on = threading.Event()
        worker.loop.add_callback(handed_on.set)  # after the message, in the same thread
        handed_on.wait(TELL)
        time.sleep(_FLUSH)
    evaluate = parcel.evaluating(dict(zip(numbers, data, strict=True)), seconds)
    with parallel_config("threading"):  # what is nested stays here
        evaluated(evaluate, load, around, tell=take)
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


def _kill(dask_worker: Any) -> None:  # the name by which a nanny is passed
    os.kill(dask_worker.pid, signal.SIGKILL)
