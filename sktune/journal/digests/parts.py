"""The parts of a value: bytes, other values, and plain values that are packed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import nan
from struct import pack
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
        Their names, for messages; by default they are counted.
    """

    values: Iterable[Any]
    names: Iterable[Any] | None = None


@dataclass(frozen=True, slots=True)
class Unordered:
    """Values whose order means nothing."""

    values: Iterable[Any]


Part = bytes | Inner | Items | Unordered
Parts = Iterator[Part]


def named(value: Any) -> bytes:
    """Return the name by which a class, a function or a module is imported."""
    name = getattr(value, "__qualname__", None) or value.__name__
    return f"{getattr(value, '__module__', '')}:{name}".encode("utf-8", "surrogatepass")


def _floats(values: Sequence[float]) -> bytes:
    # nan is nan, whatever its sign and payload
    return pack(f"<{len(values)}d", *[value if value == value else nan for value in values])


def _complexes(values: Sequence[complex]) -> bytes:
    return _floats([part for value in values for part in (value.real, value.imag)])


def _ints(values: Sequence[int]) -> bytes:
    return ",".join(map(hex, values)).encode()  # unlike str, hex has no largest int


def _texts(values: Sequence[str]) -> bytes:
    return _lengths(values) + "".join(values).encode("utf-8", "surrogatepass")


def _bytes(values: Sequence[bytes]) -> bytes:
    return _lengths(values) + b"".join(values)


def _lengths(values: Sequence[Any]) -> bytes:
    return pack(f"<{len(values)}q", *map(len, values))


SCALARS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"",
    bool: bytes,
    int: _ints,
    float: _floats,
    complex: _complexes,
    str: _texts,
    bytes: _bytes,
}
"""How values of exactly such a type are packed."""

_CODES = {kind: code for code, kind in enumerate(SCALARS, start=1)}


def packed(values: Sequence[Any]) -> Iterator[bytes]:
    """Pack the scalars among some values: a million texts take one pass.

    Yields
    ------
    part : bytes
        First the kind of each value, 0 for what is no scalar; then the scalars of each kind.
    """
    there = set(map(type, values))
    if len(there) == 1:
        (kind,) = there
        yield bytes((_CODES.get(kind, 0),)) * len(values)
        if kind in SCALARS:
            yield SCALARS[kind](values)
        return
    yield bytes([_CODES.get(type(value), 0) for value in values])
    for kind in SCALARS:
        if kind in there:
            yield SCALARS[kind]([value for value in values if type(value) is kind])
