"""Whatever the system refuses: the search ends as if nothing was, and nothing wrong is recorded."""

from __future__ import annotations

import errno
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sktune import read_journal
from sktune.exceptions import CheckpointError
from sktune.journal import disk
from sktune.journal.disk import Disk
from tests.helpers.estimators import n_fits
from tests.helpers.journal.failing_os import FailingOs
from tests.helpers.journal.small import fitted
from tests.helpers.searches import Make, assert_same_results, every_search, grid, more

FULL, BROKEN, SHORT = errno.ENOSPC, errno.EIO, None

how_it_fails = pytest.mark.parametrize(
    ("error", "lasting"),
    [
        pytest.param(FULL, False, id="full for a moment"),
        pytest.param(FULL, True, id="full"),
        pytest.param(BROKEN, False, id="broken for a moment"),
        pytest.param(BROKEN, True, id="broken"),
        pytest.param(SHORT, False, id="full after half of a line"),
        pytest.param(SHORT, True, id="full after half of a line for good"),
    ],
)


def told(call: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Return a call's result, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return result, [str(warning.message) for warning in caught]


def check_every_failing_call(
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    error: int | None,
    *,
    lasting: bool,
    begun: Callable[[bytes], bytes] | None,
) -> int:
    """Let one call after the other fail; return how many there were.

    `begun` makes of the whole journal the file that is there to begin with.
    """
    n_iter = more(make, n_iter=3) or {"space": {"value": [1.5, 2.5]}}
    whole = fitted(make, tmp_path / "whole", **n_iter)
    start = None if begun is None else begun((tmp_path / "whole").read_bytes())
    path = tmp_path / "search.jsonl"
    seen: set[str] = set()
    n = 0
    while True:
        n += 1
        path.unlink(missing_ok=True)
        if start is not None:
            path.write_bytes(start)
        failing = FailingOs(n, error, lasting=lasting)
        with monkeypatch.context() as patch:
            patch.setattr(disk, "os", failing)
            found, messages = told(lambda: fitted(make, path, **n_iter))
        assert_same_results(found, whole)
        assert not failing.open_ones, f"left open after {failing.calls}"
        if not failing.failed:
            assert messages == []
            # a failure of every kind of call that there is was tried
            assert seen >= {*failing.calls} - ({"close"} if lasting else set())
            return n - 1
        seen.add(failing.failed[0])
        assert len(messages) == 1, (failing.calls, messages)
        assert "cannot be written any more" in messages[0]
        # nothing wrong is there: what is recalled gives the same, and the rest is done
        found, messages = told(lambda: fitted(make, path, **n_iter))
        assert messages == []
        assert_same_results(found, whole)
        assert len(read_journal(path)) == len(whole["params"])
        monkeypatch.undo()


def without_half_a_line(content: bytes) -> bytes:
    """Of a journal, the first half, with a torn line at the end."""
    lines = content.splitlines(keepends=True)
    half = len(lines) // 2
    return b"".join(lines[:half]) + lines[half][:20]


STARTS = {"a new file": None, "a torn one": without_half_a_line}


@pytest.mark.parametrize(
    ("error", "lasting", "begun"),
    [
        # every failure once, half of them with each start; else slow
        pytest.param(
            *failure.values,
            begun,
            id=f"{failure.id}-{start}",
            marks=[] if (n + k) % 2 else pytest.mark.slow,
        )
        for n, failure in enumerate(how_it_fails.args[1])
        for k, (start, begun) in enumerate(STARTS.items())
    ],
)
def test_whichever_call_fails_the_search_is_the_same(
    begun: Any, error: int | None, lasting: bool, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "SYNC_EVERY", 1000.0)
    n = check_every_failing_call(grid, monkeypatch, tmp_path, error, lasting=lasting, begun=begun)
    assert n >= 8


@pytest.mark.slow
@how_it_fails
@pytest.mark.parametrize("begun", STARTS.values(), ids=STARTS)
@every_search
def test_whichever_call_fails_with_an_fsync_a_line_the_search_is_the_same(
    make: Make, begun: Any, error: int | None, lasting: bool, monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "SYNC_EVERY", 0.0)
    n = check_every_failing_call(make, monkeypatch, tmp_path, error, lasting=lasting, begun=begun)
    assert n >= 10


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_a_file_that_can_never_be_written_is_refused_before_the_first_fit(
    code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fits = tmp_path / "fits"
    fits.mkdir()
    monkeypatch.setattr(disk, "os", FailingOs(1, code))
    with pytest.raises(CheckpointError, match=r"cannot be written: .* or pass a path"):
        fitted(grid, tmp_path / "search.jsonl", fits)
    assert n_fits(fits) == 0
    with Disk().lock(str(tmp_path / "search.jsonl")):
        pass  # given back


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("error", [FULL, SHORT])
def test_a_file_is_in_its_place_whole_or_not_at_all_and_nothing_beside_it(
    error: int | None, lasting: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, n = tmp_path / "file", 0
    while True:
        n += 1
        path.write_bytes(b"before")
        failing = FailingOs(n, error, lasting=lasting)
        with monkeypatch.context() as patch:
            patch.setattr(disk, "os", failing)
            try:
                Disk().begin(str(path), b"afterwards")
                allowed = [b"afterwards"]
            except OSError:
                allowed = [b"before", b"afterwards"]
        assert os.listdir(tmp_path) == ["file"]
        assert path.read_bytes() in allowed
        assert not failing.open_ones
        if not failing.failed:
            assert path.read_bytes() == b"afterwards"
            return


def test_a_file_and_its_name_are_on_the_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Elsewhere, too, than in the folder in which the process is."""
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    Disk().begin(str(tmp_path / "file"), b"anything")
    assert synced == [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]


def refuse(code: int) -> Any:
    """Stands in for ``fcntl.flock``, where the system refuses."""

    def flock(descriptor: int, how: int) -> None:
        raise OSError(code, os.strerror(code))

    return flock


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.ENOLCK, errno.ENOSYS])
def test_where_no_lock_can_be_had_the_search_goes_on_and_nothing_is_written(
    code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "search.jsonl"
    whole = fitted(grid, path)
    half = without_half_a_line(path.read_bytes())
    for content in (half, None):
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setattr("fcntl.flock", refuse(code))
        found, messages = told(lambda: fitted(grid, path))
        assert_same_results(found, whole)
        assert len(messages) == 1
        assert "cannot be written any more" in messages[0]
        assert (path.read_bytes() if path.exists() else None) == content


@pytest.mark.parametrize("code", [errno.EROFS, errno.EPERM, errno.ENOENT, errno.ENOTDIR])
def test_where_a_lock_can_never_be_had_the_search_is_refused(
    code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fcntl.flock", refuse(code))
    fits = tmp_path / "fits"
    fits.mkdir()
    with pytest.raises(CheckpointError, match=r"cannot be written: .* Make its folder"):
        fitted(grid, tmp_path / "search.jsonl", fits)
    assert n_fits(fits) == 0


def test_below_a_file_there_is_no_folder_to_lock_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="cannot be written"):
        fitted(grid, tmp_path / "file" / "search.jsonl")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no such folder")
def test_where_nothing_can_be_made_no_other_task_is_blamed() -> None:
    """Not even the superuser may."""
    with pytest.raises(CheckpointError, match=r"cannot be written: .* or pass a path"):
        fitted(grid, Path("/proc/search.jsonl"))


def test_in_a_missing_folder_the_search_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "search.jsonl"
    with pytest.raises(CheckpointError, match="Make its folder"):
        fitted(grid, path)
    assert not path.parent.exists()


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES])
def test_a_file_that_cannot_be_read_is_refused(
    code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def lines(self: Disk, path: str) -> Any:
        raise OSError(code, os.strerror(code))

    path = tmp_path / "search.jsonl"
    fitted(grid, path)
    monkeypatch.setattr(Disk, "lines", lines)
    with pytest.raises(CheckpointError, match="cannot be read"):
        fitted(grid, path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_journal(path)


@pytest.mark.parametrize("kind", ["directory", "fifo"])
def test_what_is_no_ordinary_file_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    if kind == "fifo":
        if not hasattr(os, "mkfifo"):
            pytest.skip("this system has no named pipes")
        os.mkfifo(path)
        with pytest.raises(CheckpointError, match="no ordinary file"):
            fitted(grid, path)
    else:
        path.mkdir()  # this is a directory of journals
        fitted(grid, path)
        (found,) = path.glob("*.jsonl")
        assert len(read_journal(found)) == 3


@every_search
def test_a_second_search_of_a_file_is_refused_with_what_to_do(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    fitted(make, path)
    before = path.read_bytes()
    with Disk().lock(str(path)):
        with pytest.raises(
            CheckpointError, match=r"in use by another search. Wait .* or pass another path"
        ):
            fitted(make, path)
        assert len(read_journal(path)) > 0  # reading needs no lock
    assert path.read_bytes() == before
    fitted(make, path)
