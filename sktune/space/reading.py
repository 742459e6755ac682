"""From what a user writes to a space that can be moved about in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .checking import check_values
from .conditional import ConditionalSpace, Constraints
from .parameters import Space
from .shorthands import dimension


def read_space(
    given: Any, where: str, constraints: Constraints | None = None
) -> tuple[ConditionalSpace, Sequence[int] | None]:
    """Read a dict, a list of dicts, or a list of (dict, n).

    Parameters
    ----------
    given : object
    where : str
        What the user calls it, for the messages.
    constraints : callable, optional

    Returns
    -------
    space : ConditionalSpace
    allotments : sequence of int or None
        How many candidates each branch gets, if that is given.

    Raises
    ------
    ValueError, TypeError
        Naming what cannot be understood.
    """
    if constraints is not None and not callable(constraints):
        raise TypeError(
            f"constraints is {constraints!r}; pass a callable that takes a candidate's parameters "
            "and returns whether it may be tried."
        )
    space = Space.read(given, where)
    check_values(space, where)
    branches = [
        {name: dimension(name, values, where) for name, values in sub.items()}
        for sub in space.subspaces
    ]
    return ConditionalSpace(branches, constraints), space.allotments
