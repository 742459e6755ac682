"""How bundles are drawn: by joblib's threads, as many ahead as the user says."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from ..evaluation import Bundle


class Gate(Iterator[Any]):
    """Lets things through until it is closed, to one thread at a time."""

    def __init__(self, things: Iterable[Any]) -> None:
        self._things = iter(things)
        self._mutex = threading.Lock()
        self._open = True

    def __next__(self) -> Any:
        with self._mutex:
            if not self._open:
                raise StopIteration
            return next(self._things)

    def close(self) -> None:
        with self._mutex:  # what is on its way through has then come through
            self._open = False


def taken_from(bundles: deque[Bundle]) -> Iterator[Bundle]:
    """Take from the left as they are drawn; what is not drawn stays."""
    while bundles:
        yield bundles.popleft()


def evaluated(pre_dispatch: int | str, n_workers: int) -> int:
    """What joblib makes of an expression such as '2*n_jobs'.

    Raises
    ------
    ValueError
        If it is none, or nothing would ever be handed out.
    """
    most: Any = pre_dispatch
    if isinstance(pre_dispatch, str):
        sums = pre_dispatch.replace("n_jobs", str(n_workers))
        try:
            # nothing but digits and signs gets here
            most = eval(sums) if re.fullmatch(r"[\d\s.+*/()-]+", sums) else None  # noqa: S307
        except (SyntaxError, TypeError, ArithmeticError):
            most = None
    if most is None or most < 1:
        raise ValueError(
            f"pre_dispatch={pre_dispatch!r} would never hand out anything; pass at least 1, "
            "or an expression such as '2*n_jobs'."
        )
    return int(most)
