"""Fits with threads of their own: what GridSearch takes of what GridSearchCV does.

    python -m tests.benchmarks.threads [--repeat 5] [--backend loky threading multiprocessing]

On the same backend with a worker a core, in turns. Where workers have as many threads each as
there are cores, these wait for one another.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from joblib import cpu_count, parallel_config
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sktune import GridSearch

_RNG = np.random.default_rng(0)
X, y = _RNG.normal(size=(3000, 300)), _RNG.integers(0, 2, 3000)
CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "HistGradientBoosting": (
        HistGradientBoostingClassifier(max_iter=20, random_state=0),
        {"learning_rate": [0.05, 0.1, 0.2, 0.3]},
    ),
    "PCA and ridge": (
        make_pipeline(PCA(svd_solver="full"), RidgeClassifier(solver="svd")),
        {"pca__n_components": [0.5, 0.6, 0.7, 0.8], "ridgeclassifier__alpha": [1.0, 2.0]},
    ),
}


def seconds(kind: Any, case: str, backend: str) -> float:
    """Return the seconds that a search takes."""
    estimator, grid = CASES[case]
    with parallel_config(backend):
        start = time.perf_counter()
        kind(estimator, grid, cv=3, n_jobs=cpu_count(), refit=False).fit(X, y)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--backend", nargs="+", default=["loky", "threading", "multiprocessing"])
    given = parser.parse_args()
    print("| fits | backend | GridSearchCV, s | ours, of that | from, to |\n|" + " --- |" * 5)
    for case in CASES:
        for backend in given.backend:
            seconds(GridSearch, case, backend)  # workers start
            theirs, ratios = [], []
            for _ in range(given.repeat):
                theirs.append(seconds(GridSearchCV, case, backend))
                ratios.append(seconds(GridSearch, case, backend) / theirs[-1])
            spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
            cells = [case, backend, f"{statistics.median(theirs):.1f}"]
            cells += [f"{statistics.median(ratios):.2f}", spread]
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
