"""How long, and how much memory, until the first fit of a grid of ten million candidates.

python -m tests.benchmarks.huge_grid
"""

from __future__ import annotations

import time
from typing import Any

import psutil
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris

from sktune import GridSearch


class FirstFit(BaseEstimator):
    """Ends the search at its first fit."""

    def __init__(self, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> None:
        self.a, self.b, self.c, self.d = a, b, c, d

    def fit(self, X: Any, y: Any) -> FirstFit:
        raise KeyboardInterrupt

    def score(self, X: Any, y: Any) -> float:
        return 0.0


GRIDS = {
    "four lists of 100, 100, 100 and 10": {name: range(100) for name in "abc"} | {"d": range(10)},
    "one list of 10 million": {"a": range(10**7)},
}


def main() -> None:
    print("| grid | seconds to the first fit | MiB above the start |")
    print("| --- | --- | --- |")
    for name, grid in GRIDS.items():
        process = psutil.Process()
        before, start = process.memory_info().rss, time.perf_counter()
        try:
            GridSearch(FirstFit(), grid).fit(*load_iris(return_X_y=True))
        except KeyboardInterrupt:
            seconds = time.perf_counter() - start
        grown = (process.memory_info().rss - before) / 2**20
        print(f"| {name} | {seconds:.2f} | {grown:.0f} |")


if __name__ == "__main__":
    main()
