"""What fails or cannot be shared: fits and CPU of GridSearchCV and of ours.

    python -m tests.benchmarks.in_vain [--repeat 9] [--row TEXT]

Theirs and ours take turns in one process, with one BLAS thread. The table has ours / theirs (above
1, ours is slower): the median of paired ratios with their range. "theirs again" is GridSearchCV
over itself: what a ratio of equals spreads.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from sktune import GridSearch
from tests.helpers.failing import Last, Step

X, y = make_classification(1500, 10, random_state=0)
VALUES = {"last__value": [0.2, 0.4, 0.6, 0.8]}
TRAININGS = 0
Row = tuple[Any, dict[str, list[Any]], dict[str, Any]]


def rows(folder: str) -> dict[str, Row]:
    """Return estimators, grids and parameters for fit."""

    def pipe(step: str = "", last: str = "") -> Pipeline:
        steps = [("first", Step(folder)), ("step", Step(folder, step))]
        return Pipeline([*steps, ("last", Last(folder, fails=last))])

    boosting = lightgbm.LGBMClassifier(verbose=-1, random_state=0, n_jobs=1)
    stops = {
        "eval_set": [(X[:300], y[:300])],
        "callbacks": [lightgbm.early_stopping(20, verbose=False)],
    }
    return {
        "LightGBM with eval_set and early stopping": (
            boosting,
            {"n_estimators": [50, 100], "learning_rate": [0.05, 0.1]},
            stops,
        ),
        "half of the last steps fail": (pipe(), {"last__value": [-2, -1, 0.5, 0.8]}, {}),
        "no last step can predict": (pipe(last="predict"), VALUES, {}),
        "a middle step fails in transform": (pipe(step="transform"), VALUES, {}),
        "a step gives a generator": (pipe(step="gives once"), VALUES, {}),
        "a step cannot be pickled or copied": (pipe(step="copies"), VALUES, {}),
    }


def count_trainings() -> None:
    """Count each training of LightGBM, without another class."""
    train = lightgbm.sklearn.train

    def counted(*args: Any, **options: Any) -> Any:
        global TRAININGS
        TRAININGS += 1
        return train(*args, **options)

    lightgbm.sklearn.train = counted


def measured(kind: Any, row: Row, folder: str) -> tuple[float, int, Any]:
    """CPU seconds, number of fits, and the scores, if not all fits have failed."""
    estimator, grid, params = row
    search, trainings = kind(estimator, grid, cv=3, refit=False), TRAININGS
    start = time.process_time()
    with contextlib.suppress(ValueError):  # all fits have failed
        search.fit(X, y, **params)
    seconds = time.process_time() - start
    files = list(Path(folder).iterdir())
    for file in files:
        file.unlink()
    n_fits = TRAININGS - trainings + sum(".fit-" in file.name for file in files)
    return seconds, n_fits, getattr(search, "cv_results_", {}).get("mean_test_score")


def cells(row: Row, folder: str, repeat: int) -> list[str]:
    """Take turns, after one that does not count."""
    ways = (GridSearchCV, GridSearch, GridSearchCV)
    turns = []
    for turn in range(repeat + 1):
        order = (0, 1, 2) if turn % 2 else (2, 1, 0)
        found = {k: measured(ways[k], row, folder) for k in order}
        if found[0][2] is not None:
            np.testing.assert_array_equal(found[0][2], found[1][2])
        turns.append(found)
    theirs, ours = ([*{turn[k][1] for turn in turns}] for k in (0, 1))
    shown = [f"{1e3 * statistics.median(t[0][0] for t in turns[1:]):.0f} ms"]
    for k in (1, 2):
        ratios = [t[k][0] / t[0][0] for t in turns[1:]]
        shown.append(f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    return [" or ".join(map(str, theirs)), " or ".join(map(str, ours)), *shown]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--row", default="", help="only rows with this in their name")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    count_trainings()
    print("| search | fits, theirs | ours | CPU, theirs | ours / theirs | theirs again |")
    print("| --- | --- | --- | --- | --- | --- |")
    with threadpool_limits(1), tempfile.TemporaryDirectory() as folder:
        for name, row in rows(folder).items():
            if given.row in name:
                shown = " | ".join(cells(row, folder, given.repeat))
                print(f"| {name} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
