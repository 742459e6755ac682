"""Places where progress is shown: a terminal, a notebook, or a file, which is read later."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any, TextIO

from ..optional import package
from . import printing

_SHORTEST, _LONGEST = 8, 30
"""Characters of a bar."""


@dataclass(frozen=True)
class View:
    """A look at a search while it runs.

    Attributes
    ----------
    phase : str
    share : float or None
        How much is done; None where that is not known.
    counts : sequence of str
        The most important first; what there is no room for is left out.
    notes : sequence of str
        Likewise.
    """

    phase: str
    share: float | None
    counts: Sequence[str]
    notes: Sequence[str]

    @property
    def line(self) -> str:
        """All of it in a line."""
        told = ", ".join(self.counts)
        return "; ".join([f"{self.phase}: {told}" if told else self.phase, *self.notes])

    @property
    def html(self) -> str:
        """The same, with a bar."""
        value = "" if self.share is None else f' value="{self.share:.3f}"'
        counts, notes = escape(", ".join(self.counts)), escape("; ".join(self.notes))
        return (
            f"<div><b>{escape(self.phase)}</b> <progress{value}></progress> {counts}"
            f"<br><small>{notes}</small></div>"
        )


class Screen(ABC):
    """A place where views take each other's place."""

    pause = 0.1
    """Seconds between two of them."""

    keeps = False
    """Whether what is shown stays, so that it is told rarely."""

    @abstractmethod
    def show(self, view: View) -> None:
        """Show a view in the place of the last."""

    @abstractmethod
    def close(self) -> None:
        """Take the last view away, for lines that stay; another one may come after them."""


class FileScreen(Screen):
    """Lines that stay, one after 1 s, 2 s, 4 s, ... and a minute at most."""

    pause, keeps = 1.0, True

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def show(self, view: View) -> None:
        printing.print_line(view.line, self._stream)

    def close(self) -> None:
        """Leave what is there."""


class TerminalScreen(Screen):
    """Two lines at the bottom of a terminal, above which others are printed."""

    def __init__(self, stream: TextIO | None) -> None:
        self._given = stream
        self._shown: list[str] = []
        self._lock = threading.RLock()  # a thread may draw while lines are printed

    @property
    def _stream(self) -> TextIO:
        return self._given or sys.stdout

    def print_above(self, text: str) -> None:
        """Print a line that stays, above those that do not."""
        with self._lock:
            self._write(self._erasing() + f"{text}\n" + "\n".join(self._shown))

    def show(self, view: View) -> None:
        lines = lines_of(view, shutil.get_terminal_size().columns - 1)
        with self._lock:
            self._write(self._erasing() + "\n".join(lines))
            self._shown = lines
        if self._given is None:
            printing.above = self.print_above

    def close(self) -> None:
        with self._lock:
            self._write(self._erasing())
            self._shown = []
        printing.above = None

    def _erasing(self) -> str:
        if not self._shown:
            return ""
        return "\r\x1b[2K" + "\x1b[1A\x1b[2K" * (len(self._shown) - 1)

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError, AttributeError):  # as for lines
            self._stream.write(text)
            self._stream.flush()


class RichScreen(Screen):
    """The same by rich, which also has whatever else is printed and warned of above it."""

    def __init__(self, stream: TextIO | None) -> None:
        console = package("rich.console").Console(file=stream or sys.stdout, highlight=False)
        self._live = package("rich.live").Live(console=console, auto_refresh=False, transient=True)
        self._console = console

    def show(self, view: View) -> None:
        first, *rest = lines_of(view, self._console.width - 1)
        text = package("rich.text").Text
        head = text(first, no_wrap=True)
        head.stylize("bold", 0, len(view.phase))
        head.highlight_regex("━+", "green")
        lines = [head, *(text(line, style="dim", no_wrap=True) for line in rest)]
        with suppress(OSError, ValueError, UnicodeError):
            self._live.start()  # again, if it was closed
            self._live.update(package("rich.console").Group(*lines), refresh=True)

    def close(self) -> None:
        with suppress(OSError, ValueError, UnicodeError):
            self._live.update("")
            self._live.stop()


class NotebookScreen(Screen):
    """An output of a cell that is updated in place."""

    pause = 0.25

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, view: View) -> None:
        self.show_html(view.html, view.line)

    def show_html(self, html: str, text: str) -> None:
        """Show HTML in the place of what was shown last; text where there is none."""
        data = {"text/html": html, "text/plain": text}
        if self._handle is None:
            self._handle = package("IPython.display").display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def close(self) -> None:
        """Leave the last view, which the cell keeps."""


def lines_of(view: View, width: int) -> list[str]:
    """Return a view in lines of a width: what there is no room for is left out or cut."""
    told = _fitted(view.counts, width - len(view.phase) - _SHORTEST - 2, ", ")
    first = view.phase
    if view.share is not None:
        cells = min(max(width - len(view.phase) - len(told) - 2, _SHORTEST), _LONGEST)
        full = round(view.share * cells)
        first += " " + "━" * full + "·" * (cells - full)
    lines = [f"{first} {told}".rstrip(), _fitted(view.notes, width, "; ")]
    return [line[:width] for line in lines if line]


def _fitted(parts: Sequence[str], width: int, between: str) -> str:
    told = ""
    for part in parts:
        longer = told + between + part if told else part
        if len(longer) > width:
            break
        told = longer
    if parts and not told:
        return parts[0][: max(width - 1, 0)] + "…"
    return told


def in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    found = sys.modules.get("IPython")
    shell = None if found is None else found.get_ipython()
    return hasattr(shell, "kernel")


def screen_for(stream: TextIO | None) -> Screen:
    """Return the screen of a stream; None is standard output."""
    out = stream or sys.stdout
    if stream is None and in_notebook() and type(out).__module__.startswith("ipykernel"):
        return NotebookScreen()
    if not _is_terminal(out):
        return FileScreen(stream)
    try:
        package("rich.live")
    except ImportError:
        return TerminalScreen(stream)
    return RichScreen(stream)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"
    except (AttributeError, ValueError):  # it is less than a stream, or closed
        return False
