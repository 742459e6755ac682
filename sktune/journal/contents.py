"""The contents of a journal: its lines, taken in one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..environment import Environment
from ..exceptions import CheckpointError
from ..trials import SINGLE, Outcome
from .disk import Disk
from .json_values import JsonEntries, check
from .line_format import DamagedError, Line, decode, recover
from .outcome_records import read_outcome, read_task
from .records import Candidate, JournalHeader, SearchEnd, read_note, read_total

_OURS = b'{"line":1,"synced":'
_KINDS = ("begun", "environment", "candidate", "start", "outcome", "stopped", "note", "closed")

_LONGEST = 1e9
"""Seconds; a file that says more is not believed."""


class NotAJournalError(ValueError):
    """The file is something else."""


_OPEN = SearchEnd("open")


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
    deaths : counter of (int, int)
        How often the process has died while it evaluated a candidate on a split.
    n_candidates : int or None
        How many candidates its search, or who went on with it last, has planned at most.
    ending : SearchEnd
        How it has ended, if it was not killed, and has not been gone on with since.
    environments : list of Environment
        In which it was begun, and those in which it was gone on with, where they are others.
    notes : dict of str to str
        What observers have noted.
    n_lines, size, tail : int
        How many lines there are, where they end in the file, and how many bytes that are to
        be cut off come after them.
    """

    header: JournalHeader
    candidates: list[Candidate] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    outcomes: dict[int, dict[int, Outcome]] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    deaths: Counter[tuple[int, int]] = field(default_factory=Counter)
    _started: tuple[int, int] | None = None
    n_candidates: int | None = None
    ending: SearchEnd = _OPEN
    environments: list[Environment] = field(init=False)
    notes: dict[str, str] = field(default_factory=dict)
    n_lines: int = 0
    size: int = 0
    tail: int = 0

    def __post_init__(self) -> None:
        self.environments = [self.header.environment]

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics that are recorded, in their order."""
        found = (o.test_scores for outcomes in self.outcomes.values() for o in outcomes.values())
        return list(dict.fromkeys(name for scores in found for name in scores)) or [SINGLE]

    @property
    def seconds(self) -> float:
        """For how long there were searches, from the first start to the last end."""
        found = (o for outcomes in self.outcomes.values() for o in outcomes.values())
        ends = [o.started + o.own_time for o in found if o.started is not None]
        return max([0.0, *(end for end in ends if end < _LONGEST)])

    @property
    def n_expected(self) -> int | None:
        """How many candidates there will be in the file; None if that is not known.

        A candidate that is equal to another is not in it, so in the end there are what there are.
        """
        n = len(self.candidates)
        if self.ending.ended_by == "completed":
            return n
        return None if self.n_candidates is None else max(n, self.n_candidates)

    @classmethod
    def read(cls, data: Iterable[bytes]) -> Contents | None:
        """Read the lines of a file; None if it is empty.

        Raises `NotAJournalError`, or `DamagedError` with the number of the line.
        """
        data = iter(data)
        first = next(data, None)
        if first is None:
            return None
        if not first.startswith(_OURS):
            raise NotAJournalError("it does not begin as a journal of sktune does")
        try:
            contents = cls(header := JournalHeader.read(JsonEntries(decode(first, "").body)))
        except DamagedError as exc:
            raise DamagedError(f"line 1 is damaged: {exc}") from exc
        lines, contents.size, contents.tail = recover(data, contents.header.salt, len(first))
        contents.n_lines, contents.n_candidates = 1 + len(lines), header.n_candidates
        for line in lines:
            try:
                contents._enter(line)
            except DamagedError as exc:
                raise DamagedError(f"line {line.number} is no record: {exc}") from exc
        contents._end_start(died=True)
        return contents

    def _enter(self, line: Line) -> None:
        entries, n_candidates = JsonEntries(line.body), len(self.candidates)
        kind = line.body.get("kind")
        self.ending = _OPEN
        check(kind in _KINDS, "kind", kind)
        if kind == "candidate":
            self.add(Candidate.read(entries, n_candidates, line.number))
        elif kind == "start":
            self._end_start(died=True)
            self._started = read_task(entries, n_candidates, self.header.n_splits)
        elif kind == "outcome":
            outcome = read_outcome(entries, n_candidates, self.header.n_splits)
            self.outcomes.setdefault(outcome.trial, {})[outcome.split] = outcome
            self.stopped.discard(outcome.trial)
            self._end_start(died=False)
        elif kind == "stopped":
            self.stopped.add(entries.whole("candidate", below=n_candidates))
        elif kind == "note":
            name, text = read_note(entries)
            self.notes[name] = text
        elif kind == "begun":
            self._end_start(died=True)
            self.n_candidates = read_total(entries)
        elif kind == "environment":
            self.environments.append(entries.take("environment", dict))
        else:
            self._end_start(died=False)
            self.ending = SearchEnd.read(entries)

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
    """Read a journal; None if there is no file, or an empty one."""
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
