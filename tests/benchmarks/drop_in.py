"""GridSearchCV and RandomizedSearchCV against ours: time, CPU and equality of scores.

    python -m tests.benchmarks.drop_in [--runs 5] [TASK ...]

Every run is a process of its own, and theirs and ours take turns, so that a machine whose
speed drifts slows both. Workers are started before the clock. CPU is that of the process
and its workers. The table has theirs / ours: above 1, ours is faster.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib.resources import files
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads must be set first
import pandas as pd  # noqa: E402
import psutil  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from scipy.stats import loguniform, randint  # noqa: E402
from sklearn.compose import make_column_selector, make_column_transformer  # noqa: E402
from sklearn.datasets import load_digits, load_iris  # noqa: E402
from sklearn.dummy import DummyClassifier  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402

from sktune import GridSearch, RandomSearch  # noqa: E402

CLASSES = {"grid": (GridSearchCV, GridSearch), "random": (RandomizedSearchCV, RandomSearch)}
PENGUINS = files("sktune") / "datasets" / "penguins.csv"

Task = tuple[str, Any, Any, dict[str, Any], Any, Any]
"""Kind of search, estimator, space, options, X, y."""


def tiny(n_jobs: int) -> Task:
    space = {
        "min_samples_leaf": list(range(1, 13)),
        "min_samples_split": list(range(2, 12)),
    }
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    return "grid", tree, space, {"n_jobs": n_jobs}, *load_iris(return_X_y=True)


def dummies(n_jobs: int) -> Task:
    space = {"random_state": list(range(800))}
    return "grid", DummyClassifier(), space, {"n_jobs": n_jobs}, *load_iris(return_X_y=True)


def penguins() -> tuple[Any, Any]:
    with PENGUINS.open() as file:
        frame = pd.read_csv(file).dropna(subset=["sex"])
    return frame.drop(columns=["sex", "year"]), frame["sex"].to_numpy()


def boosted(n_jobs: int) -> Task:
    text = make_column_selector(dtype_exclude="number")
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), text),
        (SimpleImputer(), make_column_selector(dtype_include="number")),
    )
    model = make_pipeline(columns, HistGradientBoostingClassifier(random_state=0, max_iter=30))
    space = {
        "histgradientboostingclassifier__learning_rate": loguniform(0.01, 1),
        "histgradientboostingclassifier__max_leaf_nodes": randint(3, 31),
        "columntransformer__simpleimputer__strategy": ["mean", "median"],
    }
    options = {"n_jobs": n_jobs, "n_iter": 15, "random_state": 0}
    return "random", model, space, options, *penguins()


def support_vectors(n_jobs: int) -> Task:
    space = {"svc__C": [0.1, 1, 10], "svc__gamma": [0.001, 0.01]}
    model = make_pipeline(StandardScaler(), SVC())
    return "grid", model, space, {"n_jobs": n_jobs, "cv": 3}, *load_digits(return_X_y=True)


TASKS: dict[str, tuple[str, Callable[[], Task]]] = {
    "iris": ("600 tiny fits (tree on iris)", lambda: tiny(1)),
    "iris2": ("600 tiny fits, n_jobs=2", lambda: tiny(2)),
    "dummy": ("800 x 5 dummy fits, n_jobs=2", lambda: dummies(2)),
    "boosted": ("columns, imputation, boosting; random search", lambda: boosted(1)),
    "boosted2": ("the same, n_jobs=2", lambda: boosted(2)),
    "svc": ("scaler and SVC on digits", lambda: support_vectors(1)),
    "svc2": ("the same, n_jobs=2", lambda: support_vectors(2)),
}


def run_one(task: str, ours: bool) -> dict[str, Any]:
    """Run a task in this process; its seconds, its CPU seconds and a digest of its scores."""
    warnings.simplefilter("ignore")
    kind, estimator, space, options, X, y = TASKS[task][1]()
    if options["n_jobs"] > 1:  # start the workers, and import there what they will need
        Parallel(options["n_jobs"])(delayed(_import)() for _ in range(2 * options["n_jobs"]))
    search = CLASSES[kind][ours](estimator, space, refit=False, **options)
    cpu, wall = _cpu(), time.perf_counter()
    search.fit(X, y)
    wall = time.perf_counter() - wall
    cpu = _cpu() - cpu
    columns = sorted(name for name in search.cv_results_ if name.startswith("split"))
    scores = np.array([search.cv_results_[name] for name in columns])
    digest = hashlib.sha256(scores.tobytes()).hexdigest()
    return {"wall": wall, "cpu": cpu, "digest": digest}


def _import() -> None:
    import sktune  # noqa: F401


def _cpu() -> float:
    """CPU seconds of this process and all that live below it."""
    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def measure(task: str, runs: int) -> str:
    """Run theirs and ours in turn; a row of the table."""
    results: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for run in range(runs):
        for ours in (False, True) if run % 2 == 0 else (True, False):
            command = [sys.executable, "-m", __spec__.name, "--one", task, *["--ours"] * ours]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results[ours].append(json.loads(done.stdout.splitlines()[-1]))
    equal = len({result["digest"] for both in results.values() for result in both}) == 1
    row = [TASKS[task][0]]
    for figure in ("wall", "cpu"):
        ratios = [a[figure] / b[figure] for a, b in zip(results[False], results[True], strict=True)]
        mine = statistics.median(result[figure] for result in results[True])
        row.append(
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}), "
            f"{mine:.2f} s"
        )
    return f"| {' | '.join(row)} | {'yes' if equal else 'NO'} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)}")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(run_one(given.one, given.ours)))
        return
    print("| search | wall, theirs / ours (range), ours | CPU, likewise | scores equal |")
    print("| --- | --- | --- | --- |")
    for task in given.tasks or TASKS:
        print(measure(task, given.runs), flush=True)


if __name__ == "__main__":
    main()
