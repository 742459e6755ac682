"""Names and values as stores take them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from .secret_names import whole

_CUT = "..."


def text_of(value: object, longest: int) -> str:
    """Return a value as text that is not too long.

    Examples
    --------
    >>> text_of([1, 2, 3], 100), text_of("linear", 5), text_of(np.float64(0.1), 100)
    ('[1, 2, 3]', 'li...', '0.1')
    """
    if isinstance(value, np.generic):  # as from np.logspace; a checkpoint has it so too
        value = value.item()
    told = whole(value).encode(errors="backslashreplace").decode()  # what is no character
    return told if len(told) <= longest else told[: longest - len(_CUT)] + _CUT


def legal_names(
    names: Iterable[str], illegal: str, longest: int, *, instead: str = "_"
) -> dict[str, str]:
    r"""Return a legal name for each, which no other has.

    Parameters
    ----------
    names : iterable of str
    illegal : str
        A pattern of what may not be in a name; what it finds is replaced.
    longest : int
        Characters that a name may have.
    instead : str, default="_"

    Examples
    --------
    >>> legal_names(["C", "C!", "C?", "much_too_long"], r"[^\w]", 8)
    {'C': 'C', 'C!': 'C_', 'C?': 'C__2', 'much_too_long': 'much_too'}
    """
    names = list(dict.fromkeys(names))
    plain = {name: re.sub(illegal, instead, name)[:longest] or instead for name in names}
    taken = {name for name in names if plain[name] == name}  # these keep theirs
    legal = {}
    for name in names:
        found, n = plain[name], 1
        while found != name and found in taken:
            n += 1
            end = f"_{n}"
            found = plain[name][: longest - len(end)] + end
        taken.add(found)
        legal[name] = found
    return legal
