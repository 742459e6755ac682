"""What a checkpoint costs: for each fit, for a resumed search, and for the data once.

``python -m tests.benchmarks.journal [--repeat 5]``

Searches with and without a checkpoint take turns; their fits take no time to speak of, so
that the difference shows.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch, RandomSearch, read_journal
from sktune.journal import as_fields

X, y = np.random.default_rng(0).normal(size=(100, 5)), np.arange(100) % 2
PIPELINE = make_pipeline(StandardScaler(), Ridge())
SEARCHES: dict[str, Callable[..., Any]] = {
    "GridSearch, 500 x 5": lambda **o: GridSearch(
        DummyClassifier(strategy="constant", constant=0), {"random_state": range(500)}, **o
    ),
    "the same, two workers": lambda **o: GridSearch(
        DummyClassifier(strategy="constant", constant=0),
        {"random_state": range(500)},
        n_jobs=2,
        **o,
    ),
    "GridSearch of a pipeline, 300 x 5": lambda **o: GridSearch(
        PIPELINE, {"ridge__alpha": np.logspace(-3, 3, 300)}, **o
    ),
    "RandomSearch, 500 x 5": lambda **o: RandomSearch(
        DummyClassifier(strategy="constant", constant=0),
        {"random_state": (0, 10**6)},
        n_iter=500,
        random_state=0,
        **o,
    ),
    "BayesSearch, 60 x 5": lambda **o: BayesSearch(
        DummyClassifier(strategy="constant", constant=0),
        {"random_state": (0, 10**6)},
        n_iter=60,
        random_state=0,
        **o,
    ),
}


def seconds(search: Any) -> float:
    start = time.perf_counter()
    search.fit(X, y)
    return time.perf_counter() - start


def seconds_to_digest(values: Any) -> float:
    start = time.perf_counter()
    as_fields({"X": values})
    return time.perf_counter() - start


def main(repeat: int) -> None:
    print("| search | fits | without, ms a fit | checkpoint adds, ms a fit | spread | resumed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, make in SEARCHES.items():
        make(refit=False).fit(X, y)  # workers start, caches fill
        plain, added, again = [], [], []
        with tempfile.TemporaryDirectory() as folder:
            for turn in range(repeat):
                path = Path(folder, f"{turn}.jsonl")
                without = seconds(make(refit=False))
                with_it = seconds(make(refit=False, checkpoint=path))
                resumed = seconds(make(refit=False, checkpoint=path))
                n_fits = 5 * len(read_journal(path))
                plain.append(1e3 * without / n_fits)
                added.append(1e3 * (with_it - without) / n_fits)
                again.append(1e3 * resumed / n_fits)
        without, more, resumed = map(statistics.median, (plain, added, again))
        spread = f"{min(added):.3f} to {max(added):.3f}"
        print(f"| {name} | {n_fits} | {without:.2f} | {more:.3f} | {spread} | {resumed:.2f} |")
    print("\n| data | GB a second |\n| --- | --- |")
    table = np.random.default_rng(0).normal(size=(2_000_000, 25))
    data = {
        "array": table,
        "array, column by column": np.asfortranarray(table),
        "every second row": table[::2],
        "DataFrame": pd.DataFrame(table),
        "DataFrame, column by column": pd.DataFrame({k: table[:, k] for k in range(25)}),
        "integers": table.astype(np.int32),
    }
    for name, values in data.items():
        size = values.to_numpy().nbytes if hasattr(values, "to_numpy") else values.nbytes
        best = min(seconds_to_digest(values) for _ in range(repeat))
        print(f"| {name} | {size / best / 1e9:.2f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    main(parser.parse_args().repeat)
