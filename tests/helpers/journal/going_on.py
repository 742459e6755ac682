"""What is promised of a search that goes on, as checks."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sktune import read_journal
from tests.helpers.journal.killing import Job, Run, Runner, read
from tests.helpers.journal.noted import Task
from tests.helpers.searches import assert_same_results


def assert_same_end(said: dict[str, Any], expected: dict[str, Any]) -> None:
    assert_same_results(said["cv_results_"], expected["cv_results_"])
    assert said["best_index_"] == expected["best_index_"]
    assert repr(said["best_params_"]) == repr(expected["best_params_"])
    assert said["best_score_"] == expected["best_score_"]


def assert_true(told: Any, job: Job, expected: dict[str, Any]) -> int:
    """Check that a table tells nothing that is not so in the end; return how many scores it has."""
    results = expected["cv_results_"]
    rows = {repr(list(params.items())): k for k, params in enumerate(results["params"])}
    known = 0
    for params, row in zip(told["params"], told.to_dict("records"), strict=True):
        number = rows[repr(list(params.items()))]
        of_candidate = 0
        for split in range(job.n_splits):
            score = row[f"split{split}_test_score"]
            if not np.isnan(score):
                assert score == results[f"split{split}_test_score"][number]
                of_candidate += 1
        assert of_candidate > 0
        assert row["status"] == ("ok" if of_candidate == job.n_splits else "partial")
        known += of_candidate
    return known


def assert_sound(job: Job, expected: dict[str, Any]) -> list[Task]:
    """Check what a search that has ended has left; return what is recorded."""
    recorded = read(job.path)
    if recorded is None:
        return []
    tasks = job.tasks(recorded)
    assert len(set(tasks)) == len(tasks) == assert_true(read_journal(job.path), job, expected)
    return tasks


def assert_goes_on(run: Runner, job: Job, known: list[Task], expected: dict[str, Any]) -> Run:
    """Check that a run fits exactly what is not recorded, once, and ends as if nothing had been."""
    ended = run(replace(job, dies="", stop_at=-1))
    assert ended.status == 0
    recorded = read(job.path)
    assert recorded is not None
    assert (recorded.n_candidates, recorded.ending.ended_by) == (job.size, "completed")
    everything = job.tasks(recorded)
    assert len(everything) == len(set(everything)) == job.size * job.n_splits
    assert Counter(ended.fits) == Counter(set(everything) - set(known))
    assert ended.refits == 1
    # and each of them is recorded once
    lines = Path(job.path).read_bytes()
    assert lines.count(b'"kind":"candidate"') == job.size
    assert lines.count(b'"kind":"outcome"') == job.size * job.n_splits
    # what candidates have in common is fitted for those that are left, once a split
    assert sorted(ended.scalings) == sorted({n for n, _, _ in ended.fits})
    assert_same_end(ended.said, expected)
    return ended
