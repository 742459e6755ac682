"""The site in a browser: a phone and a desktop, light and dark, and the search as it is typed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="pages are opened with playwright: pip install playwright"
)
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open pages with"),
]
TOO_WIDE = """
document.documentElement.scrollWidth > window.innerWidth
|| [...document.querySelectorAll('.bd-article :is(h1, h2, h3, p, li, dd)')].some(
    each => !each.closest('table, pre, .sphx-glr-thumbnails')
    && each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== 'inline')
"""
"""The page itself, or a text on it; tables and code scroll by themselves."""
WIDTHS = {"phone": 390, "desktop": 1280}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def opened(browser: Any, width: str, theme: str = "light") -> Any:
    return browser.new_page(viewport={"width": WIDTHS[width], "height": 850}, color_scheme=theme)


@pytest.mark.parametrize(("width", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_no_page_is_wider_than_the_window(width: str, theme: str, site: Path, browser: Any) -> None:
    page = opened(browser, width, theme)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None,
    )
    wide = []
    for path in sorted(site.glob("[!_]*/**/*.html")) + sorted(site.glob("*.html")):
        page.goto(path.as_uri())
        if page.evaluate(TOO_WIDE):
            wide.append(path.name)
    assert wide == []
    assert complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_part_can_be_reached(width: str, site: Path, browser: Any) -> None:
    page = opened(browser, width)
    page.goto((site / "racing.html").as_uri())
    if width == "phone":
        page.locator("button.primary-toggle").click()
    for part in ("Install", "User guide", "Migrating", "Examples"):
        link = page.get_by_role("link", name=part, exact=True)
        assert any(link.nth(number).is_visible() for number in range(link.count())), part


@pytest.mark.parametrize(("theme", "dark"), [("light", False), ("dark", True)])
def test_the_theme_follows_the_system(theme: str, dark: bool, site: Path, browser: Any) -> None:
    page = opened(browser, "desktop", theme)
    page.goto((site / "index.html").as_uri())
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(part) for part in colour.strip("rgb()").split(",")[:3])
    assert (brightness < 380) == dark


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("parallel", "Parallelism and threads"),
        ("progress", "Progress and reports"),
        ("tutorial", "Start in five minutes"),
        ("timeout", "Budgets and stop rules"),
        ("random seed", "Parallelism and threads"),
        ("n_jobs", "Parallelism and threads"),
        ("memory", "Budgets and stop rules"),
        ("pipeline", "Shared work"),
    ],
)
def test_the_search_finds_the_right_page_first(
    question: str, title: str, site: Path, browser: Any
) -> None:
    page = opened(browser, "phone")
    page.goto(f"{(site / 'search.html').as_uri()}?q={question.replace(' ', '+')}")
    page.wait_for_function("document.querySelectorAll('#search-results li').length > 0")
    page.wait_for_function("/found/.test(document.querySelector('#search-results').innerText)")
    assert page.locator("#search-results li > a").first.inner_text() == title


@pytest.mark.parametrize("width", WIDTHS)
def test_words_in_tables_and_names_stay_whole(width: str, site: Path, browser: Any) -> None:
    page = opened(browser, width)
    broken = """[...document.querySelectorAll(
        '.bd-article :is(td p, th p, dt > strong, h1), .prev-next-title')]
      .filter((each) => {
      const range = document.createRange(), words = [];
      const walker = document.createTreeWalker(each, NodeFilter.SHOW_TEXT);
      for (let node; (node = walker.nextNode());) {
        if (node.parentElement.closest('code')) continue;
        for (const found of node.data.matchAll(/[A-Za-z]+/g)) {
          range.setStart(node, found.index);
          range.setEnd(node, found.index + found[0].length);
          if (range.getClientRects().length > 1) return true;
        }
      }
      return false;
    }).map((each) => each.innerText)"""
    names = ("architecture", "from_halving", "reliability", "figures")
    of_api = sorted(site.glob("generated/*.html"))
    for path in [*(site / f"{name}.html" for name in names), *of_api]:
        page.goto(path.as_uri())
        assert page.evaluate(broken) == [], path.stem
