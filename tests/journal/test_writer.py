"""When what is appended gets to the disk, and what happens to a line that is cut off."""

from __future__ import annotations

import errno
import os

import pytest

from sktune.exceptions import CheckpointError
from sktune.journal import Journal, disk
from sktune.journal.contents import Contents
from sktune.journal.disk import SYNC_EVERY, Disk, Writer
from sktune.trials import Outcome, Trial
from tests.helpers.journal.fake_disk import FakeDisk
from tests.helpers.journal.fake_time import FakeTime, in_fake_time
from tests.helpers.journal.headers import N_SPLITS, make_header, make_strategy
from tests.helpers.journal.small import lines_of

LINE = b"a line\n"


class Watched:
    """A file that notes when what was done; its next calls may be told to fail.

    Attributes
    ----------
    synced_at : list of float
    content, safe : bytes
        Of the file, and what of it is on the disk.
    fails : set of str
        Which calls fail, with half of their work done.
    interrupt : type of BaseException
        How.
    """

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.synced_at: list[float] = []
        self.content = b""
        self.safe = b""
        self.fails: set[str] = set()
        self.interrupt: BaseException = OSError(errno.EIO, os.strerror(errno.EIO))
        self.closed = False

    def append(self, data: bytes) -> None:
        if "append" in self.fails:
            self.content += data[: len(data) // 2]
            raise self.interrupt
        self.content += data

    def sync(self) -> None:
        if "sync" in self.fails:
            raise self.interrupt
        self.safe = self.content
        self.synced_at.append(self.time.now)

    def cut(self, size: int) -> None:
        if "cut" in self.fails:
            raise self.interrupt
        self.content = self.safe = self.content[:size]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    return in_fake_time(monkeypatch)


@pytest.fixture
def file(time: FakeTime) -> Watched:
    return Watched(time)


def test_a_line_is_given_to_the_system_at_once(file: Watched, time: FakeTime) -> None:
    writer = Writer(file, 0, clock=time)
    for n in range(1, 4):
        writer.append(LINE)
        assert file.content == n * LINE


def test_at_most_one_fsync_a_second_and_all_is_safe_within_one(
    file: Watched, time: FakeTime
) -> None:
    writer = Writer(file, 0, clock=time)
    written: list[tuple[float, int]] = []
    for n in range(400):
        writer.append(LINE)
        written.append((time.now, len(file.content)))
        # bursts, lulls, and now and then exactly a second
        time.pass_by([0.01, 0.07, 0.3, 0.0, 1.0, 2.5][n * 7 % 6] if n % 10 else 0.011 * n)
        assert all(size <= len(file.safe) for at, size in written if at <= time.now - SYNC_EVERY), (
            "more than a second's work would be lost"
        )
        assert len(file.safe) >= writer.synced
    gaps = [later - at for at, later in zip(file.synced_at, file.synced_at[1:], strict=False)]
    assert min(gaps) >= SYNC_EVERY - 1e-9
    assert len(gaps) > 20
    time.pass_by(10.0)
    n_synced = len(file.synced_at)
    assert file.safe == file.content
    time.pass_by(1000.0)
    assert len(file.synced_at) == n_synced, "nothing new, nothing to do"


def test_what_is_called_safe_is(file: Watched, time: FakeTime) -> None:
    writer = Writer(file, 0, clock=time)
    writer.append(LINE)
    assert writer.synced == 0
    time.pass_by(SYNC_EVERY)
    assert writer.synced == len(file.safe) == len(LINE)
    writer.append(LINE)
    assert writer.synced == len(LINE)
    writer.sync()
    assert writer.synced == len(file.safe) == 2 * len(LINE)


def test_after_a_sync_by_hand_the_timer_has_nothing_to_do(file: Watched, time: FakeTime) -> None:
    writer = Writer(file, 0, clock=time)
    writer.append(LINE)
    (timer,) = time.timers
    writer.sync()
    assert time.timers == []
    time.fire(timer)  # it was on its way already
    assert len(file.synced_at) == 1


def test_a_timer_that_is_late_does_nothing_to_a_closed_file(file: Watched, time: FakeTime) -> None:
    writer = Writer(file, 0, clock=time)
    writer.append(LINE)
    (timer,) = time.timers
    writer.close()
    assert time.timers == []
    time.fire(timer)
    assert file.closed
    assert file.synced_at == []


def test_an_fsync_that_fails_meanwhile_is_told_at_the_next_append(
    file: Watched, time: FakeTime
) -> None:
    writer = Writer(file, 0, clock=time)
    writer.append(LINE)
    file.fails = {"sync"}
    time.pass_by(SYNC_EVERY)
    file.fails = set()
    for _ in range(2):  # for good: what was not synced then may never be
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            writer.append(LINE)
    assert file.content == LINE
    assert writer.synced == 0


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_after_half_a_line_the_next_append_cuts_first(
    interrupt: BaseException, file: Watched, time: FakeTime
) -> None:
    writer = Writer(file, 0, clock=time)
    writer.append(LINE)
    file.fails, file.interrupt = {"append"}, interrupt
    with pytest.raises(type(interrupt)):
        writer.append(LINE)
    assert file.content == LINE + LINE[:3]
    file.fails = {"cut"}
    with pytest.raises(type(interrupt)):
        writer.append(LINE)
    assert file.content == LINE + LINE[:3], "nothing is appended to half a line"
    file.fails = set()
    writer.append(b"another\n")
    assert file.content == LINE + b"another\n"


def test_an_interrupt_in_the_middle_of_a_line_leaves_a_sound_journal(time: FakeTime) -> None:
    class Interrupted(FakeDisk):
        on = False

        def write(self, content: object, data: bytes) -> None:
            if self.on:
                super().write(content, data[: len(data) // 2])  # type: ignore[arg-type]
                self.on = False
                raise KeyboardInterrupt
            super().write(content, data)  # type: ignore[arg-type]

    path = "search.jsonl"
    fake = Interrupted()
    with Journal(path, make_header("salt"), fake) as journal:
        journal.begin(make_strategy(), notes_starts=False)
        trial = Trial(0, {"value": 0}, [None] * N_SPLITS)
        journal.split_finished(trial, Outcome(0, 0, {"score": 1.0}))
        fake.on = True
        with pytest.raises(KeyboardInterrupt):
            journal.split_finished(trial, Outcome(0, 1, {"score": 2.0}))
        assert not fake.files[path].now.endswith(b"\n")
        journal.split_finished(trial, Outcome(0, 2, {"score": 3.0}))
    recorded = Contents.read(lines_of(fake.files[path].durable))
    assert recorded is not None
    assert recorded.tail == 0
    assert sorted(recorded.outcomes[0]) == [0, 2]


@pytest.mark.parametrize("where", ["after the write", "in the fsync"])
def test_an_interrupt_after_a_line_loses_nothing_of_it(
    where: str, time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "search.jsonl"
    fake = FakeDisk()
    done = {}
    with Journal(path, make_header("salt"), fake) as journal:
        journal.begin(make_strategy(), notes_starts=False)
        trial = Trial(0, {"value": 0}, [None] * N_SPLITS)
        journal.split_finished(trial, Outcome(0, 0, {"score": 1.0}))
        assert journal._writer is not None
        with monkeypatch.context() as patch:
            if where == "in the fsync":
                time.now += 10.0
                patch.setattr(journal._writer, "sync", _interrupt)
            else:
                patch.setattr(journal._writer, "_clock", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                journal.split_finished(trial, Outcome(0, 1, {"score": 2.0}))
        done = {0: 1.0, 1: 2.0}
    recorded = Contents.read(lines_of(fake.files[path].now))
    assert recorded is not None
    assert {s: o.test_scores["score"] for s, o in recorded.outcomes[0].items()} == done
    # and the next run goes on
    with Journal(path, make_header("other"), fake) as journal:
        journal.begin(make_strategy(), notes_starts=False)
        journal.split_finished(trial, Outcome(0, 2, {"score": 3.0}))
    recorded = Contents.read(lines_of(fake.files[path].now))
    assert recorded is not None
    assert sorted(recorded.outcomes[0]) == [0, 1, 2]


def _interrupt() -> float:
    raise KeyboardInterrupt


def test_a_second_opening_in_the_same_process_is_refused(time: FakeTime) -> None:
    fake = FakeDisk()
    with (
        Journal("path", make_header("a"), fake),
        pytest.raises(CheckpointError, match="in use by another search"),
        Journal("path", make_header("b"), fake),
    ):
        pass
    with Journal("path", make_header("b"), fake):
        pass


def test_the_true_timer_syncs(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    synced = threading.Event()
    path = os.path.join(tmp_path, "file")
    Disk().begin(path, b"")
    file = Disk().open(path)
    monkeypatch.setattr(disk, "SYNC_EVERY", 0.02)
    writer = Writer(file, 0)
    monkeypatch.setattr(file, "sync", synced.set)
    writer.append(LINE)
    assert synced.wait(60)
    writer.close()
