"""Values in a few words, for people."""

from __future__ import annotations

import re
import reprlib
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def describe(value: Any, limit: int = 80) -> str:
    """Say in one short line what a value is.

    Parameters
    ----------
    value : object
    limit : int, default=80
        Length of the text, in characters.

    Returns
    -------
    text : str
        Its repr without addresses and line breaks. Never raises: what has no repr is
        called by its type.

    Examples
    --------
    >>> describe({"C": 1.0, "kernel": "rbf"})
    "{'C': 1.0, 'kernel': 'rbf'}"
    >>> describe("a" * 100, limit=12)
    "'aaa...aaaa'"
    """
    try:
        text = _short(limit).repr(value)
    except Exception:  # noqa: BLE001 - reprs are any code
        text = f"<{type(value).__name__}>"
    text = " ".join(_ADDRESS.sub("", text).split())
    return text if len(text) <= limit else text[: max(limit - 3, 0)] + "..."[:limit]


def _short(limit: int) -> reprlib.Repr:
    """Do not write out a million elements to show three."""
    short = reprlib.Repr()
    short.maxdict = short.maxlist = short.maxtuple = short.maxset = short.maxfrozenset = limit
    short.maxdeque = short.maxarray = short.maxlong = short.maxstring = limit
    short.maxother = 100 * limit  # an address cut in two would not be found
    return short
