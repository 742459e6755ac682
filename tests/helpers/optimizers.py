"""Spaces to propose candidates from, and what an optimizer is told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import norm

from sktune.optimizers import Seen
from sktune.space import Choices, ConditionalSpace, Integer, Pool, Quantiles, Real

N_NUMERIC, N_CHOICES = 2, 2
X, N, K = Real(0, 1), Integer(1, 99), Choices([None, (1, 2), "a"])
SVM = {"model": Choices(["svm"]), "C": Real(1e-2, 1e2, log=True)}
TREE = {"model": Choices(["tree"]), "n": N, "q": Quantiles(norm())}
LINE = ConditionalSpace([{"x": X}])
MIXED = ConditionalSpace([{"x": X, "n": N, "k": K}])
FINITE = ConditionalSpace([{"n": Integer(1, 12), "k": K}])
CONDITIONAL = ConditionalSpace([SVM, TREE, {}], lambda params: params.get("n", 2) % 2 == 0)
SPACES = {"line": LINE, "mixed": MIXED, "finite": FINITE, "conditional": CONDITIONAL}


def data(seed: int, n: int = 12) -> tuple[Any, Any, Any]:
    """Draw features, of numbers and of choices some of which are missing, targets, and theta."""
    rng = np.random.default_rng(seed)
    X = np.hstack([rng.random((n, N_NUMERIC)), rng.integers(-1, 3, (n, N_CHOICES))])
    theta = np.append(rng.normal(-0.5, 0.7, N_NUMERIC + N_CHOICES), rng.normal(-4, 1))
    return X, rng.standard_normal(n), theta


def one_hot(X: Any) -> Any:
    """Return the numbers, and for each choice a column a value: 1/2 where it is taken."""
    choices = [0.5 * (X[:, [k]] == np.arange(3)) for k in range(N_NUMERIC, X.shape[1])]
    return np.hstack([X[:, :N_NUMERIC], *choices])


def score(params: dict[str, Any]) -> float:
    return -((params.get("x", 0.5) - 0.7) ** 2) - abs(params.get("n", 30) - 30) / 100


def seen(space: ConditionalSpace, pool: Pool, n: int = 8, n_pending: int = 2) -> Seen:
    points = pool.draw(n + n_pending, np.random.default_rng(1))
    for point in points:
        pool.take(point)
    values = np.array([score(space.decode(point)) for point in points[:n]])
    failed = np.zeros(n, dtype=bool)
    return Seen(points[:n], values, failed, points[n:], space.decode_all(points[:n]))


def part_of(known: Seen, n: int) -> Seen:
    """Return the first n."""
    return replace(
        known,
        points=known.points[:n],
        values=known.values[:n],
        failed=known.failed[:n].copy(),
        candidates=known.candidates[:n],
    )
