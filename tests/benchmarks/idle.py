"""How idle the workers of a BayesSearch are, on loky, with fit times that vary tenfold.

    python -m tests.benchmarks.idle [--workers 4] [--candidates 60]

Fits sleep, so that more workers than cores can be had. Idle is what the fits do not fill of the
time of all workers, from the start of the search, with its workers up, to the end.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator

from sktune import BayesSearch


class Sleeps(BaseEstimator):
    """Takes between a tenth of a second and a second."""

    def __init__(self, x: float = 0.5) -> None:
        self.x = x

    def fit(self, X: Any, y: Any = None) -> Any:
        seed = np.frombuffer(np.float64(self.x).tobytes(), dtype=np.uint32)
        time.sleep(0.1 * 10 ** np.random.default_rng(seed).random())
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return -((self.x - 0.3) ** 2)


def idle(n_workers: int, n_points: int, n_splits: int, n_candidates: int) -> float:
    X = np.arange(20.0)[:, None]
    rows = np.arange(20)
    search = BayesSearch(
        Sleeps(), {"x": (0.0, 1.0)}, n_iter=n_candidates, n_points=n_points, n_jobs=n_workers,
        cv=[(rows, rows)] * n_splits, refit=False, random_state=0,
    )  # fmt: skip
    Parallel(n_workers)(delayed(_import)() for _ in range(4 * n_workers))
    begin = time.perf_counter()
    search.fit(X)
    took = time.perf_counter() - begin
    busy = n_splits * np.sum(search.cv_results_["mean_fit_time"])
    return float(1 - busy / (n_workers * took))


def _import() -> None:
    import sktune  # noqa: F401

    time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--candidates", type=int, default=60)
    given = parser.parse_args()
    print("| workers | n_points | splits | idle |\n| --- | --- | --- | --- |")
    w = given.workers
    for n_points, n_splits in [(w, 3), (w, 5), (2 * w, 1), (w, 1), (1, 5)]:
        n = given.candidates * (3 if n_splits == 1 else 1)
        share = idle(w, n_points, n_splits, n)
        print(f"| {w} | {n_points} | {n_splits} | {share:.0%} |", flush=True)


if __name__ == "__main__":
    main()
