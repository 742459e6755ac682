"""The README, as a package index shows it: links, figures, and what is said of other searches."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

import sktune
from tests.helpers.pages import ROOT, fences, sections

README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SITE = PROJECT["urls"]["Homepage"]
PAGES = "\n".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
LINKS = re.findall(r"\]\(([^)]+)\)", README)


@pytest.mark.parametrize("link", sorted({*LINKS, *PROJECT["urls"].values()}))
def test_links_work_on_a_package_index(link: str) -> None:
    """They are absolute, and those to the site name a page that is built, and a heading on it."""
    assert link.startswith("https://")
    if not link.startswith(SITE):
        return
    path, _, anchor = link.removeprefix(SITE).partition("#")
    if path.startswith("_static/"):
        assert (ROOT / "docs" / path).exists()
    elif path and not path.startswith("auto_examples/"):
        page = (ROOT / "docs" / path).with_suffix(".md").read_text()
        headings = [re.sub(r"\W+", "-", h.lower()) for h in re.findall(r"^#+ (.+)$", page, re.M)]
        assert not anchor or anchor in headings


def test_badges_are_true() -> None:
    """They are words, not pictures that a server draws: what they say is read from the project."""
    badges = re.findall(r"`([^`]+)`", README.splitlines()[4])
    python = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if "Python :: 3." in c]
    assert PROJECT["requires-python"] == f">={python[0]}"
    oldest = next(d for d in PROJECT["dependencies"] if d.startswith("scikit-learn>="))
    newest = re.search(r"^scikit-learn==(\d+\.\d+)", (ROOT / ".ci/newest.txt").read_text(), re.M)
    assert newest
    assert badges == [
        f"Python {python[0]} to {python[-1]}",
        f"scikit-learn {oldest.partition('>=')[2]} to {newest[1]}",
        "typed" if (Path(sktune.__file__).parent / "py.typed").exists() else "",
        PROJECT["license"].partition(" AND ")[0].replace("BSD-3-Clause", "BSD 3-clause"),
    ]


def test_each_python_that_is_promised_is_tested() -> None:
    said = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if "Python :: 3." in c]
    page = (ROOT / "docs" / "versioning.md").read_text()
    assert f"Python {', '.join(said[:-1])} and {said[-1]};" in page
    release = (ROOT / ".ci" / "release").read_text()
    assert re.findall(r"for python in (.*);", release) == [" ".join(f"python{v}" for v in said)]
    hosted = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert set(re.findall(r'"(3\.\d+)"', hosted)) == set(said)


def test_the_first_screen() -> None:
    first = list(fences(README))[:2]
    assert first[0].code == "pip install sktune\n"
    lines = [line for line in first[1].code.splitlines() if line]
    assert len(lines) <= 12
    assert README.index("![") < README.index("\n## ")


def test_figures_are_those_of_the_benchmarks() -> None:
    rows = sections(README)["sktune"][1:]
    assert len(rows) == 4
    for _, measured, _, command in rows:
        place = re.search(re.escape(command.strip("`")) + r"\b", PAGES)
        assert place, command
        for figure in re.findall(r"\*\*([^*]+)\*\*", measured):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", PAGES), figure


def test_each_yes_of_ours_is_a_test() -> None:
    rows = sections(README)["What others do"][1:]
    assert len(rows) > 10
    for what, ours, *_, tested in rows:
        assert (ours == "yes") == bool(tested), what
        if tested:
            place = ROOT / tested.strip("`")
            files = [place] if place.suffix == ".py" else list(place.glob("test_*.py"))
            assert any("\ndef test_" in path.read_text() for path in files), tested


def test_commands_of_a_clone_are_those_of_the_gate() -> None:
    gate = (ROOT / ".ci" / "run").read_text()
    for fence in fences(README):
        if fence.language == "console" and "sktune" not in fence.code:
            told = fence.code.strip().replace('"', '\\"')
            assert f"command: {told}" in gate


def test_citation() -> None:
    text = (ROOT / "CITATION.cff").read_text()
    said = dict(re.findall(r'^([a-z-]+): "?([^"\n]+)"?$', text, re.MULTILINE))
    known = {
        "cff-version", "type", "title", "message", "version", "date-released", "license", "url",
        "abstract",
    }  # fmt: skip
    assert said.keys() == known
    assert re.search(r"^authors:\n  - name: ", text, re.MULTILINE)
    assert said["cff-version"] == "1.2.0"
    assert said["version"] == sktune.__version__
    assert date.fromisoformat(said["date-released"])
