"""Sums over the first members of an ensemble, which go on from one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..types import Matrix, Model


def prefix_sum(
    memory: dict[Any, Any], key: Any, upto: int, start: Callable[[], Any], add: Callable[..., Any]
) -> Any:
    """Return a sum over the first `upto` members, which goes on from the one asked for last.

    `add` takes a sum and the index of a member, and gives the new sum; it may be the old one,
    changed. What is returned here is kept in `memory`, under `key`, and must not be changed.
    """
    done, total = memory.pop(key, (0, None))
    if total is None or done > upto:
        done, total = 0, start()
    for index in range(done, upto):
        total = add(total, index)
    memory[key] = (upto, total)
    return total


def once(memory: dict[Any, Any], make: Callable[[], Matrix]) -> Matrix:
    """Return the checked samples, which are kept."""
    if "X" not in memory:
        memory["X"] = make()
    return memory["X"]


def copy_with(model: Model, **changed: Any) -> Model:
    """Return a copy of a model that shares its attributes but for those that are given."""
    copy: Model = object.__new__(type(model))
    vars(copy).update(vars(model), **changed)
    return copy
