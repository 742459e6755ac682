"""Candidates that are spread evenly over a space: a scrambled Sobol sequence."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import product
from math import ceil, log2, prod
from typing import Any

import numpy as np
from scipy.stats import qmc
from sklearn.utils import check_random_state

from ..types import Floats, Seed
from .dimensions import Dimension
from .identity import identity
from .parameters import Space, name_of, warn_of_few
from .shorthands import dimension

_DOUBLINGS = 6
"""How often the sequence is made twice as long, where many of its points are equal candidates."""

Dimensions = Mapping[str, Dimension]


def sobol(space: Space, n: int, random_state: Seed = None) -> Iterator[dict[str, Any]]:
    """Return `n` candidates of a space, evenly spread, none of them twice.

    More of them begin with the same ones. Of a list of dicts each gets its share.

    Parameters
    ----------
    space : Space
    n : int
        How many, unless there are allotments; a finite space with fewer gives all it has, with a
        warning.
    random_state : int, RandomState instance or None, default=None
        Source of the scrambling.

    Raises
    ------
    TypeError, ValueError
        For a distribution without quantiles, with the remedy.
    """
    state = check_random_state(random_state)
    where, subspaces = "param_distributions", space.subspaces
    read = [
        {name: dimension(name, sub[name], name_of(where, k, len(subspaces))) for name in sub}
        for k, sub in enumerate(subspaces)
    ]
    groups = [(read, n)]
    if space.allotments is not None:
        groups = [([sub], k) for sub, k in zip(read, space.allotments, strict=True)]
    for some, k in groups:
        yield from _spread(some, k, state.randint(2**31 - 1))


def _spread(subspaces: Sequence[Dimensions], n: int, seed: int) -> list[dict[str, Any]]:
    sizes = [prod(d.n_values or np.inf for d in sub.values()) for sub in subspaces]
    if sum(sizes) < n:
        warn_of_few(int(sum(sizes)), n)
        n = int(sum(sizes))
    sequence = qmc.Sobol(1 + max(map(len, subspaces)), seed=np.random.default_rng(seed))
    found: dict[Hashable, dict[str, Any]] = {}
    power = ceil(log2(n)) if n > 1 else 0
    for doubling in range(_DOUBLINGS):
        for params in _decoded(subspaces, sequence.random_base2(power)):
            found.setdefault(identity(params), params)
        if len(found) >= n:
            break
        power += bool(doubling)  # the second block is as long as the first
    if len(found) < n and np.isfinite(sum(sizes)):  # of the last few by chance
        for params in _all(subspaces):
            found.setdefault(identity(params), params)
            if len(found) == n:
                break
    return list(found.values())[:n]


def _decoded(subspaces: Sequence[Dimensions], points: Floats) -> list[dict[str, Any]]:
    """Turn points into candidates; the first coordinate says of which dict each is."""
    which = np.minimum((points[:, 0] * len(subspaces)).astype(int), len(subspaces) - 1)
    found: list[dict[str, Any]] = [{} for _ in points]
    for k, sub in enumerate(subspaces):
        rows = np.flatnonzero(which == k)
        for column, name in enumerate(sorted(sub), start=1):
            values = sub[name].decode_all(points[rows, column])
            for row, value in zip(rows, values, strict=True):
                found[row][name] = value
    return found


def _all(subspaces: Sequence[Dimensions]) -> Iterator[dict[str, Any]]:
    for sub in subspaces:
        names = sorted(sub)
        values = (sub[name].decode_all(sub[name].places()) for name in names)
        yield from (dict(zip(names, row, strict=True)) for row in product(*values))
