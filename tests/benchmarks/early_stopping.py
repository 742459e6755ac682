"""Early stopping inside a search, against the grid over the number of rounds that it replaces.

Run as ``python -m tests.benchmarks.early_stopping``. On six of scikit-learn's own data sets a grid
of learning rate and leaves of LightGBM is searched in four ways, one after the other, in 5 folds on
one core:

- with early stopping (at most 300 rounds);
- with a grid over the rounds too, in `GridSearch`, where one fit gives all numbers of rounds;
- the same in scikit-learn's `GridSearchCV`;
- with a fixed number of rounds, LightGBM's own 100.

What each has chosen is fitted on the search's data and scored on a third of the data that no search
has seen, with two seeds. CPU seconds are those of the search without the refit.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import time  # noqa: E402 - threads first
import warnings  # noqa: E402
from typing import Any  # noqa: E402

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
from sklearn import datasets  # noqa: E402
from sklearn.metrics import get_scorer  # noqa: E402
from sklearn.model_selection import GridSearchCV, train_test_split  # noqa: E402

from sktune import EarlyStopping, GridSearch  # noqa: E402

MOST = 300
RATES = {"learning_rate": [0.03, 0.1, 0.3], "num_leaves": [4, 15]}
ROUNDS = [25, 50, 100, 200, 300]
SEEDS = range(2)


def data_sets() -> dict[str, tuple[Any, Any]]:
    """Six real data sets that come with scikit-learn; of digits a third, of linnerud one target."""
    found = {
        name: getattr(datasets, f"load_{name}")(return_X_y=True)
        for name in ("breast_cancer", "diabetes", "digits", "iris", "wine")
    }
    X, y = datasets.load_linnerud(return_X_y=True)
    digits, of = found["digits"]
    return {**found, "digits": (digits[::3], of[::3]), "linnerud": (X, y[:, 0])}


def searches(booster: Any) -> dict[str, Any]:
    """The four ways."""
    scoring = "neg_log_loss" if "Classifier" in type(booster).__name__ else "neg_mean_squared_error"
    options: dict[str, Any] = {"cv": 5, "scoring": scoring}
    many, grid = booster.set_params(n_estimators=MOST), {**RATES, "n_estimators": ROUNDS}
    option = EarlyStopping(30, validation=0.15)
    plain = type(booster)(**{**booster.get_params(), "n_estimators": 100})
    return {
        "early stopping": GridSearch(many, RATES, early_stopping=option, **options),
        "grid over rounds": GridSearch(many, grid, **options),
        "GridSearchCV": GridSearchCV(many, grid, **options),
        "100 rounds": GridSearch(plain, RATES, **options),
    }


def main() -> None:
    rows: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for name, (X, y) in data_sets().items():
        rows[name] = {}
        for seed in SEEDS:
            classes = np.asarray(y).dtype.kind == "i" and name != "linnerud"
            small = {"min_child_samples": 2} if len(y) < 50 else {}
            kind = lightgbm.LGBMClassifier if classes else lightgbm.LGBMRegressor
            booster = kind(n_jobs=1, verbose=-1, **small)
            train, test = train_test_split(
                np.arange(len(y)),
                test_size=1 / 3,
                random_state=seed,
                stratify=y if classes else None,
            )
            for way, search in searches(booster).items():
                began = time.process_time()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    search.fit(X[train], y[train])
                spent = time.process_time() - began - search.refit_time_
                score = get_scorer(search.scoring)(search, X[test], y[test])
                rows[name].setdefault(way, []).append((spent, score))
                print(name, seed, way, f"{spent:.2f} s {score:.4f}", flush=True)
    print("\n| data | " + " | ".join(f"{way}: CPU, score" for way in rows["iris"]) + " |")
    print("| --- " * (len(rows["iris"]) + 1) + "|")
    for name, ways in rows.items():
        means = [np.mean(found, axis=0) for found in ways.values()]
        print(f"| {name} | " + " | ".join(f"{s:.1f} s, {score:.4f}" for s, score in means) + " |")


if __name__ == "__main__":
    main()
