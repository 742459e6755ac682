"""A surrogate of any search's scores: what its candidates let one expect of others.

The space is made of the values that were tried, so that grids, random searches and scikit-learn's
own have one too, and the same surrogate, as a Bayesian search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..optimizers import Seen, Surrogates, one_thread
from ..space import Choices, ConditionalSpace, Dimension
from ..space import Real as RealRange
from ..strategies.importances import Importance, param_importances
from ..types import Floats
from .param_axis import ParamAxis
from .record import Record

MOST = 150
"""Candidates that are looked at, evenly over the search: the price grows with the cube."""


_MOST_POINTS = 6_400
"""Points that are looked at for a curve or a surface, which are means over candidates."""


class Beliefs:
    """Expects scores in the space of the values that were tried.

    Parameters
    ----------
    record : Record

    Raises
    ------
    ValueError
        If fewer than three candidates have a score, or they have one candidate's parameters.
    """

    def __init__(self, record: Record) -> None:
        rows = np.flatnonzero(~np.isnan(record.estimates) & record.alike)
        rows = rows[np.unique(np.linspace(0, max(len(rows) - 1, 0), MOST).astype(int))[: len(rows)]]
        if len(rows) < 3 or not np.ptp(record.estimates[rows]) > 0:
            raise ValueError(
                "what matters cannot be told of fewer than three candidates with a score, or where "
                "all scores are the same. Search over more candidates, or by a finer score."
            )
        self.params = [record.params[row] for row in rows]
        self._space, self._limits = ConditionalSpace(_branches(record.params)), record.limits
        points = self._space.encode(self.params)
        values, none = record.estimates[rows], np.zeros(len(rows), dtype=bool)
        seen = Seen(points, values, none, points[:0], self.params)
        with one_thread():
            self._surrogate = Surrogates(self._space, edge=0.0).of(seen, clipped=False)
            self.at_tried: Floats = np.clip(self._surrogate.predict(points)[0], *self._limits)
            """What is expected of each of `params`."""

    def importances(self) -> list[Importance]:
        """Return what share of the variance of the score is there because of each parameter."""
        return self._importances

    @cached_property
    def _importances(self) -> list[Importance]:
        with one_thread():
            return param_importances(self._space, self._surrogate.draw)

    def expect(self, candidates: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of candidates' scores, each of shape (n,)."""
        return self._expect(self._space.encode(candidates))

    def _expect(self, points: Floats) -> tuple[Floats, Floats]:
        """Expect no more than of the best that was tried: beyond cliffs a curve swings too far."""
        with one_thread():
            mean, std = self._surrogate.predict(points)
        return np.clip(mean, self._limits[0], self.at_tried.max()), std

    def along(self, values: Mapping[str, Sequence[Any]]) -> tuple[Floats, Floats]:
        """Return what is expected, on average over what was tried, if some parameters are set.

        `values` gives the values of each parameter, all as many; returns mean and standard
        deviation, each of shape (n_values,).
        """
        n = len(next(iter(values.values())))
        n_base = min(32, max(_MOST_POINTS // n, 1))
        base = [params for params in self.params if values.keys() <= params.keys()][:n_base]
        if not base:
            raise ValueError(
                f"no candidate that is looked at has {sorted(values)}. Choose parameters of one "
                "dict of the space."
            )
        points = np.tile(self._space.encode(base), (n, 1))
        for slot, (name, dimension) in enumerate(self._space.slots, start=1):
            if name in values:
                places = [dimension.encode(value) for value in values[name]]
                points[:, slot] = np.repeat(np.array(places, dtype=float), len(base))
        mean, std = self._expect(self._space.settle(points))
        return mean.reshape(n, -1).mean(axis=1), std.reshape(n, -1).mean(axis=1)


@lru_cache(maxsize=1)  # the figures of one record ask one after the other
def beliefs_of(record: Record) -> Beliefs | None:
    """Return what a search lets one expect; None if its candidates are too few to tell."""
    try:
        return Beliefs(record)
    except ValueError:
        return None


def _branches(params: Sequence[Mapping[str, Any]]) -> list[dict[str, Dimension]]:
    """Return one branch for each set of names that candidates have."""
    branches: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for candidate in params:
        branches.setdefault(tuple(sorted(candidate)), []).append(dict(candidate))
    dimensions: dict[str, Dimension] = {}
    for name in dict.fromkeys(name for candidate in params for name in candidate):
        dimensions[name] = _dimension(name, [dict(p) for p in params if name in p])
    return [{name: dimensions[name] for name in names} for names in branches]


def _dimension(name: str, params: list[dict[str, Any]]) -> Dimension:
    axis = ParamAxis.of(name, params)
    low, high = float(axis.places.min()), float(axis.places.max())
    if axis.labels is None and low < high:
        return RealRange(low, high, axis.log)
    return Choices(list({axis.places[k]: p[name] for k, p in enumerate(params)}.values()))
