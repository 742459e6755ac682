"""Values as JSON has them: finite numbers, short texts, and never markup."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from ...messages import in_short, shortened

Json = Any
"""Dicts, lists, texts, numbers, bools and None."""


def number(value: float) -> float | int | None:
    """Return a number to six digits; None if it is not finite.

    Examples
    --------
    >>> number(0.123456789), number(100.0), number(float("nan"))
    (0.123457, 100, None)
    """
    value = float(value)
    if not math.isfinite(value):
        return None
    value = float(f"{value:.6g}")
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def numbers(values: Iterable[float]) -> list[float | int | None]:
    """Return numbers to six digits; None where they are not finite."""
    return [number(value) for value in values]


def text_of(value: object, most: int = 200) -> str:
    """Return a value as a text that is not longer, whatever it is; never raises."""
    try:
        text = value if isinstance(value, str) else str(getattr(value, "__name__", None) or value)
    except Exception:  # noqa: BLE001 - not every value has a text
        text = in_short(value)
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def story_of(text: str, most: int) -> str:
    """Return the beginning and the end of a traceback that is too long."""
    return shortened(text.rstrip(), most)


def embedded(data: Json) -> str:
    r"""Write data to be put into a page: no character of it can end a script, or begin a tag.

    Examples
    --------
    >>> embedded({"kernel": "</script>"})
    '{"kernel":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    # all else that is not ASCII, as U+2028, is escaped by json
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
