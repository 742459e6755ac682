"""Lines on the screen, which must not cost a search anything."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO


def print_line(text: str, stream: TextIO | None = None, *, end: str = "\n") -> None:
    """Write a line, to standard output if nothing is given.

    Output that is gone (closed by a fit, a pipe that is not read, a full disk) or that cannot
    show a character is no reason to lose results.
    """
    stream = sys.stdout if stream is None else stream
    with suppress(OSError, ValueError, AttributeError):
        stream.write(text + end)
        stream.flush()


def in_words(value: object) -> str:
    """Return a value as text; not every object has one."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - whatever its own methods raise
        return f"<{type(value).__name__}>"
