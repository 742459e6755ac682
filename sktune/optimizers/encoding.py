"""Points as features of a kernel.

Ranges of one name on the same scale share a column, so that what is learned in one branch
of a conditional space counts in another. Many numbers to choose from are a range with steps.
Other choices are one column a value, shared likewise. A parameter that a point does not have
is put in the middle of its column. Columns that never differ are left out.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from ..space import Choices, ConditionalSpace, Dimension, Integer, Real
from ..space.dimensions import Floats

_APART = 0.5
"""The entry of a choice's own column. Two choices are then as far apart as two numbers that
are drawn at random, about; with 1 they would hardly learn from each other."""


class Encoding:
    """Map points to features.

    Parameters
    ----------
    space : ConditionalSpace

    Attributes
    ----------
    groups : int array of shape (n_features,)
        Which lengthscale a feature goes by: one for each numeric column, one for all
        columns of a choice.
    n_groups : int

    Examples
    --------
    >>> from sktune.space import Choices, ConditionalSpace, Real
    >>> space = ConditionalSpace(
    ...     [{"k": Choices(["a"]), "C": Real(1, 9)}, {"k": Choices(["b"]), "C": Real(1, 5)}]
    ... )
    >>> encoding = Encoding(space)
    >>> encoding(space.encode([{"k": "a", "C": 5.0}, {"k": "b", "C": 5.0}]))
    array([[0.5, 0.5, 0. ],
           [0.5, 0. , 0.5]])
    >>> encoding.groups
    array([0, 1, 1])
    """

    def __init__(self, space: ConditionalSpace) -> None:
        self._space = space
        self._numeric = _numeric_columns(space)
        self._one_hot = _one_hot_columns(space)
        self._branches = len(space.branches) > 1 and not _told_apart(space)
        groups = list(range(len(self._numeric)))
        for width in [len(values) for _, values in self._one_hot]:
            groups += [max(groups, default=-1) + 1] * width
        if self._branches:
            groups += [max(groups, default=-1) + 1] * len(space.branches)
        groups = groups or [0]  # a single candidate: one column that never differs
        self.groups: npt.NDArray[np.intp] = np.array(groups, dtype=np.intp)
        self.n_groups = max(groups, default=-1) + 1

    def __call__(self, points: Floats) -> Floats:
        """Return the features, shape (n, n_features), of points, shape (n, 1 + n_slots)."""
        columns = [self._number(points, slots) for slots in self._numeric]
        for slots, values in self._one_hot:
            columns.append(self._choice(points, slots, len(values)))
        if self._branches:
            columns.append(_APART * (points[:, :1] == np.arange(len(self._space.branches))))
        return np.column_stack(columns) if columns else np.zeros((len(points), 1))

    def _number(self, points: Floats, slots: dict[int, tuple[float, float]]) -> Floats:
        low = min(start for start, _ in slots.values())
        high = max(end for _, end in slots.values())
        column = np.full(len(points), 0.5)
        for slot, (start, end) in slots.items():
            units = points[:, 1 + slot]
            here = ~np.isnan(units)
            # halves, because the whole may overflow
            value = start / 2 + units[here] * (end / 2 - start / 2)
            column[here] = (value - low / 2) / (high / 2 - low / 2)
        return column

    def _choice(self, points: Floats, slots: dict[int, list[int]], width: int) -> Floats:
        columns = np.zeros((len(points), width))
        for slot, positions in slots.items():
            here = np.flatnonzero(~np.isnan(points[:, 1 + slot]))
            dimension = self._space.slots[slot][1]
            assert isinstance(dimension, Choices)  # noqa: S101 - for the type checker
            chosen = dimension.index(points[here, 1 + slot])
            columns[here, np.array(positions)[chosen]] = _APART
        return columns


def is_category(dimension: Dimension) -> bool:
    """Whether a dimension has values without an order."""
    return isinstance(dimension, Choices) and not dimension.ordered


def _numeric_columns(space: ConditionalSpace) -> list[dict[int, tuple[float, float]]]:
    """For each column its slots, with where their unit intervals begin and end in it."""
    columns: dict[Hashable, dict[int, tuple[float, float]]] = {}
    for slot, (name, dimension) in enumerate(space.slots):
        if isinstance(dimension, Real | Integer):
            columns.setdefault((name, dimension.log), {})[slot] = dimension.scaled_bounds
        elif not is_category(dimension):
            columns.setdefault((name, dimension.key), {})[slot] = (0.0, 1.0)
    return list(columns.values())


def _one_hot_columns(
    space: ConditionalSpace,
) -> list[tuple[dict[int, list[int]], dict[Hashable, int]]]:
    """For each name its slots, with the columns of their values, and all of its values."""
    by_name: dict[str, tuple[dict[int, list[int]], dict[Hashable, int]]] = {}
    for slot, (name, dimension) in enumerate(space.slots):
        if isinstance(dimension, Choices) and not dimension.ordered:
            slots, values = by_name.setdefault(name, ({}, {}))
            slots[slot] = [values.setdefault(d, len(values)) for d in dimension.descriptions]
    return [(slots, values) for slots, values in by_name.values() if len(values) > 1]


def _told_apart(space: ConditionalSpace) -> bool:
    """Whether every two branches differ in the values of some choice."""
    choices = [
        {name: set(d.descriptions) for name, d in branch.items() if isinstance(d, Choices)}
        for branch in space.branches
    ]
    return all(
        any(not a[name] & b[name] for name in a.keys() & b.keys())
        for i, a in enumerate(choices)
        for b in choices[:i]
    )
