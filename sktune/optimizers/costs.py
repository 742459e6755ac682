"""The cost that is expected of a candidate: the expected improvement is divided by it.

Snoek, Larochelle & Adams, Practical Bayesian Optimization of Machine Learning Algorithms (2012),
section 3.2: "expected improvement per second", the logarithm of the cost being a process of its
own.

    c (n,) what candidates cost    log c(x) ~ N(m(x), v(x))
    log EI(x) - m(x)    is maximised instead of log EI(x)

Where costs are alike, or nothing of a candidate tells them, m is the same everywhere, and what is
chosen is what would be chosen without them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..types import Floats
from .base import Seen
from .surrogate import Surrogates

_FEWEST = 3
"""Known costs, from which on something is expected of others."""

_ALIKE = 0.1
"""Costs whose logarithms have a smaller standard deviation are alike."""


def log_cost(surrogates: Surrogates, seen: Seen) -> Callable[[Floats], Floats]:
    """Return m as a function of points, shape (m, 1 + n_slots).

    Parameters
    ----------
    surrogates : Surrogates
        Of logarithms of costs: without a prior mean.
    seen : Seen
        What failed has its cost, too.
    """
    known = np.zeros(0, dtype=int) if seen.costs is None else np.flatnonzero(seen.costs > 0)
    if seen.costs is None or len(known) < _FEWEST:
        return lambda points: np.zeros(len(points))
    logs = np.log(seen.costs[known])
    if logs.std() < _ALIKE:
        return lambda points: np.zeros(len(points))
    told = replace(
        seen,
        points=seen.points[known],
        values=logs,
        failed=np.zeros(len(known), dtype=bool),
        pending=seen.pending[:0],
        candidates=[seen.candidates[int(number)] for number in known],
        folds=None,
        costs=None,
    )
    posterior = surrogates.of(told, clipped=False)
    return lambda points: posterior.predict(points)[0]
