"""Journals of several searches at once, of searches that are watched, and of interrupted ones."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import cross_val_score

from sktune import GridSearch, read_journal
from sktune.exceptions import CheckpointError
from sktune.journal.disk import Writer
from tests.helpers.estimators import Counting, n_fits
from tests.helpers.journal.going_on import (
    assert_goes_on,
    assert_same_end,
    assert_sound,
    assert_true,
)
from tests.helpers.journal.killing import Job, Runner, n_begun, poll_until, read
from tests.helpers.journal.noted import GATE, NAMES, NOTES, Noted, X, search_of, splits, y
from tests.helpers.searches import Make, assert_same_results, every_search, more

every_name = pytest.mark.parametrize("name", NAMES)
# random search and grid search are alike to a journal, but for the seed
two_names = pytest.mark.parametrize(
    "name", ["grid", pytest.param("random", marks=pytest.mark.slow), "bayes"]
)
OUTER = 3


def journals(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".jsonl")


# nested and parallel


@every_search
def test_searches_in_a_cross_validation_have_a_journal_for_each_of_its_splits(
    tmp_path: Path, make: Make
) -> None:
    fits = tmp_path / "fits"
    fits.mkdir()
    options = {"cv": 2, **more(make, n_iter=3)}
    n_candidates = 4 if make.__name__ == "grid" else 3
    space = {"value": ["a", "b", "c", "d"]}
    expected = cross_val_score(make(Counting(), space, **options), X, y, cv=OUTER)
    search = make(Counting(str(fits)), space, checkpoint=tmp_path / "journals", **options)
    (tmp_path / "journals").mkdir()

    scores = cross_val_score(search, X, y, cv=OUTER, n_jobs=2)
    np.testing.assert_array_equal(scores, expected)
    assert len(journals(tmp_path / "journals")) == OUTER
    refits = OUTER
    assert n_fits(fits) == OUTER * n_candidates * 2 + refits

    again = cross_val_score(search, X, y, cv=OUTER, n_jobs=2)
    np.testing.assert_array_equal(again, expected)
    assert len(journals(tmp_path / "journals")) == OUTER
    assert n_fits(fits) == OUTER * n_candidates * 2 + 2 * refits


@pytest.mark.parametrize("inner", [True, False], ids=["inner too", "outer only"])
@pytest.mark.parametrize("one_folder", [True, False], ids=["one folder", "two folders"])
def test_a_search_around_a_search_goes_on(tmp_path: Path, inner: bool, one_folder: bool) -> None:
    fits, inside = tmp_path / "fits", tmp_path / "inside"
    outside = inside if one_folder else tmp_path / "outside"
    for folder in {fits, inside, outside}:
        folder.mkdir()

    def nested(folder: str, **options: Any) -> GridSearch:
        below = {"checkpoint": inside} if inner and options else {}
        search = GridSearch(Counting(folder), {"value": ["a", "b"]}, cv=2, **below)
        return GridSearch(search, {"estimator__other": [1, 2, 3]}, cv=2, **options)

    expected = nested("").fit(X, y)
    first = nested(str(fits), checkpoint=outside).fit(X, y)
    assert_same_results(first.cv_results_, expected.cv_results_)
    # three candidates on two splits and the refit, each a search of 2 x 2 fits and a refit
    assert n_fits(fits) == 7 * 5
    if inner:
        assert len(journals(inside)) == 7 + one_folder
    again = nested(str(fits), checkpoint=outside).fit(X, y)
    assert_same_results(again.cv_results_, expected.cv_results_)
    assert again.best_params_ == expected.best_params_
    # what was the best is searched in again, of which its journal knows all but the refit
    assert n_fits(fits) == 7 * 5 + (1 if inner else 5)


def test_journals_inside_serve_a_search_that_has_none(tmp_path: Path) -> None:
    fits, inside = tmp_path / "fits", tmp_path / "inside"
    fits.mkdir()
    inside.mkdir()
    search = GridSearch(Counting(str(fits)), {"value": ["a", "b"]}, cv=2, checkpoint=inside)
    outer = GridSearch(search, {"estimator__other": [1, 2, 3]}, cv=2)
    first = outer.fit(X, y).cv_results_
    assert n_fits(fits) == 7 * 5
    assert_same_results(outer.fit(X, y).cv_results_, first)
    assert n_fits(fits) == 7 * 5 + 7  # the refits


# two at the same file


@two_names
def test_the_second_at_a_file_is_refused_and_the_first_is_not_disturbed(
    run: Runner, plain: Any, tmp_path: Path, name: str
) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    job = Job(name, str(tmp_path), gate=str(gate))
    with run.begun(job) as (place, wait):
        try:
            # the journal is there, and a fit waits
            poll_until(lambda: n_begun(place) == 1 and Path(job.path).exists())
            before = Path(job.path).read_bytes()
            ours = search_of(name, job.size, job.n_splits, checkpoint=job.path)
            with pytest.raises(CheckpointError, match="in use by another search"):
                ours.fit(X, y)
            assert not hasattr(ours, "cv_results_")
            # whatever it is that somebody else would have there
            other = GridSearch(Noted(), {"alpha": [1.0]}, checkpoint=job.path)
            with pytest.raises(CheckpointError, match="in use by another search"):
                other.fit(X, y)
            assert len(read_journal(job.path)) == 0
            assert Path(job.path).read_bytes() == before
        finally:
            gate.unlink()
        assert wait() == 0
    assert len(assert_sound(job, plain(job))) == job.size * job.n_splits
    # now it is free, and nothing is left to do
    assert_same_end(vars(ours.fit(X, y)), plain(job))


def test_of_two_threads_the_second_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, gate, notes = (tmp_path / name for name in ("search.jsonl", "gate", "notes"))
    gate.touch()
    monkeypatch.setenv(GATE, str(gate))
    monkeypatch.setenv(NOTES, str(notes))
    grid = {"alpha": [1.0, 10.0]}
    first, second = (GridSearch(Noted(), grid, cv=splits(2), checkpoint=path) for _ in range(2))
    thread = threading.Thread(target=first.fit, args=(X, y))
    thread.start()
    try:
        poll_until(notes.exists)
        with pytest.raises(CheckpointError, match="in use by another search"):
            second.fit(X, y)
    finally:
        gate.unlink()
        thread.join()
    assert_same_results(second.fit(X, y).cv_results_, first.cv_results_, times=True)


# read while it is written


@two_names
def test_a_journal_can_be_read_at_any_time(
    run: Runner, plain: Any, tmp_path: Path, name: str
) -> None:
    job = Job(name, str(tmp_path), size=12, n_splits=3, pause=0.004)
    expected = plain(job)
    with run.begun(job) as (_, wait):
        ended: list[int] = []
        thread = threading.Thread(target=lambda: ended.append(wait()))
        thread.start()
        known = [(0, 0)]
        while thread.is_alive():
            if Path(job.path).exists():
                told = read_journal(job.path)
                known.append((len(told), assert_true(told, job, expected)))
        thread.join()
    assert ended == [0]
    # rows and scores grow; and some of the reads were in the middle
    assert known == sorted(known, key=itemgetter(0)) == sorted(known, key=itemgetter(1))
    assert len(set(known)) > 3
    assert len(assert_sound(job, expected)) == job.size * job.n_splits


# Ctrl-C


@two_names
@pytest.mark.parametrize("at", [1, 8])
def test_after_an_interrupt_results_are_there_and_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str, at: int
) -> None:
    job = Job(name, str(tmp_path), pause=0.02, stop_at=at, stop_by=signal.SIGINT)
    stopped = run(job)
    assert stopped.status == 0
    assert stopped.said["interrupted"]
    assert stopped.refits == 0
    known = assert_sound(job, plain(job))
    assert at - 1 <= len(known) < job.size * job.n_splits
    assert len(set(stopped.fits) - set(known)) <= 1
    if known:
        assert_tells_the_same(stopped.said["cv_results_"], read_journal(job.path), job)
    assert_goes_on(run, replace(job, pause=0.0), known, plain(job))


def assert_tells_the_same(results: dict[str, Any], told: Any, job: Job) -> None:
    """Check that a search and its journal know the same."""
    ours = {repr(params): k for k, params in enumerate(results["params"])}
    theirs = {repr(params): k for k, params in enumerate(told["params"])}
    assert ours.keys() == theirs.keys()
    for split in range(job.n_splits):
        name = f"split{split}_test_score"
        for params in ours:
            np.testing.assert_equal(results[name][ours[params]], told[name][theirs[params]])


@pytest.mark.parametrize("at", [1, 2, 7])
@pytest.mark.parametrize("written", [True, False], ids=["after it", "before it"])
def test_an_interrupt_next_to_a_write_leaves_a_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, written: bool
) -> None:
    path = tmp_path / "search.jsonl"
    append, calls = Writer.append, []

    def interrupted(self: Writer, data: bytes) -> None:
        calls.append(data)
        if len(calls) == at and not written:
            raise KeyboardInterrupt
        append(self, data)
        if len(calls) == at:
            raise KeyboardInterrupt

    monkeypatch.setattr(Writer, "append", interrupted)
    search = search_of("grid", 8, 2, checkpoint=path)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    recorded = read(str(path))
    assert recorded is not None
    assert recorded.tail == 0
    assert recorded.n_lines == 1 + at + written  # the header, and the line that says it is closed
    expected = search_of("grid", 8, 2).fit(X, y)
    assert_same_results(search.fit(X, y).cv_results_, expected.cv_results_)


@pytest.mark.slow
@every_name
def test_interrupted_at_any_moment_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str
) -> None:
    random = np.random.RandomState(0)
    n_stopped = 0
    for count in range(12):
        job = Job(name, str(tmp_path / str(count)), pause=0.001, stop_by=signal.SIGINT)
        known: list[Any] = []
        while True:
            # from the first fit on: before there is nothing to keep
            stopped = run(replace(job, stop_at=1, stop_after=random.uniform(0, 0.04)))
            assert not set(stopped.fits) & set(known)
            now = assert_sound(job, plain(job))
            assert set(now) >= set(known)
            known = now
            if "interrupted" not in stopped.said:
                break
            n_stopped += 1
        assert_same_end(stopped.said, plain(job))
        recorded = read(job.path)
        assert recorded is not None
        assert recorded.tail == 0
    assert n_stopped >= 12


@pytest.mark.slow
@every_name
def test_interrupted_with_workers_it_goes_on(
    run: Runner, plain: Any, tmp_path: Path, name: str
) -> None:
    job = Job(name, str(tmp_path), n_jobs=2, pause=0.05, stop_at=5, stop_by=signal.SIGINT)
    stopped = run(job)
    assert stopped.said["interrupted"]
    known = assert_sound(job, plain(job))
    assert known
    assert_tells_the_same(stopped.said["cv_results_"], read_journal(job.path), job)
    assert_goes_on(run, replace(job, n_jobs=1, pause=0.0), known, plain(job))
