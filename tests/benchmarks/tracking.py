"""What a tracker costs a search: seconds and CPU with it, over those without, in pairs.

python -m tests.benchmarks.tracking --candidates 1000 --seconds 60 --repeat 3 --n-jobs 2

A process that the store is in is begun anew for each search, and its CPU is counted, until the
search ends: what is left then is waited for, and is in the time. Which of a pair comes first
changes.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import psutil
from sklearn.datasets import make_classification
from sklearn.svm import SVC

from sktune import GridSearch, Observer
from sktune.tracking import MLflowTracker

N_SPLITS = 5


def measured(values: Sequence[float], data: Any, n_jobs: int, observers: list[Observer]) -> Any:
    """Return seconds and CPU seconds, those of workers too, of a search."""
    search = GridSearch(
        SVC(), {"C": values}, cv=N_SPLITS, n_jobs=n_jobs, observers=observers, refit=False
    )
    began, cpu = time.perf_counter(), _cpu()
    search.fit(*data)
    found = np.array([time.perf_counter() - began, _cpu() - cpu])
    time.sleep(2)  # until the process of the store has ended
    return found


def _cpu() -> float:
    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def data_for(seconds: float) -> Any:
    """Return data on which a candidate takes so many seconds of CPU, about."""
    n = 200
    while True:
        X, y = make_classification(n_samples=n, n_features=20, flip_y=0.2, random_state=0)
        if measured([1.0, 1.1, 1.2, 1.3], (X, y), 1, [])[1] / 4 > seconds:
            return X, y
        n = int(n * 1.3)


def main() -> None:
    """Measure, and print ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=12.0, help="of the search, about")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--thread", action="store_true", help="the store is in no own process")
    given = parser.parse_args()
    data = data_for(given.seconds * given.n_jobs / given.candidates)
    values = list(np.linspace(1, 2, given.candidates))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # where artifacts go
        tracker = MLflowTracker(
            "cost",
            tracking_uri=f"sqlite:///{folder}/mlflow.db",
            wait=1000,
            own_process=not given.thread,
        )
        measured(values[:5], data, given.n_jobs, [tracker])  # MLflow is loaded, tables are made
        ratios = []
        for n in range(given.repeat):
            pair = {}
            for tracked in (n % 2 == 0, n % 2 == 1):
                observers = [tracker] if tracked else []
                pair[tracked] = measured(values, data, given.n_jobs, observers)
            assert tracker.n_missed_ == 0
            ratios.append(pair[True] / pair[False])
            told = [f"{seconds:.1f} s, {of_cpu:.1f} s CPU" for seconds, of_cpu in pair.values()]
            own = 1000 * (pair[True] - pair[False])[1] / given.candidates
            print(
                f"{' and '.join(told)}, {'with' if n % 2 == 0 else 'without'} it first: {own:.1f} "
                f"ms of CPU a candidate; the store's own time {tracker.seconds_:.1f} s",
                flush=True,
            )
    wall, cpu = np.array(ratios).T
    print(f"time x {np.median(wall):.3f} ({wall.min():.3f} to {wall.max():.3f})")
    print(f"CPU  x {np.median(cpu):.3f} ({cpu.min():.3f} to {cpu.max():.3f})")


if __name__ == "__main__":
    main()
