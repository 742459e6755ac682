"""Journals as pages that are kept current: what a server has to show, and when it is made anew."""

from __future__ import annotations

import os
import threading
import time
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...exceptions import CheckpointError
from ...messages import in_short
from .data import page_data
from .page import asset, page
from .reading import Reading
from .values import Json, embedded

_REST = 10
"""A page is made anew when it has stood for as many times as it takes."""


class Watched:
    """A journal, and the last that was made of it.

    Parameters
    ----------
    path : Path
        It need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._made: dict[bool, tuple[Json, tuple[int, ...], float]] = {}

    def data(self, *, brief: bool = False) -> tuple[Json, str]:
        """Return what is to be shown, and a tag that changes when it does.

        In brief it is without figures and trials.
        """
        with self._lock:
            now, state = time.monotonic(), self._state()
            made, of, until = self._made.get(brief, (None, (), 0.0))
            if made is None or (of != state and now >= until):
                made, of = self._read(brief), state
                until = now + (1 + _REST) * (time.monotonic() - now)
                self._made[brief] = made, of, until
            return made, f'"{"-".join(map(str, of))}"'

    def _state(self) -> tuple[int, ...]:
        try:
            found = os.stat(self.path)
        except OSError:
            return (0,)
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self, brief: bool) -> Json:
        try:
            return page_data(Reading.of(self.path), brief=brief)
        except (CheckpointError, OSError) as exc:
            # it is not there yet, its first line is not whole, or it is damaged
            begun = self.path.read_bytes() if self.path.exists() else b""
            told = str(exc) if begun else "Nothing is recorded yet."
            state = "damaged" if b"\n" in begun else "waiting"
            return {
                "name": self.path.name, "state": state, "ended": told, "path": self.path.name,
                "n_done": 0, "n_candidates": None, "n_splits": 0, "environment": {},
                "shared": {"text": "", "saved": 0, "steps": []},
            }  # fmt: skip


class Pages:
    """Pages that a server shows: of a journal, or of those in a directory, with a list of them.

    Parameters
    ----------
    path : Path
        A file, which need not be there yet, or a directory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._watched: dict[Path, Watched] = {}

    def answer(self, parts: list[str]) -> tuple[str, str, str] | None:
        """Return content type, body and tag of what is asked for; None if there is no such thing.

        Names are looked up among the journals that are there, so that none leads elsewhere.
        """
        if self._path.is_dir():
            if parts == [""]:
                return "text/html", _overview(self._path.name, self._found()), ""
            names = {watched.path.name: watched for watched in self._found()}
            watched, rest = names.get(parts[0]), parts[1:]
        else:
            watched, rest = self._of(self._path), parts
        if watched is None or rest not in ([""], ["data.json"]):
            return None
        data, tag = watched.data()
        if rest == [""]:
            return "text/html", page(data, source="data.json", tag=tag), ""
        return "application/json", embedded(data), tag

    def _of(self, path: Path) -> Watched:
        return self._watched.setdefault(path, Watched(path))

    def _found(self) -> list[Watched]:
        there = sorted(self._path.glob("*.jsonl"))
        return [self._of(path) for path in there if path.is_file() and not path.is_symlink()]


def _overview(name: str, found: list[Watched]) -> str:
    """Return a page with a line for each journal."""
    rows = [_line(watched.path.name, watched.data(brief=True)[0]) for watched in found]
    css = asset("page/page.css")
    start = css.index(':root[data-theme="dark"]')
    dark = css[start : css.index("}", start) + 1].replace('[data-theme="dark"]', "")
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("journal", *_HEADS))
    body = "".join(rows) or f'<tr><td colspan="{len(_HEADS) + 1}">no journals yet</td></tr>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="refresh" content="5"><link rel="icon" href="data:,">'
        f"<title>{escape(name)}: searches by sktune</title>"
        f"<style>{css}@media (prefers-color-scheme: dark) {{{dark}}}</style></head>"
        f"<body><header><h1>Searches in {escape(name)}</h1></header><main>"
        f'<div class="scroll"><table id="searches"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></main></body></html>"
    )


_HEADS = ("search", "candidates", "best score", "how it stands")


def _line(name: str, data: Any) -> str:
    winner = data.get("winner")
    score = "" if winner is None else in_short(winner["score"])
    done, planned = data["n_done"], data["n_candidates"] or 0
    many = f"{done} of {planned}" if planned > done else str(done)
    cells = (data["name"], many, score, data["ended"])
    link = f'<a href="{quote(name)}/">{escape(name)}</a>'
    return f"<tr><td>{link}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
