"""The parts of a value: bytes, other values, and plain values that are packed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import nan
from struct import pack
from typing import Any, NamedTuple


class Inner(NamedTuple):
    """A value within a value.

    `at` tells messages how it is reached: ``".steps"``, or a key or number in a tuple.
    """

    value: Any
    at: str | tuple[Any]


class Items(NamedTuple):
    """Values in their order, which are read a few thousand at a time.

    Their `names` are for messages; by default they are counted.
    """

    values: Iterable[Any]
    names: Iterable[Any] | None = None


class Unordered(NamedTuple):
    """Values whose order means nothing."""

    values: Iterable[Any]


Part = bytes | Inner | Items | Unordered
Parts = Iterable[Part]


def named(value: Any) -> bytes:
    """Return the name by which a class, a function or a module is imported."""
    name = getattr(value, "__qualname__", None) or value.__name__
    return f"{getattr(value, '__module__', '')}:{name}".encode("utf-8", "surrogatepass")


def _floats(values: Sequence[float]) -> bytes:
    # nan is nan, whatever its sign and payload
    return pack(f"<{len(values)}d", *[value if value == value else nan for value in values])


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
    str: _texts,
    bytes: _bytes,
}
"""How values of exactly such a type are packed."""

_CODES = {kind: code for code, kind in enumerate(SCALARS, start=1)}


def packed(values: Sequence[Any]) -> Iterator[bytes]:
    """Give the kind of each value, 0 for what is no scalar; then the scalars, kind by kind."""
    there = set(map(type, values))
    if len(there) == 1:  # so that a million texts take one pass
        (kind,) = there
        yield bytes((_CODES.get(kind, 0),)) * len(values)
        if kind in SCALARS:
            yield SCALARS[kind](values)
        return
    yield bytes([_CODES.get(type(value), 0) for value in values])
    for kind, packs in SCALARS.items():
        if kind in there:
            yield packs([value for value in values if type(value) is kind])
