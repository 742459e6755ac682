"""What a search that ends early has: complete candidates and best score, shared and unshared.

    python -m tests.benchmarks.ordering [--repeat 5] [--n-jobs 1 2] [--grid NAME ...] [--parts 8]

Every run is a process of its own, and the two ways take turns. An observer notes when each fit
has ended, on the clock of the search; imports and the start of workers are not counted. So one run
tells what a timeout at any time would have left: the table has it for equal parts of the time that
the search takes without sharing: the medians of both ways, and from which to which number the
differences of runs beside each other go. "fewer at" are the parts after which sharing had fewer
complete candidates, in the median of the differences; the best score is the best mean of a
complete candidate, and none where there is none.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from sktune import GridSearch, Observer
from tests.benchmarks.sharing import GRIDS, ONE_THREAD

CV = 5
NAMES = ("text", "columns", "svc", "knn", "forest", "boosting", "ridge")
SHARED, ALONE = "shared", "unshared"


class Times(Observer):
    """Notes when each candidate is complete, and its mean score."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.complete: list[tuple[float, float]] = []

    def trial_started(self, trial: Any) -> None:
        self.began = time.perf_counter() if self.began is None else self.began

    def trial_finished(self, trial: Any) -> None:
        scores = [outcome.test_scores["score"] for outcome in trial.finished]
        self.complete.append((time.perf_counter() - self.began, float(np.mean(scores))))


def run_one(grid: str, way: str, n_jobs: int) -> dict[str, Any]:
    """Run a search in this process."""
    warnings.simplefilter("ignore")
    estimator, space, X, y = GRIDS[grid]()
    if n_jobs > 1:  # start workers, and import there what they will need
        Parallel(n_jobs)(delayed(exec)(f"import {__spec__.name}") for _ in range(2 * n_jobs))
    times, start = Times(), time.perf_counter()
    options = {"n_jobs": n_jobs, "cv": CV, "refit": False, "share_work": way == SHARED}
    search = GridSearch(estimator, space, observers=[times], **options).fit(X, y)
    seconds = time.perf_counter() - start
    n = len(search.cv_results_["params"])
    return {"seconds": seconds, "complete": times.complete, "n": n}


def measure(grid: str, way: str, n_jobs: int) -> dict[str, Any]:
    """Run a search in a new process."""
    command = [sys.executable, "-m", __spec__.name, "--one", grid, way, "--n-jobs", str(n_jobs)]
    env = {**os.environ, **ONE_THREAD, "PYTHONWARNINGS": "ignore"}
    said = subprocess.run(command, capture_output=True, text=True, env=env, check=True).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def at(run: dict[str, Any], seconds: float) -> tuple[int, float]:
    """Return how many candidates were complete by then, and the best of them."""
    scores = [score for when, score in run["complete"] if when <= seconds]
    return len(scores), max(scores, default=float("-inf"))


def row(grid: str, n_jobs: int, repeat: int, parts: int) -> list[str]:
    """Run both ways in turn; a row of the table."""
    turns = [{way: measure(grid, way, n_jobs) for way in (SHARED, ALONE)} for _ in range(repeat)]
    whole = statistics.median(turn[ALONE]["seconds"] for turn in turns)
    told, fewer, worse = [], [], []
    for part in range(1, parts):
        found = [[at(turn[way], whole * part / parts) for way in (SHARED, ALONE)] for turn in turns]
        ours, theirs = ([each[way][0] for each in found] for way in (0, 1))
        off = [a - b for a, b in zip(ours, theirs, strict=True)]
        counts = f"{statistics.median(ours):.0f} / {statistics.median(theirs):.0f}"
        told.append(f"{counts} ({min(off):+d} to {max(off):+d})")
        if statistics.median(off) < 0:
            fewer.append(f"{part}/{parts}")
        gains = [a[1] - b[1] for a, b in found if a[0] or b[0]]
        if gains and statistics.median(gains) < 0:
            worse.append(f"{part}/{parts}")
    speed = statistics.median(turn[ALONE]["seconds"] / turn[SHARED]["seconds"] for turn in turns)
    n = turns[0][SHARED]["n"]
    ends = [" ".join(cells) or "-" for cells in (fewer, worse)]
    return [
        f"{GRIDS[grid].__doc__} ({n})",
        f"{whole:.1f} s",
        f"{speed:.2f}",
        ", ".join(told),
        *ends,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--n-jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--grid", nargs="+", choices=GRIDS, default=list(NAMES))
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(run_one(*given.one, given.n_jobs[0])))
        return
    head = [
        "unshared takes",
        "unshared / shared",
        "complete after each part, shared / unshared (differences)",
    ]
    head += ["fewer at", "worse best at"]
    for n_jobs in given.n_jobs:
        print(f"| n_jobs={n_jobs} | {' | '.join(head)} |\n|{' --- |' * (1 + len(head))}")
        for grid in given.grid:
            print(f"| {' | '.join(row(grid, n_jobs, given.repeat, given.parts))} |", flush=True)


if __name__ == "__main__":
    main()
