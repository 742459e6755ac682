"""Examples are short, have a picture, and run: here those that the documentation does not run."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.gains import GAINS, check_gain

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
THUMBNAIL = re.compile(r"^# sphinx_gallery_thumbnail_path = '(.+)'$", re.MULTILINE)
SHOWN = [path for path in EXAMPLES if THUMBNAIL.search(path.read_text("utf-8"))]


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_is_short_and_begins_with_a_title(path: Path) -> None:
    text = path.read_text("utf-8")
    _, title, line, empty, *_ = text.splitlines()
    assert text.count("\n") < 60
    assert line == "=" * len(title)
    assert not empty
    assert "print(" in text, "a figure of what it gains"
    assert not re.search(r"\bmake_(?!pipeline|scorer|column)\w+\(", text), "data are real"
    assert not re.search(r"__file__|argv\[0\]", text), "it runs wherever it was downloaded to"


@pytest.mark.parametrize("path", EXAMPLES, ids=name)
def test_it_has_a_picture(path: Path) -> None:
    text = path.read_text("utf-8")
    thumbnail = THUMBNAIL.search(text)
    if thumbnail:
        assert (ROOT / "docs" / thumbnail[1]).is_file()
        assert ":alt:" in text
    else:
        assert re.search(r"Display\.from_|plt\.(plot|step|barh)\(|\.plot\(\)", text)


def test_each_is_run_by_the_documentation_or_here_and_shows_a_gain() -> None:
    assert sorted(GAINS) == sorted(map(name, EXAMPLES))
    conf = (ROOT / "docs" / "conf.py").read_text("utf-8")
    said = re.findall(r'"(\w+)"', conf.partition("\nRUN = [")[2].partition("\n]\n")[0])
    built = {path for path in EXAMPLES if path.stem in said}
    built |= {path for path in EXAMPLES if path.stem.startswith("plot_")}
    assert built.isdisjoint(SHOWN)
    assert built.union(SHOWN) == {*EXAMPLES}


def needs(path: Path) -> set[str]:
    """The packages that it imports."""
    imports = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return {module.split(".")[0] for module in imports if module}


@pytest.mark.slow
@pytest.mark.parametrize("path", SHOWN, ids=name)
def test_what_the_documentation_does_not_run_runs(path: Path, tmp_path: Path) -> None:
    for package in sorted(needs(path)):
        pytest.importorskip(package, reason=f"{path.name} needs {package}")
    run = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "template"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    check_gain(path.stem, run.stdout)
    assert "Warning" not in run.stderr
