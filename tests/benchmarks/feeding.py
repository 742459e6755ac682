"""How many tasks a second the parent plans and records, with nothing to fit.

    python -m tests.benchmarks.feeding [--workers 64] [--fit 0.1] [--repeat 3] [--case NAME ...]

Real searches run on simulated workers: every step of a fit takes a tenth of a second of theirs,
and none of ours. What is counted is the CPU time of this process from the first candidate to the
last outcome; cases take turns. `--fit` decides how many tasks are in a bundle: half a second's.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch, RandomSearch
from sktune.engine import Execution, run
from sktune.evaluation import Bundle
from sktune.searches.setup import prepared
from sktune.trials import Outcome
from tests.helpers.virtual_workers import Clock, VirtualWorkers

X, y = np.random.default_rng(0).normal(size=(60, 30)), np.arange(60) % 2
N_SPLITS = 5


def _pipeline(last: Any = None) -> Pipeline:
    return Pipeline(
        [
            ("scale", StandardScaler()),
            ("pca", PCA(svd_solver="full")),
            ("svc", SVC() if last is None else last),
        ]
    )


def _columns() -> Pipeline:
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    columns = [("numbers", numbers, slice(0, 20)), ("kinds", OneHotEncoder(), [20, 21])]
    return Pipeline([("columns", ColumnTransformer(columns)), ("svc", SVC())])


def _nested() -> Pipeline:
    prepare = Pipeline([("scale", StandardScaler()), ("pca", PCA(svd_solver="full"))])
    return Pipeline([("prepare", prepare), ("best", SelectKBest()), ("svc", SVC())])


def _union() -> Pipeline:
    parts = [("pca", PCA(svd_solver="full")), ("best", SelectKBest())]
    return Pipeline([("scale", StandardScaler()), ("union", FeatureUnion(parts)), ("svc", SVC())])


def _forest() -> RandomForestClassifier:
    return RandomForestClassifier(random_state=0)


C = np.logspace(-3, 3, 50)
CASES: dict[str, Callable[..., Any]] = {
    "plain": lambda **o: GridSearch(SVC(), {"C": C, "gamma": np.logspace(-4, 0, 40)}, **o),
    "plain, drawn": lambda **o: RandomSearch(
        SVC(), {"C": (1e-3, 1e3, "log-uniform"), "gamma": (1e-4, 1.0, "log-uniform")},
        n_iter=2000, random_state=0, **o,
    ),
    "one prefix": lambda **o: GridSearch(
        _pipeline(), {"svc__C": C, "svc__gamma": np.logspace(-4, 0, 40)}, **o
    ),
    "20 prefixes": lambda **o: GridSearch(
        _pipeline(),
        {"pca__n_components": range(1, 21), "svc__C": C, "svc__shrinking": [True, False]}, **o,
    ),
    "200 prefixes": lambda **o: GridSearch(
        _pipeline(),
        {"pca__tol": np.logspace(-5, 0, 20), "pca__n_components": range(1, 11), "svc__C": C[::5]},
        **o,
    ),
    "a prefix each": lambda **o: RandomSearch(
        _pipeline(),
        {"pca__n_components": (0.1, 0.9), "svc__C": (1e-3, 1e3, "log-uniform")},
        n_iter=2000, random_state=0, **o,
    ),
    "nested": lambda **o: GridSearch(
        _nested(),
        {"prepare__pca__n_components": range(1, 11), "best__k": [1, 2, 3, 4], "svc__C": C}, **o,
    ),
    "columns": lambda **o: GridSearch(
        _columns(),
        {"columns__numbers__impute__strategy": ["mean", "median"],
         "columns__numbers__scale": [StandardScaler(), MinMaxScaler()],
         "svc__C": C, "svc__gamma": np.logspace(-4, 0, 10)}, **o,
    ),
    "union": lambda **o: GridSearch(
        _union(),
        {"union__pca__n_components": [2, 4, 6, 8], "union__best__k": range(1, 11), "svc__C": C},
        **o,
    ),
    "steps": lambda **o: GridSearch(
        _pipeline(),
        {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"],
         "pca__n_components": range(1, 8), "svc": [SVC(), LogisticRegression()], "svc__C": C}, **o,
    ),
    "forest": lambda **o: GridSearch(
        _forest(),
        {"n_estimators": range(10, 210, 10), "max_depth": range(1, 11),
         "min_samples_leaf": range(1, 11)}, **o,
    ),
    "pipeline, forest": lambda **o: GridSearch(
        _pipeline(_forest()),
        {"pca__n_components": range(1, 11), "svc__n_estimators": range(10, 210, 10),
         "svc__max_depth": range(1, 11)}, **o,
    ),
    "one prefix, raced": lambda **o: GridSearch(
        _pipeline(), {"svc__C": C, "svc__gamma": np.logspace(-4, 0, 40)},
        early_termination="racing", **o,
    ),
}  # fmt: skip


class Simulated(VirtualWorkers):
    """Workers on which every step takes so many seconds, if it is not there from before."""

    def __init__(self, n_workers: int, fit: float) -> None:
        super().__init__(n_workers, Clock())
        self._fit = fit
        self._done: dict[int, set[int]] = {split: set() for split in range(N_SPLITS)}
        self.n_bundles = 0

    def hold(self, evaluate: Any) -> None:
        self._evaluate = self._outcomes

    def _outcomes(self, bundle: Bundle) -> list[Outcome]:
        self.n_bundles += 1
        outcomes, done = [], self._done[bundle.split]
        pieces = {} if bundle.shared is None else bundle.shared.pieces
        for task in bundle.tasks:
            fits = []
            if (piece := pieces.get(task.trial)) is not None:
                for part in piece.before_last:
                    if part.key is not None and part.key not in done:
                        done.add(part.key)
                        fits.append((part.name, self._fit))
            fits.append(("svc" if pieces else "", self._fit))
            seconds = self._fit * len(fits)
            self._clock.now += seconds
            outcomes.append(
                Outcome(
                    task.trial, task.split, {"score": task.trial % 97 / 97}, fit_time=seconds,
                    own_time=seconds, fits=tuple(fits), started=self._clock.now, worker=0,
                )
            )  # fmt: skip
        return outcomes


def tasks_a_second(make: Callable[..., Any], n_workers: int, fit: float, **options: Any) -> float:
    """Run a search once; return the tasks that it has planned and recorded in a second."""
    search = make(cv=N_SPLITS, refit=False, **options)
    with prepared(search, X, y, {}, ()) as (setup, _):
        setup = replace(setup, workers=Execution(Simulated(n_workers, fit)))
        start = time.process_time()
        run(setup)
        took = time.process_time() - start
        return sum(len(trial.finished) for trial in setup.trials) / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--fit", type=float, default=0.1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    given = parser.parse_args()
    found: dict[tuple[str, bool], list[float]] = {}
    for _ in range(given.repeat):
        for name in given.case:
            for journal in (False, True):
                with tempfile.TemporaryDirectory() as folder:
                    options = {"checkpoint": Path(folder, "j")} if journal else {}
                    rate = tasks_a_second(CASES[name], given.workers, given.fit, **options)
                found.setdefault((name, journal), []).append(rate)
    print(f"| {given.workers} workers | tasks a second | with a journal |\n| --- | --- | --- |")
    for name in given.case:
        print(f"| {name} | {_cell(found[name, False])} | {_cell(found[name, True])} |")


def _cell(rates: list[float]) -> str:
    return f"{statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"


if __name__ == "__main__":
    main()
