"""Overhead of a task, efficiency and bytes on engines, beside GridSearchCV on the same backend.

    python -m tests.benchmarks.clusters dask|ray|spark|loky [--repeat 5] [--quick]

Both run in turn, on the same workers; medians, with the smallest and the largest.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import numpy as np
import psutil
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV

import sktune  # noqa: F401 - which tells joblib of engines
from sktune import GridSearch

MB = 2**20


class Takes(ClassifierMixin, BaseEstimator):
    """Takes a while."""

    def __init__(self, number: int = 0, seconds: float = 0.0) -> None:
        self.number = number
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Takes:
        self.classes_ = np.unique(y)
        time.sleep(self.seconds)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


@contextmanager
def started(engine: str) -> Iterator[None]:
    """Start an engine with two workers on this machine."""
    with ExitStack() as stack:
        warnings.simplefilter("ignore")
        if engine == "dask":
            import distributed

            stack.enter_context(
                distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=":0")
            )
        elif engine == "ray":
            import ray

            ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
            stack.callback(ray.shutdown)
        elif engine == "spark":
            from pyspark.sql import SparkSession

            spark = SparkSession.builder.master("local[2]").getOrCreate()
            spark.sparkContext.setLogLevel("OFF")
            stack.callback(spark.stop)
        yield


def timed(make: Callable[..., Any], engine: str, n_jobs: int, n: int, **options: Any) -> float:
    """Return the seconds that a search over n candidates on two splits takes."""
    X, y = np.arange(400.0).reshape(100, 4), np.arange(100) % 2
    if rows := options.pop("rows", 0):
        X, y = np.zeros((rows, 25)), np.arange(rows) % 2
    split = [(np.arange(50), np.arange(50, 100)), (np.arange(50, 100), np.arange(50))]
    search = make(
        Takes(**options), {"number": list(range(n))}, cv=split, refit=False, n_jobs=n_jobs
    )
    with parallel_config(engine):
        began = time.perf_counter()
        search.fit(X, y)
        return time.perf_counter() - began


def loopback() -> int:
    """Return the bytes that this machine has sent to itself."""
    return int(psutil.net_io_counters(pernic=True)["lo"].bytes_sent)


def told(name: str, ours: list[float], theirs: list[float], unit: str) -> None:
    cells = [f"{median(one):.3g} ({min(one):.3g} to {max(one):.3g})" for one in (ours, theirs)]
    print(f"| {name} | {cells[0]} | {cells[1]} | {unit} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("loky", "dask", "ray", "spark"))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    engine, repeat = given.engine, 1 if given.quick else given.repeat
    makes: tuple[Any, Any] = (GridSearch, GridSearchCV)
    with started(engine):
        for make in makes:  # workers start, and import
            timed(make, engine, 2, 4)
        print(f"| {engine} | sktune | GridSearchCV | |\n| --- | --- | --- | --- |")
        n = 20 if given.quick else 200
        runs = [[timed(make, engine, 2, n) / n / 2 * 1e3 for make in makes] for _ in range(repeat)]
        told("overhead of a task", *map(list, zip(*runs, strict=True)), "ms")
        for n_jobs in (1, 2):
            n, seconds = (4, 0.1) if given.quick else (20, 0.5)
            ideal = 2 * n * seconds / n_jobs
            runs = [
                [ideal / timed(make, engine, n_jobs, n, seconds=seconds) for make in makes]
                for _ in range(repeat)
            ]
            told(f"efficiency, workers: {n_jobs}", *map(list, zip(*runs, strict=True)), "of 1")
        if engine != "loky" and not given.quick:  # whose workers read a file
            for tasks in (1, 8, 64):
                sent: list[list[float]] = [[], []]
                for make, of in zip(makes, sent, strict=True):
                    before = loopback()
                    timed(make, engine, 2, tasks, rows=MB)
                    of.append((loopback() - before) / (25 * 8 * MB))
                told(f"sent, tasks a worker: {tasks}", *sent, "times X (200 MB)")


if __name__ == "__main__":
    main()
