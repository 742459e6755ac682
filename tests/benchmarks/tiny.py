"""What a search adds to tiny fits: 600 trees of depth 2 on iris.

    python -m tests.benchmarks.tiny [--repeat 15]

CPU milliseconds a task, theirs and ours in turn, in one process with one BLAS thread; medians,
and the ratios' range. The second grid has nothing to share: its seeds differ. What is left is
told by bare calls on the same data.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from sktune import GridSearch
from sktune.evaluation.scores import call_scorer

X, y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(max_depth=2, random_state=0)
GRIDS = {
    "leaves and splits": {
        "min_samples_leaf": list(range(1, 21)),
        "min_samples_split": list(range(2, 12)),
    },
    "seeds": {"random_state": list(range(200))},
}


def cpu(call: Callable[[], Any]) -> float:
    """CPU seconds of a call."""
    start = time.process_time()
    call()
    return time.process_time() - start


def compare(grid: Any, repeat: int) -> str:
    """A row: their milliseconds a task, ours, and the ratio."""
    options = {"cv": 3, "refit": False}
    times = [
        (
            cpu(lambda: GridSearchCV(TREE, grid, **options).fit(X, y)),
            cpu(lambda: GridSearch(TREE, grid, **options).fit(X, y)),
            cpu(lambda: GridSearch(TREE, grid, share_work=False, **options).fit(X, y)),
        )
        for _ in range(repeat)
    ]
    theirs, ours, alone = (statistics.median(t) / 0.6 for t in zip(*times, strict=True))
    shared = [a / b for a, b, _ in times]
    unshared = [a / c for a, _, c in times]
    return f"{theirs:.2f} | {ours:.2f} | {_range(shared)} | {alone:.2f} | {_range(unshared)}"


def _range(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def parts(repeat: int) -> dict[str, float]:
    """Milliseconds of what has to be done for each task, by bare calls."""
    scorer = GridSearchCV(TREE, {}).fit(X, y).scorer_
    train, test = X[::2].copy(), X[1::2].copy()
    y_train, y_test = y[::2].copy(), y[1::2].copy()
    fitted = clone(TREE).fit(train, y_train)

    def quick() -> None:
        with config_context(skip_parameter_validation=True):
            TREE.fit(train, y_train)

    calls = {
        "clone and set_params": lambda: clone(TREE).set_params(min_samples_leaf=2),
        "fit": lambda: clone(TREE).fit(train, y_train),
        "fit, parameters not validated": quick,
        "growing the tree": _grower(train, y_train),
        "predict": lambda: fitted.predict(test),
        "score": lambda: fitted.score(test, y_test),
        "score, as here": lambda: call_scorer(scorer, fitted, test, y_test, {}),
    }
    n = 50 * repeat
    return {name: cpu(lambda c=c: [c() for _ in range(n)]) / n * 1e3 for name, c in calls.items()}


def _grower(train: Any, y_train: Any) -> Callable[[], Any]:
    """The fit without the checks of its input, which the class lets one leave out."""
    values = np.ascontiguousarray(train, dtype=np.float32)
    return lambda: TREE.fit(values, y_train, check_input=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=15)
    repeat = parser.parse_args().repeat
    with threadpool_limits(1):
        print("| grid | GridSearchCV | sktune | ratio | share_work=False | ratio |")
        for name, grid in GRIDS.items():
            print(f"| {name} | {compare(grid, repeat)} |", flush=True)
        print("\n| part | ms |")
        for name, ms in parts(repeat).items():
            print(f"| {name} | {ms:.3f} |")


if __name__ == "__main__":
    main()
