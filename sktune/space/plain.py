"""Values as other programs keep them: None, bools, numbers and texts."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..messages import in_short, shortened
from .dimensions import is_number

LARGEST_INT = 2**53
"""Integers beyond are not kept exactly by those that keep floats."""

_LONGEST = 500

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""In the text of an object: another one in each process."""


def is_plain_number(value: Any) -> bool:
    """Whether a value is a finite number that is the same as a float, and no bool."""
    return is_number(value) and (
        not isinstance(value, int | np.integer) or abs(int(value)) < LARGEST_INT
    )


def plain_value(value: Any) -> Any:
    """Return None, a bool, a finite number or a text as it is, and the text of anything else.

    Examples
    --------
    >>> plain_value(np.float64(0.5)), plain_value((50, 50)), plain_value(float("inf"))
    (0.5, '(50, 50)', 'inf')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool) or is_plain_number(value):
        return value
    try:
        text = value if isinstance(value, str) else _ADDRESS.sub("", repr(value))
    except Exception:  # noqa: BLE001 - whatever its own method raises
        text = in_short(value)
    text = text.encode(errors="backslashreplace").decode()  # what is no character
    return shortened(" ".join(text.split()) if text is not value else text, _LONGEST)
