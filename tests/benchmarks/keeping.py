"""What `keep="best"` costs: searches with it over searches without, in turn, in CPU and in time.

python -m tests.benchmarks.keeping --runs 9

With ``--checkpoint`` all of them write one, beside which models wait in files: what these take is
asked for after each candidate, and what is left in the end.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, Observer

DIGITS = load_digits(return_X_y=True)
WORDS = np.array([f"w{k}" for k in range(3000)])
RANDOM = np.random.default_rng(0)
TEXTS = [" ".join(WORDS[RANDOM.zipf(1.3, 80) % 3000]) for _ in range(1500)]

TASKS: dict[str, tuple[Any, dict[str, Any], Any]] = {
    "600 tiny trees": (
        DecisionTreeClassifier(random_state=0),
        {"max_depth": range(1, 13), "min_samples_leaf": range(1, 11)},
        load_iris(return_X_y=True),
    ),
    "PCA and SVC": (
        make_pipeline(PCA(random_state=0), SVC()),
        {"pca__n_components": [10, 20], "svc__C": [1, 10], "svc__gamma": [1e-4, 1e-3, 1e-2]},
        DIGITS,
    ),
    "forests of 100": (
        RandomForestClassifier(random_state=0),
        {"max_features": [4, 8, 16], "min_samples_leaf": [1, 3]},
        DIGITS,
    ),
    "neighbours": (
        KNeighborsClassifier(),
        {"weights": ["uniform", "distance"], "p": [1, 2], "n_neighbors": [1, 5, 9]},
        DIGITS,
    ),
    "texts": (
        make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=50)),
        {"tfidfvectorizer__min_df": [1, 3], "logisticregression__C": [0.1, 1, 10]},
        (TEXTS, np.arange(len(TEXTS)) % 2),
    ),
}


def seconds() -> float:
    """CPU of this process and of those that have ended."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


class Folder(Observer):
    """Note how large the files beside a checkpoint have been."""

    def __init__(self, checkpoint: Path) -> None:
        self._folder = Path(f"{checkpoint}.models")
        self.most = 0

    def size(self) -> int:
        return sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())

    def trial_finished(self, trial: Any) -> None:
        self.most = max(self.most, self.size())


def spent(name: str, keep: str | None, n_jobs: int, **more: Any) -> tuple[float, float]:
    """CPU and time of a search."""
    estimator, grid, (X, y) = TASKS[name]
    start, began = seconds(), time.perf_counter()
    GridSearch(estimator, grid, keep=keep, n_jobs=n_jobs, refit=False, **more).fit(X, y)
    took = time.perf_counter() - began
    get_reusable_executor().shutdown(wait=True)  # so that its workers' time counts
    return seconds() - start, took


def with_files(name: str, keep: str | None, n_jobs: int) -> tuple[float, float]:
    """The same, of a search that has a checkpoint of its own."""
    with tempfile.TemporaryDirectory() as folder:
        return spent(name, keep, n_jobs, checkpoint=Path(folder, "search.jsonl"))


def sizes(name: str) -> str:
    """Say how large models beside a checkpoint are, at most and in the end."""
    estimator, grid, (X, y) = TASKS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "search.jsonl")
        beside = Folder(path)
        options: dict[str, Any] = {"checkpoint": path, "observers": [beside]}
        GridSearch(estimator, grid, keep="best", refit=False, **options).fit(X, y)
        return f"{beside.most / 2**20:.2f} MiB at most, {beside.size() / 2**20:.2f} in the end"


def quartiles(values: list[float]) -> str:
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--checkpoint", action="store_true")
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    given = parser.parse_args()
    run = with_files if given.checkpoint else spent
    print("| search | n_jobs | CPU, kept / not (quartiles) | not again | time, kept / not |")
    for name in given.tasks:
        for n_jobs in (1, 2):
            ratios, again = [], []
            for _ in range(given.runs):
                first, kept, plain = (
                    np.array(run(name, keep, n_jobs)) for keep in (None, "best", None)
                )
                ratios.append(2 * kept / (first + plain))
                again.append(plain[0] / first[0])
            by_cpu, by_time = (quartiles([ratio[k] for ratio in ratios]) for k in (0, 1))
            told = f"{by_cpu} | {np.median(again):.2f} | {by_time}"
            print(f"| {name} | {n_jobs} | {told} |", flush=True)
        if given.checkpoint:
            print(f"{name}: models beside the checkpoint take {sizes(name)}", flush=True)


if __name__ == "__main__":
    main()
