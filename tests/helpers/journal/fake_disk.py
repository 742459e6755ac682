"""A disk in memory that can lose its power: what was not synced may be lost, torn or reordered.

It is harsher than file systems are. Of the writes since the last sync each may be there, not be
there, be there in part, or be zeros; where a later one is there, zeros stand in the place of an
earlier one, because the place of a write is settled when it is made. A truncation that was not
synced may be undone, and a rename lost, though never half of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO

from sktune.journal.disk import LONGEST_LINE, Disk, File
from sktune.journal.locking import InUseError


class PowerCut(BaseException):
    """Everything stops here."""


@dataclass(eq=False)
class Content:
    """A file's bytes: those on the disk, and what has been done since.

    Attributes
    ----------
    durable : bytes
        As of the last sync.
    pending : list of (int, bytes or None)
        Writes at their offsets, and truncations, which have None.
    n_cuts : int
        How many truncations are on the disk.
    """

    durable: bytes = b""
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)
    n_cuts: int = 0

    @property
    def now(self) -> bytes:
        """What a reader sees while there is power."""
        content = bytearray(self.durable)
        for offset, data in self.pending:
            _apply(content, offset, data)
        return bytes(content)

    def sync(self) -> None:
        self.n_cuts += sum(data is None for _, data in self.pending)
        self.durable, self.pending = self.now, []

    def crash(self, rng: random.Random) -> None:
        content = bytearray(self.durable)
        for offset, data in self.pending:
            fate = rng.choice(["kept", "kept", "lost", "torn", "zeros", "hole"])
            if fate == "lost":
                continue
            if data is not None and fate != "kept":
                data = _spoilt(data, fate, rng)
            _apply(content, offset, data)
        self.durable, self.pending = bytes(content), []


def _spoilt(data: bytes, fate: str, rng: random.Random) -> bytes:
    start, end = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    if fate == "torn":
        return data[:start]
    if fate == "zeros":
        return bytes(end)
    return data[:start] + bytes(end - start) + data[end:]


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


class FakeDisk(Disk):
    """A disk in memory.

    Attributes
    ----------
    files : dict of str to Content
    left : int or None
        How many steps there is power for; in the next one it is cut, and half of a write done.
    """

    def __init__(self) -> None:
        self.files: dict[str, Content] = {}
        self.left: int | None = None
        self._locked: set[str] = set()
        self._renamed: dict[str, Content | None] = {}

    @contextmanager
    def lock(self, path: str) -> Iterator[object]:
        if path in self._locked:
            raise InUseError(path)
        self._locked.add(path)
        try:
            yield self
        finally:
            self._locked.discard(path)

    def is_regular(self, path: str) -> bool | None:
        return True if path in self.files else None

    def lines(self, path: str) -> Iterator[bytes]:
        stream = BytesIO(self.files[path].now)
        while line := stream.readline(LONGEST_LINE + 1):
            yield line

    def begin(self, path: str, data: bytes) -> None:
        beside = Content()
        self.write(beside, data)
        self.step()
        beside.sync()
        self.step()
        self._renamed.setdefault(path, self.files.get(path))
        self.files[path] = beside
        self.step()
        self._renamed.clear()

    def open(self, path: str) -> File:
        self.step()
        return FakeFile(self, self.files[path])

    def step(self) -> None:
        """Whatever is done after this needs power."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise PowerCut

    def write(self, content: Content, data: bytes) -> None:
        """Write at the end; if the power is cut, half of it."""
        end = len(content.now)
        try:
            self.step()
        except PowerCut:
            content.pending.append((end, data[: len(data) // 2]))
            raise
        content.pending.append((end, data))

    def crash(self, seed: int) -> None:
        """Lose the power: what is left is what another process finds afterwards."""
        rng = random.Random(seed)
        for path, earlier in self._renamed.items():
            if rng.random() < 0.5:
                if earlier is None:
                    del self.files[path]
                else:
                    self.files[path] = earlier
        self._renamed.clear()
        for content in self.files.values():
            content.crash(rng)
        self.left = None
        self._locked.clear()


@dataclass
class FakeFile(File):
    """A file of such a disk."""

    disk: FakeDisk
    content: Content
    closed: bool = False

    def append(self, data: bytes) -> None:
        assert not self.closed
        self.disk.write(self.content, data)

    def sync(self) -> None:
        assert not self.closed
        self.disk.step()
        self.content.sync()

    def cut(self, size: int) -> None:
        assert not self.closed
        self.disk.step()
        self.content.pending.append((size, None))
        self.sync()

    def close(self) -> None:
        self.closed = True
