"""Reports as files: from the search, while it runs, and from the command line."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, Observer, Report
from sktune.__main__ import main
from sktune.looking.report import writing


def data_of(path: Path) -> Mapping[str, Any]:
    text = path.read_text(encoding="utf-8")
    [found] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    data: Mapping[str, Any] = json.loads(found)
    return data


def search(**options: Any) -> GridSearch:
    tree = DecisionTreeClassifier(random_state=0)
    grid = {"max_depth": [1, 2, 3], "min_samples_leaf": [1, 9]}
    return GridSearch(tree, grid, cv=2, **options)


X, Y = load_iris(return_X_y=True)


def test_a_search_writes_its_report(tmp_path: Path) -> None:
    found = search().fit(X, Y)
    found.report(tmp_path / "report.html")
    data = data_of(tmp_path / "report.html")
    assert data["name"] == "GridSearch"
    assert data["state"] == "completed"
    assert data["trials"]["numbers"] == list(range(6))
    assert data["environment"].keys() >= {"sktune", "sklearn", "python", "numpy", "cpu", "data.X"}
    assert os.listdir(tmp_path) == ["report.html"]


class Reads(Observer):
    """Reads the report after each trial."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def search_started(self, info: Any) -> None:
        self.seen = [data_of(self.path)["n_done"]]

    def trial_finished(self, trial: Any) -> None:
        self.seen.append(data_of(self.path)["n_done"])


def test_the_observer_writes_it_anew_while_the_search_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    clock = iter(range(0, 10**9, 10**5))  # it is always time to write
    monkeypatch.setattr(writing, "clock", lambda: float(next(clock)))
    monkeypatch.setattr(writing, "_SHARE", 1e9)
    reads = Reads(path)
    search(observers=[Report(path), reads], share_work=False, n_jobs=1).fit(X, Y)
    assert reads.seen[0] == 0
    assert sorted(set(reads.seen)) == list(range(7))
    assert data_of(path)["state"] == "completed"
    assert data_of(path)["n_done"] == 6


def test_writing_takes_a_hundredth_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock on which writing takes a second, and a fit two."""
    now, writes = [0.0], 0

    def slow(*_: Any) -> None:
        nonlocal writes
        now[0] += 1.0
        writes += 1

    monkeypatch.setattr(writing, "clock", lambda: now[0])
    monkeypatch.setattr(writing, "write", slow)

    class Fits(Observer):
        def split_finished(self, trial: Any, outcome: Any) -> None:
            now[0] += 100.0

    search(observers=[Fits(), Report(tmp_path / "report.html")]).fit(X, Y)
    assert writes == 1 + 12 + 1  # each fit takes a hundred times as long as writing
    now[0], writes = 0.0, 0
    monkeypatch.setattr(Fits, "split_finished", lambda *_: now.__setitem__(0, now[0] + 2.0))
    search(observers=[Fits(), Report(tmp_path / "report.html")]).fit(X, Y)
    assert writes == 2  # the first and the last


def test_what_is_there_stays_if_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        writing.write("after", path)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_report_that_cannot_be_written_ends_no_search(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Report has raised"):
        found = search(observers=[Report(tmp_path / "none" / "report.html")]).fit(X, Y)
    assert len(found.cv_results_["params"]) == 6


def test_the_command_writes_a_report_from_the_journal_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = search(checkpoint=tmp_path / "search.jsonl").fit(X, Y)
    out = tmp_path / "out.html"
    assert main(["report", found.checkpoint_, "-o", str(out)]) == 0
    data = data_of(out)
    assert data["state"] == "completed"
    # its rows are in the order in which candidates were entered, and equal scores a tie
    assert data["winner"]["score"] == pytest.approx(found.best_score_, rel=1e-5)
    assert main(["report", str(tmp_path / "none.jsonl"), "-o", str(out)]) == 1
    assert "There is no journal" in capsys.readouterr().err
    assert main(["report", found.checkpoint_, "-o", str(out), "--metric", "f1"]) == 1
