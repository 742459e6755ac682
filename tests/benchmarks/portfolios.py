"""Candidates that are good on many data sets, and what they are worth to a search that begins so.

    python -m tests.benchmarks.portfolios make --out FOLDER
    python -m tests.benchmarks.portfolios judge LGBM XGB ... --out FOLDER [--seeds 2] [--sizes 0 3]

**make** scores the same 64 candidates of LightGBM (places of the "auto" space, scaled to each data
set) on 36 data sets: real ones, and made ones with 200 and 1,000 rows to train on. It prints the
portfolio, from which `sktune.spaces.tables` has its `GOOD`. It is greedy: each next candidate is
the one by which the mean regret over the data sets falls most, after the estimator's own
parameters.

**judge** leaves out each data set in turn, with all that are of its kind: a portfolio is made of
the others, and `BayesSearch` of the "auto" space begins with its first 3 in place of a design, or
without (0). Other libraries get LightGBM's portfolio in their own words. Printed is the regret
after 5, 10 and 15 candidates (1: the median of random search after as many, 0: the best that any
search has found; clipped at 3), and the difference on the same data set, with its standard error
over data sets.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy.stats import qmc
from sklearn import datasets as made
from sklearn.base import clone
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ShuffleSplit, cross_val_score
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from sktune import BayesSearch, RandomSearch, space_for
from sktune.space.conditional import read_space

from .real_sets import SETS

N_CANDIDATES, N_TEST = 64, 1000
N_RANDOM = 24
"""Candidates of the random search that regret is measured by."""

BUDGETS = 5, 10, 15
SIZES = 200, 1000
_SEED: dict[str, Any] = {"random_state": 0}
_ONE: dict[str, Any] = {"n_jobs": 1, **_SEED}

ESTIMATORS: dict[str, tuple[Any, Any]] = {
    "LGBM": (LGBMClassifier(verbose=-1, **_ONE), LGBMRegressor(verbose=-1, **_ONE)),
    "XGB": (XGBClassifier(**_ONE), XGBRegressor(**_ONE)),
    "HistGradientBoosting": (
        HistGradientBoostingClassifier(**_SEED),
        HistGradientBoostingRegressor(**_SEED),
    ),
    "GradientBoosting": (GradientBoostingClassifier(**_SEED), GradientBoostingRegressor(**_SEED)),
}
NAMES: dict[str, dict[str, str]] = {
    "LGBM": {},
    "XGB": {"num_leaves": "max_depth", "min_child_samples": "min_child_weight"},
    "HistGradientBoosting": {
        "n_estimators": "max_iter",
        "num_leaves": "max_leaf_nodes",
        "min_child_samples": "min_samples_leaf",
        "reg_lambda": "l2_regularization",
        "colsample_bytree": "max_features",
    },
    "GradientBoosting": {
        "num_leaves": "max_depth",
        "min_child_samples": "min_samples_leaf",
        "colsample_bytree": "max_features",
    },
}
"""What others call LightGBM's parameters; those that they do not have are left out."""


def data() -> dict[str, tuple[Any, Any, int | None]]:
    """Return data sets by name, standardized, with the rows to train on if there are more."""
    digits = made.load_digits(return_X_y=True)
    few = np.isin(digits[1], [3, 8, 9])
    given: dict[str, tuple[Any, Any, int | None]] = {
        "wine": (*made.load_wine(return_X_y=True), None),
        "cancer": (*made.load_breast_cancer(return_X_y=True), None),
        "digits, 3 of them": (digits[0][few], digits[1][few], None),
        "digits": (*digits, 900),
        "diabetes": (*made.load_diabetes(return_X_y=True), None),
        **{name: (*read(), None) for name, read in SETS.items()},
    }
    for rows in SIZES:
        n, seed = rows + N_TEST, {"random_state": rows}
        X, y = made.make_hastie_10_2(n, **seed)
        options: dict[str, dict[str, Any]] = {
            "few of many": {"n_features": 40, "n_informative": 4, "n_redundant": 4},
            "noisy labels": {"n_features": 12, "n_informative": 6, "flip_y": 0.2},
            "classes": {"n_features": 10, "n_informative": 6, "n_classes": 4, "class_sep": 1.5},
        }
        several = {
            name: made.make_classification(n, **given, **seed) for name, given in options.items()
        }
        several |= {
            "hastie": (X, (y > 0).astype(int)),
            "moons": made.make_moons(n, noise=0.3, **seed),
            "quantiles": made.make_gaussian_quantiles(
                n_samples=n, n_features=5, n_classes=3, **seed
            ),
            "friedman1": made.make_friedman1(n, noise=1.0, **seed),
            "friedman2": made.make_friedman2(n, noise=100.0, **seed),
            "friedman3": made.make_friedman3(n, noise=0.1, **seed),
            "sparse": made.make_sparse_uncorrelated(n, **seed),
            "linear": made.make_regression(n, 30, n_informative=8, noise=40.0, **seed),
        }
        given |= {f"{name}, {rows} rows": (*pair, rows) for name, pair in several.items()}
    return {name: (*_standardized(X, y), rows) for name, (X, y, rows) in given.items()}


def _standardized(X: Any, y: Any) -> tuple[Any, Any]:
    X = StandardScaler().fit_transform(SimpleImputer().fit_transform(np.asarray(X, float)))
    return X, np.unique(y, return_inverse=True)[1] if y.dtype.kind == "i" else _scaled(y)


def _scaled(y: Any) -> Any:
    return (y - y.mean()) / y.std()


def kind(name: str) -> str:
    """Return what data sets have in common of which none may tell of another."""
    return name.partition(",")[0]


def splits(n: int, rows: int | None) -> ShuffleSplit:
    rows = rows or int(0.7 * n)
    n_test = min(N_TEST, n - rows)
    return ShuffleSplit(
        1 if n_test >= 800 else 3, train_size=rows, test_size=n_test, random_state=0
    )


def suited(name: str, y: Any) -> Any:
    return ESTIMATORS[name][0 if y.dtype.kind == "i" else 1]


def candidates(estimator: Any, X: Any, y: Any) -> list[dict[str, Any]]:
    """Return the estimator's own parameters, and what is at the same places of every space."""
    space: Any = space_for(estimator, X, y)
    names = list(space_for(estimator))
    places = qmc.Sobol(len(names), seed=0).random(N_CANDIDATES)
    dimensions = read_space(space, "space")[0].branches[0]
    return [space.own] + [
        {n: dimensions[n].decode(float(row[names.index(n)])) for n in dimensions if n in names}
        for row in places
    ]


def scored(out: Path) -> dict[str, list[float]]:
    """Score all candidates of LightGBM on all data sets; what is there already is kept."""
    file = out / "LGBM.json"
    found: dict[str, list[float]] = json.loads(file.read_text()) if file.exists() else {}
    for label, (X, y, rows) in data().items():
        if label not in found:
            estimator = suited("LGBM", y)
            found[label] = [
                float(
                    cross_val_score(
                        clone(estimator).set_params(**params), X, y, cv=splits(len(X), rows)
                    ).mean()
                )
                for params in candidates(estimator, X, y)
            ]
            file.write_text(json.dumps(found))
    return found


def lacking(scores: Any) -> Any:
    """Return what each candidate lacks to the best, 1 for what the median one lacks."""
    scores = np.asarray(scores)
    scale = max(scores.max() - np.median(scores), 1e-9)
    return np.minimum((scores.max() - scores) / scale, 2.0)


def greedy(table: Mapping[str, Any], n: int) -> list[int]:
    """Return the rows that together, after the estimator's own, do best on all data sets."""
    each = np.array([lacking(scores) for scores in table.values()])
    chosen = [0]
    for _ in range(n):
        after = np.minimum(each, each[:, chosen].min(axis=1, keepdims=True)).mean(axis=0)
        after[chosen] = np.inf
        chosen.append(int(after.argmin()))
    return chosen[1:]


def portfolio(name: str, table: Mapping[str, Any], n: int) -> list[dict[str, Any]]:
    """Return the candidates that do best, in the words of a library; of a thousand rows."""
    X, y, _ = data()["friedman1, 1000 rows"]
    rows = candidates(ESTIMATORS["LGBM"][1], X, y)
    found = []
    for row in greedy(table, n):
        params = {NAMES[name].get(n, n): value for n, value in rows[row].items()}
        if NAMES[name].get("num_leaves") == "max_depth":
            params["max_depth"] = max(1, round(math.log2(params["max_depth"])))
        found.append(
            {n: float(f"{v:.2g}") if isinstance(v, float) else v for n, v in params.items()}
        )
    return found


def within(space: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the candidate of a space that is nearest to some values."""
    ends = {n: values for n, values in space.items() if n in params and isinstance(values, tuple)}
    return space.own | {n: type(e[0])(min(max(params[n], e[0]), e[1])) for n, e in ends.items()}


def regrets(name: str, table: Mapping[str, Any], sizes: list[int], seeds: int) -> Any:
    """Give the regret of searches on data sets that had no part in their portfolio, for each."""
    for label, (X, y, rows) in data().items():
        estimator = suited(name, y)
        space: Any = space_for(estimator, X, y)
        rest = {other: row for other, row in table.items() if kind(other) != kind(label)}
        good = [within(space, params) for params in portfolio(name, rest, max(sizes))]
        common: dict[str, Any] = {"cv": splits(len(X), rows), "refit": False}
        runs: dict[int, list[Any]] = {size: [] for size in sizes}
        for seed in range(seeds):
            for size in sizes:
                space.good = good[:size]
                search = BayesSearch(
                    estimator, space, n_iter=max(BUDGETS), random_state=seed, **common
                ).fit(X, y)
                runs[size].append(search.cv_results_["mean_test_score"])
        by_chance = RandomSearch(estimator, space, n_iter=N_RANDOM, random_state=99, **common)
        chance = by_chance.fit(X, y).cv_results_["mean_test_score"]
        drawn = np.random.default_rng(0).choice(chance, (2000, max(BUDGETS)))
        medians = [np.median(drawn[:, :n].max(axis=1)) for n in BUDGETS]
        best = max(chance.max(), *(run.max() for kept in runs.values() for run in kept))
        scale = np.maximum(best - np.array(medians), 1e-9)
        yield (
            label,
            {
                size: np.minimum(
                    [[best - run[:n].max() for n in BUDGETS] for run in kept] / scale, 3.0
                ).mean(axis=0)
                for size, kept in runs.items()
            },
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("make", "judge"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ESTIMATORS))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 3])
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    given.out.mkdir(exist_ok=True)
    table = scored(given.out)
    if given.what == "make":
        for name in given.names or ESTIMATORS:
            print(name, *portfolio(name, table, max(given.sizes)), sep="\n    ")
        return
    for name in given.names:
        found: dict[int, list[Any]] = {size: [] for size in given.sizes}
        for label, each in regrets(name, table, given.sizes, given.seeds):
            told = " | ".join(" ".join(f"{v:.2f}" for v in each[size]) for size in given.sizes)
            print(f"{name}, {label}: {told}", flush=True)
            for size in given.sizes:
                found[size].append(each[size])
        for size, rows in found.items():
            off = np.array(rows) - found[given.sizes[0]]
            error = off.std(axis=0, ddof=1) / np.sqrt(len(off))
            means = " ".join(f"{v:.2f}" for v in np.mean(rows, axis=0))
            change = " ".join(f"{v:+.2f}" for v in off.mean(axis=0))
            print(f"| {name}, {size} | {means} | {change} ({error.round(2)}) |", flush=True)


if __name__ == "__main__":
    main()
