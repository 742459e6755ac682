"""Searches of "auto" spaces against spaces as tutorials and papers have them, and against defaults.

    python -m tests.benchmarks.auto --seeds 2

For each estimator and data set: part of the rows is held out; `BayesSearch` tries 30 candidates in
3 folds of the rest, in the "auto" space and in the other one, and what it finds is scored on the
rows held out. Seeds draw the rows. Accuracy, or R2 for regression, in hundredths.
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import numpy as np
from sklearn import datasets as made
from sklearn.base import clone
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from sktune import BayesSearch

N_ITER, LARGEST = 30, 700

SEED: dict[str, Any] = {"random_state": 0}

FOREST = {
    "n_estimators": [100, 200],
    "max_depth": [None, 10, 20, 30],
    "min_samples_split": [2, 5, 10],
    "min_samples_leaf": [1, 2, 4],
    "max_features": ["sqrt", "log2"],
}
HIST = {
    "learning_rate": (0.01, 0.3, "log-uniform"),
    "max_iter": [100, 200, 300],
    "max_leaf_nodes": [15, 31, 63],
    "l2_regularization": [0.0, 0.1, 1.0],
}
RBF = {"C": [0.1, 1, 10, 100, 1000], "gamma": [1, 0.1, 0.01, 0.001, 0.0001]}
SCALED_RBF = {f"svc__{name}": values for name, values in RBF.items()}
LINEAR = {"alpha": (1e-4, 10.0, "log-uniform")}
XGB = {
    "learning_rate": (0.01, 0.3, "log-uniform"),
    "max_depth": (3, 10),
    "min_child_weight": (1, 6),
    "subsample": (0.6, 1.0),
    "colsample_bytree": (0.6, 1.0),
    "n_estimators": [100, 200, 300],
    "gamma": [0, 0.1, 0.2, 0.3],
}
LGBM = {
    "learning_rate": (0.01, 0.3, "log-uniform"),
    "num_leaves": (20, 150),
    "min_child_samples": (5, 100),
    "subsample": (0.6, 1.0),
    "colsample_bytree": (0.6, 1.0),
    "n_estimators": [100, 200, 300],
}


def data() -> dict[str, tuple[Any, Any]]:
    n = LARGEST
    return {
        "wine": made.load_wine(return_X_y=True),
        "cancer": made.load_breast_cancer(return_X_y=True),
        "digits": made.load_digits(return_X_y=True),
        "diabetes": made.load_diabetes(return_X_y=True),
        "moons": made.make_moons(n, noise=0.3, **SEED),
        "classes": made.make_classification(n, 20, n_informative=8, n_classes=4, **SEED),
        "noisy": made.make_classification(n, 20, n_informative=6, flip_y=0.1, **SEED),
        "wide": made.make_classification(n, 60, n_informative=5, **SEED),
        "hastie": made.make_hastie_10_2(n, **SEED),
        "friedman": made.make_friedman1(n, noise=1.0, **SEED),
        "linear": made.make_regression(n, 60, n_informative=8, noise=50.0, **SEED),
    }


def pairs() -> list[tuple[Any, str, Any]]:
    """Return an estimator, a data set, and a space as tutorials have it."""
    scaled = make_pipeline(StandardScaler(), SVC())
    tree = {"max_depth": (1, 20), "min_samples_leaf": (1, 20), "criterion": ["gini", "entropy"]}
    found: list[tuple[Any, str, Any]] = [
        (scaled, "wine", SCALED_RBF),
        (scaled, "cancer", SCALED_RBF),
        (SVC(), "cancer", RBF),
        (SVC(), "digits", RBF),
        (SVC(), "moons", RBF),
        (SVR(), "friedman", RBF | {"epsilon": [0.01, 0.1, 0.5]}),
        (
            KernelRidge(),
            "friedman",
            {"kernel": ["rbf"], "alpha": [1, 0.1, 0.01], "gamma": (1e-2, 10.0, "log-uniform")},
        ),
        (
            make_pipeline(StandardScaler(), LogisticRegression()),
            "cancer",
            {"logisticregression__C": (1e-4, 1e4, "log-uniform")},
        ),
        (
            make_pipeline(StandardScaler(), PCA(), LogisticRegression()),
            "digits",
            {
                "pca__n_components": [5, 15, 30, 45, 60],
                "logisticregression__C": (1e-4, 1e4, "log-uniform"),
            },
        ),
        (
            SGDClassifier(**SEED),
            "wide",
            {"alpha": (1e-6, 1e-1, "log-uniform"), "penalty": ["l2", "l1", "elasticnet"]},
        ),
        (Ridge(), "diabetes", {"alpha": (1e-3, 1e3, "log-uniform")}),
        (Lasso(), "diabetes", LINEAR),
        (ElasticNet(), "linear", LINEAR | {"l1_ratio": (0.0, 1.0)}),
        (
            make_pipeline(StandardScaler(), KNeighborsClassifier()),
            "classes",
            {
                "kneighborsclassifier__n_neighbors": (1, 30),
                "kneighborsclassifier__weights": ["uniform", "distance"],
            },
        ),
        (
            KNeighborsRegressor(),
            "diabetes",
            {"n_neighbors": (1, 30), "weights": ["uniform", "distance"]},
        ),
        (GaussianNB(), "wine", {"var_smoothing": (1e-9, 1.0, "log-uniform")}),
        (DecisionTreeClassifier(**SEED), "noisy", tree),
        (DecisionTreeClassifier(**SEED), "cancer", tree),
        (RandomForestClassifier(**SEED), "wide", FOREST),
        (
            RandomForestRegressor(**SEED),
            "friedman",
            FOREST | {"max_features": ["sqrt", "log2", 1.0]},
        ),
        (ExtraTreesClassifier(**SEED), "classes", FOREST),
        (
            AdaBoostClassifier(**SEED),
            "hastie",
            {"n_estimators": [50, 100, 200], "learning_rate": [0.01, 0.1, 0.5, 1.0]},
        ),
        (
            GradientBoostingClassifier(**SEED),
            "noisy",
            {
                "n_estimators": [100, 200, 300],
                "learning_rate": [0.01, 0.05, 0.1, 0.2],
                "max_depth": [3, 4, 5, 7],
                "subsample": [0.8, 0.9, 1.0],
            },
        ),
        (HistGradientBoostingClassifier(**SEED), "hastie", HIST),
        (HistGradientBoostingRegressor(**SEED), "diabetes", HIST),
        (
            make_pipeline(StandardScaler(), MLPClassifier(max_iter=100, **SEED)),
            "classes",
            {
                "mlpclassifier__hidden_layer_sizes": [(50,), (100,), (50, 50)],
                "mlpclassifier__activation": ["tanh", "relu"],
                "mlpclassifier__alpha": [1e-4, 1e-3, 0.05],
                "mlpclassifier__learning_rate_init": [1e-3, 1e-2],
            },
        ),
    ]
    linear_c = {"linearsvc__C": (1e-3, 1e3, "log-uniform")}
    svr = {"svr__C": [0.1, 1, 10, 100], "svr__gamma": [1, 0.1, 0.01], "svr__epsilon": [0.1, 0.5]}
    deep = {"max_depth": (1, 20), "min_samples_leaf": (1, 20), "min_samples_split": (2, 20)}
    found += [
        (make_pipeline(StandardScaler(), LinearSVC()), "cancer", linear_c),
        (RidgeClassifier(), "wide", {"alpha": (1e-3, 1e3, "log-uniform")}),
        (PLSRegression(), "linear", {"n_components": (1, 20)}),
        (make_pipeline(StandardScaler(), SVR()), "diabetes", svr),
        (DecisionTreeRegressor(**SEED), "friedman", deep),
    ]
    try:
        from lightgbm import LGBMClassifier
        from xgboost import XGBClassifier, XGBRegressor
    except ImportError:
        return found
    return [
        *found,
        (XGBClassifier(n_jobs=1, **SEED), "noisy", XGB),
        (XGBRegressor(n_jobs=1, **SEED), "friedman", XGB),
        (LGBMClassifier(n_jobs=1, verbose=-1, **SEED), "wide", LGBM),
    ]


def held_out(estimator: Any, X: Any, y: Any, space: Any, seed: int) -> tuple[float, float, float]:
    """Return what defaults, "auto" and the other space score on rows that are held out."""
    if len(X) > LARGEST:
        X, _, y, _ = train_test_split(X, y, train_size=LARGEST, random_state=seed)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
    found = [100 * clone(estimator).fit(X, y).score(X_test, y_test)]
    for given in ("auto", space):
        search = BayesSearch(estimator, given, n_iter=N_ITER, cv=3, random_state=seed)
        found.append(100 * search.fit(X, y).score(X_test, y_test))
    return found[0], found[1], found[2]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--pairs", type=int, nargs="*")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sets, every = data(), []
    chosen = pairs()
    for estimator, label, space in [chosen[k] for k in options.pairs or range(len(chosen))]:
        seeds = range(options.first, options.first + options.seeds)
        scores = np.array([held_out(estimator, *sets[label], space, seed) for seed in seeds])
        default, auto, other = scores.mean(axis=0)
        steps = getattr(estimator, "steps", [("", estimator)])
        name = " + ".join(type(step).__name__ for _, step in steps)
        print(f"| {name} | {label} | {default:.1f} | {other:.1f} | {auto:.1f} |", flush=True)
        every.append(scores)
    kept = np.maximum(np.array(every), 0.0)
    for told, against in (("defaults", 0), ("tutorials", 2)):
        change = (kept[:, :, 1] - kept[:, :, against]).mean(axis=1)
        error = change.std() / np.sqrt(len(change))
        print(
            f"auto less {told}: mean {change.mean():+.2f} +- {error:.2f}, median "
            f"{np.median(change):+.2f}, worst {change.min():+.2f}, better in {(change > 0).sum()}, "
            f"worse in {(change < 0).sum()} of {len(change)}"
        )


if __name__ == "__main__":
    main()
