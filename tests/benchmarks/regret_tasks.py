"""What the tables of `regret.py` are made of: real fits.

Each table has every configuration of a grid, on the data sets that scikit-learn brings, with the
scores of five folds. Numbers are searched by their place in the grid, `(0, n - 1)`, which stands
for a value of `values`; what else a parameter can be is a list of choices. Scores are those that
tell neighbours apart: r2, log loss, Brier score, area under the curve.

Where one fit has the answers for all values of a parameter, it is fitted once: `along` names it.
So that a table can be made again, all seeds are fixed. It is kept in a file of arrays and text,
which says what it was made with: the grid, the function that fits, scikit-learn's version. A file
that says something else is made again.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from .regret_tables import Parameter, Table, configurations

FOLDS = 5


# How one configuration scores on a fold: data to fit and to score with, the values of the
# parameter that one fit answers for (or [None]), and the other parameters. A score for each value.


def svc(X: Any, y: Any, X_out: Any, y_out: Any, along: Any, **params: Any) -> list[float]:
    model = make_pipeline(StandardScaler(), SVC(**params)).fit(X, y)
    return [roc_auc_score(y_out, model.decision_function(X_out))]


def svr(X: Any, y: Any, X_out: Any, y_out: Any, along: Any, **params: Any) -> list[float]:
    model = make_pipeline(StandardScaler(), SVR(coef0=1.0, max_iter=5000, **params))
    return [r2_score(y_out, model.fit(X, y).predict(X_out))]


def boosting(X: Any, y: Any, X_out: Any, y_out: Any, along: Any, **params: Any) -> list[float]:
    model = GradientBoostingClassifier(n_estimators=max(along), random_state=0, **params)
    stages = list(model.fit(X, y).staged_predict_proba(X_out))
    return [-log_loss(y_out, stages[n - 1]) for n in along]


def forest(X: Any, y: Any, X_out: Any, y_out: Any, along: Any, **params: Any) -> list[float]:
    model = RandomForestRegressor(n_estimators=max(along), random_state=0, **params).fit(X, y)
    sums = np.cumsum([tree.predict(X_out) for tree in model.estimators_], axis=0)
    return [r2_score(y_out, sums[n - 1] / n) for n in along]


def brier(y: Any, shares: Any) -> float:
    """The multiclass Brier score, for classes 0, 1, ..., larger is better."""
    return -float(((shares - np.eye(shares.shape[1])[y]) ** 2).sum(axis=1).mean())


def neighbours(
    X: Any, y: Any, X_out: Any, y_out: Any, along: Any, n_components: int, **params: Any
) -> list[float]:
    pca = PCA(n_components, svd_solver="full").fit(X)
    model = KNeighborsClassifier(algorithm="brute", **params).fit(pca.transform(X), y)
    X_out = pca.transform(X_out)
    return [brier(y_out, model.set_params(n_neighbors=k).predict_proba(X_out)) for k in along]


def network(
    X: Any, y: Any, X_out: Any, y_out: Any, along: Any, width: int, **params: Any
) -> list[float]:
    scale = StandardScaler().fit(X)
    X, X_out = scale.transform(X), scale.transform(X_out)
    model = MLPClassifier((width,), batch_size=32, random_state=0, **params)
    scores = []
    for epoch in range(1, max(along) + 1):
        model.partial_fit(X, y, classes=np.unique(y))
        if epoch in along:
            scores.append(-log_loss(y_out, model.predict_proba(X_out)))
    return scores


@dataclass(frozen=True)
class Task:
    """What a table is made of."""

    name: str
    data: Callable[..., Any]
    fit: Callable[..., list[float]]
    space: Sequence[Parameter]
    along: str = ""
    every: int = 1  # of so many samples one is taken

    @property
    def made_with(self) -> str:
        grid = [(p.name, list(p.values), p.cond) for p in self.space]
        source = inspect.getsource(self.fit)
        return json.dumps([self.along, self.every, grid, source, sklearn.__version__])

    @property
    def folds(self) -> Iterator[tuple[Any, ...]]:
        X, y = self.data(return_X_y=True)
        X, y = X[:: self.every], y[:: self.every]
        kind = KFold if self.data is load_diabetes else StratifiedKFold
        for train, test in kind(FOLDS, shuffle=True, random_state=0).split(X, y):
            yield X[train], y[train], X[test], y[test]

    def tabulate(self) -> Any:
        """Fit and score everything; what is not active has its first place alone."""
        scores = np.full([*(len(p.options) for p in self.space), FOLDS], np.nan)
        axis = [p.name for p in self.space].index(self.along) if self.along else 0
        values = self.space[axis].values if self.along else [None]
        rest = [p for p in self.space if p.name != self.along]
        folds = list(self.folds)
        for config in configurations(rest):
            place = [p.options.index(config[p.name]) if p.name in config else 0 for p in rest]
            params = {p.name: p.values[i] for p, i in zip(rest, place, strict=True)}
            params = {name: params[name] for name in config}
            cell: tuple[Any, ...] = tuple(place)
            if self.along:
                cell = (*place[:axis], slice(None), *place[axis:])
            for number, fold in enumerate(folds):
                found = np.array(self.fit(*fold, values, **params))
                scores[(*cell, number)] = found if self.along else found[0]
        return scores


def spaced(low: float, high: float, n: int) -> list[float]:
    """Values of which equal ratios are equally far apart."""
    return [float(f"{value:.3g}") for value in np.geomspace(low, high, n)]


P = Parameter
TASKS = [
    Task("SVC, breast cancer", load_breast_cancer, svc,
         [P("C", spaced(1e-2, 1e4, 25)), P("gamma", spaced(1e-6, 1e1, 28))]),
    Task("SVR, diabetes (conditional)", load_diabetes, svr,
         [P("kernel", ["linear", "rbf", "poly"]), P("C", spaced(1e-1, 1e3, 9)),
          P("epsilon", spaced(1, 100, 4)),
          P("gamma", spaced(1e-4, 1, 8), ("kernel", ["rbf", "poly"])),
          P("degree", [2, 3, 4], ("kernel", ["poly"]))]),
    Task("boosting, breast cancer", load_breast_cancer, boosting,
         [P("learning_rate", spaced(0.02, 0.6, 8)), P("max_depth", [1, 2, 3, 4]),
          P("subsample", [0.3, 0.6, 1.0]), P("max_features", [0.1, 0.25, 0.6]),
          P("n_estimators", [8, 12, 18, 26, 38, 56])], "n_estimators", 2),
    Task("forest, diabetes", load_diabetes, forest,
         [P("max_features", [0.1, 0.2, 0.3, 0.45, 0.65, 1.0]),
          P("min_samples_leaf", [1, 2, 4, 7, 12, 20]), P("max_depth", [2, 4, 7, 12]),
          P("max_samples", [0.2, 0.4, 1.0]), P("n_estimators", [3, 6, 12, 24])], "n_estimators"),
    Task("neighbours, digits", load_digits, neighbours,
         [P("n_components", [2, 3, 4, 5, 7, 9, 12, 15, 18, 22, 26, 31, 37, 44, 52]),
          P("metric", ["euclidean", "manhattan", "chebyshev", "cosine"]),
          P("weights", ["uniform", "distance"]),
          P("n_neighbors", [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 28])], "n_neighbors", 4),
    Task("network, wine", load_wine, network,
         [P("learning_rate_init", spaced(1e-3, 0.3, 8)), P("alpha", spaced(1e-3, 10, 4)),
          P("width", [2, 4, 8, 16]), P("activation", ["relu", "tanh"]),
          P("epochs", [3, 5, 8, 13])], "epochs"),
]  # fmt: skip


def load(folder: Path, noise: bool = False) -> list[Table]:
    """All tables; those that the folder does not have are made first."""
    folder.mkdir(parents=True, exist_ok=True)
    return [Table(task.name, task.space, _scores(task, folder), noise) for task in TASKS]


def _scores(task: Task, folder: Path) -> Any:
    path = folder / f"{task.name.replace(', ', '_').replace(' ', '_')}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as there:
            if str(there["made_with"]) == task.made_with:
                return there["scores"]
    begin = time.process_time()
    scores = task.tabulate()
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(unfinished, scores=scores, made_with=np.array(task.made_with))
    unfinished.replace(path)
    n, seconds = len(configurations(task.space)), time.process_time() - begin
    print(f"{task.name}: {n} configurations, {seconds:.0f} s", file=sys.stderr, flush=True)
    return scores
