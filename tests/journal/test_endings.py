"""A journal says how many candidates were planned, and why its search has ended."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sktune import Observer, replay
from sktune.__main__ import main
from sktune.journal.disk import Disk
from sktune.journal.line_format import Body
from tests.helpers.estimators import Faulty
from tests.helpers.journal.small import forge
from tests.helpers.observers import Adding
from tests.helpers.searches import every_search, grid, more

X, y = np.arange(24.0).reshape(12, 2), np.array([0, 1] * 6)
VALUES = [1.0, 2.0, 3.0, 4.0]


class EndsAfter(Observer):
    """Ends a search after n candidates."""

    def __init__(self, n: int) -> None:
        self.n = n

    def trial_finished(self, trial: Any) -> bool:
        return trial.number + 1 >= self.n


def search(make: Any, path: Path, values: Any = VALUES, **options: Any) -> Any:
    options = {**more(make, n_iter=len(values)), "cv": 2, **options}
    return make(Faulty(), {"value": values}, checkpoint=path, **options).fit(X, y)


def told(path: Path) -> tuple[int | None, str]:
    heard = Adding()
    replay(path, heard)
    return heard.info.n_candidates, heard.results.ended_by


def bodies_of(path: Path) -> list[Body]:
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [{k: v for k, v in b.items() if k not in ("line", "synced", "sum")} for b in found]


def first_lines(path: Path, n: int) -> None:
    """Leave what a search would have left that was killed after n lines."""
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:n]))


@every_search
def test_what_is_planned_is_told_from_the_first_line(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    whole = search(make, path)
    assert told(path) == (4, "completed")
    first_lines(path, 3)
    assert told(path) == (4, "open")
    assert search(make, path).cv_results_["params"] == whole.cv_results_["params"]
    assert told(path) == (4, "completed")


@every_search
def test_who_goes_on_says_so_before_its_first_fit(make: Any, tmp_path: Path) -> None:
    path, seen = tmp_path / "search.jsonl", []

    class Looks(Observer):
        def split_started(self, trial: Any, split: int) -> None:
            seen.append(told(path))

    search(make, path, observers=[EndsAfter(2)])
    assert told(path) == (4, "callback")
    search(make, path, observers=[Looks()])
    assert set(seen) == {(4, "open")}
    assert told(path) == (4, "completed")


def test_a_grid_that_has_grown_has_another_total(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path)
    search(grid, path, [*VALUES, 5.0, 6.0, 7.0], observers=[EndsAfter(5)])
    assert told(path) == (7, "callback")
    search(grid, path, VALUES[:2])
    assert told(path) == (5, "completed")  # what is there is there


def test_a_candidate_that_is_equal_to_another_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path, [1, 2, 1])
    assert told(path) == (2, "completed")


def test_what_is_recorded_whole_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path)
    before = path.read_bytes()
    search(grid, path)
    assert path.read_bytes() == before


def test_a_search_that_was_killed_after_its_last_fit_is_ended_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path)
    whole = path.read_bytes()
    first_lines(path, len(whole.splitlines()) - 1)
    assert told(path) == (4, "open")
    search(grid, path)
    assert told(path) == (4, "completed")
    assert len(path.read_bytes().splitlines()) == len(whole.splitlines())


def older(bodies: list[Body]) -> list[Body]:
    """Return the records as they were before they told of endings."""
    new = {"n_candidates", "ended_by", "told"}
    return [{k: v for k, v in body.items() if k not in new} for body in bodies]


@every_search
def test_an_older_journal_is_read_and_gone_on_with(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    whole = search(make, path)
    forge(path, older(bodies_of(path)))
    assert told(path) == (None, "closed")
    assert search(make, path).cv_results_["params"] == whole.cv_results_["params"]
    assert told(path) == (4, "completed")


def test_an_unknown_total_is_none(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path, observers=[EndsAfter(1)])
    bodies = bodies_of(path)
    forge(path, [{**bodies[0], "n_candidates": None}, *bodies[1:]])
    assert told(path) == (None, "callback")


def test_a_refused_journal_gets_no_ending(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="another grid"):
        search(grid, path, [8, 9])
    assert path.read_bytes() == before


def test_an_ending_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "search.jsonl"
    search(grid, path)
    first_lines(path, len(path.read_bytes().splitlines()) - 1)

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Disk, "open", full)
    with pytest.warns(UserWarning, match="cannot be written any more"):
        search(grid, path)


ENDINGS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "killed": (
        lambda path: (search(grid, path), first_lines(path, 5)),
        "The search was not ended: killed or still running.",
    ),
    "ended": (
        lambda path: search(grid, path, observers=[EndsAfter(2)]),
        "Stopped by a callback or an observer after ",
    ),
    "completed": (lambda path: search(grid, path), "The search is complete."),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_report_says_it(name: str, tmp_path: Path) -> None:
    make, sentence = ENDINGS[name]
    make(path := tmp_path / "search.jsonl")
    assert main(["report", str(path), "-o", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text()
    assert f'"ended":"{sentence}' in page.replace('": "', '":"')
    assert '"n_candidates":4' in page.replace('": ', '":')
