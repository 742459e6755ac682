"""Spaces to propose candidates from, and what an optimizer is told of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import norm

from sktune.optimizers import Seen
from sktune.space import Choices, ConditionalSpace, Integer, Pool, Quantiles, Real

GROUPS = np.array([0, 1, 1, 1, 2])
X, N, K = Real(0, 1), Integer(1, 99), Choices([None, (1, 2), "a"])
SVM = {"model": Choices(["svm"]), "C": Real(1e-2, 1e2, log=True)}
TREE = {"model": Choices(["tree"]), "n": N, "q": Quantiles(norm())}
LINE = ConditionalSpace([{"x": X}])
MIXED = ConditionalSpace([{"x": X, "n": N, "k": K}])
FINITE = ConditionalSpace([{"n": Integer(1, 12), "k": K}])
CONDITIONAL = ConditionalSpace([SVM, TREE, {}], lambda params: params.get("n", 2) % 2 == 0)
SPACES = {"line": LINE, "mixed": MIXED, "finite": FINITE, "conditional": CONDITIONAL}


def data(seed: int, n: int = 12) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    X, y = rng.random((n, len(GROUPS))), rng.standard_normal(n)
    return X, y, np.append(rng.normal(-0.5, 0.7, 3), rng.normal(-4, 1))


def score(params: dict[str, Any]) -> float:
    return -((params.get("x", 0.5) - 0.7) ** 2) - abs(params.get("n", 30) - 30) / 100


def seen(space: ConditionalSpace, pool: Pool, n: int = 8, n_pending: int = 2) -> Seen:
    points = pool.draw(n + n_pending, np.random.default_rng(1))
    for point in points:
        pool.take(point)
    values = np.array([score(space.decode(point)) for point in points[:n]])
    return Seen(points[:n], values, points[n:], space.decode_all(points[:n]))
