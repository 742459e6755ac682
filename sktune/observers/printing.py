"""Lines on the screen, which must not cost a search anything."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

above: Callable[[str], None] | None = None
"""Prints a line above what stays at the bottom of the terminal, while there is anything."""


def print_line(text: str, stream: TextIO | None = None) -> None:
    """Write a line, to standard output if nothing is given.

    Output that is gone (closed by a fit, a pipe that is not read, a full disk) or that cannot
    show a character is no reason to lose results.
    """
    if above is not None and stream is None:
        above(text)
        return
    stream = sys.stdout if stream is None else stream
    with suppress(OSError, ValueError, AttributeError):
        stream.write(text + "\n")
        stream.flush()


def in_words(value: object) -> str:
    """Return a value as text; not every object has one."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - whatever its own methods raise
        return f"<{type(value).__name__}>"
