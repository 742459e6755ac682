"""BayesSearch against skopt's BayesSearchCV at equal trials: time a suggestion, best score.

    python -m tests.benchmarks.bayes [--seeds 3] [--trials 30] [TASK ...]

Theirs and ours take turns on the same splits. The time of a suggestion is the time of the whole
search less that of the fits and scores, divided by the number of candidates.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads must be set first
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine  # noqa: E402
from sklearn.ensemble import GradientBoostingRegressor  # noqa: E402
from sklearn.model_selection import KFold  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from skopt import BayesSearchCV  # noqa: E402
from skopt.space import Categorical, Integer, Real  # noqa: E402

from sktune import BayesSearch, RandomSearch  # noqa: E402

LOG = {"prior": "log-uniform"}


def svc() -> tuple[Any, Any, Any, Any]:
    space = {
        "svc__C": Real(1e-3, 1e3, **LOG),
        "svc__gamma": Real(1e-5, 10, **LOG),
        "svc__kernel": Categorical(["rbf", "poly", "sigmoid"]),
    }
    model = make_pipeline(StandardScaler(), SVC())
    return model, space, *load_breast_cancer(return_X_y=True)


def boosting() -> tuple[Any, Any, Any, Any]:
    space = {
        "learning_rate": Real(1e-3, 1, **LOG),
        "max_depth": Integer(1, 8),
        "min_samples_leaf": Integer(1, 50, **LOG),
        "subsample": Real(0.3, 1.0),
    }
    model = GradientBoostingRegressor(n_estimators=30, random_state=0)
    return model, space, *load_diabetes(return_X_y=True)


def network() -> tuple[Any, Any, Any, Any]:
    space = {
        "mlpclassifier__alpha": Real(1e-6, 10, **LOG),
        "mlpclassifier__learning_rate_init": Real(1e-4, 0.3, **LOG),
        "mlpclassifier__hidden_layer_sizes": Integer(1, 40),
        "mlpclassifier__activation": Categorical(["relu", "tanh", "logistic"]),
    }
    model = make_pipeline(StandardScaler(), MLPClassifier(max_iter=15, random_state=0))
    return model, space, *load_wine(return_X_y=True)


TASKS: dict[str, tuple[str, Callable[[], Any]]] = {
    "svc": ("SVC, breast cancer, 3 parameters", svc),
    "boosting": ("gradient boosting, diabetes, 4 parameters", boosting),
    "network": ("neural network, wine, 4 parameters", network),
}
SEARCHES = {
    "BayesSearchCV": BayesSearchCV,
    "RandomSearch": RandomSearch,
    "BayesSearch": BayesSearch,
}


def run_one(task: str, name: str, seed: int, trials: int) -> tuple[float, float]:
    """Milliseconds a suggestion, and the best mean score."""
    model, space, X, y = TASKS[task][1]()
    cv = KFold(5, shuffle=True, random_state=0)
    search = SEARCHES[name](
        model, space, n_iter=trials, cv=cv, refit=False, random_state=seed, n_jobs=1
    )
    begin = time.perf_counter()
    search.fit(X, y)
    took = time.perf_counter() - begin
    results = search.cv_results_
    fits = cv.n_splits * np.sum(results["mean_fit_time"] + results["mean_score_time"])
    return 1e3 * (took - float(fits)) / trials, float(np.max(results["mean_test_score"]))


def measure(task: str, seeds: int, trials: int) -> str:
    got: dict[str, list[tuple[float, float]]] = {name: [] for name in SEARCHES}
    for seed in range(seeds):
        for name in SEARCHES:
            got[name].append(run_one(task, name, seed, trials))
    cells = [TASKS[task][0]]
    for runs in got.values():
        ms = statistics.median(run[0] for run in runs)
        scores = [run[1] for run in runs]
        spread = f"{np.mean(scores):.4f} ({min(scores):.4f} to {max(scores):.4f})"
        cells.append(f"{spread}, {ms:.0f} ms")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", metavar="TASK", help=f"of {', '.join(TASKS)}")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--trials", type=int, default=30)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"| task | {' | '.join(SEARCHES)} |\n| --- {'| --- ' * len(SEARCHES)}|")
    for task in given.tasks or TASKS:
        print(measure(task, given.seeds, given.trials), flush=True)


if __name__ == "__main__":
    main()
