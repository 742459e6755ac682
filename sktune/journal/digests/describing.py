"""Values in a few words, for people."""

from __future__ import annotations

import re
import reprlib

_LONGEST = 80  # characters
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

_SHORT = reprlib.Repr()  # a million elements are not written out to show three
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = _LONGEST
_SHORT.maxdeque = _SHORT.maxarray = _SHORT.maxlong = _SHORT.maxstring = _LONGEST
_SHORT.maxother = 100 * _LONGEST  # an address cut in two would not be found


def describe(value: object) -> str:
    """Say in one short line what a value is: its repr without addresses; never raises.

    Examples
    --------
    >>> describe({"C": 1.0, "kernel": "rbf"})
    "{'C': 1.0, 'kernel': 'rbf'}"
    """
    try:
        text = _SHORT.repr(value)
    except Exception:  # noqa: BLE001 - reprs are any code
        text = f"<{type(value).__name__}>"
    text = " ".join(_ADDRESS.sub("", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
