"""What the groups and kin of a split have in common, as the store keeps it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import Any

from .groups import Kin
from .store import Kept, Store


class OfGroups:
    """Results of groups, for one task.

    Parameters
    ----------
    store : Store
    split : int
    keep : collection of int
        Keys that later tasks need.
    common : collection of int
        Keys that other bundles have too.
    locked : callable
        ``locked(key, what)`` holds a lock.
    """

    def __init__(
        self,
        store: Store,
        split: int,
        keep: Collection[int],
        common: Collection[int],
        locked: Callable[[int, str], AbstractContextManager[Any]],
    ) -> None:
        self._store = store
        self._split = split
        self._keep = keep
        self._common = common
        self._locked = locked

    def once(
        self, key: int, what: str, work: Callable[[], Kept], *, here: bool = False
    ) -> tuple[Kept, bool]:
        """Work for what a group has in common, unless that has been done.

        What is kept here, in this thread, can be changed.
        """
        what = f"{what} {threading.get_ident()}" if here else what
        return self._store.once(
            (self._split, key, what), work, keep=here or key in self._keep,
            common=not here and key in self._common, lock=self._locked(key, what),
        )  # fmt: skip

    def is_here(self, key: int, what: str) -> bool:
        """Whether a result is in memory."""
        return self._store.holds((self._split, key, what))

    def is_there(self, key: int, what: str) -> bool:
        """Whether a result can be had without working for it."""
        kept = self._store.find((self._split, key, what))
        return kept is not None and kept.state == "ok"

    def pin(self, key: int, what: str, kept: Kept) -> None:
        """Keep a result, however large, until its group's tasks are done."""
        self._store.pin((self._split, key, what), kept)

    def memory(self, kin: Kin) -> dict[Any, Any]:
        """Return the memory of kin: of this split, or of all."""
        if kin.family.assists_everywhere:
            return self._store.everywhere(kin.key)
        kept, _ = self.once(kin.key, "kin", lambda: Kept({}, 0.0), here=True)
        return kept.value  # type: ignore[no-any-return] # it holds anything
