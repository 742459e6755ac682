"""The gallery as it was built: what examples print, and notebooks as they are downloaded."""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.helpers.gains import GAINS, check_gain
from tests.helpers.pages import ROOT

pytestmark = pytest.mark.slow
PRINTED = re.compile(r"sphx-glr-script-out.*?<pre>(.*?)</pre>", re.DOTALL)
SHOWN = {
    path.stem
    for path in (ROOT / "examples").rglob("*.py")
    if "thumbnail_path" in path.read_text("utf-8")
}


@pytest.mark.parametrize("example", sorted(GAINS.keys() - SHOWN))
def test_an_example_shows_a_gain(example: str, site: Path) -> None:
    (page,) = site.glob(f"auto_examples/**/{example}.html")
    printed = "\n".join(PRINTED.findall(page.read_text("utf-8")))
    check_gain(example, unescape(re.sub(r"<[^>]+>", "", printed)))


READING = [
    path.stem for path in (ROOT / "examples").rglob("*.py") if 'datasets" /' in path.read_text()
]


@pytest.mark.parametrize("example", READING)
def test_a_notebook_finds_its_data(
    example: str, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (notebook,) = site.glob(f"_downloads/*/{example}.ipynb")
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py"])
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in code:
        exec("".join(cell["source"]), names)
