"""What candidates that were good on other data are worth to a search that begins with them.

    python -m tests.benchmarks.portfolios LGBM ... --out FOLDER [--seeds 2] [--rows 200]

Each data set gets the same candidates, in places of its own space ("auto"), scaled to it; their
scores are kept in the folder. A portfolio is greedy: each next candidate is the one by which the
mean regret over the data sets falls most, after the estimator's own parameters. Each data set is
left out in turn: the portfolio is made from the others, and `BayesSearch` begins with its first 3
or 5 in place of a design, or without it. Printed is the regret after 5, 10 and 15 candidates (1:
the median of random search after as many, 0: the best that any search has found; clipped at 3), and
the difference, of the same data set, with its standard error over data sets.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc
from sklearn import datasets as made
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import BayesSearch, space_for
from sktune.space.conditional import read_space

N_CANDIDATES, N_TEST = 40, 500
BUDGETS = 5, 10, 15
SIZES = {"without": 0, "with 3": 3, "with 5": 5}


def estimators() -> dict[str, tuple[Any, Any]]:
    """Return by a short name a classifier and a regressor of the same rows."""
    found: dict[str, tuple[Any, Any]] = {
        "SVC": (SVC(), SVR()),
        "KNeighbors": (KNeighborsClassifier(), KNeighborsRegressor()),
        "DecisionTree": (
            DecisionTreeClassifier(random_state=0),
            DecisionTreeRegressor(random_state=0),
        ),
        "RandomForest": (
            RandomForestClassifier(random_state=0),
            RandomForestRegressor(random_state=0),
        ),
        "ExtraTrees": (ExtraTreesClassifier(random_state=0), ExtraTreesRegressor(random_state=0)),
        "GradientBoosting": (
            GradientBoostingClassifier(random_state=0),
            GradientBoostingRegressor(random_state=0),
        ),
        "HistGradientBoosting": (
            HistGradientBoostingClassifier(random_state=0),
            HistGradientBoostingRegressor(random_state=0),
        ),
    }
    try:
        from lightgbm import LGBMClassifier, LGBMRegressor
        from xgboost import XGBClassifier, XGBRegressor
    except ImportError:
        return found
    quiet: dict[str, Any] = {"n_jobs": 1, "random_state": 0}
    found["XGB"] = XGBClassifier(**quiet), XGBRegressor(**quiet)
    found["LGBM"] = LGBMClassifier(verbose=-1, **quiet), LGBMRegressor(verbose=-1, **quiet)
    return found


def data(rows: int) -> dict[str, tuple[Any, Any]]:
    """Return data sets by name: of scikit-learn, and made; some rows of each."""
    n, seed = rows + N_TEST, {"random_state": 0}
    digits = made.load_digits(return_X_y=True)
    pair = np.isin(digits[1], [3, 8, 9])
    found = {
        "wine": made.load_wine(return_X_y=True),
        "cancer": made.load_breast_cancer(return_X_y=True),
        "digits": (digits[0][pair], digits[1][pair]),
        "moons": made.make_moons(n, noise=0.3, **seed),
        "few of many": made.make_classification(n, 40, n_informative=4, n_redundant=4, **seed),
        "noisy labels": made.make_classification(n, 12, n_informative=6, flip_y=0.2, **seed),
        "classes": made.make_classification(
            n, 10, n_informative=6, n_classes=4, class_sep=1.5, **seed
        ),
        "hastie": made.make_hastie_10_2(n, **seed),
        "quantiles": made.make_gaussian_quantiles(n_samples=n, n_features=5, n_classes=3, **seed),
        "diabetes": made.load_diabetes(return_X_y=True),
        "friedman1": made.make_friedman1(n, noise=1.0, **seed),
        "friedman2": made.make_friedman2(n, noise=100.0, **seed),
        "friedman3": made.make_friedman3(n, noise=0.1, **seed),
        "sparse": made.make_sparse_uncorrelated(n, **seed),
        "linear": made.make_regression(n, 30, n_informative=8, noise=40.0, **seed),
    }
    return {name: (StandardScaler().fit_transform(X), y) for name, (X, y) in found.items()}


def splits(n: int, rows: int) -> ShuffleSplit:
    test = min(N_TEST, n // 2)
    return ShuffleSplit(3, train_size=min(rows, n - test), test_size=test, random_state=0)


def suited(pair: tuple[Any, Any], y: Any) -> Any:
    return pair[0] if y.dtype.kind == "i" or set(y) == {-1.0, 1.0} else pair[1]


def units(pair: tuple[Any, Any]) -> tuple[list[str], Any]:
    """Return the names of a space, and places that are the same for all data."""
    names = list(space_for(pair[0]))
    return names, qmc.Sobol(len(names), seed=0).random(N_CANDIDATES)


def candidates(estimator: Any, X: Any, y: Any, places: Any, names: list[str]) -> list[Any]:
    """Return the estimator's own parameters, and what is at these places of its space."""
    space = space_for(estimator, X, y)
    dimensions = read_space(space, "space")[0].branches[0]
    return [space.own] + [
        {n: dimensions[n].decode(float(row[names.index(n)])) for n in dimensions if n in names}
        for row in places
    ]


def run(name: str, out: Path, rows: int) -> None:
    """Score all candidates on all data sets."""
    pair, scores = estimators()[name], {}
    names, places = units(pair)
    for label, (X, y) in data(rows).items():
        estimator = suited(pair, y)
        scores[label] = [
            float(
                cross_val_score(
                    clone(estimator).set_params(**params), X, y, cv=splits(len(X), rows)
                ).mean()
            )
            for params in candidates(estimator, X, y, places, names)
        ]
        print(name, label, f"{scores[label][0]:.3f} {max(scores[label]):.3f}", flush=True)
    (out / f"{name}.json").write_text(json.dumps(scores))


def regrets(scores: Any) -> Any:
    """Return what each candidate lacks to the best, 1 for what the median one lacks."""
    scores = np.asarray(scores)
    scale = max(scores.max() - np.median(scores), 1e-9)
    return np.minimum((scores.max() - scores) / scale, 2.0)


def greedy(table: dict[str, Any]) -> list[int]:
    """Return the rows that together, after the estimator's own, do best on all data sets."""
    lacking = np.array([regrets(scores) for scores in table.values()])
    chosen = [0]
    for _ in range(max(SIZES.values())):
        after = np.minimum(lacking, lacking[:, chosen].min(axis=1, keepdims=True)).mean(axis=0)
        after[chosen] = np.inf
        chosen.append(int(after.argmin()))
    return chosen[1:]


def regrets_of(name: str, out: Path, seeds: int, rows: int) -> dict[str, Any]:
    """Return the regret of searches on data sets that had no part in their portfolio."""
    pair, scores = estimators()[name], json.loads((out / f"{name}.json").read_text())
    names, places = units(pair)
    found: dict[str, list[Any]] = {kind: [] for kind in SIZES}
    for label, (X, y) in data(rows).items():
        estimator = suited(pair, y)
        every = candidates(estimator, X, y, places, names)
        rest = {other: value for other, value in scores.items() if other != label}
        good = [every[row] for row in greedy(rest)]
        space = space_for(estimator, X, y)
        drawn = np.random.default_rng(0).choice(scores[label][1:], (2000, max(BUDGETS)))
        runs: dict[str, list[Any]] = {kind: [] for kind in SIZES}
        for seed in range(seeds):
            for kind, size in SIZES.items():
                search = BayesSearch(
                    estimator,
                    space,
                    n_iter=max(BUDGETS),
                    cv=splits(len(X), rows),
                    refit=False,
                    random_state=seed,
                    initial_points=good[:size] or None,
                    optimizer_kwargs={"n_initial_points": 1} if size else None,
                ).fit(X, y)
                runs[kind].append(search.cv_results_["mean_test_score"])
        best = max(max(scores[label]), *(run.max() for kept in runs.values() for run in kept))
        medians = [np.median(drawn[:, :n].max(axis=1)) for n in BUDGETS]
        for kind, kept in runs.items():
            lacking = [[best - run[:n].max() for n in BUDGETS] for run in kept]
            regret = np.minimum(lacking / np.maximum(best - np.array(medians), 1e-9), 3.0)
            found[kind].append(regret.mean(axis=0))
    return {kind: np.array(regrets) for kind, regrets in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", choices=estimators(), metavar="NAME")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", type=int, default=200, help="to train on")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    given.out.mkdir(exist_ok=True)
    for name in given.names:
        if not (given.out / f"{name}.json").exists():
            run(name, given.out, given.rows)
        found = regrets_of(name, given.out, given.seeds, given.rows)
        for kind, regret in found.items():
            off = regret - found["without"]
            error = off.std(axis=0, ddof=1) / np.sqrt(len(off))
            cells = [
                " ".join(f"{v:.2f}" for v in values) for values in (regret.mean(axis=0), error)
            ]
            change = " ".join(f"{v:+.2f}" for v in off.mean(axis=0))
            print(f"| {name}, {kind} | {cells[0]} | {change} ({cells[1]}) |", flush=True)


if __name__ == "__main__":
    main()
