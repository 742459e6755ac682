"""What shared work saves: GridSearchCV, with memory=, dask-ml's and ours on eight grids.

    python -m tests.benchmarks.sharing [--repeat 3] [--n-jobs 1 2] [--grid NAME ...] [--memory]

Every run is a process of its own, the ways take turns, and BLAS has one thread. Imports and
the start of workers are not counted. CPU is that of the whole process tree. One run more of
each way asks for train scores too; it is not timed, and its memory is sampled: the sum of PSS
over the process tree, 20 times a second. dask-ml is left out where it cannot be imported.

The tables have GridSearchCV / way: above 1, the way is faster. "over distinct work" is the
CPU of ours over that of a bare loop in one process that fits each distinct prefix of the
pipeline once a split and each last step once a task, and scores; a ColumnTransformer is one
step there. It knows nothing of fits that contain others, so it is below 1 where there are such.
The last line is the geometric mean of CPU over all grids. `--memory` compares peaks of memory on
data of 200 MB instead.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import psutil
from joblib import Parallel, delayed
from sklearn import datasets, decomposition, ensemble, impute, linear_model, neighbors, svm
from sklearn.base import clone, is_classifier
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import _safe_indexing

from sktune import GridSearch

CV = 3
THEIRS, MEMORY, DASK, OURS, BARE = "GridSearchCV", "memory=", "dask-ml", "sktune", "bare loop"
WAYS = (THEIRS, MEMORY, *[DASK] * bool(importlib.util.find_spec("dask_ml")), OURS)
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
HEAD = [f"{figure}: {way}" for figure in ("CPU", "wall") for way in (THEIRS, MEMORY, DASK, OURS)]
HEAD += ["peak memory, ours / theirs", "scores equal", "fits", "over distinct work"]
OF_OURS = 1 + HEAD.index(f"CPU: {OURS}")
MEMORY_HEAD = [f"peak memory: {THEIRS}", OURS, "ours / theirs"]

Case = tuple[Any, dict[str, list[Any]], Any, Any]  # estimator, grid, X, y


def text() -> Case:
    """CountVectorizer, tf-idf, LogisticRegression"""
    rng = np.random.default_rng(0)
    words = np.array(["".join(rng.choice(list("aeioulnrst"), 7)) for _ in range(8000)])
    # by Zipf's law, and each of three kinds of documents has some words more often
    odds = rng.lognormal(0, 0.4, (3, len(words))) / np.arange(1, len(words) + 1)
    odds /= odds.sum(axis=1, keepdims=True)
    y = rng.integers(3, size=1000)
    X = [" ".join(rng.choice(words, rng.integers(40, 160), p=odds[kind])) for kind in y]
    last = linear_model.LogisticRegression(max_iter=300)
    model = Pipeline([("counts", CountVectorizer()), ("tfidf", TfidfTransformer()), ("clf", last)])
    grid = {"counts__ngram_range": [(1, 1), (1, 2)], "tfidf__sublinear_tf": [False, True]}
    return model, {**grid, "clf__C": [0.1, 1, 10]}, X, y


def columns() -> Case:
    """ColumnTransformer, HistGradientBoosting"""
    rng = np.random.default_rng(0)
    X, y = datasets.make_classification(6000, 12, n_informative=6, flip_y=0.1, random_state=0)
    frame = pd.DataFrame(X, columns=[f"n{k}" for k in range(12)]).mask(rng.random(X.shape) < 0.1)
    for k in range(6):
        places = pd.Series([f"place {n}" for n in rng.zipf(1.6, len(y)) % 30])
        frame[f"t{k}"] = places.mask(rng.random(len(y)) < 0.05)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, max_categories=12)
    texts = make_pipeline(impute.SimpleImputer(strategy="most_frequent"), encoder)
    names = list(frame)
    both = make_column_transformer((impute.SimpleImputer(), names[:12]), (texts, names[12:]))
    last = ensemble.HistGradientBoostingClassifier(random_state=0)
    grid = {"columns__simpleimputer__strategy": ["mean", "median"], "clf__max_iter": [5, 10, 20]}
    model = Pipeline([("columns", both), ("clf", last)])
    return model, {**grid, "clf__learning_rate": [0.1, 0.3]}, frame, y


def svc() -> Case:
    """scaler, PCA, SVC on digits"""
    model = make_pipeline(StandardScaler(), decomposition.PCA(random_state=0), svm.SVC())
    grid = {"pca__n_components": [10, 20, 30], "svc__C": [0.1, 1, 10, 100]}
    return model, {**grid, "svc__gamma": [0.01, 0.03]}, *datasets.load_digits(return_X_y=True)


def knn() -> Case:
    """scaler, KNeighbors"""
    X, y = datasets.make_classification(3000, 20, n_informative=10, random_state=0)
    model = Pipeline([("scale", StandardScaler()), ("knn", neighbors.KNeighborsClassifier())])
    grid = {"knn__n_neighbors": list(range(1, 45, 2)), "knn__weights": ["uniform", "distance"]}
    return model, grid, X, y


def forest() -> Case:
    """RandomForest on digits"""
    grid = {"n_estimators": [10, 20, 40], "max_depth": [4, 8, None], "max_features": ["sqrt", 0.3]}
    model = ensemble.RandomForestClassifier(random_state=0)
    return model, grid, *datasets.load_digits(return_X_y=True)


def boosting() -> Case:
    """HistGradientBoosting"""
    data = datasets.make_classification(3000, 20, n_informative=10, random_state=0)
    grid = {"max_iter": [10, 20, 40], "learning_rate": [0.05, 0.1, 0.3], "max_leaf_nodes": [7, 15]}
    return ensemble.HistGradientBoostingClassifier(random_state=0), grid, *data


def ridge() -> Case:
    """scaler, SelectKBest, Ridge"""
    X, y = datasets.make_regression(4000, 200, n_informative=40, noise=50, random_state=0)
    model = make_pipeline(StandardScaler(), SelectKBest(f_regression), linear_model.Ridge())
    ks, alphas = list(range(10, 110, 10)), [0.01, 0.1, 1, 10, 100, 1000]
    return model, {"selectkbest__k": ks, "ridge__alpha": alphas}, X, y


def tree() -> Case:
    """tree of depth 2 on iris"""
    model, data = DecisionTreeClassifier(max_depth=2, random_state=0), datasets.load_iris()
    grid = {"min_samples_leaf": list(range(1, 21)), "min_samples_split": list(range(2, 12))}
    return model, grid, data.data, data.target


def large() -> Case:
    """scaler, PCA, Ridge on 200 MB"""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((250_000, 100))
    y = X @ rng.standard_normal(100) + rng.standard_normal(len(X))
    pca = decomposition.PCA(svd_solver="full")
    grid = {"pca__n_components": [5, 10], "ridge__alpha": [0.1, 1, 10]}
    return make_pipeline(StandardScaler(), pca, linear_model.Ridge()), grid, X, y


GRIDS = {f.__name__: f for f in (text, columns, svc, knn, forest, boosting, ridge, tree, large)}


def search(way: str, case: Case, n_jobs: int, train: bool) -> tuple[Mapping[str, Any], Any]:
    """The results of one way, and what it says of shared work."""
    estimator, grid, X, y = case
    if way == BARE:
        return bare_loop(case), None
    kind = GridSearch if way == OURS else GridSearchCV
    if way == DASK:
        kind = importlib.import_module("dask_ml.model_selection").GridSearchCV
    options = {"n_jobs": n_jobs, "cv": CV, "refit": False, "return_train_score": train}
    with tempfile.TemporaryDirectory() as folder:
        if way == MEMORY:
            estimator = clone(estimator).set_params(memory=folder)
        done = kind(estimator, grid, **options).fit(X, y)
    return done.cv_results_, getattr(done, "sharing_", None)


def bare_loop(case: Case) -> dict[str, list[float]]:
    """Split scores from fitting each distinct prefix once a split."""
    estimator, _, X, y = case
    splits = check_cv(CV, y, classifier=is_classifier(estimator)).split(X, y)
    return {f"split{k}_test_score": list(_bare_split(case, *s)) for k, s in enumerate(splits)}


def _bare_split(case: Case, train: Any, test: Any) -> Iterator[float]:
    estimator, grid, X, y = case
    known = {"": [_safe_indexing(X, rows) for rows in (train, test)]}
    for params in ParameterGrid(grid):
        model = clone(estimator).set_params(**params)
        *before, (_, last) = model.steps if isinstance(model, Pipeline) else [("", model)]
        prefix = ""
        for name, step in before:
            X_train, X_test = known[prefix]
            own = [item for item in params.items() if item[0].startswith(f"{name}__")]
            prefix += repr((name, own))
            if prefix not in known:
                known[prefix] = [step.fit_transform(X_train, y[train]), step.transform(X_test)]
        X_train, X_test = known[prefix]
        yield last.fit(X_train, y[train]).score(X_test, y[test])


def run_one(grid: str, way: str, n_jobs: int, train: bool) -> dict[str, Any]:
    """Run a search in this process, which says when the clock starts."""
    warnings.simplefilter("ignore")
    case = GRIDS[grid]()
    if n_jobs > 1:  # start workers, and import there what they will need
        Parallel(n_jobs)(delayed(exec)(f"import {__spec__.name}") for _ in range(2 * n_jobs))
    small = DecisionTreeClassifier(), {"max_depth": [1, 2]}, *datasets.load_iris(return_X_y=True)
    search(THEIRS if way == MEMORY else way, small, n_jobs, train)  # what is done only once
    print("ready", flush=True)
    cpu, wall = _cpu(), time.perf_counter()
    results, work = search(way, case, n_jobs, train)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    names = sorted(name for name in results if name.startswith("split"))
    scores = np.array([results[name] for name in names], dtype=float)
    digest = hashlib.sha256(repr(names).encode() + scores.tobytes()).hexdigest()
    fits = f"{work.n_asked} -> {work.n_done}" if work else "-"
    return {"wall": wall, "cpu": cpu, "fits": fits, "digest": digest}


def _cpu() -> float:
    """CPU seconds of this process and all below it, those that have ended too."""
    here = psutil.Process()
    return float(sum(sum(p.cpu_times()[:4]) for p in (here, *here.children(recursive=True))))


def measure(grid: str, way: str, n_jobs: int, *, train: bool, watch: bool) -> dict[str, Any]:
    """Run a search in a new process; its figures, with the peak of memory if watched."""
    command = [sys.executable, "-m", __spec__.name, "--one", grid, way]
    command += ["--n-jobs", str(n_jobs), *["--train"] * train]
    env = {**os.environ, **ONE_THREAD, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as child:
        child.stdout.readline()
        peak = 0
        while watch and child.poll() is None:
            peak = max(peak, _pss(child.pid))
            time.sleep(0.05)
        printed = child.stdout.read()
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return {**json.loads(printed.splitlines()[-1]), "peak": peak / 2**20}


def _pss(pid: int) -> int:
    """Bytes that a process and all below it take, shared pages counted once."""
    total = 0
    with suppress(psutil.Error):
        here = psutil.Process(pid)
        for process in (here, *here.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total


def row(grid: str, n_jobs: int, repeat: int) -> list[str]:
    """Run all ways in turn; a row of the table."""
    estimator, space, *_ = GRIDS[grid]()
    ways = [way for way in WAYS if way != MEMORY or isinstance(estimator, Pipeline)]
    first = {way: measure(grid, way, n_jobs, train=True, watch=True) for way in ways}
    ways += [BARE] * (n_jobs == 1)
    run = partial(measure, grid, n_jobs=n_jobs, train=False, watch=False)
    turns = [{way: run(way) for way in ways} for _ in range(repeat)]
    cells = [f"{GRIDS[grid].__doc__} ({CV * len(ParameterGrid(space))})"]
    for figure in ("cpu", "wall"):
        cells.append(f"{statistics.median(turn[THEIRS][figure] for turn in turns):.2f} s")
        cells += [_ratios(turns, figure, THEIRS, way) for way in (MEMORY, DASK, OURS)]
    equal = all(turn[THEIRS]["digest"] == turn[OURS]["digest"] for turn in [first, *turns])
    cells += [f"{first[OURS]['peak'] / first[THEIRS]['peak']:.2f}", "yes" if equal else "NO"]
    return [*cells, first[OURS]["fits"], _ratios(turns, "cpu", OURS, BARE)]


def _ratios(turns: list[dict[str, Any]], figure: str, above: str, below: str) -> str:
    if below not in turns[0]:
        return "-"
    ratios = [turn[above][figure] / turn[below][figure] for turn in turns]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def memory_row(grid: str, n_jobs: int, repeat: int) -> list[str]:
    """Compare peaks of memory; a row of the table."""
    run = partial(measure, grid, n_jobs=n_jobs, train=False, watch=True)
    turns = [[run(way)["peak"] for way in (THEIRS, OURS)] for _ in range(repeat)]
    medians = [f"{statistics.median(peaks):.0f} MiB" for peaks in zip(*turns, strict=True)]
    return [str(GRIDS[grid].__doc__), *medians, ", ".join(f"{b / a:.2f}" for a, b in turns)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--n-jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--grid", nargs="+", choices=GRIDS, default=list(GRIDS)[:-1])
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(run_one(*given.one, given.n_jobs[0], given.train)))
        return
    make, head, grids = row, HEAD, given.grid
    if given.memory:
        make, head, grids = memory_row, MEMORY_HEAD, ["large"]
    for n_jobs in given.n_jobs:
        print(f"| n_jobs={n_jobs} | {' | '.join(head)} |\n|{' --- |' * (1 + len(head))}")
        ratios = []
        for grid in grids:
            cells = make(grid, n_jobs, given.repeat)
            ratios += [] if given.memory else [float(cells[OF_OURS].split()[0])]
            print(f"| {' | '.join(cells)} |", flush=True)
        if ratios:
            print(f"\ngeometric mean: {statistics.geometric_mean(ratios):.2f}", flush=True)


if __name__ == "__main__":
    main()
