"""Overhead of a task, efficiency and bytes on engines, beside GridSearchCV on the same backend.

    python -m tests.benchmarks.clusters dask|ray|spark|loky [--repeat 3] [--quick]
    python -m tests.benchmarks.clusters picture

Both run in turn, on the same workers; medians, with the smallest and the largest. The picture is
drawn from the table of docs/clusters.md. Bytes are those of the loopback, of Dask: others give
their workers X by memory and files.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from textwrap import fill
from typing import Any

import numpy as np
import psutil
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GridSearchCV

import sktune  # noqa: F401 - which tells joblib of engines
from sktune import GridSearch

MB = 2**20
DOCS = Path(__file__).parents[2] / "docs"
ENGINES = ("loky", "dask", "ray", "spark")
MAKES: tuple[Any, Any] = (GridSearch, GridSearchCV)
EFFICIENCY = "efficiency (of 1), fits of a quarter of a second, workers:"
OVERHEAD = "overhead of a task (ms)"
SENT = "sent, in copies of X (200 MB), to two workers; tasks a worker:"


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
def started(engine: str, n_workers: int) -> Iterator[None]:
    """Start an engine with so many workers on this machine."""
    with ExitStack() as stack:
        warnings.simplefilter("ignore")
        if engine == "dask":
            import distributed

            client = distributed.Client(
                n_workers=n_workers, threads_per_worker=1, dashboard_address=":0"
            )
            stack.enter_context(client)
        elif engine == "ray":
            import ray

            ray.init("local", num_cpus=n_workers, include_dashboard=False, log_to_driver=False)
            stack.callback(ray.shutdown)
        elif engine == "spark":
            from pyspark.sql import SparkSession

            os.environ["PYSPARK_PYTHON"] = sys.executable
            spark = SparkSession.builder.master(f"local[{n_workers}]").getOrCreate()
            spark.sparkContext.setLogLevel("OFF")
            stack.callback(spark.stop)
        for make in MAKES:  # workers start, and import
            timed(make, engine, n_workers, 4)
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


def told(engine: str, name: str, ours: list[float], theirs: list[float]) -> None:
    cells = [f"{median(one):.3g} ({min(one):.3g} to {max(one):.3g})" for one in (ours, theirs)]
    print(f"| {engine} | {name} | {cells[0]} | {cells[1]} |", flush=True)


def measured(engine: str, repeat: int, *, quick: bool) -> None:
    """Print the rows of an engine's table."""
    n, (n_long, seconds) = (20, (4, 0.1)) if quick else (100, (10, 0.25))
    for n_workers in (1, 2):
        with started(engine, n_workers):
            ideal = 2 * n_long * seconds / n_workers
            runs = [
                [ideal / timed(make, engine, n_workers, n_long, seconds=seconds) for make in MAKES]
                for _ in range(repeat)
            ]
            told(engine, f"{EFFICIENCY} {n_workers}", *map(list, zip(*runs, strict=True)))
            if n_workers == 1:
                continue
            runs = [
                [timed(make, engine, n_workers, n) / n / 2 * 1e3 for make in MAKES]
                for _ in range(repeat)
            ]
            told(engine, OVERHEAD, *map(list, zip(*runs, strict=True)))
            if engine != "dask" or quick:  # on this machine others read memory, or a file
                continue
            for tasks in (1, 8, 64):
                sent: list[list[float]] = [[], []]
                for make, of in zip(MAKES, sent, strict=True):
                    before = loopback()
                    timed(make, engine, n_workers, tasks, rows=MB)
                    of.append((loopback() - before) / (25 * 8 * MB))
                told(engine, f"{SENT} {tasks}", *sent)


def draw(folder: Path) -> None:
    """Draw what the table of docs/clusters.md says."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    lines = (DOCS / "clusters.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [row for row in rows if row[0] in ENGINES and len(row) == 4]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
    for ax, name in zip(axes, (EFFICIENCY, OVERHEAD, SENT), strict=True):
        chosen = [row for row in rows if row[1].startswith(name)]
        labels = [f"{row[0]} {row[1].removeprefix(name)}".strip() for row in chosen]
        for k, (make, colour) in enumerate(zip(MAKES, ("#0072b2", "#999999"), strict=True)):
            values = [float(row[2 + k].partition(" ")[0]) for row in chosen]
            places = [n + 0.4 * k - 0.2 for n in range(len(chosen))]
            ax.barh(places, values, 0.4, color=colour, label=make.__name__)
        ax.set_title(fill(name, 34), fontsize=10)
        ax.set_yticks(range(len(chosen)))
        ax.set_yticklabels(labels, fontsize=8)
        ax.invert_yaxis()
    axes[1].set_xscale("log")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    figure.savefig(folder / "clusters.png", dpi=100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=(*ENGINES, "picture"))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.engine == "picture":
        draw(DOCS / "images")
        return
    print("| engine | what | sktune | GridSearchCV |\n| --- | --- | --- | --- |")
    measured(given.engine, 1 if given.quick else given.repeat, quick=given.quick)


if __name__ == "__main__":
    main()
