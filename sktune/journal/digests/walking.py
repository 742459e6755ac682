"""Make a value's digest from the digests of its parts, and a few words for people."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import count, islice
from typing import Any

from .kinds import parts_of
from .parts import SCALARS, Inner, Items, Parts, Unordered, packed

_DEEPEST = 200
_AT_ONCE = 4096  # items; a copy of so many texts is no burden
_REMEMBERED = 100_000  # values within one value
_MOST_BACK = 100_000  # references to what they are in
_REMEDY = (
    "give it a version of your own: set `__sktune_version__ = '1'` on it or its class, and "
    "change that whenever it changes (or on what holds it, where it takes no attributes)"
)

_LONGEST = 80  # characters
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

_SHORT = reprlib.Repr()  # a million elements are not written out to show three
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _LONGEST
_SHORT.maxdeque = _SHORT.maxarray = _SHORT.maxlong = _SHORT.maxstring = _LONGEST
_SHORT.maxother = 100 * _LONGEST  # an address cut in two would not be found


class Undescribable(TypeError):  # noqa: N818 - says what the value is
    """A value, or something in it, cannot be told from others of its kind."""


def digest(value: object) -> str:
    """Return 32 hexadecimal digits that say what a value is.

    Values are plain ones, arrays, frames, estimators, functions, or anything that can say what
    it is made of as for a pickle. Nothing is pickled, imported or called but that. An attribute
    ``__sktune_version__`` of an object, its class or a function stands for all that is in it.
    Digests are the same for equal values in any process, and different ones for what
    `sktune.space.identity` tells apart.

    Raises
    ------
    Undescribable
        If there is something in it that cannot be told from others of its kind (a lock, an
        open file, a generator), or that is nested more than 200 deep.

    Examples
    --------
    >>> digest({"C": 1.0}) == digest({"C": 1.0}), digest({"C": 1.0}) == digest({"C": 1})
    (True, False)
    """
    try:
        return _Walk().node(value, "").hex()[:32]
    except RecursionError:  # called from deep down
        raise Undescribable(f"{describe(value)} is nested too deep; {_REMEDY}.") from None


def describe(value: Any) -> str:
    """Say in one short line what a value is: its repr without addresses; never raises.

    Examples
    --------
    >>> describe({"C": 1.0, "kernel": "rbf"})
    "{'C': 1.0, 'kernel': 'rbf'}"
    """
    try:
        text = _SHORT.repr(value)
    except Exception:  # noqa: BLE001 - reprs are anybody's code
        text = f"<{type(value).__name__}>"
    text = " ".join(_ADDRESS.sub("", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


class _Walk:
    """A walk through one value."""

    def __init__(self) -> None:
        # how each of the values that are being described is reached; by address, how deep it is
        self._path: list[str | tuple[Any]] = []
        self._open: dict[int, int] = {}
        self._n_back = 0  # references from a value to one that it is in
        # digests by address; the values are kept, so that no other one gets an address
        self._known: dict[int, tuple[bytes, Any]] = {}

    def node(self, value: Any, at: str | tuple[Any]) -> bytes:
        """Digest a value."""
        if type(value) in SCALARS:
            return _hashed([b"scalar", *packed([value])])
        if (known := self._known.get(id(value))) is not None:
            return known[0]
        n_back = self._n_back
        self._path.append(at)
        try:
            result = self._digest(value)
        except (Undescribable, RecursionError, MemoryError):
            raise
        except Exception as error:
            raise Undescribable(self._message(value, error)) from error
        self._path.pop()
        # a cycle looks different from each of the places where it can be entered
        if n_back == self._n_back and len(self._known) < _REMEMBERED:
            self._known[id(value)] = result, value
        return result

    def _digest(self, value: object) -> bytes:
        depth, address = len(self._open), id(value)
        if address in self._open:
            self._n_back += 1
            return _hashed([b"back", str(depth - self._open[address]).encode()])
        if depth >= _DEEPEST or self._n_back > _MOST_BACK:
            raise TypeError("it is nested too deep, or refers to itself in too many ways")
        self._open[address] = depth
        hashed = sha256()
        for part in _flat(parts_of(value)):
            if isinstance(part, Inner):
                part = self.node(*part)
            elif isinstance(part, Unordered):
                part = b"".join(sorted([self.node(inner, (inner,)) for inner in part.values]))
            _add(hashed, part)
        del self._open[address]
        return hashed.digest()

    def _message(self, value: Any, error: Exception) -> str:
        steps = (at if isinstance(at, str) else f"[{describe(*at)}]" for at in self._path)
        where = "".join(steps) or describe(value)
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        return f"{where} (a {kind}) cannot be described: {error}; {_REMEDY}."


def _flat(parts: Parts) -> Iterator[bytes | Inner | Unordered]:
    """Take items apart; recursion goes through here no deeper than nesting does."""
    for part in parts:
        if not isinstance(part, Items):
            yield part
            continue
        values, names = iter(part.values), count() if part.names is None else iter(part.names)
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
    """Add a part to a hash; its length keeps it apart from what follows."""
    hashed.update(len(part).to_bytes(8, "little"))
    hashed.update(part)
