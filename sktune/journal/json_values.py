"""Parameter values as JSON: numbers exactly, and nothing that would have to be built.

Numbers, text, None and bools stand there as they are. Of all others there is a description
for people, and a digest to compare with: they come from the space, or are not needed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .digests import describe, digest

LARGEST_INT = 2**63
_LONGEST_TEXT = 1000
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_FLOATS = np.float16, np.float32, np.float64
_INTS = np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64
_NUMPY = {kind.__name__: kind for kind in (*_FLOATS, *_INTS)}


class OddRecordError(ValueError):
    """A line is whole, but does not say what such a line says."""


def check(right: bool, name: str, value: Any) -> None:
    """Raise `OddRecordError`, naming an entry, if it is not right."""
    if not right:
        text = repr(value)
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise OddRecordError(f"its entry {name!r} cannot be {shown}")


def value_body(value: Any) -> Any:
    """Return a value as it is where JSON has it exactly, else what describes it.

    Examples
    --------
    >>> value_body(0.1), value_body(np.float32(0.5))
    (0.1, {'type': 'float32', 'number': 0.5})
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int and abs(value) < LARGEST_INT:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"type": "float", "number": str(value)}
    if kind is str and len(value) <= _LONGEST_TEXT:
        return value
    if _NUMPY.get(kind.__name__) is kind:
        return {"type": kind.__name__, "number": number_body(value.item())}
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
    """Return a number, text, None or a bool, of exactly the type it had.

    Raises
    ------
    OddRecordError
        For anything else.
    """
    if type(body) is not dict:
        check(body is None or type(body) in (bool, int, float, str), "value", body)
        check(type(body) is not int or abs(body) < LARGEST_INT, "value", body)
        return body
    kind, number = body.get("type"), body.get("number")
    if type(number) is str:
        number = _NOT_FINITE.get(number, number)
    if not isinstance(number, int | float) or isinstance(number, bool):
        raise OddRecordError(f"its entry 'number' cannot be {number!r:.60}")
    check(type(kind) is str and (kind == "float" or kind in _NUMPY), "type", kind)
    if kind in _NUMPY and kind not in ("float16", "float32", "float64"):
        bounds: Any = np.iinfo(np.dtype(kind))  # older releases of numpy wrap what is beyond
        check(type(number) is int and bounds.min <= number <= bounds.max, "number", number)
    try:
        with np.errstate(over="ignore"):
            return float(number) if kind == "float" else _NUMPY[str(kind)](number)
    except (OverflowError, ValueError) as exc:
        raise OddRecordError(f"{number!r:.60} is no {kind}") from exc
