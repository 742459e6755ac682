"""Results handed from one worker to another through memory-mapped files.

Arrays lie in a file as they lay in memory, strides and all, and are read where they are:
workers on one machine share the pages.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import secrets
import shutil
import struct
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from ..optional import package
from .arrays import block, placed

_ALIGNED = 64
_SMALLEST = 4096
"""Bytes from which a buffer is mapped; smaller ones are read."""

_POLL = 0.002
"""Seconds between two looks at whether another worker is done."""

_LARGEST_SHARE = 0.25
"""Of the free space of a disk that a result may take."""

_IN_MEMORY = "/dev/shm"  # noqa: S108 - joblib's place for what workers share, too
"""A folder that no disk is waited for. What lies there takes memory: only results of small data do,
and no more than a share of what there is room for."""

_SMALL = 2**20
_ROOM = 2 * 10**9
"""Bytes of small data, and that are free in memory at least, as joblib wants it."""

_USED = 0.1
"""Share of the folder in memory that may be taken, by whatever it is."""

_WIDEST = 64
"""How many times its own size a strided array may lie spread over: the first components of
all, for example, which lie between the others."""


Address = tuple[str, int, int]
"""The name of a folder that is on several hosts, a split, and the key of a piece."""


class Files:
    """A folder of results, on a disk that workers see; one that does not works for itself."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @classmethod
    def new(cls, size: int) -> Files | None:
        """Make a folder in the place for temporary files, joblib's if it is set.

        In memory, if that can be, for data of no more bytes than are small. None if there can be no
        folder: workers then do again what others have done.
        """
        where = os.environ.get("JOBLIB_TEMP_FOLDER")
        try:
            if where is not None:
                os.makedirs(where, exist_ok=True)
            elif size <= _SMALL and _has_room(_IN_MEMORY):
                where = _IN_MEMORY
            return cls(tempfile.mkdtemp(prefix="sktune-", dir=where))
        except OSError:
            return None

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def reachable(self) -> bool:
        """Whether this process sees the folder."""
        return os.path.isdir(self.folder)

    def lock(self, address: tuple[Any, ...]) -> AbstractContextManager[Any]:
        """Wait for a lock, to be left as a context; it ends with the process that holds it."""
        lock = package("filelock").FileLock(f"{self._path(address)}.lock")
        return lock.acquire(poll_interval=_POLL)  # type: ignore[no-any-return] # without types

    def load(self, address: tuple[Any, ...]) -> Any:
        """Return a result, its arrays mapped and read-only; None if there is none."""
        try:
            return _read(self._path(address))
        except FileNotFoundError:
            return None

    def dump(self, address: tuple[Any, ...], result: object) -> None:
        """Hand a result on; one that cannot be is done again where it is needed."""
        path = self._path(address)
        with suppress(Exception):  # anything may go wrong when an object is pickled
            parts, room = _serialised(result), shutil.disk_usage(self.folder)
            if self.folder.startswith(_IN_MEMORY) and room.used > _USED * room.total:
                return
            if sum(map(len, parts)) < _LARGEST_SHARE * room.free:
                _write(f"{path}.new", parts)
                os.replace(f"{path}.new", path)

    def _path(self, address: tuple[Any, ...]) -> str:
        return f"{self.folder}/{'-'.join(map(str, address))}"


class HostFiles(Files):
    """Folders of results, one on each host that needs it, which the workers there see.

    Nothing of one host is used on another, but for what is brought there.

    Attributes
    ----------
    made : dict of (split, key) to int
        Bytes of what was handed on with this object.
    """

    def __init__(self, name: str) -> None:
        super().__init__(os.path.join(tempfile.gettempdir(), name))
        self._name = name
        self.made: Counter[tuple[int, int]] = Counter()

    def __reduce__(self) -> tuple[type[HostFiles], tuple[str]]:
        return HostFiles, (self._name,)

    @classmethod
    def anew(cls) -> HostFiles:
        """Return folders that are none yet."""
        return cls(f"sktune-{secrets.token_hex(8)}")

    @property
    def reachable(self) -> bool:
        """Whether this process sees the folder of its host, which is made if there is none."""
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
        except OSError:
            return False
        return True

    def dump(self, address: tuple[Any, ...], result: object) -> None:
        super().dump(address, result)
        with suppress(OSError):  # it was not handed on
            self.made[address[:2]] += os.path.getsize(self._path(address))

    def packed(self, split: int, key: int) -> dict[str, bytes]:
        """Return all that was made of a piece: the names and what is in the files."""
        names = (name for name in os.listdir(self.folder) if name.startswith(f"{split}-{key}-"))
        files = (Path(self.folder, name) for name in names if not name.endswith((".lock", ".new")))
        return {file.name: file.read_bytes() for file in files}

    def bring(self, split: int, key: int, ask: Callable[[Address], dict[str, bytes]]) -> None:
        """Have what was made of a piece on another host; if that cannot be, it is made here.

        Parameters
        ----------
        split, key : int
        ask : callable
            From the name of the folder, the split and the key to what is packed there.
        """
        if not self.reachable:
            return
        with suppress(Exception), self.lock((split, key, "fit")):
            if self.packed(split, key):
                return
            packed = ask((self._name, split, key))
            for name in sorted(
                packed, key=lambda name: name.endswith("-fit")
            ):  # which tells of all
                path = Path(self.folder, name)
                path.with_name(f"{name}.new").write_bytes(packed[name])
                os.replace(f"{path}.new", path)


def packed(address: Address) -> dict[str, bytes]:
    """Return what was made of a piece on this host."""
    name, split, key = address
    return HostFiles(name).packed(split, key)


def remove_here(names: Sequence[str]) -> None:
    """Remove folders of this host, by their names."""
    for name in names:
        shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)


def _has_room(folder: str) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= _ROOM


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc] # without types
    """Keeps the strides of arrays that do not lie in one piece."""

    def reducer_override(self, obj: object) -> Any:
        if type(obj) is np.ndarray and not obj.dtype.hasobject:
            whole = obj.flags.c_contiguous or obj.flags.f_contiguous
            if not whole:
                memory, offset = block(obj)
                if memory.nbytes > _WIDEST * obj.nbytes:
                    raise pickle.PicklingError("an array that lies spread too wide")
                return placed, (memory, obj.shape, obj.strides, obj.dtype.str, offset)
        return super().reducer_override(obj)


def _serialised(result: object) -> list[memoryview]:
    """A pickle, and the buffers that it leaves out."""
    buffers: list[memoryview] = []

    def leave_out(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _SMALLEST:
            return True
        buffers.append(raw)
        return False

    stream = io.BytesIO()
    callback: Callable[[pickle.PickleBuffer], Any] = leave_out
    _Pickler(stream, protocol=5, buffer_callback=callback).dump(result)
    return [memoryview(stream.getbuffer()), *buffers]


def _write(path: str, parts: list[memoryview]) -> None:
    """Number of parts, their sizes, then each at a multiple of 64 bytes."""
    with open(path, "wb") as file:
        file.write(struct.pack(f"<{1 + len(parts)}Q", len(parts), *(p.nbytes for p in parts)))
        for part in parts:
            file.write(bytes(-file.tell() % _ALIGNED))
            file.write(part)


def _read(path: str) -> Any:
    with open(path, "rb") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    (n,) = struct.unpack_from("<Q", memory)
    sizes = struct.unpack_from(f"<{n}Q", memory, 8)
    parts, at = [], 8 * (1 + n)
    for size in sizes:
        at += -at % _ALIGNED
        parts.append(memory[at : at + size])
        at += size
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - this search's own workers'
