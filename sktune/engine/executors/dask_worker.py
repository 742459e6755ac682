"""The work of Dask's workers: loads, of which they tell, and what they ask one another."""

from __future__ import annotations

import asyncio
import pickle
import platform
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import Any

import cloudpickle
from joblib import parallel_config

from ...optional import package
from ...sharing.files import Address, packed
from .homes import Bringing
from .remote import RemoteWork, Told

TOPIC = "sktune"
"""Under which they tell of loads."""

TELL = 0.1
"""Seconds between two messages of a load that is under way."""

TRIP = 0.01
"""Seconds that a question to another worker takes, however short the answer."""

_FLUSH = 0.05
"""Seconds that a message is on its way. A task that may kill its worker waits for it."""


def place_of() -> str:
    """Return what tells this worker's host from others: the machine, and its temporary files."""
    return f"{platform.node()} {tempfile.gettempdir()}"


def run_load(
    work: RemoteWork,
    pickled: Sequence[bytes],
    numbers: Sequence[int],
    seconds: float | None,
    about: tuple[str, int, bool],
    bringing: Bringing | None,
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

    def flush() -> None:
        """Wait until what was told is on its way: what comes may keep it from that for ever."""
        handed_on = threading.Event()
        worker.loop.add_callback(handed_on.set)  # after the message, in the same thread
        handed_on.wait(TELL)
        time.sleep(_FLUSH)

    last, n_told = tell([]), 0
    if careful:
        flush()
    if bringing is not None:
        bringing.done(_asked)
    held = dict(zip(numbers, data, strict=True))
    often = 0.0 if careful else TELL
    with parallel_config("threading"):  # what is nested stays here
        for told in work.evaluated(held, pickled, seconds, often):
            found.append(told)
            if time.monotonic() - last >= often:
                last, n_told = tell(found[n_told:]), len(found)
            if careful and len(found) == 1:  # it is ready, and begins
                flush()
    return found


def _asked(workers: Sequence[str], seconds: float, address: Address) -> dict[str, bytes]:
    """Ask a worker of another host for what is packed there, past the scheduler."""
    worker, asked = package("distributed").get_worker(), random.choice(workers)  # noqa: S311 - any

    async def ask() -> Any:
        asking = worker.rpc(asked).run(
            function=pickle.dumps(_packed), args=pickle.dumps((address,))
        )
        return await asyncio.wait_for(asking, seconds)

    answer = asyncio.run_coroutine_threadsafe(ask(), worker.loop.asyncio_loop).result()
    packed: dict[str, bytes] = answer["result"]
    return packed


async def _packed(address: Address) -> dict[str, bytes]:
    """Read files in a thread of their own: the worker's loop has others to answer."""
    return await asyncio.to_thread(packed, address)
