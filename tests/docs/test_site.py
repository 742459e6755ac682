"""The built site: links, what it loads, and what its search finds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """What a page links to, what it loads, and what can be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.ids: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        elif tag == "link" and "canonical" not in given.get("rel", ""):
            self.loads.add(given.get("href", ""))
        elif "src" in given:
            self.loads.add(given["src"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = sorted(site.rglob("*.html"))
    return {path: Page(path) for path in found if "_static" not in path.parts}


def broken(site: Path, pages: dict[Path, Page]) -> Iterator[tuple[str, str]]:
    """List which page links to what is not there."""
    for path, page in pages.items():
        for link in page.links | page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            known = pages[target].ids if target in pages else set()
            there = not parts.fragment or unquote(parts.fragment) in known or target not in pages
            if "_modules" in path.parts:
                there = True  # the way back from the source leads to the top of the class's page
            if not target.exists() or not there:
                yield str(path.relative_to(site)), link


def test_links_lead_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    assert list(broken(site, pages)) == []
    assert sum(len(page.links) for page in pages.values()) > 1000


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    loaded = {load for page in pages.values() for load in page.loads}
    assert [load for load in loaded if urlsplit(load).netloc] == []


def test_pages_of_the_api_show_no_more_than_is_public(site: Path) -> None:
    """No tests of a contract, no private options, no signature that says nothing."""
    shown = re.compile(
        r'class="sig-name descname"><span class="pre">test_|class="n"><span class="pre">(_|kwargs<)'
    )
    pages = {p.stem: p.read_text("utf-8") for p in (site / "generated").glob("*.html")}
    assert [name for name, text in pages.items() if shown.search(text)] == []
    assert [name for name, text in pages.items() if "viewcode-link" not in text] == []


QUESTIONS = {
    "parallel": "parallelism",
    "threads": "parallelism",
    "n_jobs": "parallelism",
    "random seed": "parallelism",
    "memory": "budgets",
    "timeout": "budgets",
    "progress": "progress",
    "tutorial": "start",
    "install": "install",
    "pipeline": "sharing",
    "resume": "reliability",
    "crash": "reliability",
    "early stopping": "early_stopping",
    "halving": "halving",
    "mlflow": "tracking",
    "GridSearchCV": "differences",
    "BayesSearchCV": "from_bayes_search_cv",
}
"""What is typed into the search, and a page that has to be found."""


def found(index: dict[str, object], question: str) -> set[str]:
    """Return the pages that have all words of a question, as the site's search does."""
    from sphinx.search.en import SearchEnglish

    stem = SearchEnglish({}).stem
    names: list[str] = index["docnames"]  # type: ignore[assignment]
    pages = set(range(len(names)))
    for word in question.lower().split():
        having: set[int] = set()
        for kind in ("terms", "titleterms"):
            numbers = index[kind].get(stem(word), [])  # type: ignore[attr-defined]
            having |= set(numbers if isinstance(numbers, list) else [numbers])
        pages &= having
    return {names[number] for number in pages}


def test_what_is_asked_most_has_its_answer(site: Path) -> None:
    script = (site / "_static" / "language_data.js").read_text()
    answers = json.loads(re.search(r"const ANSWERS = ({.*?),\n};", script, re.S)[1] + "}")  # type: ignore[index]
    assert answers == {question.lower(): page for question, page in QUESTIONS.items()}


@pytest.mark.parametrize(("question", "page"), QUESTIONS.items())
def test_the_search_finds(question: str, page: str, site: Path) -> None:
    text = (site / "searchindex.js").read_text()
    index = json.loads(text.removeprefix("Search.setIndex(").rstrip().removesuffix(")"))
    assert page in found(index, question)
