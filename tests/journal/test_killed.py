"""Searches that are killed, at every place where the file is touched and at any moment."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sktune import read_journal
from tests.helpers.journal.going_on import assert_goes_on, assert_same_end, assert_sound
from tests.helpers.journal.killing import (
    Job,
    Run,
    Runner,
    end,
    is_over,
    n_begun,
    poll_until,
    read,
    workers_of,
)
from tests.helpers.journal.killing_disk import POINTS
from tests.helpers.journal.noted import NAMES, Task
from tests.helpers.laws import in_turn

LINES = {"before write": -1, "inside write": -1, "after write": 0}
"""How many lines there are, less n, when a process dies at the n-th write to a new file."""

AT_WRITES = list(LINES)
AT_OTHERS = ["after fsync", "before rename", "after rename"]
AT_CUTS = ["before truncate", "after truncate"]

every_name = pytest.mark.parametrize("name", NAMES)
# random search and grid search are alike to a journal, but for the seed
two_names = pytest.mark.parametrize(
    "name", ["grid", pytest.param("random", marks=pytest.mark.slow), "bayes"]
)


def die(run: Runner, plain: Any, job: Job) -> bool:
    """Run until it dies at a point, and again to its end; whether the point was passed."""
    point, _, n = job.dies.rpartition(":")
    died = run(job)
    if not died.killed:
        assert died.status == 0
        assert_same_end(died.said, plain(job))
        return False
    recorded = read(job.path)
    if point in LINES:
        if n == "1":  # the header is written beside its place
            assert recorded is None
        else:
            # exactly what was given to the system is there
            assert recorded is not None
            assert recorded.n_lines == int(n) + LINES[point]
            assert (recorded.tail > 0) == (point == "inside write")
            assert (recorded.n_candidates, recorded.ending.ended_by) == (job.size, "open")
    known = assert_sound(job, plain(job))
    # at most the fit in hand is lost
    assert len(set(died.fits) - set(known)) <= 1
    assert_goes_on(run, job, known, plain(job))
    return True


def die_everywhere(run: Runner, plain: Any, folder: Path, name: str, point: str) -> int:
    """Die at a place the first time, the second, ...; return how often it is passed."""
    n = 1
    while die(run, plain, Job(name, str(folder / str(n)), dies=f"{point}:{n}")):
        n += 1
    return n - 1


def torn(run: Runner, job: Job, n: int = 12) -> None:
    """Leave a journal of which line n is written in half."""
    died = run(replace(job, dies=f"inside write:{n}"))
    assert died.killed
    recorded = read(job.path)
    assert recorded is not None
    assert recorded.tail > 0


def test_every_point_is_tried() -> None:
    assert sorted(POINTS) == sorted(AT_WRITES + AT_OTHERS + AT_CUTS)


@pytest.mark.parametrize(
    ("point", "at"),
    # the header, the start of the first fit, and one in the middle; in the slow tests every line
    in_turn(AT_WRITES, [("grid", 1), ("grid", 3), ("bayes", 14)]),
)
def test_dead_at_a_write_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, point: str, at: tuple[str, int]
) -> None:
    name, n = at
    assert die(run, plain, Job(name, str(tmp_path), dies=f"{point}:{n}"))


@pytest.mark.parametrize(
    ("name", "point"),
    [
        # each of both once, else slow
        pytest.param(
            name,
            point,
            marks=[] if (name == "bayes") == (point == "after rename") else pytest.mark.slow,
        )
        for name in ("grid", "bayes")
        for point in AT_OTHERS
    ]
    + [pytest.param("random", point, marks=pytest.mark.slow) for point in AT_OTHERS],
)
def test_dead_when_the_file_is_begun_or_on_the_disk_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str, point: str
) -> None:
    n = die_everywhere(run, plain, tmp_path, name, point)
    # on the disk when begun, when opened and at the end, and each second between them
    assert n >= 3 if point == "after fsync" else n == 1


@two_names
def test_dead_before_and_after_a_torn_line_is_cut_off_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str
) -> None:
    job = Job(name, str(tmp_path))
    torn(run, job)
    for at in AT_CUTS:
        before = Path(job.path).read_bytes()
        assert run(replace(job, dies=f"{at}:1")).killed
        after = Path(job.path).read_bytes()
        whole = before[: before.rindex(b"\n") + 1]
        assert after == (before if at == "before truncate" else whole)
    known = assert_sound(job, plain(job))
    assert known
    assert_goes_on(run, job, known, plain(job))


def test_a_torn_line_is_cut_off_once(run: Runner, plain: Any, tmp_path: Path) -> None:
    job = Job("bayes", str(tmp_path))
    torn(run, job)
    assert not die(run, plain, replace(job, dies="before truncate:2"))


@pytest.mark.slow
@every_name
@pytest.mark.parametrize("point", AT_CUTS)
def test_dead_at_a_cut_and_nowhere_else_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str, point: str
) -> None:
    for n in range(3, 26):  # where no candidate is recorded, the file is begun anew
        job = Job(name, str(tmp_path / str(n)))
        torn(run, job, n)
        assert die(run, plain, replace(job, dies=f"{point}:1"))


def test_what_died_before_anything_was_recorded_leaves_no_journal(
    run: Runner, tmp_path: Path
) -> None:
    for point in ("inside write:1", "after write:1", "before rename:1"):
        job = Job("grid", str(tmp_path / point), dies=point)
        assert run(job).killed
        assert not os.path.exists(job.path)


def test_a_journal_without_outcomes_is_a_table_without_rows(run: Runner, tmp_path: Path) -> None:
    for point in ("before write:2", "before write:3"):  # nothing, and a candidate
        job = Job("bayes", str(tmp_path / point), dies=point)
        assert run(job).killed
        told = read_journal(job.path)
        assert len(told) == 0
        assert {"params", "status", "mean_fit_time", "split0_test_score"} <= set(told.columns)


@pytest.mark.slow
@every_name
@pytest.mark.parametrize("point", AT_WRITES)
def test_dead_at_every_write_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str, point: str
) -> None:
    n = die_everywhere(run, plain, tmp_path, name, point)
    assert n == 1 + 8 + 2 * 8 * 2 + 1  # the header, candidates, starts and outcomes, the end


@pytest.mark.slow
@every_name
@pytest.mark.parametrize(
    ("first", "then"),
    # the header of a new file is written too, in which a process can die as well
    [("after write:3", "after write:2"), ("inside write:4", "inside write:3")],
)
def test_dead_again_and_again_it_gets_on_by_two_lines_each_time(
    run: Runner, plain: Any, tmp_path: Path, name: str, first: str, then: str
) -> None:
    """A candidate and its start; then a start, and what came of it."""
    job = Job(name, str(tmp_path), dies=first)
    known: list[Task] = []
    deaths = 0
    while (died := run(job)).killed:
        deaths += 1
        assert not set(died.fits) & set(known)
        known = assert_sound(job, plain(job))
        recorded = read(job.path)
        assert recorded is not None
        assert recorded.n_lines == 1 + 2 * deaths
        job = replace(job, dies=then)
    # each candidate with its first start, and each outcome; the last may come with the end
    assert 8 + 8 * 2 - 1 <= deaths <= 8 + 8 * 2
    assert_same_end(died.said, plain(job))


# at any moment


def kill_until_it_ends(
    run: Runner, plain: Any, job: Job, random: np.random.RandomState, most: int
) -> list[tuple[int, int]]:
    """Kill a search at random moments, `most` times at most, until it ends.

    Returns
    -------
    lost : list of (int, int)
        Of each kill, how many fits had begun in vain, and of how many bundles.
    """
    known: list[Task] = []
    lost: list[tuple[int, int]] = []
    everything = job.size * job.n_splits
    while True:
        stop = len(lost) < most
        died = run(
            replace(
                job,
                # two workers are there after seconds: it is counted from their first fits
                stop_at=(0 if job.n_jobs == 1 else random.randint(1, 9)) if stop else -1,
                stop_after=random.uniform(0, 0.15 if job.n_jobs == 1 else 0.02),
            )
        )
        # nothing recorded is fitted again, and nothing twice
        assert not set(died.fits) & set(known)
        assert len(set(died.fits)) == len(died.fits)
        now = assert_sound(job, plain(job))
        # and nothing that was recorded is gone
        assert now[: len(known)] == known or set(now) >= set(known)
        if not died.killed:
            assert died.status == 0
            assert set(now) == set(known) | set(died.fits)
            assert len(now) == everything
            assert died.refits == 1
            assert_same_end(died.said, plain(job))
            return lost
        in_vain = set(died.fits) - set(now)
        lost.append((len(in_vain), n_bundles_lost(job, died, in_vain)))
        known = now


def n_bundles_lost(job: Job, died: Run, in_vain: set[Task]) -> int:
    """Check that what was lost are unfinished bundles, and no more of them than there can be.

    A single worker is the search's own process, and has one bundle, which is one task. Of
    several, each has one in hand, and one that it has sent off may not have been recorded yet;
    joblib hands out no more than two for each worker.
    """
    bundles = [bundle for bundle in died.bundles if in_vain & set(bundle)]
    assert in_vain <= {task for bundle in bundles for task in bundle}
    if job.n_jobs == 1:
        assert len(in_vain) <= 1
    assert len(bundles) <= (1 if job.n_jobs == 1 else 2 * job.n_jobs)
    return len(bundles)


@two_names
def test_killed_at_any_moment_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str
) -> None:
    job = Job(name, str(tmp_path), size=12, n_splits=3, pause=0.004)
    lost = kill_until_it_ends(run, plain, job, np.random.RandomState(0), most=4)
    assert lost


@pytest.mark.slow
@every_name
@pytest.mark.parametrize(("n_jobs", "kills"), [(1, 52), (2, 15)])
def test_killed_200_times_at_any_moment_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str, n_jobs: int, kills: int
) -> None:
    random = np.random.RandomState(n_jobs)
    lost: list[tuple[int, int]] = []
    for count in range(kills):
        job = Job(name, str(tmp_path / str(count)), size=12, n_splits=3, pause=0.006)
        job = replace(job, n_jobs=n_jobs)
        most = kills - len(lost)
        lost += kill_until_it_ends(run, plain, job, random, most=min(most, 8))
        if len(lost) == kills:
            break
    assert len(lost) == kills
    # else they were not killed in the middle; what a process has died of twice waits for a
    # worker, and kills that come meanwhile find it idle
    assert sum(n_fits > 0 for n_fits, _ in lost) > kills / 10
    print(name, n_jobs, sorted(Counter(lost).items()))


@pytest.mark.slow
def test_workers_that_outlive_a_killed_search_do_not_keep_its_file(
    run: Runner, plain: Any, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    job = Job("grid", str(tmp_path), n_jobs=2, gate=str(gate))
    with run.begun(job) as (place, wait):
        poll_until(lambda: n_begun(place) >= 2)
        pid = int((place / "pid").read_text())
        workers = workers_of(pid)
        try:
            for worker in workers:
                worker.suspend()  # else they end within a second, as soon as they see it
            os.kill(pid, signal.SIGKILL)
            assert wait() == -signal.SIGKILL
            known = assert_sound(job, plain(job))
            assert_goes_on(run, replace(job, n_jobs=1, gate=""), known, plain(job))
            assert not any(map(is_over, workers))
        finally:
            end(workers)
