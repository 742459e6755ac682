"""From a value to its digest, by way of the digests of what it is made of."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import count, islice
from typing import Any

from .describing import describe
from .kinds import parts_of
from .parts import Inner, Items, Parts, Unordered
from .scalars import SCALARS, packed

_DEEPEST = 200
_AT_ONCE = 4096  # items; a copy of so many texts is no burden
_REMEMBERED = 100_000  # values within one value
_ROUNDS = 100_000  # of going again through what refers to itself
_REMEDY = (
    "give it a version of your own: set `__sktune_version__ = '1'` on it or its class, and "
    "change that whenever it changes (or on what holds it, where it takes no attributes)"
)


class Undescribable(TypeError):  # noqa: N818 - says what the value is
    """A value, or something in it, cannot be told from others of its kind.

    Examples
    --------
    >>> import threading
    >>> try:
    ...     digest({"lock": threading.Lock()})
    ... except Undescribable as error:
    ...     print(str(error).partition(":")[0])
    ['lock'] (a _thread.lock) cannot be described
    """


def digest(value: Any) -> str:
    """Say in 32 characters what a value is.

    Parameters
    ----------
    value : object
        Plain values, arrays, frames, estimators, functions, or anything that can say what
        it is made of as for a pickle. Nothing is pickled, imported or called but that. An
        attribute ``__sktune_version__`` of an object, its class or a function stands for all
        that is in it.

    Returns
    -------
    digest : str
        32 hexadecimal digits. The same for equal values in any process; different ones
        for what `sktune.space.identity` tells apart.

    Raises
    ------
    Undescribable
        If there is something in it that cannot be told from others of its kind: a lock, an
        open file, a generator, or what is nested more than 200 deep.

    Examples
    --------
    >>> digest({"C": 1.0}) == digest({"C": 1.0}), digest({"C": 1.0}) == digest({"C": 1})
    (True, False)
    """
    try:
        return _Walk().node(value, "").hex()[:32]
    except RecursionError:  # called from deep down
        raise Undescribable(f"{describe(value)} is nested too deep; {_REMEDY}.") from None


class _Walk:
    """Goes once through a value.

    Attributes
    ----------
    open_ : dict of int to int
        The values that are being described, by address, and how deep down they are.
    path : list
        How each of them is reached: a text, or the key or number in a tuple.
    known : dict of int to (digest or None, value)
        What has been described; None if its digest depends on what it was met in. The
        values are kept, so that no other one gets an address that is known.
    """

    def __init__(self) -> None:
        self.open_: dict[int, int] = {}
        self.path: list[str | tuple[Any]] = []
        self.known: dict[int, tuple[bytes | None, Any]] = {}
        self.reached = sys.maxsize  # the outermost value that was referred back to
        self.rounds = 0

    def node(self, value: Any, at: str | tuple[Any]) -> bytes:
        """Digest a value."""
        if type(value) in SCALARS:
            return _hashed([b"scalar", *packed([value])])
        here, address = len(self.open_), id(value)
        if address in self.open_:
            self.reached = min(self.reached, self.open_[address])
            return _hashed([b"back", str(here - self.open_[address]).encode()])
        if (known := self._remembered(address)) is not None:
            return known
        outside, self.reached = self.reached, sys.maxsize
        self.open_[address] = here
        self.path.append(at)
        try:
            result = self._digest(value, here)
        except (Undescribable, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise Undescribable(self._message(value, error)) from error
        finally:
            self.path.pop()
            del self.open_[address]
        if len(self.known) < _REMEMBERED:
            # a cycle looks different from each of the places where it can be entered
            self.known[address] = (result if self.reached == sys.maxsize else None), value
        # what refers to this value only is of no importance to what it is in
        self.reached = min(outside, self.reached if self.reached < here else sys.maxsize)
        return result

    def _digest(self, value: Any, here: int) -> bytes:
        if here >= _DEEPEST or self.rounds > _ROUNDS:
            raise TypeError("it is nested too deep, or refers to itself in too many ways")
        hashed = sha256()
        for part in _flat(parts_of(value)):
            if isinstance(part, Inner):
                part = self.node(part.value, part.at)
            elif isinstance(part, Unordered):
                part = b"".join(sorted([self.node(inner, (inner,)) for inner in part.values]))
            _add(hashed, part)
        return hashed.digest()

    def _remembered(self, address: int) -> bytes | None:
        if address not in self.known:
            return None
        known, _ = self.known[address]
        self.rounds += known is None
        return known

    def _message(self, value: Any, error: Exception) -> str:
        steps = (at if isinstance(at, str) else f"[{describe(*at)}]" for at in self.path)
        where = "".join(steps) or describe(value)
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        return f"{where} (a {kind}) cannot be described: {error}; {_REMEDY}."


def _flat(parts: Parts) -> Iterator[bytes | Inner | Unordered]:
    """Take items apart; recursion goes through here no deeper than nesting does."""
    for part in parts:
        if isinstance(part, Items):
            yield from _taken_apart(part)
        else:
            yield part


def _taken_apart(items: Items) -> Iterator[bytes | Inner]:
    values = iter(items.values)
    names = iter(count() if items.names is None else items.names)
    while some := list(islice(values, _AT_ONCE)):
        yield from packed(some)
        for value, name in zip(some, names, strict=False):
            if type(value) not in SCALARS:
                yield Inner(value, (name,))
    yield b"end"


def _hashed(parts: Iterable[bytes]) -> bytes:
    hashed = sha256()
    for part in parts:
        _add(hashed, part)
    return hashed.digest()


def _add(hashed: Any, part: bytes) -> None:
    """Add what is said of a value; its length keeps it apart from what follows."""
    hashed.update(len(part).to_bytes(8, "little"))
    hashed.update(part)
