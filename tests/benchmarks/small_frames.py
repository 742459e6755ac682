"""Two workers on small data: GridSearchCV against ours on arrays, pandas' and polars' frames.

    python -m tests.benchmarks.small_frames [--repeat 15] [--rows 100 500 2000] [--kind KIND ...]

Theirs and ours take turns in one process, on the same warm workers of loky, BLAS has one thread.
CPU is that of the process and its workers. The table has ours / theirs (above 1, ours is slower):
the median of paired ratios, with quartiles. "theirs again" is GridSearchCV over itself: what a
ratio of equals spreads.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads must be set first
import pandas as pd  # noqa: E402
import polars as pl  # noqa: E402
import psutil  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.naive_bayes import GaussianNB  # noqa: E402
from sklearn.pipeline import Pipeline, make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402

from sktune import GridSearch  # noqa: E402

N_JOBS = 2
NUMBERS, TEXTS = [f"n{k}" for k in range(8)], ["t0", "t1"]
GRIDS: dict[str, dict[str, list[Any]]] = {
    "last step": {"last__C": [0.01, 0.1, 1, 10, 100, 1000]},
    "first and last": {
        "table__numbers__simpleimputer__strategy": ["mean", "median"],
        "last__C": [0.1, 1, 10],
    },
    "first": {
        "table__numbers__simpleimputer__strategy": ["mean", "median", "most_frequent"],
        "table__texts__min_frequency": [None, 2],
        "last": [GaussianNB()],
    },
    "tree": {"last": [DecisionTreeClassifier(max_depth=d, random_state=0) for d in range(1, 11)]},
}


def data(kind: str, n: int) -> tuple[Any, Any, Any]:
    """Return X, y and the ColumnTransformer for them."""
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(n, len(NUMBERS)))
    y = (numbers[:, 0] + rng.normal(size=n) > 0).astype(int)
    numbers[rng.random(numbers.shape) < 0.05] = np.nan
    texts = rng.integers(5, size=(n, len(TEXTS)))
    scaled = make_pipeline(SimpleImputer(), StandardScaler())
    if kind == "numpy":
        X: Any = np.hstack([numbers, texts])
        columns: list[Any] = [slice(0, len(NUMBERS)), slice(len(NUMBERS), None)]
    else:
        values = dict(zip(NUMBERS, numbers.T, strict=True))
        codes = dict(zip(TEXTS, texts.T, strict=True))
        words = {name: [f"word {k}" for k in column] for name, column in codes.items()}
        X = (pl if kind.startswith("polars") else pd).DataFrame({**values, **words})
        columns = [NUMBERS, TEXTS]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    table = ColumnTransformer([("numbers", scaled, columns[0]), ("texts", encoder, columns[1])])
    if kind.endswith("out"):
        table.set_output(transform=kind.split()[0])
    return X, y, table


KINDS = ("numpy", "pandas", "polars", "pandas out", "polars out")


def timed(search: Any, X: Any, y: Any) -> tuple[float, float, bytes]:
    """Seconds, CPU seconds, and the scores."""
    cpu, wall = _cpu(), time.perf_counter()
    search.fit(X, y)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    names = sorted(name for name in search.cv_results_ if name.startswith("split"))
    return wall, cpu, np.array([search.cv_results_[name] for name in names]).tobytes()


def _cpu() -> float:
    here = psutil.Process()
    times = [process.cpu_times() for process in (here, *here.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def _import() -> None:
    import sktune  # noqa: F401

    time.sleep(0.05)


def row(kind: str, n: int, grid: str, repeat: int) -> str:
    """Take turns; a row of the table."""
    X, y, table = data(kind, n)
    model = Pipeline([("table", table), ("last", LogisticRegression(max_iter=200))])
    ways: list[Callable[..., Any]] = [GridSearchCV, GridSearch, GridSearchCV]
    searches = [way(model, GRIDS[grid], n_jobs=N_JOBS, refit=False) for way in ways]
    for search in searches:
        timed(search, X, y)
    turns = []
    for turn in range(repeat):
        order = (0, 1, 2) if turn % 2 == 0 else (2, 1, 0)
        found = {k: timed(searches[k], X, y) for k in order}
        assert found[0][2] == found[1][2], "scores differ"
        turns.append(found)
    cells = [f"{kind}, {n}, {grid}", f"{1e3 * statistics.median(t[0][0] for t in turns):.0f} ms"]
    for which in (0, 1):
        for way in (1, 2):
            ratios = [t[way][which] / t[0][which] for t in turns]
            low, middle, high = statistics.quantiles(ratios, n=4)
            cells.append(f"{middle:.2f} ({low:.2f} to {high:.2f})")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 500, 2000])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--grid", nargs="+", choices=GRIDS, default=list(GRIDS))
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    Parallel(N_JOBS)(delayed(_import)() for _ in range(4 * N_JOBS))
    print("| data, rows, grid | theirs | wall, ours / theirs | theirs again | CPU | theirs again |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in given.kind:
        for n in given.rows:
            for grid in given.grid:
                print(row(kind, n, grid, given.repeat), flush=True)


if __name__ == "__main__":
    main()
