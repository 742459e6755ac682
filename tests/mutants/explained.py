"""Mutants that need no test, and why: `explained.txt`, which is written as survivors are shown."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .places import SOURCE

FILE = Path(__file__).with_suffix(".txt")

Change = tuple[str, str, str]
"""A file, and its lines before and after, as one each."""


def change_of(row: Mapping[str, Any]) -> Change:
    """Return what a mutant changes, without the numbers of lines, which others change."""
    if "change" in row:  # the file may have changed since
        path, before, after = row["change"]
        return path, before, after
    text, (begin, end) = (SOURCE / row["path"]).read_bytes(), row["span"]
    first, last = text.rfind(b"\n", 0, begin) + 1, text.find(b"\n", end)
    parts = text[first:last], text[first:begin] + row["new"].encode() + text[end:last]
    before, after = (" ".join(part.decode().split()) for part in parts)
    return row["path"], before, after


def shown(change: Change) -> str:
    return "--- {}\n-{}\n+{}".format(*change)


@cache
def explained() -> dict[Change, str]:
    """Return the reasons, by what is changed."""
    found = {}
    for block in FILE.read_text().split("--- ")[1:]:
        path, before, after, *reason = block.strip().splitlines()
        found[path, before.removeprefix("-"), after.removeprefix("+")] = " ".join(reason)
    return found
