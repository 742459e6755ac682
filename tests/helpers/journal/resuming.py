"""Searches that can be interrupted by cutting their journal, and what they have fitted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearch, GridSearch, RandomSearch, SuccessiveHalving
from sktune.optimizers import Optimizer, Seen
from sktune.space import Pool

rng = np.random.default_rng(0)
X = rng.normal(size=(40, 4))
y = (X[:, 0] + 0.5 * rng.normal(size=40) > 0).astype(int)


class Toy(ClassifierMixin, BaseEstimator):
    """A threshold on a mean of the columns; notes its fits, in this process."""

    fits: ClassVar[list[Any]] = []

    def __init__(self, a: float = 1.0, kind: Any = "mean", fail: bool = False) -> None:
        self.a = a
        self.kind = kind
        self.fail = fail

    def fit(self, X: Any, y: Any) -> Toy:
        Toy.fits.append((self.a, self.kind))
        if self.fail:
            raise RuntimeError("this candidate fails")
        self.classes_ = np.unique(y)
        self.threshold_ = float(np.mean(X[:, 0])) + np.log(float(self.a)) / 3
        return self

    def predict(self, X: Any) -> Any:
        column = X[:, 0] if self.kind == "mean" else X[:, 0] * 0.3 + X[:, 1]
        return (column > self.threshold_).astype(int)


class Draws(Optimizer):
    """An optimizer of the user's, which goes by what is known alone."""

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Any:
        bits = np.frombuffer(seen.values.tobytes(), dtype=np.uint32)
        return pool.draw(1, np.random.default_rng([len(seen.values), *bits]))[0]


def two_scores(estimator: Any, X: Any, y: Any) -> dict[str, float]:
    accuracy = float(np.mean(estimator.predict(X) == y))
    return {"accuracy": accuracy, "error": 1 - accuracy}


def little_is_allowed(params: dict[str, Any]) -> bool:
    return abs(np.log(params["a"]) - 1) < 0.1 or params["kind"] == "other"


RANGES = {"a": (0.01, 100.0, "log-uniform"), "kind": ["mean", "other", ("a", "tuple")]}
DRAWING = {"acq_optimizer": "sampling"}  # which is several times faster
BRANCHES = [
    {"a": (0.01, 100.0, "log-uniform"), "kind": ["mean"]},
    {"a": [0.5, 1.0, 2.0], "kind": ["other"]},
]
STEPS = [("scale", StandardScaler()), ("reduce", PCA(random_state=0)), ("last", Toy())]

Make = Callable[..., Any]


def _of(kind: Any, space: Any, estimator: Any = None, **options: Any) -> Make:
    defaults = {"cv": 2, "refit": False} | ({} if kind is GridSearch else {"random_state": 0})

    def make(**more: Any) -> Any:
        return kind(Toy() if estimator is None else estimator, space, **defaults | options | more)

    return make


GRID = {"a": [0.1, 1, 1.0, 10.0, np.float32(0.5)], "kind": ["mean", "other"]}
SEARCHES: dict[str, Make] = {
    "grid": _of(GridSearch, GRID),
    "grid with equal candidates": _of(GridSearch, [{"a": [1.0, 2.0]}, {"a": [2.0, 1.0, 3.0]}]),
    "grid with failures": _of(GridSearch, {"a": [1.0, 2.0], "fail": [True, False]}),
    "grid, train scores": _of(GridSearch, {"a": [0.5, 2.0]}, return_train_score=True),
    "grid, two metrics": _of(GridSearch, GRID, scoring=["accuracy", "balanced_accuracy"]),
    "grid, a scorer that returns a dict": _of(GridSearch, GRID, scoring=two_scores),
    "grid of estimators": _of(
        GridSearch, {"kind": [Toy(a=2.0), Toy(a=3.0), None, len, ["x", {"y": 1.5}]]}
    ),
    "grid of a pipeline": _of(
        GridSearch, {"reduce__n_components": [2, 3], "last__a": [1.0, 2.0]}, Pipeline(STEPS)
    ),
    "grid, halved on samples": _of(
        GridSearch, GRID, strategy=SuccessiveHalving(min_resources=10, factor=2, random_state=3)
    ),
    "grid, halved on samples, no seed": _of(
        GridSearch, GRID, strategy=SuccessiveHalving(min_resources=10, factor=2)
    ),
    "grid, halved by a parameter": _of(
        GridSearch,
        {"kind": ["mean", "other", None, "more"], "fail": [False, True]},
        strategy=SuccessiveHalving("a", factor=2, max_resources=9),
    ),
    "random, halved on samples": _of(
        RandomSearch,
        {"a": loguniform(0.1, 10), "kind": ["mean", "other"]},
        n_iter=9,
        strategy=SuccessiveHalving(
            min_resources=9, max_resources=18, factor=2, aggressive_elimination=True
        ),
    ),
    "random": _of(RandomSearch, {"a": loguniform(0.1, 10), "kind": ["mean", None]}, n_iter=8),
    "random over lists": _of(RandomSearch, GRID, n_iter=6),
    "random, no seed": _of(RandomSearch, {"a": loguniform(0.1, 10)}, n_iter=8, random_state=None),
    "bayes": _of(BayesSearch, RANGES, n_iter=10),
    "bayes, no seed": _of(BayesSearch, RANGES, n_iter=8, random_state=None),
    "bayes, three at a time": _of(BayesSearch, RANGES, n_iter=10, n_points=3),
    "bayes with branches": _of(BayesSearch, BRANCHES, n_iter=10),
    "bayes with allotments": _of(BayesSearch, [(BRANCHES[0], 5), (BRANCHES[1], 3)]),
    "bayes from points": _of(
        BayesSearch, RANGES, n_iter=9, initial_points=[{"a": 1 / 3}, {"a": 0.7, "kind": "mean"}]
    ),
    "bayes under constraints": _of(BayesSearch, RANGES, n_iter=9, constraints=little_is_allowed),
    "bayes with skopt": _of(
        BayesSearch, RANGES, n_iter=6, optimizer="skopt", optimizer_kwargs=DRAWING
    ),
    "bayes with an optimizer of one's own": _of(BayesSearch, RANGES, n_iter=8, optimizer=Draws()),
    "bayes after another": _of(
        BayesSearch,
        RANGES,
        n_iter=7,
        warm_start_from={
            "params": [{"a": 0.2, "kind": "mean"}, {"a": 5.0, "kind": "other"}],
            "mean_test_score": [0.6, 0.7],
        },
    ),
    "bayes until it is used up": _of(BayesSearch, {"a": [0.5, 1.0, 2.0]}, n_iter=8),
    "grid, the defaults first": _of(GridSearch, {"a": [0.5, 2.0]}, include_defaults=True),
    "random, the defaults first": _of(
        RandomSearch, {"a": loguniform(0.1, 10)}, n_iter=5, include_defaults=True
    ),
    "bayes, the defaults first": _of(BayesSearch, RANGES, n_iter=6, include_defaults=True),
    "bayes of a pipeline": _of(
        BayesSearch,
        {"reduce__n_components": [2, 3], "last__a": (0.1, 10.0, "log-uniform")},
        Pipeline(STEPS),
        n_iter=6,
    ),
}
"""Every kind of search that the journal has to bring back."""


def lines_of(path: Path) -> list[bytes]:
    """The lines that are whole."""
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
