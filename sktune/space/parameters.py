"""A space of candidates: one or several dicts of parameter names and what to try.

scikit-learn's `ParameterGrid` and `ParameterSampler` do the enumerating and the drawing, so
that the candidates, their order and the draws are scikit-learn's to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod
from typing import Any

from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state

from ..exceptions import warn
from ..messages import in_short
from ..types import Seed
from .dimensions import is_count, is_distribution
from .shorthands import expand

SPACES = ("param_grid", "param_distributions", "search_spaces")
"""What searches call what they search, scikit-learn's too."""


def space_of(search: object) -> Any:
    """Return what a search searches, as it was given; None where it does not say."""
    return next((getattr(search, name) for name in SPACES if hasattr(search, name)), None)


@dataclass(frozen=True)
class Space:
    """The candidates that exist.

    Parameters
    ----------
    subspaces : sequence of dict
        Each maps parameter names to a sequence of values or to a distribution (an object
        with ``rvs``); a candidate comes from one of them.
    allotments : sequence of int, optional
        How many candidates are drawn from each.
    given : dict or list, optional
        What it was read from.

    Examples
    --------
    >>> space = Space.of({"C": [1, 10], "kernel": ["linear"]})
    >>> list(space.enumerate())
    [{'C': 1, 'kernel': 'linear'}, {'C': 10, 'kernel': 'linear'}]
    >>> space.size
    2
    """

    subspaces: Sequence[Mapping[str, Any]]
    allotments: Sequence[int] | None = None
    given: Any = None

    @classmethod
    def of(cls, given: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Space:
        """Build a space from what a user gives: a dict or a list of dicts."""
        return cls([given] if isinstance(given, Mapping) else list(given))

    @classmethod
    def read(cls, given: Any, where: str, *, tuples_too: bool = False) -> Space:
        """Build a space from what a user gives, with ranges, skopt's dimensions and (dict, n).

        Parameters
        ----------
        given : dict, list of dict or list of (dict, int)
            A space as the user has written it.
        where : str
            What the user calls it, for the messages.
        tuples_too : bool, default=False
            Whether tuples that are no ranges are choices, as in scikit-learn, or refused.

        Raises
        ------
        TypeError, ValueError
            Naming the culprit.
        """
        if isinstance(given, str) or not isinstance(given, Mapping | Sequence):
            raise TypeError(
                f"{where} is {in_short(given)}; pass a dict of parameter names and what to try, or "
                "a list of such dicts."
            )
        subspaces, allotments = _split([given] if isinstance(given, Mapping) else given, where)
        read = []
        for index, sub in enumerate(subspaces):
            within = name_of(where, index, len(subspaces))
            if isinstance(sub, Mapping):
                sub = {
                    name: expand(name, values, within, tuples_too=tuples_too)
                    for name, values in sub.items()
                }
            read.append(sub)
        return cls(read, allotments, given)

    @property
    def size(self) -> int | None:
        """Number of candidates; None where there is a distribution."""
        if any(is_distribution(values) for sub in self.subspaces for values in sub.values()):
            return None
        return sum(prod(map(len, sub.values())) for sub in self.subspaces)

    def values_of(self, name: str) -> list[Any]:
        """Return what is tried of a parameter, in each of the dicts that have it."""
        return [sub[name] for sub in self.subspaces if name in sub]

    def enumerate(self) -> Iterator[dict[str, Any]]:
        """Every candidate in scikit-learn's order, made when it is asked for."""
        return iter(ParameterGrid(self.subspaces))

    def sample(self, n: int, random_state: Seed = None) -> Iterator[dict[str, Any]]:
        """Draw `n` candidates, from finite spaces without replacement.

        Parameters
        ----------
        n : int
            How many, unless there are allotments; a finite space with fewer gives all it
            has, with a warning.
        random_state : int, RandomState instance or None, default=None
            Source of the draws; advanced as they are made.
        """
        if self.allotments is None:
            return iter(self._sampler(n, random_state))
        state = check_random_state(random_state)
        return chain.from_iterable(
            Space([sub])._sampler(k, state)
            for sub, k in zip(self.subspaces, self.allotments, strict=True)
        )

    def _sampler(self, n: int, random_state: Seed) -> ParameterSampler:
        size = self.size
        if size is not None and size < n:
            warn_of_few(size, n)
            n = size
        return ParameterSampler(self.subspaces, n, random_state=random_state)


def warn_of_few(size: int, n: int) -> None:
    """Warn of a space that has fewer candidates than are wanted."""
    warn(  # in place of scikit-learn's own, which names GridSearchCV
        f"The total space of parameters {size} is smaller than n_iter={n}. Running {size} "
        "iterations. For exhaustive searches, use GridSearch."
    )


def name_of(where: str, index: int, n: int) -> str:
    """Return what the user calls one of several dicts of a space."""
    return where if n == 1 else f"{where}[{index}]"


def _split(given: Sequence[Any], where: str) -> tuple[list[Any], list[int] | None]:
    """Take [(dict, n), ...] apart; a list of dicts has no allotments."""
    if not any(isinstance(item, tuple) for item in given):
        return list(given), None
    for index, item in enumerate(given):
        count = item[1] if isinstance(item, tuple) and len(item) == 2 else None
        if not is_count(count):
            raise ValueError(
                f"{where}[{index}] is {in_short(item)}. Pass (dict, n) with n at least 1 for every "
                "dict, or for none."
            )
    return [item[0] for item in given], [int(item[1]) for item in given]
