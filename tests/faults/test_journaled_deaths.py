"""With a checkpoint, what has crashed is known to the next run, wherever it ran."""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joblib.externals.loky import reusable_executor

from sktune import read_journal
from sktune.engine import Dispatcher
from tests.helpers.harmed_searches import assert_right, fitted, search_of
from tests.helpers.harming import N_SPLITS, SECONDS, Harming, Waiting, X, expected, noted, y
from tests.helpers.searches import Make, assert_same_results, every_search, grid

pytestmark = pytest.mark.usefixtures("ends")


def in_a_child(work: Callable[[], Any], stop: Callable[[int], Any] | None = None) -> int:
    """Do something in a process that may die of it; say how it has ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forks beside threads
        pid = os.fork()
    if pid == 0:
        reusable_executor._executor = None  # its threads have not come along
        signal.alarm(SECONDS)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = 99
        try:
            work()
            code = 0
        except KeyboardInterrupt:
            code = 98
        finally:
            os._exit(code)
    if stop is not None:
        stop(pid)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def n_fits(folder: Path, value: Any) -> int:
    return sum(noted(folder, "fit", value).values())


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(grid, id="grid"),
        *(pytest.param(*p.values, id=p.id, marks=pytest.mark.slow) for p in every_search.args[1]),
    ],
)
def test_what_has_crashed_the_process_twice_does_not_do_so_again(
    make: Make, tmp_path: Path
) -> None:
    values = [0, "exit3@1", 1]
    (folder := tmp_path / "fits").mkdir()
    search = search_of(make, values, folder, checkpoint=str(tmp_path / "c"))
    for times in (1, 2):
        assert in_a_child(lambda: search.fit(X, y)) == 3
        assert noted(folder, "fit")["fit-exit3@1-1"] == times
    search, told = fitted(search)
    assert_right(search.cv_results_, values, told)
    # once more, in a process of its own
    assert noted(folder, "fit")["fit-exit3@1-1"] == 3
    assert all(n_fits(folder, value) == N_SPLITS for value in (0, 1))
    # and that is known now
    again, _ = fitted(search_of(make, values, folder, checkpoint=str(tmp_path / "c")))
    assert_same_results(again.cv_results_, search.cv_results_)
    assert noted(folder, "fit")["fit-exit3@1-1"] == 3
    assert "crashed" in set(read_journal(tmp_path / "c")["status"])


def killing(folder: Path, name: str, n: int, how: int) -> Callable[[int], None]:
    """What sends a signal as soon as a fit has been begun for the n-th time."""

    def stop(pid: int) -> None:
        deadline = time.monotonic() + 100
        while noted(folder, "fit")[name] < n and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(pid, how)

    return stop


class WaitingOnce(Harming):
    """Takes a minute on the second split, but not for the third time."""

    def fit(self, X: Any, y: Any) -> WaitingOnce:
        super().fit(X, y)
        if self.value == 1 and self.split_ == 1 and noted(self.folder)["fit-1-1"] <= 2:
            time.sleep(60)
        return self


@pytest.mark.slow
@every_search
def test_who_is_killed_from_outside_twice_is_innocent(make: Make, tmp_path: Path) -> None:
    (folder := tmp_path / "fits").mkdir()
    search = search_of(
        make, [0, 1, 2], estimator=WaitingOnce(str(folder)), checkpoint=str(tmp_path / "c")
    )
    for n in (1, 2):
        stop = killing(folder, "fit-1-1", n, signal.SIGKILL)
        assert in_a_child(lambda: search.fit(X, y), stop) == -signal.SIGKILL
    search, told = fitted(search)
    assert not told
    assert_right(search.cv_results_, [0, 1, 2])
    fits = noted(folder, "fit")
    assert fits.pop("fit-1-1") == 3
    assert set(fits.values()) == {1}


def test_an_interrupt_is_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / "fits").mkdir()
    search = search_of(
        grid, [0, 1, 2], estimator=WaitingOnce(str(folder)), checkpoint=str(tmp_path / "c")
    )
    for n in (1, 2):
        stop = killing(folder, "fit-1-1", n, signal.SIGINT)
        assert in_a_child(lambda: search.fit(X, y), stop) == 98
    # by the third run nobody is suspected, so that no worker is asked
    monkeypatch.setattr(Dispatcher, "_elsewhere", None)
    search, told = fitted(search)
    assert not told
    assert_right(search.cv_results_, [0, 1, 2])


@pytest.mark.slow
@every_search
def test_crashes_and_timeouts_are_not_tried_again(make: Make, tmp_path: Path) -> None:
    (folder := tmp_path / "fits").mkdir()
    values = [0, "kill", "sleep@1", 1]
    options: dict[str, Any] = {"checkpoint": str(tmp_path / "c"), "n_jobs": 2}
    first, told = fitted(search_of(make, values, folder, **options, fit_timeout=1.0))
    assert_right(first.cv_results_, values, told)
    before = noted(folder, "fit")
    for limit in (1.0, 0.5):
        again, _ = fitted(search_of(make, values, folder, **options, fit_timeout=limit))
        assert_same_results(again.cv_results_, first.cv_results_)
        assert noted(folder, "fit") == before
    # with more time it may get somewhere
    fitted(search_of(make, values, folder, **options, fit_timeout=1.5))
    more = noted(folder, "fit") - before
    assert set(more) == {"fit-sleep@1-1"}


@pytest.mark.slow
def test_without_a_limit_what_was_ended_is_tried_again(tmp_path: Path) -> None:
    options: dict[str, Any] = {"checkpoint": str(tmp_path / "c"), "estimator": Waiting()}
    first, _ = fitted(search_of(grid, [0.0, 1.5], **options, fit_timeout=0.7))
    assert list(first.cv_results_["status"]) == ["ok", "timeout"]
    again, _ = fitted(search_of(grid, [0.0, 1.5], **options))
    assert list(again.cv_results_["status"]) == ["ok", "ok"]
    assert again.cv_results_["split0_test_score"][1] == expected(1.5, 0)


@pytest.mark.slow
@every_search
def test_several_candidates_that_crash_each_take_two_runs(make: Make, tmp_path: Path) -> None:
    (folder := tmp_path / "fits").mkdir()
    values = ["exit3", 0, "exit3@2", 1, "kill@1"]
    search = search_of(make, values, folder, checkpoint=str(tmp_path / "c"))
    codes: list[int] = []
    while not codes or codes[-1]:
        codes.append(in_a_child(lambda: silently(search)))
        assert codes[-1] in (0, 3, -signal.SIGKILL)
        # each of them kills twice, on one of its splits
        assert len(codes) <= 7, codes
    assert noted(folder, "fit")["fit-exit3-1"] == 0  # it is known from the first split
    search, told = fitted(search_of(make, values, folder, checkpoint=str(tmp_path / "c")))
    assert_right(search.cv_results_, values, told)


def silently(search: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)


def test_a_recorded_crash_counts_for_all_splits(tmp_path: Path) -> None:
    (folder := tmp_path / "fits").mkdir()
    path = tmp_path / "c"
    search = search_of(grid, [0, "exit3@0"], folder, checkpoint=str(path))
    for _ in (1, 2):
        assert in_a_child(lambda: search.fit(X, y)) == 3
    fitted(search)
    # the power was cut before the rest was recorded
    lines = path.read_bytes().splitlines(keepends=True)
    last = next(k for k, line in enumerate(lines) if b"WorkerDiedError" in line)
    path.write_bytes(b"".join(lines[: last + 1]))
    search, told = fitted(search)
    assert_right(search.cv_results_, [0, "exit3@0"], told)
    assert set(noted(folder, "fit-exit3")) == {"fit-exit3@0-0"}
