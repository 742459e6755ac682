"""The lock of a journal's file: exclusive, and gone when it is given back."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sktune import read_journal
from sktune.exceptions import CheckpointError
from sktune.journal import locking
from sktune.journal.locking import InUseError, locked
from tests.helpers.estimators import Faulty
from tests.helpers.journal.small import fitted
from tests.helpers.searches import Make, every_search, grid, more


def beside(path: Path) -> list[str]:
    return sorted(other.name for other in path.parent.iterdir() if other != path)


@every_search
def test_nothing_is_left_beside_a_finished_journal(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    for _ in range(2):  # the second is all from the journal
        fitted(make, path)
        assert beside(path) == []


@every_search
def test_nor_beside_one_whose_search_was_interrupted(make: Make, tmp_path: Path, iris: Any) -> None:
    path = tmp_path / "search.jsonl"
    space = {"value": ["a", "interrupt", "b"]}
    search = make(Faulty(), space, **more(make, n_iter=3), checkpoint=path, cv=2)
    with pytest.raises(KeyboardInterrupt):
        search.fit(*iris)
    assert beside(path) == []


@pytest.mark.parametrize("content", ["my thesis\n", '{"kind": "header"}\n', "\x00" * 100])
def test_nor_beside_a_file_that_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text(content)
    with pytest.raises(CheckpointError):
        fitted(grid, path)
    assert path.read_text() == content
    assert beside(path) == []


def test_a_file_of_that_name_that_is_not_ours_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "poetry.lock"
    theirs.write_text("versions")
    fitted(grid, tmp_path / "poetry")
    assert theirs.read_text() == "versions"
    assert len(read_journal(tmp_path / "poetry")) == 3


def test_what_a_killed_process_has_left_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    (tmp_path / "search.jsonl.lock").touch()
    fitted(grid, path)
    assert beside(path) == []


@pytest.mark.parametrize("system", ["posix", "nt"])
def test_it_is_exclusive_and_the_holder_keeps_it(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if system != os.name:  # whose way of locking works here too
        monkeypatch.setattr(locking, "os", SimpleNamespace(name=system))
    path = str(tmp_path / "lock")
    with locked(path):
        for _ in range(2):
            with pytest.raises(InUseError), locked(path):
                pass
        assert os.path.exists(path)
    assert system != os.name or not os.path.exists(path)
    with locked(path):
        pass


def test_the_lock_of_a_file_that_is_nowhere_does_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It was opened before its holder deleted it, and a third one may have made it anew."""
    path = tmp_path / "lock"
    flock = fcntl.flock
    calls = []

    def late(descriptor: int, how: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            path.unlink()
        if len(calls) == 2:
            path.unlink()
            path.touch()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(str(path)):
        assert len(calls) == 3
        monkeypatch.undo()
        with pytest.raises(InUseError), locked(str(path)):
            pass


@pytest.mark.parametrize("code", [errno.EACCES, errno.EAGAIN])
def test_what_the_system_calls_taken(
    code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def flock(descriptor: int, how: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(InUseError), locked(str(tmp_path / "lock")):
        pass


def test_many_in_turn_never_hold_it_together(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    held: list[int] = []
    together: list[int] = []
    turns = [0] * 4

    def run(number: int) -> None:
        while turns[number] < 50:
            try:
                with locked(path):
                    held.append(number)
                    if len(held) > 1:
                        together.append(number)
                    time.sleep(0)
                    held.remove(number)
                turns[number] += 1
            except InUseError:
                time.sleep(0.0002)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(turns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not together
    assert not os.path.exists(path)
