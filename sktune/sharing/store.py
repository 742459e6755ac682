"""Results of fitting and transforming on the splits, kept so that the work is done once.

Kept in memory within a bound; where several processes work on one split, also handed from
one to the other through files.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from .account import Account
from .arrays import n_bytes
from .files import Files

Address = tuple[int, int, str]
"""Split, key of a piece, and what of it: "fit", "test" or "train"."""

MOST_BYTES = 2**27
"""Memory for what is kept, unless the data are larger: 128 MiB."""

_PINNED = 2
"""Results of one key that are kept though they are large: a fit from which others are being
taken, and the one that was tried before it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A result of work that is done once.

    Attributes
    ----------
    value : object
        None if it has been let go; only what can be shared is kept, and what is told of failures.
    seconds : float
        What it took, with all that went into it.
    state : {"ok", "gone", "failed", "raised", "drew", "draws", "own"}
        Whether it is there, has been let go, fails for all, could not be had, seems to have drawn
        and is to be tried once more, must not be shared, or cannot be given to several.
    """

    value: Any
    seconds: float
    state: str = "ok"

    def let_go(self) -> Kept:
        """Return what is left without the value."""
        if self.state == "failed":
            return self
        return replace(self, value=None, state="gone" if self.state == "ok" else self.state)


_ANEW = ("gone", "drew")
"""States in which the work is done again."""


def drawn(sure: bool) -> str:
    """Return the state of what has drawn, as a generator's state says that is every thread's.

    Where nothing in the code refers to a generator, it may have been another thread.
    """
    return "drew" if sure else "draws"


class ProcessStore:
    """Keeps results, the latest used of them longest.

    Parameters
    ----------
    most_bytes : int, default=MOST_BYTES
        Bound on the memory of what is kept. What does not fit is done again.
    files : Files, optional
        Through which results are handed on.

    Attributes
    ----------
    everywhere : dict
        Common to all stores of a search in one process.
    unfit : set of int or str
        Likewise: the kinds of pieces that are not fit for being shared.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, files: Files | None = None) -> None:
        self.everywhere = {} if files is None else _everywhere(files.folder)
        self.unfit: set[int | str] = self.everywhere.setdefault("unfit", set())
        self._most_bytes = most_bytes
        self._files = files if files is not None and files.reachable else None
        self._kept: dict[Address, Kept] = {}
        self._sizes: OrderedDict[Address, int] = OrderedDict()  # of what is there, latest used last
        self._there: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        self._pinned: defaultdict[tuple[int, int], dict[Address, Kept]] = defaultdict(dict)
        self._n_bytes: Counter[int] = Counter()  # of each split
        self._overflown = False
        self._locks: defaultdict[Address, threading.Lock] = defaultdict(threading.Lock)

    def __contains__(self, address: Address) -> bool:
        """Whether anything is known of a result in this process."""
        return address in self._kept

    def held(self, n_splits: int, expected: int = 0) -> float:
        """Return the share of the memory that so many splits take, if all are as the largest is.

        Infinite if there was no room for something already.

        Parameters
        ----------
        n_splits : int
        expected : int, default=0
            Bytes of a split that are expected in any case.
        """
        largest = max(self._n_bytes.values(), default=0)
        return inf if self._overflown else max(largest, expected) * n_splits / self._most_bytes

    def find(self, address: Address) -> Kept | None:
        """Return a result, or what is left of it."""
        kept = self._kept.get(address)
        if kept is not None and kept.state not in _ANEW:
            if address in self._sizes:
                self._sizes.move_to_end(address)
            return kept
        if (pinned := self._pinned.get(address[:2], {}).get(address)) is not None:
            return pinned
        loaded: Kept | None = None if self._files is None else self._files.load(address)
        if loaded is None:
            return kept
        self._hold(address, loaded)
        return loaded

    def state(self, address: Address) -> str | None:
        """Return the state of a result in this process's memory; None if nothing is known."""
        kept = self._kept.get(address)
        return None if kept is None else kept.state

    def put(self, address: Address, kept: Kept, *, common: bool) -> None:
        """Keep a result, and hand it on if other bundles may ask for it."""
        if common and self._files is not None:
            self._files.dump(address, kept)
        self._hold(address, kept)

    def pin(self, address: Address, kept: Kept) -> None:
        """Keep a result within no bound, until it is released or two more of its key are pinned."""
        pinned = self._pinned[address[:2]]
        pinned.pop(address, None)
        pinned[address] = kept
        while len(pinned) > _PINNED:
            del pinned[next(iter(pinned))]

    def release(self, split: int, keys: Collection[int]) -> None:
        """Let go of what no task of a split needs any more; what it took stays known."""
        for key in keys:
            self._pinned.pop((split, key), None)
            for what in self._there.pop((split, key), ()):
                address = split, key, what
                self._put(address, self._kept[address].let_go())

    def lock(self, address: Address) -> AbstractContextManager[Any]:
        """Have other workers wait that want the same."""
        if self._files is None:
            return self._locks[address]
        return self._files.lock(address)

    def _hold(self, address: Address, kept: Kept) -> None:
        """Keep a result within the bound."""
        size = n_bytes(kept.value)
        if size > self._most_bytes:
            kept, size, self._overflown = kept.let_go(), 0, True
        self._put(address, kept, size)
        while self._n_bytes.total() > self._most_bytes and self._sizes:
            self._overflown = True
            oldest = next(iter(self._sizes))
            self._put(oldest, self._kept[oldest].let_go())

    def _put(self, address: Address, kept: Kept, size: int = 0) -> None:
        self._n_bytes[address[0]] += size - self._sizes.pop(address, 0)
        self._kept[address] = kept
        if kept.state == "ok":
            self._sizes[address] = size
            self._there[address[:2]].add(address[2])


class TaskStore:
    """The store as one task sees it: its split, what later tasks need, and what others have too.

    Parameters
    ----------
    store : ProcessStore
    split : int
    keep, common : collection of int
        Keys that later tasks need, and keys that other bundles have too.
    account : Account
        Waiting for others is no work.
    """

    def __init__(
        self,
        store: ProcessStore,
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

    def state(self, key: int | None, what: str) -> str | None:
        """Return the state of a result, as far as it is known in this process."""
        return None if key is None else self._store.state((self._split, key, what))

    def give_up(self, kind: int | str) -> None:
        """Have nothing shared any more of candidates with a kind of pieces."""
        self._store.unfit.add(kind)

    def is_wanted(self, key: int | None) -> bool:
        """Whether results of a key are kept for later tasks, or other bundles may ask for them."""
        return key in self._keep or key in self._common

    def is_here(self, key: int, what: str) -> bool:
        """Whether a result is in memory, within its bound."""
        return self._store.state((self._split, key, what)) == "ok"

    def once(
        self, key: int, what: str, work: Callable[[], Kept], *, here: bool = False
    ) -> tuple[Kept, bool]:
        """Return a result, working for it only if needed, and whether it was there already.

        If it was worked for now it has its value, whatever is kept of it. With `here` each process
        works for its own, and keeps it until its key is released.
        """
        store, address = self._store, (self._split, key, what)
        keep, common = here or key in self._keep, not here and key in self._common
        kept = store.find(address) if keep or common or address in store else None
        if kept is not None and kept.state not in _ANEW:
            return kept, True
        with self._locked(key, what) if common else nullcontext():
            if common and (kept := store.find(address)) is not None and kept.state not in _ANEW:
                return kept, True
            before, kept = kept, work()
            if kept.state == "drew" and before is not None and before.state == "drew":
                kept = replace(kept, state="draws")
            lasting = kept if keep and kept.state == "ok" else kept.let_go()
            store.put(address, lasting, common=common)
        return kept, False

    def memory(self, key: int, what: str, make: Callable[[], Any]) -> Any:
        """Return what this thread alone changes, until a key is released."""
        what = f"{what} {threading.get_ident()}"
        return self.once(key, what, lambda: Kept(make(), 0.0), here=True)[0].value

    def everywhere(self, key: int) -> dict[Any, Any]:
        """Return what all splits have in common, for this thread to change."""
        memory: dict[Any, Any] = self._store.everywhere.setdefault((key, threading.get_ident()), {})
        return memory

    def pin(self, key: int, what: str, kept: Kept) -> None:
        """Keep a result, however large, until the tasks that need its key are done."""
        self._store.pin((self._split, key, what), kept)

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
        """Let other workers go on that wait for a result, if it was held."""
        if (lock := self._held.pop((key, what), None)) is not None:
            lock.__exit__(None, None, None)

    def free_all(self) -> None:
        """Let all others go on."""
        for key, what in list(self._held):
            self.free(key, what)

    @contextmanager
    def _locked(self, key: int, what: str) -> Iterator[None]:
        if (key, what) in self._held:
            yield
            return
        start = time.time()
        with self._store.lock((self._split, key, what)):
            self._account.waited += time.time() - start
            yield


_latest: tuple[str, dict[Any, Any]] = ("", {})


def _everywhere(search: str) -> dict[Any, Any]:
    """Return what the stores of a search have in common; a process keeps one search's."""
    global _latest
    if _latest[0] != search:
        _latest = search, {}
    return _latest[1]
