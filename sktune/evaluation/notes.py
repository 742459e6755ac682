"""Notes of what each worker begins, and of what came of it, for the parent to read meanwhile.

So outcomes are known one by one, however many tasks a worker was sent, and nothing that was
done is lost with a worker that dies.
"""

from __future__ import annotations

import os
import pickle
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from ..trials import Outcome

_HEAD = struct.Struct("<qqdq")
"""Trial, split, since when (`time.time`) or `DONE`, and the bytes of the outcome that follow."""

DONE = 0.0

_LARGEST = 2**20
"""Bytes of a file from which a worker begins another; the parent removes what it has read."""


@dataclass(frozen=True)
class Note:
    """A task that is being done, and since when; or that is done, with what came of it.

    An outcome that cannot be noted is None, and has to be told otherwise.
    """

    trial: int
    split: int
    since: float
    outcome: Outcome | None = None


class Notes:
    """A folder with files of each worker. Picklable."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    @classmethod
    def new(cls) -> Notes | None:
        """Make a folder; None if there can be none."""
        try:
            return cls(tempfile.mkdtemp(prefix="sktune-notes-"))
        except OSError:
            return None

    @property
    def are_there(self) -> bool:
        """Whether the folder is there still."""
        return os.path.isdir(self.folder)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self, trial: int, split: int) -> None:
        """Note that this process begins a task."""
        self._write(_HEAD.pack(trial, split, time.time(), 0), begins=True)

    def end(self, outcome: Outcome) -> bool:
        """Note what came of a task; return whether it is there to be read."""
        try:
            story = pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001 - anything may go wrong when an exception is pickled
            story = b""
        head = _HEAD.pack(outcome.trial, outcome.split, DONE, len(story))
        return self._write(head + story) and bool(story)

    def _write(self, data: bytes, *, begins: bool = False) -> bool:
        """Append to this process's file; return whether all of it is there."""
        # a disk that is full costs the note, not the search: a task not begun is tried with others
        with suppress(OSError):
            file = self._file(begins=begins)
            whole = file is not None and file.write(data) == len(data)
            # a fit that clears temporary folders has left a file that nobody can open
            return whole and file is not None and os.fstat(file.fileno()).st_nlink > 0
        return False

    def _file(self, *, begins: bool) -> BinaryIO | None:
        """Return the file of this process; what is begun and what came of it are in the same."""
        path = os.path.join(self.folder, str(os.getpid()))
        number, file = _files.get(path, (-1, None))
        if file is None or (begins and file.tell() > _LARGEST):
            for _, other in _files.values():  # which may be of an earlier search
                other.close()
            _files.clear()
            try:
                file = open(f"{path}-{number + 1}", "ab", buffering=0)  # noqa: SIM115 - kept
            except OSError:  # the folder is gone
                return None
            _files[path] = number + 1, file
        return file


class ReadNotes:
    """A reader of notes, which goes on from where it was.

    Attributes
    ----------
    begun : dict of (trial, split) to float
        Since when (`time.time`) tasks are under way.
    """

    def __init__(self, notes: Notes) -> None:
        self._folder = notes.folder
        self._at: dict[str, tuple[int, int]] = {}  # number of the file and place, by process
        self.begun: dict[tuple[int, int], float] = {}

    def outcomes(self, process: int | None = None) -> list[Outcome]:
        """Read on, of one process or of all; return the outcomes that are new."""
        processes = [str(process)]
        if process is None:
            with suppress(OSError):
                processes = list({name.partition("-")[0] for name in os.listdir(self._folder)})
        found: list[Outcome] = []
        for one in processes:
            with suppress(OSError):  # it has noted nothing
                self._read_on(one, found)
        return found

    def _read_on(self, process: str, found: list[Outcome]) -> None:
        while True:
            number, place = self._at.get(process, (0, 0))
            path = os.path.join(self._folder, f"{process}-{number}")
            is_last = not os.path.exists(os.path.join(self._folder, f"{process}-{number + 1}"))
            with open(path, "rb") as file:
                file.seek(place)
                for note in _notes_in(file):
                    self._at[process] = number, file.tell()
                    if note.since == DONE:
                        self.begun.pop((note.trial, note.split), None)
                    else:
                        self.begun[note.trial, note.split] = note.since
                    if note.outcome is not None:
                        found.append(note.outcome)
            if is_last:
                return
            os.remove(path)
            self._at[process] = number + 1, 0


def is_doing(path: str) -> bool:
    """Whether the worker whose file it is has begun a task and not done it.

    Raises
    ------
    OSError
        If the file is gone.
    """
    last = DONE
    with open(path, "rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            _, _, last, size = _HEAD.unpack(head)
            file.seek(size, os.SEEK_CUR)
    return last != DONE


def _notes_in(file: BinaryIO) -> Iterator[Note]:
    """Give whole notes; the last may just be written, or have been when a worker died."""
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        trial, split, since, size = _HEAD.unpack(head)
        story = file.read(size)
        if len(story) < size:
            return
        outcome = None
        if story:
            with suppress(Exception):  # what is read may have methods of the user's
                outcome = pickle.loads(story)  # noqa: S301 - this search's own workers'
        yield Note(trial, split, since, outcome)


_files: dict[str, tuple[int, BinaryIO]] = {}
