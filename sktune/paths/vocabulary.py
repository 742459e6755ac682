"""Features of documents: their numbers, their names in order, and how often they occur."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..types import Array

MOST_KEPT = 2**18
"""Of how many features in all vocabularies are kept, to be copied: about 30 MiB."""


def numbering() -> defaultdict[str, int]:
    """Return a dict that numbers what it is asked for, in the order of asking."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    return numbers


class Vocabulary:
    """All features that any document has: their numbers, names and alphabetical order."""

    def __init__(self) -> None:
        self.numbers = numbering()
        self._names: Array = np.empty(0, dtype=object)
        self._ordered: Array = np.empty(0, dtype=np.intp)
        self._ranks: Array = np.empty(0, dtype=np.intp)
        self._vocabularies: list[tuple[bool, Array, Array, dict[str, Any]]] = []

    @property
    def names(self) -> Array:
        """The names, by number."""
        if len(self._names) < len(self.numbers):
            self._names = np.array(list(self.numbers), dtype=object)
        return self._names

    def alphabetical(self, ids: Array) -> Array:
        """Return the place of each of several features in their alphabetical order."""
        fresh = np.full(len(self.numbers) - len(self._ranks), -1)
        self._ranks = np.concatenate([self._ranks, fresh])
        unranked = ids[self._ranks[ids] < 0]
        if len(unranked):
            # what is in order already is one run to Python's sort
            merged = np.concatenate([self._ordered, unranked])
            names = self.names[merged].tolist()
            self._ordered = merged[sorted(range(len(names)), key=names.__getitem__)]
            self._ranks[self._ordered] = np.arange(len(self._ordered))
        ranks = self._ranks[ids]
        present = np.zeros(len(self._ordered), dtype=bool)
        present[ranks] = True
        return (np.cumsum(present) - 1)[ranks]

    def fill(self, vocabulary: dict[str, Any], ids: Array, columns: Array, plain: bool) -> None:
        """Put features into an empty dict, with their columns as Python's or numpy's integers.

        To copy a dict is much faster than to make it, so the latest are kept.
        """
        kept = self._vocabularies
        for place, (is_plain, its_ids, its_columns, its_names) in enumerate(kept):
            same = is_plain is plain and np.array_equal(its_ids, ids)
            if same and np.array_equal(its_columns, columns):
                vocabulary.update(its_names)
                kept.append(kept.pop(place))
                return
        names = self.names[ids].tolist()
        vocabulary.update(zip(names, columns.tolist() if plain else columns, strict=True))
        kept.append((plain, ids, columns, vocabulary.copy()))
        while sum(len(ids) for _, ids, _, _ in kept) > MOST_KEPT:
            del kept[0]


@dataclass(slots=True)
class Counts:
    """Of documents one after the other, features by first occurrence, and how often they occur."""

    terms: Vocabulary
    ids: Array
    values: Array
    indptr: Array
