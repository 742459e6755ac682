"""The pages of the documentation, and the code that stands in them."""

from __future__ import annotations

import doctest
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^( *)(`{3,}|:{3,})([^\n`]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """A block of code of a page."""

    language: str
    code: str
    line: int


def fences(text: str) -> Iterator[Fence]:
    """List the blocks of a page in their order."""
    for match in FENCE.finditer(text):
        indent = len(match[1])
        lines = [line[indent:] for line in match[4].splitlines()]
        yield Fence(
            match[3].strip(), "\n".join(lines) + "\n", text[: match.start()].count("\n") + 2
        )


def prose(text: str) -> str:
    """Return a page without its blocks and without code within lines."""
    return re.sub(r"`[^`\n]*`", "``", FENCE.sub("", text))


def run(fence: Fence, page: Path, names: dict[str, Any]) -> None:
    """Run a block: as it stands, or line by line against what it says that is printed."""
    if ">>> " not in fence.code:
        exec(compile("\n" * (fence.line - 1) + fence.code, str(page), "exec"), names)
        return
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    examples = doctest.DocTestParser().get_doctest(
        fence.code, names, page.name, str(page), fence.line - 1
    )
    runner = doctest.DebugRunner(optionflags=flags)
    runner.run(examples, clear_globs=False)
    names.update(examples.globs)


def missing(code: str) -> set[str]:
    """Return which packages a block imports that are not installed."""
    lines = [line.removeprefix(">>> ").removeprefix("... ") for line in code.splitlines()]
    source = "\n".join(lines) if ">>> " in code else code
    found = re.findall(r"^ *(?:from|import) (\w+)", source, re.MULTILINE)
    return {name for name in found if importlib.util.find_spec(name) is None}


def sections(text: str) -> dict[str, list[list[str]]]:
    """Return the cells of each table of a page, by the heading above it."""
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("| ") and not line.startswith("| ---"):
            found.setdefault(heading, []).append([cell.strip() for cell in line.split("|")[1:-1]])
    return found
