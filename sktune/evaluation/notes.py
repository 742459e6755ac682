"""Notes of what each worker is doing, where the parent finds them when the worker has died."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

_FORM = struct.Struct("<qqd")

_MOST = 16384
"""Tasks that a worker keeps notes of: more than joblib ever sends it in one go."""

DONE = 0.0
"""Stands for the time since when, once a task is done."""


@dataclass(frozen=True)
class Note:
    """A task that is being done, and since when (`time.time`); or that is done."""

    trial: int
    split: int
    since: float


class Notes:
    """A folder with a file for each worker. Picklable."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @classmethod
    def new(cls) -> Notes | None:
        """Make a folder; None if there can be none."""
        try:
            return cls(tempfile.mkdtemp(prefix="sktune-notes-"))
        except OSError:
            return None

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def doing(self, trial: int, split: int) -> Iterator[None]:
        """Note what this process does, until it has done it."""
        file = self._file()
        if file is None:
            yield
            return
        at = file.tell() % (_MOST * _FORM.size)
        _write(file, at, _FORM.pack(trial, split, time.time()))
        try:
            yield
        finally:
            _write(file, at, _FORM.pack(trial, split, DONE))

    def read(self) -> list[Note] | None:
        """Return what workers have done lately and were doing last, and forget it.

        None if it is gone.
        """
        found: list[Note] = []
        try:
            names = os.listdir(self.folder)
        except OSError:
            return None
        for name in names:
            with suppress(OSError):
                found += self._of(name)
                os.remove(os.path.join(self.folder, name))
        return found

    def is_doing(self, name: str) -> bool:
        """Whether a worker, by the name of its file, has begun a task and not done it.

        Raises
        ------
        OSError
            If the file is gone.
        """
        return any(note.since != DONE for note in self._of(name))

    def _of(self, name: str) -> list[Note]:
        with open(os.path.join(self.folder, name), "rb") as file:
            data = file.read()
        whole = len(data) - len(data) % _FORM.size
        return [Note(*fields) for fields in _FORM.iter_unpack(data[:whole])]

    def _file(self) -> BinaryIO | None:
        """Open the file of this process, once."""
        path = os.path.join(self.folder, str(os.getpid()))
        if path not in _files:
            for file in _files.values():  # of an earlier search
                file.close()
            _files.clear()
            try:
                _files[path] = open(path, "wb", buffering=0)  # noqa: SIM115 - kept
            except OSError:  # the folder is on another machine, or gone
                return None
        return _files[path]


_files: dict[str, BinaryIO] = {}


def _write(file: BinaryIO, at: int, data: bytes) -> None:
    # a disk that is full costs the note, not the search: a task not begun is tried with others
    with suppress(OSError):
        file.seek(at)
        file.write(data)
