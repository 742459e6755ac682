"""A store in a file, and what may happen to it in a process of its own; importable there."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator

from sktune.tracking import Ended, Refitted, SearchRecord, Tracker, TrialRecord
from sktune.tracking.apart import ApartStore


class Steady(BaseEstimator):
    """An estimator that takes anything."""

    def __init__(self, value: Any = 0) -> None:
        self.value = value

    def fit(self, X: Any, y: Any = None) -> Steady:
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return 1.0


class FileStore:
    """A store that writes a line a record, with the process that has written it.

    Parameters
    ----------
    path : str
    dies : sequence of int
        Before the how manieth candidates that it is given the process is killed, if it is the
        first to be given so many; 0 for each.
    """

    def __init__(self, path: str, dies: tuple[int, ...] = ()) -> None:
        self.path, self.dies = Path(path), dies

    def begin(self, search: SearchRecord) -> str:
        self.search = search.id
        self._write(kind="begin", known=search.known, space=str(search.space))
        return search.id

    def log(self, trial: TrialRecord) -> None:
        print("what a store prints is no answer")
        if "sleep" in trial.params.values():
            time.sleep(600)
        if trial.params.get("value") == 13:
            raise OSError("the disk is full")
        mark = Path(f"{self.path}.{trial.number}")
        if trial.number in self.dies and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        known = {"params": {name: str(value) for name, value in trial.params.items()}}
        known |= {"scores": dict(trial.scores), "status": trial.status}
        self._write(kind="trial", id=trial.id, began=trial.began, ended=trial.ended, **known)

    def finish(self, end: Ended) -> None:
        self._write(kind="finish", n=len(end.results.trials), best=str(end.best))

    def keep(self, refitted: Refitted) -> None:
        self._write(kind="keep", model=str(refitted.model))

    def _write(self, **record: Any) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(record | {"search": self.search, "pid": os.getpid()}) + "\n")


class FileTracker(Tracker):
    """A tracker whose store is in a file, and in a process of its own."""

    to = "file"

    def __init__(self, path: Path, dies: tuple[int, ...] = (), wait: float = 60.0) -> None:
        super().__init__(wait=wait)
        self.path, self.dies = path, dies

    def make_store(self) -> ApartStore:
        return ApartStore(partial(FileStore, str(self.path), self.dies))


def written(path: Path, kind: str | None = None) -> list[dict[str, Any]]:
    """Return what has been written, of a kind."""
    records = map(json.loads, path.read_text().splitlines())
    return [record for record in records if kind in (None, record["kind"])]


def pids(path: Path) -> list[int]:
    """Return the processes that have written, in order."""
    return list(dict.fromkeys(record["pid"] for record in written(path)))


def are_gone(pids: list[int], seconds: float = 20.0) -> bool:
    """Wait for the end of processes."""
    end = time.monotonic() + seconds
    while list(_running(pids)):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _running(pids: list[int]) -> Iterator[int]:
    for pid in pids:
        try:
            told = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        if told.rpartition(")")[2].split()[0] != "Z":  # it waits for its parent alone
            yield pid
