"""Squared distances between points over their lengthscales: of numbers, and of choices.

    X (n, f) features: numbers in [0, 1] first, then choices by number, -1 for one that is missing
    l (f,) lengthscales

    r^2(a, b) = sum_numbers (a_k - b_k)^2 / l_k^2 + sum_choices APART [a_k != b_k] / l_k^2

The second sum is what one column a value, with entries of 1/2, would give; so a choice that one of
two points does not have counts half.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from ..types import Floats

APART = 0.5
"""The squared distance of two choices. They are as far apart as two numbers that are drawn at
random, about; were it 2, they would hardly learn from each other."""


def squared_distances(A: Floats, B: Floats, lengths: Floats, n_numeric: int) -> Floats:
    """Return r^2, shape (m, n), between points of shapes (m, f) and (n, f)."""
    near, far = (P[:, :n_numeric] / lengths[:n_numeric] for P in (A, B))
    squares = np.asarray(cdist(near, far, "sqeuclidean"))
    for k in range(n_numeric, len(lengths)):
        squares += unlike(A[:, k], B[:, k], APART / lengths[k] ** 2)
    return squares


def unlike(a: Floats, b: Floats, apart: float = APART) -> Floats:
    """Return `apart` where two choices differ, shape (m, n), half where one is missing, else 0."""
    differ = a[:, np.newaxis] != b
    if a.min(initial=0.0) >= 0.0 and b.min(initial=0.0) >= 0.0:
        return np.asarray(apart * differ)
    there_a, there_b = (0.5 * apart * (codes >= 0.0) for codes in (a, b))
    return np.asarray(np.add.outer(there_a, there_b) * differ)


def apart_by_choice(X: Floats, n_numeric: int) -> Floats:
    """Return what each choice adds to r^2 between points at l = 1, shape (f - d, n n)."""
    apart = [unlike(column, column).ravel() for column in X.T[n_numeric:]]
    return np.array(apart).reshape(-1, len(X) ** 2)
