"""What a description of a value is made of, besides bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple


class Inner(NamedTuple):
    """A value within a value.

    Parameters
    ----------
    value : object
    at : str or tuple of one object
        How it is reached, for messages: ``".steps"``, or a key or number.
    """

    value: Any
    at: str | tuple[Any]


@dataclass(frozen=True, slots=True)
class Items:
    """Values in their order, which are read a few thousand at a time.

    Parameters
    ----------
    values : iterable
    names : iterable, optional
        What they are called, for messages; by default they are counted.
    """

    values: Iterable[Any]
    names: Iterable[Any] | None = None


@dataclass(frozen=True, slots=True)
class Unordered:
    """Values whose order means nothing."""

    values: Iterable[Any]


Part = bytes | Inner | Items | Unordered
Parts = Iterator[Part]


def named(named: Any) -> bytes:
    """Give the name by which a class or a function is imported, which nobody does here."""
    name = getattr(named, "__qualname__", None) or named.__name__
    return f"{named.__module__}:{name}".encode("utf-8", "surrogatepass")
