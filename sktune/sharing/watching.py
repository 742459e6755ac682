"""A watch on users' own code: whether it leaves a trace where it may find it the next time.

What code refers to that is not known (`Piece.known`) is looked at before and after the first task
in which it runs. If anything has changed then, such as a counter, or what a class remembers, its
tasks are evaluated alone, until one of them has changed nothing.
"""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from io import IOBase
from typing import Any

import numpy as np

from .._sklearn import package_of
from ..space.setting import IMMUTABLE
from ..types import Model
from .arrays import n_bytes
from .generators import State
from .randomness import unknown_in
from .sources import lasting_in

_LARGEST = 2**20
"""Bytes of an array that is looked at."""


class Watch:
    """Remembers of which code it is known that it leaves no trace.

    Attributes
    ----------
    in_order : bool
        Whether some code draws from a global generator, or changes what lasts, so that the order
        of tasks matters where there is a single worker.
    """

    def __init__(self) -> None:
        self._fine: set[int] = set()
        self._doubted: set[int] = set()
        self.in_order = False

    def doubts(self, codes: frozenset[int], *, again: bool) -> bool:
        """Whether code is to run alone.

        With `again` it runs several times in one task, which may not be spared until it is known.
        """
        return not self._doubted.isdisjoint(codes) or (again and not codes <= self._fine)

    @contextmanager
    def over(
        self, codes: frozenset[int], make: Callable[[], Model], *, sure: bool
    ) -> Iterator[None]:
        """Watch what code refers to, unless it is known to be fine.

        `make` makes its estimator; `sure` says that nothing of it refers to a generator.
        """
        if codes <= self._fine:
            yield
            return
        parts = []
        with suppress(Exception):  # what cannot be made fails in its own fit
            parts = unknown_in(make())
        state, before = State(sure=sure), _trace(parts)
        yield
        self.in_order |= State(sure=sure) != state
        if _trace(parts) == before:
            self._fine |= codes
            self._doubted -= codes
        else:
            self._doubted |= codes - self._fine
            self.in_order = True


def _trace(parts: list[Any]) -> list[Any]:
    """Return what there is to see of all that the code of parts of an estimator refers to."""
    with suppress(Exception):  # anything may go wrong in an object's own methods
        return [_seen(value) for value in lasting_in(parts)]
    return []


def _seen(value: Any) -> Any:
    if isinstance(value, IMMUTABLE):
        return value
    kind: Any = type(value)
    if package_of(kind) == "torch":
        return kind, getattr(value, "_version", None)  # of a tensor: how often it was written into
    if isinstance(value, np.ndarray):
        small = value.nbytes <= _LARGEST and not value.dtype.hasobject
        return kind, value.tobytes() if small else value.shape
    if isinstance(value, IOBase):
        is_read = not value.closed and value.readable() and value.seekable()
        return kind, value.tell() if is_read else None  # what is printed changes nothing
    if isinstance(value, bytearray | array) or hasattr(value, "iloc"):  # a frame
        return kind, pickle.dumps(value) if n_bytes(value) <= _LARGEST else None
    return kind, len(value) if isinstance(value, Collection) else None
