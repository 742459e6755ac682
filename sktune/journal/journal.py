"""The journal of a search: its outcomes are recorded on disk, and recalled from there.

Only the search's own process writes it, under a lock. It is an observer, called before all
others, and what is recalled is recorded in the search before anything is handed to a worker.
"""

from __future__ import annotations

import errno
import math
import time
from collections import UserDict
from collections.abc import Hashable, Iterator, MutableMapping
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path

from ..environment import differences as environment_differences
from ..events import Observer, SearchInfo
from ..exceptions import CheckpointError, warn
from ..results import Results, why_in_words
from ..space.identity import identity
from ..strategies import Strategy
from ..trials import Outcome, Trial
from .contents import Contents, read_file, unreadable
from .digests import Undescribable
from .disk import Disk, Writer
from .fingerprint import check_same, differences
from .json_values import LONGEST_TEXT, value_body
from .line_format import Body, DamagedError, Line, TooLongError, encode
from .locking import InUseError
from .outcome_records import outcome_body
from .records import Candidate, JournalHeader, SearchEnd, key_of, total_of

_CANNOT_BE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.EEXIST,  # a file where a folder is to be made
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
)
"""The errors of the system where no file can ever be written; a full disk is no such place."""


class Journal(Observer):
    """A record of the outcomes of a problem: recalls those that are there, and adds new ones.

    A context manager, which takes the file's lock and reads the file, and gives the lock back.

    Attributes
    ----------
    path : str
    header : JournalHeader
        The header of this search, for a new file.
    contents : Contents
        What is in the file; there inside the context.
    """

    def __init__(self, path: str, header: JournalHeader, disk: Disk | None = None) -> None:
        self.path = path
        self.header = header
        self.contents = Contents(header)
        self._disk = disk or Disk()
        self._held = ExitStack()
        self._writer: Writer | None = None
        self._works = True
        self._strategy: Strategy | None = None
        self._notes_starts = False
        self._elsewhere = False
        self._keys: dict[int, str] = {}
        self._bodies: dict[Hashable, object] = {}
        self._ending: SearchEnd | None = None
        self._to_note: dict[str, str] = {}

    def __enter__(self) -> Journal:
        """Take the lock, and read what is there.

        Raises `CheckpointError` if the file is in use, damaged, no journal, another problem's, or
        cannot be written. It is left as it is.
        """
        with ExitStack() as held:
            try:
                held.enter_context(self._disk.lock(self.path))
            except InUseError:
                raise CheckpointError(
                    f"checkpoint={self.path!r} is in use by another search. Wait for it to end, "
                    "or pass another path; a directory keeps a journal for each problem."
                ) from None
            except OSError as exc:
                self._refuse_or_warn(exc)
            found = read_file(self.path, self._disk)
            # where nothing is recorded yet, nothing can be mixed up: another problem begins anew
            if found is not None and (
                found.candidates or not differences(found.header, self.header)
            ):
                check_same(found.header, self.header, self.path)
                self.contents = found
                here = self.header.environment
                self._elsewhere = bool(environment_differences(found.environments[-1], here))
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._held:
            self._close()

    @property
    def seed(self) -> int | None:
        """The seed that was drawn when the file was begun, if the search has none."""
        return self.contents.header.seed

    @property
    def notes(self) -> MutableMapping[str, str]:
        """The notes of observers; what is set is recorded."""
        return _Notes(self)

    @property
    def seconds(self) -> float:
        """For how long earlier runs have searched, as far as it is recorded."""
        return self.contents.seconds

    def begin(self, strategy: Strategy, *, notes_starts: bool) -> None:
        """Hand a strategy what was proposed before; write the header of a new file.

        In a file that is gone on with it is noted if its search was ended before everything was
        tried, or if more or fewer candidates are planned now. With `notes_starts`, what begins is
        recorded too: this process may die of it. Raises `CheckpointError` if the file cannot be
        written, or says what cannot be.
        """
        self._restore(strategy)
        self._strategy = strategy
        self._notes_starts = notes_starts
        if not self._works:
            return
        total, contents = total_of(strategy), self.contents
        if contents.n_lines:
            if contents.ending.ended_by not in ("open", "completed") or (
                contents.n_candidates != total
            ):
                self._append({"kind": "begun", "n_candidates": total})
            self._write_notes()
            return
        contents.n_candidates = total
        header = encode(Line(1, 0, replace(contents.header, n_candidates=total).body), "")
        try:
            self._disk.begin(self.path, header)
        except OSError as exc:
            self._refuse_or_warn(exc)
            return
        self.contents.n_lines, self.contents.size = 1, len(header)
        self._write_notes()

    def _restore(self, strategy: Strategy) -> None:
        recorded = [(c.line, c.proposal) for c in self.contents.candidates if c.proposal]
        try:
            strategy.restore([proposal for _, proposal in recorded])
        except ValueError:
            for line, proposal in recorded:
                try:
                    strategy.restore([proposal])
                except ValueError as exc:
                    wrong = DamagedError(f"line {line} is no record: {exc}")
                    raise CheckpointError(unreadable(self.path, wrong)) from exc
            raise

    def recall(self, trial: Trial) -> Iterator[Outcome]:
        """Return the outcomes of a candidate that are recorded."""
        if not self.contents.outcomes:
            return
        known = self.contents.outcomes.get(self.contents.numbers.get(self._key(trial), -1), {})
        for split in sorted(known):
            yield replace(known[split], trial=trial.number, recalled=True)

    def model_file(self, trial: Trial, split: int) -> Path | None:
        """Return the file, beside this one, for what was fitted; None for what is not recorded."""
        key = self._key(trial)
        return Path(f"{self.path}.models", f"{key}-{split}") if key else None

    def deaths(self, trial: Trial, split: int) -> int:
        """Count how often this process has died of a candidate on a split."""
        if not self.contents.deaths:
            return 0
        number = self.contents.numbers.get(self._key(trial), -1)
        return self.contents.deaths[number, split]

    def trial_started(self, trial: Trial) -> None:
        if self._strategy is not None and self._strategy.window is not None:
            self._number(trial)

    def split_started(self, trial: Trial, split: int) -> None:
        if self._notes_starts and (number := self._number(trial)) is not None:
            self._append({"kind": "start", "candidate": number, "split": split})

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        if outcome.recalled or trial.duplicate_of is not None:
            return
        if (number := self._number(trial)) is not None:
            self._append(outcome_body(number, outcome))

    def trial_finished(self, trial: Trial) -> None:
        """Record a stop for readers of the file: a search finds out anew what is stopped."""
        if trial.complete or trial.duplicate_of is not None:
            return
        number = self._number(trial)
        if number is not None and number not in self.contents.stopped:
            self._append({"kind": "stopped", "candidate": number})
            self.contents.stopped.add(number)

    def search_started(self, info: SearchInfo) -> None:
        self._info = info

    def search_finished(self, results: Results) -> None:
        if self._strategy is None:
            return  # it could not be gone on with, and is left as it is
        info = self._info
        seconds = time.time() - info.began
        told = why_in_words(results, n_candidates=info.n_candidates, seconds=seconds)
        self._ending = SearchEnd(results.ended_by, told)

    def note(self, name: str, text: str) -> None:
        """Record what an observer wants to find again, cut to what a record may have."""
        self.contents.notes[name] = text = text[:LONGEST_TEXT]
        self._to_note[name] = text
        if self._strategy is not None:  # else the file is not to be changed yet
            self._write_notes()

    def _write_notes(self) -> None:
        for name, text in self._to_note.items():
            self._append({"kind": "note", "name": name, "text": text})
        self._to_note = {}

    def _number(self, trial: Trial) -> int | None:
        """Return a candidate's number in the journal, where it is entered if it is new."""
        key = self._key(trial)
        number = self.contents.numbers.get(key)
        if number is None and key:
            proposal = None if self._strategy is None else self._strategy.proposal(trial.number)
            number = len(self.contents.candidates)
            params = {name: self._body_of(value) for name, value in trial.params.items()}
            candidate = Candidate(number, key, params, proposal, _n_samples(trial))
            self._append(candidate.body)
            self.contents.add(candidate)
        return number

    def _body_of(self, value: object) -> object:
        """Describe a parameter's value; what recurs, and takes a walk, is described once."""
        same = identity(value)
        if same not in self._bodies:
            self._bodies[same] = value_body(value)
        return self._bodies[same]

    def _key(self, trial: Trial) -> str:
        """Return the digest of a candidate; empty if it has none."""
        if trial.number not in self._keys:
            try:
                self._keys[trial.number] = key_of(trial.params, _n_samples(trial))
            except Undescribable as exc:
                self._keys[trial.number] = ""
                warn(f"checkpoint: a candidate is not recorded, and fitted again: {exc}")
        return self._keys[trial.number]

    def _append(self, body: Body) -> None:
        if not self._works:
            return
        if self._elsewhere:
            self._elsewhere = False
            self.contents.environments.append(self.header.environment)
            self._append({"kind": "environment", "environment": self.header.environment})
        contents = self.contents
        size = math.inf
        try:
            if self._writer is None:
                self._writer = self._open()
            line = Line(contents.n_lines + 1, self._writer.synced, body)
            size = self._writer.size
            self._writer.append(encode(line, contents.header.salt))
        except (OSError, TooLongError) as exc:
            self._stop_writing(exc)
        finally:
            # an interrupt may come between a line and the next statement
            if self._writer is not None and self._writer.size > size:
                contents.n_lines += 1

    def _open(self) -> Writer:
        """Open the file, without what a crash has left at its end."""
        file = self._disk.open(self.path)
        try:
            if self.contents.tail:
                file.cut(self.contents.size)
                self.contents.tail = 0
            writer = Writer(file, self.contents.size)
            writer.sync()
        except BaseException:
            with suppress(OSError):
                file.close()
            raise
        return writer

    def _close(self) -> None:
        """Write a last line, with all before it on the disk; close the file.

        It says how the search has ended. Where everything was recalled, and the file says so, it
        stays as it is.
        """
        ending = self._ending or SearchEnd("closed")
        news = self._ending is not None and ending.ended_by != self.contents.ending.ended_by
        if self._writer is None and not (news and self._works and self.contents.n_lines):
            return
        try:
            self._writer = self._writer or self._open()
            with closing(self._writer):
                if self._works:
                    self._writer.sync()
                    self._append(ending.body)
        except OSError as exc:
            self._stop_writing(exc)

    def _refuse_or_warn(self, error: OSError) -> None:
        if error.errno in _CANNOT_BE:
            raise CheckpointError(
                f"checkpoint={self.path!r} cannot be written: {error.strerror}. Make its folder, "
                "or pass a path that can be written."
            ) from error
        self._stop_writing(error)

    def _stop_writing(self, error: Exception) -> None:
        """Stop writing, and warn once; the search goes on without its journal."""
        if self._works:
            self._works = False
            warn(
                f"checkpoint={self.path!r} cannot be written any more ({error}). The search goes "
                "on without it; what is recorded so far stays."
            )


class _Notes(UserDict[str, str]):
    """The notes of a journal, which records what is set."""

    def __init__(self, journal: Journal) -> None:
        self.data = journal.contents.notes
        self._journal = journal

    def __setitem__(self, name: str, text: str) -> None:
        self._journal.note(name, text)

    def __reduce__(self) -> tuple[type, tuple[dict[str, str]]]:
        """Copy the notes alone: a journal has locks, and records once."""
        return dict, (dict(self.data),)


def _n_samples(trial: Trial) -> int | None:
    return None if trial.rung is None else trial.rung.n_samples
