"""A watch on users' own code: whether it leaves a trace where it may find it the next time.

What code refers to that is not known (`Piece.known`) is looked at before and after the first task
in which it runs. If anything has changed then, such as a counter, or what a class remembers, its
tasks are evaluated alone, until one of them has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from .._sklearn import package_of
from ..space.setting import is_plain
from ..types import Model
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

    def doubts(self, codes: frozenset[int]) -> bool:
        """Whether code is to run alone."""
        return not self._doubted.isdisjoint(codes)

    @contextmanager
    def over(self, codes: frozenset[int], make: Callable[[], Model]) -> Iterator[None]:
        """Watch what code refers to, unless it is known to be fine; `make` makes its estimator."""
        if codes <= self._fine:
            yield
            return
        state, before = State(), _trace(make)
        yield
        self.in_order |= State() != state
        if _trace(make) == before:
            self._fine |= codes
            self._doubted -= codes
        else:
            self._doubted |= codes - self._fine
            self.in_order = True


def _trace(make: Callable[[], Model]) -> list[Any]:
    """Return what there is to see of all that the code of an estimator refers to."""
    with suppress(Exception):  # what cannot be made fails in its own fit
        return [_seen(value) for value in lasting_in(unknown_in(make()))]
    return []


def _seen(value: Any) -> Any:
    if is_plain({"": value}):
        return value
    kind: Any = type(value)
    if package_of(kind) == "torch":
        return kind, getattr(value, "_version", None)  # of a tensor: how often it was written into
    if isinstance(value, np.ndarray):
        small = value.nbytes <= _LARGEST and not value.dtype.hasobject
        return kind, value.tobytes() if small else value.shape
    return kind, len(value) if isinstance(value, Collection) else None
