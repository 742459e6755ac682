"""What a report costs a search: seconds a trial with the observer, less those without, in pairs.

python -m tests.benchmarks.report --trials 1000 --repeat 5
"""

from __future__ import annotations

import argparse
import tempfile
import time
from typing import Any

import numpy as np
from scipy.stats import uniform
from sklearn.linear_model import Ridge

from sktune import RandomSearch, Report


def seconds(n_trials: int, observers: list[Any]) -> float:
    """Return what a search of tiny fits takes."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), rng.normal(size=60)
    space = {"alpha": uniform(0, 1), "tol": uniform(1e-4, 1e-2), "max_iter": range(1, 1000)}
    search = RandomSearch(
        Ridge(), space, n_iter=n_trials, cv=5, random_state=0, observers=observers, refit=False
    )
    began = time.perf_counter()
    search.fit(X, y)
    return time.perf_counter() - began


def main() -> None:
    """Measure, and print milliseconds a trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(given.repeat):
            without = seconds(given.trials, [])
            found.append(seconds(given.trials, [Report(f"{folder}/report.html")]) - without)
    each = 1000 * np.array(found) / given.trials
    print(f"{np.median(each):.3f} ms a trial (from {each.min():.3f} to {each.max():.3f})")


if __name__ == "__main__":
    main()
