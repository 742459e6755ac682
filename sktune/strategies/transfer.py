"""Searches on other data as a prior: where their good candidates lay, this search looks first.

Of the other search only the ranks count, as scores of a normal distribution (Salinas et al. 2020),
since its scores mean nothing here; a process through them says how good a candidate was there:

    z(x)     what is expected of a candidate's normal score on the other data
    t in [0, 1]  how far what has been seen here agrees with it
    log EI(x) + BELIEF t z(x) / (1 + (n / PATIENCE)^2)    what is maximised after n candidates

so that it counts for less the more is known, as in the guided search of Hvarfner et al. (2022),
and for nothing soon if the data have nothing in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.stats import kendalltau, norm, rankdata

from ..messages import in_short
from ..optimizers import GPOptimizer, Seen, one_thread
from ..optimizers.surrogate import Surrogates
from ..space import ConditionalSpace, Dimension, Integer, Pool, Real
from ..space.dimensions import is_number
from ..types import Floats, Params
from .studies import in_space, is_study
from .warm_start import Earlier, read_results, results_of

BELIEF = 4.0
"""The weight of a standard deviation on the other data, against the logarithm of EI."""

PATIENCE = 5.0
"""After so many candidates the other data count half."""

_ASSUMED, _AGREEMENT = 4.0, 0.5
"""So many candidates are assumed to agree with the other data so far, before there are any."""

_LEAST = 3
"""Fewer different scores tell nothing."""

N_BEST = 2
"""The best candidates of the other search that are tried first."""


class TransferOptimizer(GPOptimizer):
    """The process's own choice, with what is known from other data.

    Parameters
    ----------
    space : ConditionalSpace
    earlier : Earlier
        With three different scores at least.
    """

    def __init__(self, space: ConditionalSpace, earlier: Earlier) -> None:
        super().__init__(space)
        scores = np.array(earlier.scores)
        known = np.isfinite(scores)
        ranks = rankdata(np.where(known, scores, -np.inf))
        values = norm.ppf(ranks / (len(ranks) + 1.0))
        failed = np.zeros(len(values), dtype=bool)
        there = Seen(earlier.points, values, failed, earlier.points[:0], earlier.candidates)
        with one_thread():
            self._there = Surrogates(space).of(there)
        self._proposes = False

    def propose(self, seen: Seen, pool: Pool, rng: np.random.Generator) -> Floats:
        self._proposes = True
        try:
            return super().propose(seen, pool, rng)
        finally:
            self._proposes = False

    def _works(self, seen: Seen) -> Callable[[Floats], Floats]:
        works = super()._works(seen)
        weight = self._weight(seen.working) if self._proposes else 0.0
        if weight < 1e-3:
            return works
        return lambda points: works(points) + weight * self._there.predict(points)[0]

    def _weight(self, seen: Seen) -> float:
        n = len(seen.values)
        agreement = 0.0
        if n > 1 and np.ptp(seen.values) > 0:
            expected = self._there.predict(seen.points)[0]
            agreement = float(np.nan_to_num(kendalltau(expected, seen.values).statistic))
        trust = (_ASSUMED * _AGREEMENT + n * agreement) / (_ASSUMED + n)
        return BELIEF * max(0.0, trust) / (1.0 + (n / PATIENCE) ** 2)


def transferred(
    given: Any, optimizer: object, space: ConditionalSpace, metric: str
) -> tuple[TransferOptimizer, list[Params]]:
    """Return the optimizer that knows of a search on other data, and its best candidates.

    Raises
    ------
    ValueError, TypeError
        If there is no such search, too little of it, or another optimizer.
    """
    if given is None:
        raise ValueError(
            "transfer=True needs a search on other data: pass it, or its cv_results_, as "
            "warm_start_from."
        )
    if optimizer != "gp":
        raise ValueError(
            f"transfer=True goes with optimizer='gp', not {in_short(optimizer)}, which knows "
            "nothing of other data."
        )
    earlier = read_results(_inside(given, space, metric), space, metric)
    scores = np.array(earlier.scores)
    if len(np.unique(scores[np.isfinite(scores)])) < _LEAST:
        raise ValueError(
            f"transfer=True goes by ranks, and of warm_start_from fewer than {_LEAST} candidates "
            "that are in this search space have scores that differ. Search anew without it."
        )
    order = [row for row in np.argsort(-scores, kind="stable") if np.isfinite(scores[row])]
    best = [earlier.candidates[row] for row in order[:N_BEST]]
    return TransferOptimizer(space, earlier), [dict(params) for params in best]


def _inside(given: Any, space: ConditionalSpace, metric: str) -> Any:
    """Return results with numbers moved into the ranges, which may be scaled to the data."""
    results = results_of(given, metric)
    if not (isinstance(results, Mapping) and _are_candidates(results.get("params"))):
        return given  # what is wrong is told when it is read
    moved = []
    for params in results["params"]:
        named = [b for b in space.branches if b.keys() == dict(params).keys()]
        branch = named[0] if len(named) == 1 else {}
        near = {name: _nearest(branch.get(name), params[name]) for name in params}
        moved.append(in_space(near, space) if is_study(given) else near)
    return {**results, "params": moved}


def _are_candidates(params: Any) -> bool:
    return params is not None and all(isinstance(candidate, Mapping) for candidate in params)


def _nearest(dimension: Dimension | None, value: Any) -> Any:
    if isinstance(dimension, Real | Integer) and is_number(value):
        return min(max(value, dimension.low), dimension.high)
    return value
