"""A space of candidates: one or several dicts of parameter names and what to try.

scikit-learn's `ParameterGrid` and `ParameterSampler` do the enumerating and the drawing, so
that the candidates, their order and the draws are scikit-learn's to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from sklearn.model_selection import ParameterGrid, ParameterSampler


@dataclass(frozen=True)
class Space:
    """Which candidates exist.

    Parameters
    ----------
    subspaces : sequence of dict
        Each maps parameter names to a sequence of values or to a distribution (an object
        with ``rvs``); a candidate comes from one of them.

    Examples
    --------
    >>> space = Space.of({"C": [1, 10], "kernel": ["linear"]})
    >>> list(space.enumerate())
    [{'C': 1, 'kernel': 'linear'}, {'C': 10, 'kernel': 'linear'}]
    >>> space.size
    2
    """

    subspaces: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, given: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Space:
        """Build a space from what a user gives: a dict or a list of dicts."""
        return cls([given] if isinstance(given, Mapping) else list(given))

    @property
    def size(self) -> int | None:
        """Number of candidates; None where there is a distribution."""
        if any(is_distribution(values) for sub in self.subspaces for values in sub.values()):
            return None
        return sum(prod(map(len, sub.values())) for sub in self.subspaces)

    def enumerate(self) -> Iterator[dict[str, Any]]:
        """Every candidate in scikit-learn's order, made when it is asked for."""
        return iter(ParameterGrid(self.subspaces))

    def sample(self, n: int, random_state: Any = None) -> Iterator[dict[str, Any]]:
        """Draw `n` candidates, from finite spaces without replacement.

        Parameters
        ----------
        n : int
            How many; a finite space with fewer gives all it has, with a warning.
        random_state : int, RandomState instance or None, default=None
            Source of the draws; advanced as they are made.
        """
        return iter(ParameterSampler(self.subspaces, n, random_state=random_state))


def is_distribution(values: Any) -> bool:
    """Whether a parameter is drawn (``rvs``) rather than chosen from a sequence."""
    return hasattr(values, "rvs")
