"""Parameter values as JSON: numbers exactly, and nothing that would have to be built.

Numbers, text, None and bools stand there as they are. Of all others there is a description
for people, and a digest to compare with: they come from the space, or are not needed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .digests import describe, digest
from .line_format import DamagedError

LARGEST_INT = 2**63
LONGEST_TEXT = 1000
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_FLOATS = float, np.float16, np.float32, np.float64
_INTS = np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64
_NUMBERS: dict[Any, Any] = {kind.__name__: kind for kind in (*_FLOATS, *_INTS)}


def check(right: bool, name: str, value: Any) -> None:
    """Raise `DamagedError`, naming an entry, if it is not right."""
    if not right:
        raise DamagedError(f"its entry {name!r} cannot be {value!r:.60}")


class JsonEntries:
    """The entries of a record that is read, of which each must have its type."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body

    def take(self, name: str, *kinds: type, default: Any = None) -> Any:
        """Return an entry, of exactly one of these types."""
        value = self._body.get(name, default)
        check(type(value) in kinds, name, value)
        return value

    def whole(self, name: str, *, below: int, least: int = 0) -> int:
        """Return an entry that is a whole number within bounds."""
        value: int = self.take(name, int)
        check(least <= value < below, name, value)
        return value


def value_body(value: Any) -> Any:
    """Return a value as it is where JSON has it exactly, else what describes it.

    Examples
    --------
    >>> value_body(0.1), value_body(np.float32(0.5))
    (0.1, {'type': 'float32', 'number': 0.5})
    """
    kind = type(value)
    plain = value is None or kind is bool or (kind is str and len(value) <= LONGEST_TEXT)
    if plain or (kind is int and abs(value) < LARGEST_INT):
        return value
    if kind is float and math.isfinite(value):
        return value
    if _NUMBERS.get(kind.__name__) is kind:
        number = value if kind is float else value.item()
        return {"type": kind.__name__, "number": number_body(number)}
    return {"type": kind.__qualname__, "text": describe(value), "digest": digest(value)}


def number_body(number: Any) -> Any:
    """Return a number, or None, as JSON has it."""
    return str(number) if isinstance(number, float) and not math.isfinite(number) else number


def shown_value(body: Any) -> Any:
    """Return a value for people: itself, or a description."""
    if type(body) is dict and "number" not in body:
        check(type(body.get("text")) is str, "text", body.get("text"))
        return body["text"]
    return exact_value(body)


def exact_value(body: Any) -> Any:
    """Return a number, text, None or a bool, of exactly the type it had."""
    if type(body) is not dict:
        check(body is None or type(body) in (bool, int, float, str), "value", body)
        check(type(body) is not int or abs(body) < LARGEST_INT, "value", body)
        return body
    kind, number = body.get("type"), body.get("number")
    if type(number) is str:
        number = _NOT_FINITE.get(number, number)
    check(type(number) in (int, float), "number", number)
    check(type(kind) is str and kind in _NUMBERS, "type", kind)
    if _NUMBERS[kind] in _INTS:
        bounds: Any = np.iinfo(_NUMBERS[kind])  # older releases of numpy wrap what is beyond
        check(type(number) is int and bounds.min <= number <= bounds.max, "number", number)
    try:
        with np.errstate(over="ignore"):
            return _NUMBERS[kind](number)
    except (OverflowError, ValueError) as exc:
        raise DamagedError(f"{number!r:.60} is no {kind}") from exc
