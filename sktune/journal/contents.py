"""The contents of a journal: its lines, taken in one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..exceptions import CheckpointError
from ..trials import Outcome
from .disk import Disk
from .json_values import OddRecordError, check
from .line_format import Body, DamagedError, Line, decode, recover
from .records import Candidate, JournalHeader, read_outcome, read_start, read_stopped

_OURS = b'{"line":1,"synced":'


class NotAJournalError(ValueError):
    """The file is something else."""


@dataclass
class Contents:
    """Candidates and outcomes, in the order in which they came.

    Attributes
    ----------
    header : JournalHeader
    candidates : list of Candidate
    numbers : dict of str to int
        Number of a candidate, by its key.
    outcomes : dict of int to dict of int to Outcome
        By candidate and split; of several for one task the last.
    stopped : set of int
        Candidates that were stopped, and not gone on with later.
    lines : list of int
        The line in which each candidate is.
    deaths : counter of (int, int)
        How often the process has died while it evaluated a candidate on a split.
    n_lines, size, tail : int
        How many lines there are, where they end in the file, and how many bytes that are to
        be cut off come after them.
    """

    header: JournalHeader
    candidates: list[Candidate] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    outcomes: dict[int, dict[int, Outcome]] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    lines: list[int] = field(default_factory=list)
    deaths: Counter[tuple[int, int]] = field(default_factory=Counter)
    _started: tuple[int, int] | None = None
    n_lines: int = 0
    size: int = 0
    tail: int = 0

    @classmethod
    def read(cls, data: Iterable[bytes]) -> Contents | None:
        """Read the lines of a file; None if it is empty.

        Raises
        ------
        NotAJournalError, DamagedError
            The latter with the number of the line.
        """
        data = iter(data)
        first = next(data, None)
        if first is None:
            return None
        if not first.startswith(_OURS):
            raise NotAJournalError("it does not begin as a journal of sktune does")
        try:
            contents = cls(JournalHeader.read(decode(first, "").body))
        except (DamagedError, OddRecordError) as exc:
            raise DamagedError(f"line 1 is damaged: {exc}") from exc
        recovered = recover(data, contents.header.salt, number=2, offset=len(first))
        for line in recovered.lines:
            contents.enter(line)
        contents._end_start(died=True)
        contents.n_lines = 1 + len(recovered.lines)
        contents.size, contents.tail = recovered.size, recovered.tail
        return contents

    def enter(self, line: Line) -> None:
        """Take in what a line says."""
        try:
            self._enter(line.body)
        except OddRecordError as exc:
            raise DamagedError(f"line {line.number} is no record: {exc}") from exc
        self.lines += [line.number] * (len(self.candidates) - len(self.lines))

    def _enter(self, body: Body) -> None:
        kind = body.get("kind")
        check(kind in ("candidate", "start", "outcome", "stopped", "closed"), "kind", kind)
        if kind == "candidate":
            self.add(Candidate.read(body, len(self.candidates)))
        elif kind == "start":
            self._end_start(died=True)
            self._started = read_start(body, len(self.candidates), self.header.n_splits)
        elif kind == "outcome":
            outcome = read_outcome(body, len(self.candidates), self.header.n_splits)
            self.outcomes.setdefault(outcome.trial, {})[outcome.split] = outcome
            self.stopped.discard(outcome.trial)
            self._end_start(died=False)
        elif kind == "stopped":
            self.stopped.add(read_stopped(body, len(self.candidates)))
        else:
            self._end_start(died=False)

    def _end_start(self, *, died: bool) -> None:
        """Note that what was begun has ended: with an outcome, with the search, or by dying."""
        if died and self._started is not None:
            self.deaths[self._started] += 1
        self._started = None

    def add(self, candidate: Candidate) -> None:
        """Add a candidate that is not there yet."""
        check(candidate.key not in self.numbers, "key", candidate.key)
        self.candidates.append(candidate)
        self.numbers[candidate.key] = candidate.number


def read_file(path: str, disk: Disk) -> Contents | None:
    """Read a journal; None if there is no file, or an empty one.

    Raises
    ------
    CheckpointError
        If it cannot be read, or not be relied on.
    """
    try:
        there = disk.is_regular(path)
        if there is False:
            raise CheckpointError(f"{path!r} is no ordinary file. Pass the path of one.")
        return Contents.read(disk.lines(path)) if there else None
    except (NotAJournalError, DamagedError) as exc:
        raise CheckpointError(unreadable(path, exc)) from exc
    except OSError as exc:
        raise CheckpointError(f"{path!r} cannot be read: {exc.strerror}.") from exc


def unreadable(path: str, error: Exception) -> str:
    """Say what is wrong with a file, and what to do."""
    if isinstance(error, NotAJournalError):
        return f"{path!r} is no journal: {error}. Pass another path; nothing is overwritten."
    return (
        f"{path!r} cannot be relied on: {error}. Nothing has been changed. Take a copy from "
        "before the damage, or another path; or, to go on with what is before that line, cut "
        "the file there."
    )
