"""The page in a browser: it opens, sorts, is brushed and selected, and asks for nothing."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import GridSearch
from sktune.looking.report import WatchServer, report

playwright = pytest.importorskip(
    "playwright.sync_api", reason="pages are opened with playwright: pip install playwright"
)
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium to open pages with")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
ROWS = "#trials tbody tr"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages, and looks in the end that none has complained or asked for anything else."""
    complaints: list[str] = []
    pages: list[Any] = []

    def opens(address: str, width: int = 1280, theme: str = "light") -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(address) or request.url.startswith("blob:")
                else complaints.append(request.url)
            ),
        )
        page.goto(address)
        pages.append(page)
        return page

    yield opens
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    grid = {"C": [0.01, 0.1, 1.0, 10.0], "gamma": [0.001, 0.01, 0.1], "kernel": ["rbf", "sigmoid"]}
    report(GridSearch(SVC(), grid, cv=3).fit(*load_iris(return_X_y=True)), path)
    return path.as_uri()


def column(page: Any, title: str) -> list[str]:
    """Return the texts of a column."""
    heads = [head.rstrip(" ▲▼") for head in page.locator("#trials thead th").all_inner_texts()]
    place = heads.index(title) + 1
    return list(page.locator(f"{ROWS} td:nth-child({place})").all_inner_texts())


def show(page: Any, figure: str) -> Any:
    """Scroll to a figure, and wait until it is drawn."""
    chart = page.locator(f'.chart[data-figure="{figure}"]').first
    chart.scroll_into_view_if_needed()
    page.wait_for_selector(f'.chart[data-figure="{figure}"][data-drawn]')
    return chart


def test_a_page_opens(opened: Callable[..., Any], grid: str) -> None:
    page = opened(grid)
    assert page.locator(ROWS).count() == 24
    assert page.locator("h1").inner_text() == "GridSearch"
    show(page, "history")
    assert page.locator('.chart[data-figure="history"] canvas').count() == 1


@pytest.mark.slow
def test_a_click_sorts(opened: Callable[..., Any], grid: str) -> None:
    page = opened(grid)
    by_rank = column(page, "candidate")
    page.locator("#trials thead button", has_text="gamma").click()
    values = [float(text) for text in column(page, "gamma")]
    assert values == sorted(values)
    page.keyboard.press("Enter")  # the focus has stayed there
    values = [float(text) for text in column(page, "gamma")]
    assert values == sorted(values, reverse=True)
    assert page.locator('#trials th[aria-sort="descending"]').inner_text().startswith("gamma")
    assert sorted(by_rank) == sorted(column(page, "candidate"))


@pytest.mark.slow
def test_a_brush_filters_the_table(opened: Callable[..., Any], grid: str) -> None:
    page = opened(grid)
    box = show(page, "parallel").bounding_box()
    scores = sorted((float(text) for text in column(page, "score")), reverse=True)
    x = box["x"] + box["width"] - 70  # the last axis is the score's
    page.mouse.move(x, box["y"] + 18)
    page.mouse.down()
    page.mouse.move(x, box["y"] + 100, steps=5)
    page.mouse.up()
    page.wait_for_selector("#filter button")
    kept = sorted((float(text) for text in column(page, "score")), reverse=True)
    assert kept == scores[: len(kept)]
    assert 0 < len(kept) < 24
    assert f"{len(kept)} of 24" in page.locator("#filter").inner_text()
    page.locator("#filter button").click()
    assert page.locator(ROWS).count() == 24


@pytest.mark.slow
def test_ranges_are_typed_beside_the_axes(opened: Callable[..., Any], grid: str) -> None:
    page = opened(grid)
    page.get_by_text("Choose by the keyboard").focus()
    page.keyboard.press("Enter")
    lowest = page.get_by_label("mean score: from")
    lowest.focus()
    page.keyboard.type("0.9")
    page.keyboard.press("Tab")
    scores = [float(text) for text in column(page, "score")]
    assert 0 < len(scores) < 24
    assert min(scores) >= 0.9
    page.get_by_label("kernel: chosen").focus()
    page.keyboard.type("rbf")
    page.keyboard.press("Tab")
    assert set(column(page, "kernel")) == {"rbf"}
    show(page, "parallel")  # which is drawn now, with what was chosen
    model = "charts.get(document.querySelector('.chart[data-figure=parallel]')).chart.getModel()"
    axes = f"{model}.findComponents({{ mainType: 'parallelAxis' }})"
    assert page.evaluate(f"{axes}.filter((axis) => axis.activeIntervals.length).length") == 2
    lowest.fill("much")
    lowest.blur()
    assert lowest.get_attribute("aria-invalid") == "true"
    page.get_by_role("button", name="Show all").focus()
    page.keyboard.press("Enter")
    assert page.locator(ROWS).count() == 24
    assert page.evaluate(f"{axes}.filter((axis) => axis.activeIntervals.length).length") == 0


def looked_at(page: Any) -> dict[str, Any]:
    """Choose whatever can be chosen, and return what is seen of it."""
    show(page, "history")
    page.get_by_role("button", name="Zoom in: Did it converge?").click()
    page.get_by_text("Choose by the keyboard").click()
    page.get_by_label("mean score: from").fill("0.2")
    page.get_by_label("mean score: from").blur()
    page.locator("#trials thead button", has_text="max_depth").click()
    page.locator(ROWS).nth(1).click()
    page.locator(".scroll").evaluate("box => { box.scrollLeft = 90; }")
    button = page.get_by_role("button", name="Zoom in: Did it converge?")
    button.evaluate("button => button.focus({ preventScroll: true })")
    page.locator("#figure-effects").evaluate("title => scrollTo(0, title.offsetTop - 50)")
    return seen(page)


def seen(page: Any) -> dict[str, Any]:
    in_view = round(page.locator("#figure-effects").bounding_box()["y"] / 10)
    y = page.evaluate("scrollY")
    show(page, "history")
    page.evaluate("y => scrollTo(0, y)", y)
    zoomed = "charts.get(document.querySelector('.chart[data-figure=history]')).chart.getOption()"
    return {
        "selected": page.locator("#selected h3").inner_text(),
        "ranges": page.get_by_label("mean score: from").input_value(),
        "sorted": page.locator("#trials th[aria-sort]").inner_text(),
        "scrolled": page.locator(".scroll").evaluate("box => box.scrollLeft"),
        "in view": in_view,
        "zoom": page.evaluate(f"{zoomed}.dataZoom[0].end"),
    }


@pytest.mark.slow
def test_what_was_chosen_stays_where_a_page_is_loaded_again(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path
) -> None:
    report(fitted["five"], tmp_path / "report.html")
    page = opened((tmp_path / "report.html").as_uri(), 600)
    before = looked_at(page)
    report(fitted["five"], tmp_path / "report.html")
    page.reload()
    assert {**seen(page), "scrolled": 90} == before  # a box begins at its left


@pytest.mark.slow
def test_what_was_chosen_stays_where_newer_data_come(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path
) -> None:
    whole = Path(fitted["five"].checkpoint_).read_bytes().splitlines(keepends=True)
    path = tmp_path / "search.jsonl"
    path.write_bytes(b"".join(whole[: len(whole) // 2]))
    with WatchServer(path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            page = opened(server.url, 600)
            n, before = page.locator(ROWS).count(), looked_at(page)
            told = page.locator("#filter").inner_text()
            path.write_bytes(b"".join(whole))
            newer = "told => document.getElementById('filter').textContent !== told"
            page.wait_for_function(newer, arg=told)
            assert seen(page) == before
            focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
            assert focused == "Zoom in: Did it converge?"
            assert page.evaluate("state.data.trials.numbers.length") > n
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_a_row_that_is_clicked_is_shown_in_every_figure(
    opened: Callable[..., Any], grid: str
) -> None:
    page = opened(grid)
    figures = ["history", "effects", "pair", "parallel", "rivals", "time", "folds"]
    before = {name: show(page, name).screenshot() for name in figures}
    page.locator(ROWS).nth(2).click()
    number = int(page.locator(f'{ROWS}[aria-selected="true"] td').first.inner_text())
    assert f"Candidate {number}" in page.locator("#selected").inner_text()
    changed = [name for name in figures if show(page, name).screenshot() != before[name]]
    assert changed == figures
    page.locator("#selected button").click()
    assert page.locator(f'{ROWS}[aria-selected="true"]').count() == 0


@pytest.mark.slow
def test_a_point_that_is_clicked_is_marked_in_the_table(
    opened: Callable[..., Any], grid: str
) -> None:
    page = opened(grid)
    show(page, "history")
    at = page.evaluate(
        """() => {
            const element = document.querySelector('.chart[data-figure="history"]');
            const points = state.data.figures[0].panels[0].points[0];
            return charts.get(element).chart.convertToPixel("grid", [points.x[4], points.y[4]]);
        }"""
    )
    box = show(page, "history").bounding_box()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    row = page.locator(f'{ROWS}[aria-selected="true"]')
    assert row.locator("td").first.inner_text() == "4"


@pytest.mark.slow
def test_the_keyboard_selects_rows_and_switches_themes(
    opened: Callable[..., Any], grid: str
) -> None:
    page = opened(grid, theme="dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.locator(f'{ROWS}[tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(ROWS).nth(1).get_attribute("aria-selected") == "true"
    page.locator("#theme").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("html").get_attribute("data-theme") == "light"
    buttons = page.locator('button[aria-label^="Zoom in"]')
    show(page, "history")
    buttons.first.focus()
    page.keyboard.press("Enter")
    zoomed = "charts.get(document.querySelector('.chart')).chart.getOption().dataZoom[0].end"
    assert page.evaluate(zoomed) < 100


@pytest.mark.slow
def test_values_are_shown_as_text(
    opened: Callable[..., Any], tmp_path: Path, fitted: dict[str, Any]
) -> None:
    hostile = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    params = [{"value": value, hostile: k} for k, value in enumerate([hostile, "plain", "{a|b}"])]
    scores = np.array([0.1, 0.2, 0.3])
    results = {"params": params, "mean_fit_time": scores, "mean_score_time": scores}
    results |= {f"split{k}_test_score": scores + k for k in range(2)}
    report({**results, "mean_test_score": scores + 0.5}, tmp_path / "report.html")
    page = opened((tmp_path / "report.html").as_uri())
    assert hostile in column(page, "value")
    show(page, "history").hover()
    page.locator(ROWS).first.click()
    assert page.locator("img").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["hundreds", "halving", "conditional", "failed but one", "five"])
def test_searches_of_all_kinds_open_quickly_and_fit_the_screen(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path, name: str, width: int
) -> None:
    report(fitted[name], tmp_path / "report.html")
    page = opened((tmp_path / "report.html").as_uri(), width)
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")
    assert loaded < 1000  # milliseconds
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
    page.wait_for_selector(".chart:not([data-drawn])", state="detached")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_of_what_has_not_begun_no_part_is_empty(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path
) -> None:
    whole = Path(fitted["five"].checkpoint_).read_bytes().splitlines(keepends=True)
    shown = {"damaged": {"summary"}, "waiting": {"summary", "winner"}}
    for name, begin in (("damaged", b"no journal\n"), ("waiting", b""), ("open", whole[0])):
        path = tmp_path / f"{name}.jsonl"
        path.write_bytes(begin)
        with served(path) as server:
            page = opened(server.url)
            seen = {part.split("-")[0] for part in page.locator("h2:visible").evaluate_all(NAMES)}
            assert seen == shown.get(name, {"summary", "winner", "environment"})


NAMES = "(all) => all.map((one) => one.id)"


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_long_names_leave_room_for_how_searches_stand(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path, width: int
) -> None:
    whole = Path(fitted["five"].checkpoint_).read_bytes()
    for name in ("short", "a_long_name_of_a_journal_" * 6):
        (tmp_path / f"{name}.jsonl").write_bytes(whole)
    with served(tmp_path) as server:
        page = opened(server.url, width)
        assert page.locator("tbody tr").count() == 2
        for cell in page.locator("td:last-child").all():
            box = cell.bounding_box()
            assert box["x"] + box["width"] <= width


@contextmanager
def served(path: Path) -> Iterator[WatchServer]:
    with WatchServer(path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_cells_end_where_their_axes_do_and_points_stand_out_from_them(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path
) -> None:
    report(fitted["hundreds"], tmp_path / "report.html")
    page = opened((tmp_path / "report.html").as_uri())
    show(page, "pair")
    option = """(() => {
      const one = [...charts.values()].find((one) => one.key.startsWith("pair"));
      const { xAxis, series } = one.build();
      const figure = state.data.figures.find((f) => f.id === "pair");
      return [xAxis.min, xAxis.max, figure.x.ends, series[1].data.map((p) => p.itemStyle)];
    })()"""
    low, high, ends, styles = page.evaluate(option)
    assert [low, high] == ends
    for style in styles:
        ground = [int(part) for part in re.findall(r"\d+", style["color"])]
        ink = [int(style["borderColor"][k : k + 2], 16) for k in (1, 3, 5)]
        assert abs(np.mean(ground) - np.mean(ink)) > 60


@pytest.mark.slow
def test_a_page_that_is_watched_stays_current(
    opened: Callable[..., Any], fitted: dict[str, Any], tmp_path: Path
) -> None:
    whole = Path(fitted["five"].checkpoint_).read_bytes().splitlines(keepends=True)
    path = tmp_path / "search.jsonl"
    with served(path) as server:
        page = opened(server.url)
        assert "Nothing is recorded yet" in page.locator("#ended").inner_text()
        seen = []
        for n in (len(whole) // 2, len(whole)):
            path.write_bytes(b"".join(whole[:n]))
            time.sleep(4)
            seen.append(page.locator(ROWS).count())
        assert seen[0] < seen[1] == 5
        assert "is complete" in page.locator("#ended").inner_text()
