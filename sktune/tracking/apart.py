"""A store in a process of its own, with which fits share no interpreter."""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.spawn import get_executable
from typing import Any, BinaryIO, cast

import cloudpickle

from ..background import Background
from ..messages import shortened
from .records import Ended, Refitted, SearchRecord, Store, StoreOfMany, TrialRecord
from .secret_names import whole

_BEGIN = (
    "import json, sys; sys.argv[:], sys.path[:], parent = json.loads(sys.argv[1]); "
    "from sktune.tracking.apart import serve; serve(parent)"
)
"""What the process runs: it finds modules where this one does, and runs no script of the user's."""

_LOOK, _GRACE = 0.5, 10.0
"""Seconds between two looks whether the parent is there, and which a call has when it is not."""


class StoreError(RuntimeError):
    """Raised for a call that a store in another process has not made, with what it raised there."""


class _GoneError(StoreError):
    """Raised where the process is no more."""


class ApartStore(StoreOfMany):
    """A store that works in a process of its own, which lives no longer than this object.

    Each call waits for the process, and raises if it raises there. The process ends when this one
    does, however that ends, since what it reads from is closed then. One that has ended before is
    begun again, once. What cannot be sent to another process is sent as text.

    Parameters
    ----------
    make : callable
        Makes the store, in the process; it is pickled, as the records are.
    """

    def __init__(self, make: Callable[[], Store]) -> None:
        self._make = make
        self._process: _Process | None = None
        self._may_begin_again = True

    def begin(self, search: SearchRecord) -> str:
        # what others change meanwhile stays here, and what a store has no use for
        info = replace(search.info, trials=(), notes={}, keys=None, sample=None)
        self._search = replace(search, info=info)
        try:
            return self._begun()
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - as in _call
            told = _Told(whole(search.space))
            info = replace(info, space=told, background=Background())
            self._search = replace(search, info=info, space=told)
            return self._begun()

    def log(self, trial: TrialRecord) -> None:
        self.log_all([trial])

    def log_all(self, trials: Sequence[TrialRecord]) -> None:
        self._call("log_all", trials, lambda: [_trial_as_told(trial) for trial in trials])

    def finish(self, end: Ended) -> None:
        self._call("finish", end, lambda: _end_as_told(end))

    def keep(self, refitted: Refitted) -> None:
        self._call("keep", refitted)

    def close(self) -> None:
        """Have the process end; it is not waited for, and begun again if there is more to do."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def _begun(self) -> str:
        """Begin the process; return the place of the search."""
        self._process = _Process()
        place = str(self._process.ask((self._make, self._search)))
        self._search = replace(self._search, known=place)
        return place

    def _call(self, method: str, record: Any, as_told: Callable[[], Any] | None = None) -> None:
        """Have a call made: with texts in place of objects, where these cannot be sent."""
        try:
            self._made(method, record)
        except StoreError:
            raise
        except Exception:  # of pickle, or of an object's own
            if as_told is None:
                raise
            self._made(method, as_told())

    def _made(self, method: str, record: Any) -> None:
        if self._process is None:
            self._begun()
        try:
            cast(_Process, self._process).ask((method, record))
        except _GoneError:
            if not self._may_begin_again:
                raise
            self._may_begin_again = False
            self._begun()
            cast(_Process, self._process).ask((method, record))


class _Process:
    """The process, and the two ends of pipes by which it is asked and answers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - of fixed arguments
            [
                os.fsdecode(get_executable()),
                "-c",
                _BEGIN,
                json.dumps([sys.argv, sys.path, os.getpid()]),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # an interrupt in a terminal is for the search
        )
        self.end = weakref.finalize(self, _end, self._process)
        # pipes are closed by the end of this process itself: one that is read from cannot be
        self.end.atexit = False

    def ask(self, what: Any) -> Any:
        """Send something, and return the answer."""
        message = cloudpickle.dumps(what)
        into, out = self._process.stdin, self._process.stdout
        assert into is not None and out is not None  # noqa: S101, PT018 - they are pipes
        try:
            pickle.dump(message, into)  # as bytes: what cannot be read is skipped
            into.flush()
            kind, answer = pickle.load(out)  # noqa: S301 - of a process of ours
        except (OSError, EOFError, ValueError, pickle.UnpicklingError) as exc:
            raise _GoneError("the process that keeps the search has ended") from exc
        if kind == "unread":
            raise TypeError(answer)
        if kind == "raised":
            raise StoreError(answer)
        return answer


def serve(parent: int) -> None:
    """Make a store, and the calls that are read, in a process that is for that alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the search hears too, and ends this
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    calls, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a store prints is no answer
    store: Any = None
    while True:
        try:
            message = pickle.load(calls)  # noqa: S301 - of the process that has begun this one
        except EOFError:
            return
        answer: tuple[str, Any]
        try:
            what, record = pickle.loads(message)  # noqa: S301 - as above
        except Exception as exc:  # noqa: BLE001 - of classes that are not to be had here
            answer = "unread", _in_words(exc)
        else:
            try:
                if store is None:
                    store = what()
                    answer = "done", store.begin(record)
                    gc.freeze()  # what is loaded stays; to look through it takes milliseconds
                elif what == "log_all" and not isinstance(store, StoreOfMany):
                    answer = "done", [store.log(trial) for trial in record]
                else:
                    answer = "done", getattr(store, what)(record)
            except Exception as exc:  # noqa: BLE001 - it is raised where the call comes from
                answer = "raised", _in_words(exc)
        try:
            pickle.dump(answer, answers)
            answers.flush()
        except BrokenPipeError:  # nobody waits for it
            return


def _end_after(parent: int) -> None:
    """End this process after another one, whatever call it is at."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    time.sleep(_GRACE)
    os._exit(1)


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):  # it has gone before it has read everything
            cast(BinaryIO, stream).close()
    # its status is read when it is there, so that nothing is left of it
    threading.Thread(target=process.wait, daemon=True).start()


def _in_words(exc: Exception) -> str:
    """Return an exception as text: its class would load modules where it is read."""
    return shortened(f"{type(exc).__name__}: {exc}", 1000)


def _trial_as_told(trial: TrialRecord) -> TrialRecord:
    return replace(trial, params=_as_told(trial.params))


def _end_as_told(end: Ended) -> Ended:
    table = end.results.table
    rows = [replace(trial, params=_as_told(trial.params)) for trial in table.rows]
    results = replace(end.results, table=replace(table, rows=rows))
    return replace(end, results=results, best=None if end.best is None else _as_told(end.best))


def _as_told(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a candidate with texts in place of objects."""
    plain = bool | int | float | str | None
    return {
        name: value if isinstance(value, plain) else _Told(whole(value))
        for name, value in params.items()
    }


class _Told(str):
    """The text of a value, which is shown as the value is."""

    __slots__ = ()
    __repr__ = str.__str__
