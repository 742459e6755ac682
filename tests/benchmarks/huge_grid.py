"""How long, and how much memory, until the first fit of a grid of ten million candidates.

python -m tests.benchmarks.huge_grid
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import psutil
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris

from sktune import GridSearch

at_first_fit: dict[str, float] = {}


class FirstFit(BaseEstimator):
    """Notes time and memory, and ends the search at its first fit."""

    def __init__(self, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> None:
        self.a, self.b, self.c, self.d = a, b, c, d

    def fit(self, X: Any, y: Any) -> FirstFit:
        at_first_fit["time"] = time.perf_counter()
        at_first_fit["memory"] = psutil.Process().memory_info().rss
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
        before, start = psutil.Process().memory_info().rss, time.perf_counter()
        with contextlib.suppress(KeyboardInterrupt):
            GridSearch(FirstFit(), grid).fit(*load_iris(return_X_y=True))
        seconds = at_first_fit["time"] - start
        grown = (at_first_fit["memory"] - before) / 2**20
        print(f"| {name} | {seconds:.2f} | {grown:.0f} |")


if __name__ == "__main__":
    main()
