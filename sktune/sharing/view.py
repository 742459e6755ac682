"""The store as one task sees it: its split, what later tasks need, and what others have too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from .account import Account
from .groups import Kin
from .store import Kept, Store


class View:
    """Results by their key and by what of it; see `Store`.

    Parameters
    ----------
    store : Store
    split : int
    keep : collection of int
        Keys that later tasks need.
    common : collection of int
        Keys that other bundles have too.
    account : Account
        Of the task: waiting for others is no work.
    """

    def __init__(
        self,
        store: Store,
        split: int,
        keep: Collection[int],
        common: Collection[int],
        account: Account,
    ) -> None:
        self._store = store
        self._split = split
        self._keep = keep
        self._common = common
        self._account = account
        self._held: dict[tuple[int, str], AbstractContextManager[Any]] = {}

    def find(self, key: int | None, what: str) -> Kept | None:
        """Return a result, or what is left of it; of what has no key there is none."""
        return None if key is None else self._store.find((self._split, key, what))

    def has(self, key: int | None, what: str) -> bool:
        """Whether a result can be had without working for it."""
        kept = self.find(key, what)
        return kept is not None and kept.state == "ok"

    def is_here(self, key: int, what: str) -> bool:
        """Whether a result is in memory."""
        return self._store.holds((self._split, key, what))

    def once(
        self, key: int, what: str, work: Callable[[], Kept], *, here: bool = False
    ) -> tuple[Kept, bool]:
        """Return a result, working for it only if nobody has, and whether it was there already.

        Parameters
        ----------
        key : int
        what : str
        work : callable
        here : bool, default=False
            Whether it is kept for this thread alone, which may change it.
        """
        what = f"{what} {threading.get_ident()}" if here else what
        held = (key, what) in self._held
        return self._store.once(
            (self._split, key, what),
            work,
            keep=here or key in self._keep,
            common=not here and key in self._common,
            lock=nullcontext() if held else self._locked(key, what),
        )

    def pin(self, key: int, what: str, kept: Kept) -> None:
        """Keep a result, however large, until the tasks that need its key are done."""
        self._store.pin((self._split, key, what), kept)

    def memory(self, kin: Kin) -> dict[Any, Any]:
        """Return the memory of kin: of this split, or of all."""
        if kin.family.assists_everywhere:
            return self._store.everywhere(kin.key)
        kept, _ = self.once(kin.key, "kin", lambda: Kept({}, 0.0), here=True)
        return kept.value  # type: ignore[no-any-return] # it holds anything

    def hold(self, key: int, what: str) -> bool:
        """Have others wait for a result from now on, until it is freed; whether others may ask."""
        if key not in self._common:
            return False
        if (key, what) not in self._held:
            lock = self._locked(key, what)
            lock.__enter__()
            self._held[key, what] = lock
        return True

    def free(self, key: int, what: str) -> None:
        """Let others go on who wait for a result, if it was held."""
        if (lock := self._held.pop((key, what), None)) is not None:
            lock.__exit__(None, None, None)

    def free_all(self) -> None:
        """Let all others go on."""
        for key, what in list(self._held):
            self.free(key, what)

    @contextmanager
    def _locked(self, key: int, what: str) -> Iterator[None]:
        start = time.time()
        with self._store.lock((self._split, key, what)):
            self._account.waited += time.time() - start
            yield
