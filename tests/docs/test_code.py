"""Every block of Python in the pages runs as it stands, after those before it on its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pages import FENCE, PAGES, fences, missing, run

LANGUAGES = {"python", "console", "text", "diff", "mermaid"}
"""Blocks in braces, such as ```{toctree}, are Sphinx's own."""


def case(page: Path) -> Any:
    """A page; what trackers warn of in their own code is none of its business."""
    ignored = [pytest.mark.filterwarnings("ignore")] if page.stem == "tracking" else []
    return pytest.param(page, id=page.stem, marks=ignored)


@pytest.mark.slow
@pytest.mark.parametrize("page", [*map(case, PAGES)])
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [fence for fence in fences(page.read_text()) if fence.language == "python"]
    if not blocks:
        pytest.skip("no Python on this page")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    names: dict[str, object] = {"__name__": "__main__"}
    lacking = set()
    for block in blocks:
        if packages := missing(block.code):
            lacking |= packages
            continue
        try:
            run(block, page, names)
        except ImportError as error:
            if "pip install" not in str(error):  # ours say what to install
                raise
            lacking.add(str(error).split()[-1])
    if lacking:
        pytest.skip(f"all blocks ran but those that need {', '.join(sorted(lacking))}")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_say_what_they_are(page: Path) -> None:
    found = {fence.language for fence in fences(page.read_text())}
    assert {name for name in found if not name.startswith("{")} <= LANGUAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_all_code_is_in_blocks(page: Path) -> None:
    text = FENCE.sub("", page.read_text())
    found = re.findall(r"^(?:>>> .*|    \S.*[=(].*)$", text, re.MULTILINE)
    assert [line for line in found if not line.lstrip().startswith(("-", "|"))] == []
