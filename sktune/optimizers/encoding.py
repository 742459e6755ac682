"""Points as features of a kernel.

Ranges of one name on the same scale share a column, so that what is learned in one branch
of a conditional space counts in another. Many numbers to choose from are a range with steps.
Other choices are one column a name, in which each value has a number: all that is asked of two
is whether they are the same. A number that a point does not have is put in the middle of its
column, a choice is -1. Choices of one value are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable

import numpy as np

from ..space import Choices, ConditionalSpace, Integer, Real
from ..space.choices import is_category, told_apart
from ..types import Floats, Ints

_MIDDLE = 0.5
"""The place of a number that a point does not have."""


class Encoding:
    """Map points to features, as `sktune.optimizers.distances` takes them.

    Attributes
    ----------
    n_numeric : int
        How many columns, the first ones, are numbers in [0, 1].
    n_features : int
        These, and one column for each choice.
    shares : float array of shape (n_branches, n_numeric)
        Weights of an average over the numbers that a branch has.

    Examples
    --------
    >>> from sktune.space import Choices, ConditionalSpace, Real
    >>> space = ConditionalSpace(
    ...     [{"k": Choices(["a"]), "C": Real(1, 9)}, {"k": Choices(["b"]), "C": Real(1, 5)}]
    ... )
    >>> Encoding(space)(space.encode([{"k": "a", "C": 5.0}, {"k": "b", "C": 5.0}]))
    array([[0.5, 0. ],
           [0.5, 1. ]])
    """

    def __init__(self, space: ConditionalSpace) -> None:
        numeric, named = _numeric_columns(space), _choice_columns(space)
        n_branches, self.n_numeric = len(space.branches), len(numeric)
        branches = n_branches > 1 and not _told_apart(space)
        self.n_features = len(numeric) + len(named) + branches
        self._scales = [(k, *scale) for k, slots in enumerate(numeric) for scale in slots]
        has = np.zeros((n_branches, len(numeric)))
        for column, slot, _, _ in self._scales:
            has[space.active[:, slot], column] = 1.0
        self.shares = has / np.maximum(has.sum(axis=1, keepdims=True), 1.0)
        # what all points of a branch have in common: what is missing, choices of one value
        self._common = np.full((n_branches, self.n_features), -1.0)
        self._common[:, : len(numeric)] = _MIDDLE
        self._choices: list[tuple[int, int, Choices, Ints]] = []
        for column, slots in enumerate(named, start=len(numeric)):
            for slot, dimension, codes in slots:
                if dimension.n_values > 1:
                    self._choices.append((column, slot, dimension, codes))
                else:
                    self._common[space.active[:, slot], column] = codes[0]
        if branches:
            self._common[:, -1] = np.arange(n_branches)

    def __call__(self, points: Floats) -> Floats:
        """Return the features, shape (n, n_features), of points, shape (n, 1 + n_slots)."""
        features = self._common[points[:, 0].astype(np.intp)]
        for column, slot, start, width in self._scales:
            place = start + width * points[:, 1 + slot]
            features[:, column] = np.where(np.isnan(place), features[:, column], place)
        for column, slot, dimension, codes in self._choices:
            units = points[:, 1 + slot]
            here = np.flatnonzero(~np.isnan(units))
            features[here, column] = codes[dimension.index(units[here])]
        return features


def _numeric_columns(space: ConditionalSpace) -> list[list[tuple[int, float, float]]]:
    """For each column its slots, with where their unit intervals begin in it, and their width."""
    columns: dict[Hashable, dict[int, tuple[float, float]]] = {}
    for slot, (name, dimension) in enumerate(space.slots):
        if isinstance(dimension, Real | Integer):
            columns.setdefault((name, dimension.log), {})[slot] = dimension.scaled_bounds
        elif not is_category(dimension):
            columns.setdefault((name, dimension.key), {})[slot] = (0.0, 1.0)
    scaled = []
    for slots in columns.values():
        low, high = min(a for a, _ in slots.values()), max(b for _, b in slots.values())
        reach = (high / 2 - low / 2) or 1.0  # halves, because the whole may overflow
        scaled.append(
            [
                (slot, (a / 2 - low / 2) / reach, (b / 2 - a / 2) / reach)
                for slot, (a, b) in slots.items()
            ]
        )
    return scaled


def _choice_columns(space: ConditionalSpace) -> list[list[tuple[int, Choices, Ints]]]:
    """For each name that has several values its slots, with the numbers of their values."""
    by_name: dict[str, tuple[list[tuple[int, Choices, Ints]], dict[Hashable, int]]] = {}
    for slot, (name, dimension) in enumerate(space.slots):
        if is_category(dimension):
            slots, values = by_name.setdefault(name, ([], {}))
            codes = [values.setdefault(d, len(values)) for d in dimension.descriptions]
            slots.append((slot, dimension, np.array(codes)))
    return [slots for slots, values in by_name.values() if len(values) > 1]


def _told_apart(space: ConditionalSpace) -> bool:
    """Whether every two branches differ in the values of some choice, which have columns."""
    branches = [{n: d for n, d in b.items() if is_category(d)} for b in space.branches]
    return all(told_apart(a, b) for a, b in itertools.combinations(branches, 2))
