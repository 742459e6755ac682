"""The timeline of the workers: every outcome once, where and when it came."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

from sktune import GridSearch, Observer
from sktune.looking import Record, Timeline, TimelineDisplay
from tests.helpers.pictures import faults

X, Y = make_classification(120, 6, random_state=0)


class Heard(Observer):
    """Keeps each outcome that is not a duplicate's."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, int], Any] = {}

    def split_finished(self, trial: Any, outcome: Any) -> None:
        if trial.duplicate_of is None:
            self.found[trial.number, outcome.split] = outcome


@pytest.mark.parametrize(("n_jobs", "seed"), [(1, 0), (1, None), (2, 0)])
def test_bars_are_the_outcomes_that_observers_hear(n_jobs: int, seed: int | None) -> None:
    heard = Heard()
    search = GridSearch(
        DecisionTreeClassifier(random_state=seed),  # without a seed equal ones are evaluated each
        {"max_depth": [1, 3, 3], "ccp_alpha": [0.0, 0.5, float("nan")]},
        cv=8,
        n_jobs=n_jobs,
        early_termination="racing",
        observers=[heard],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    found = Timeline.of(Record.of(search))
    bars = zip(found.candidate, found.split, found.worker, found.start, found.end, strict=True)
    expected = {
        (*task, o.worker, o.started, o.started + o.own_time) for task, o in heard.found.items()
    }
    assert set(bars) == expected
    assert (
        len(expected) == len(found.candidate) < 8 * (6 if seed == 0 else 9)
    )  # the race has stopped some
    failed = {task for task, outcome in heard.found.items() if outcome.failed}
    assert {(c, s) for c, s in zip(found.candidate[found.kind == "failed"],
            found.split[found.kind == "failed"], strict=True)} == failed != set()  # fmt: skip
    assert found.n_unknown == 0
    assert found.n_workers == 1 + max(o.worker for o in heard.found.values())
    seconds = [sum(o.own_time for o in heard.found.values() if o.worker == k)
               for k in range(found.n_workers)]  # fmt: skip
    np.testing.assert_allclose(found.busy, np.array(seconds) / found.end.max())


def test_what_was_stopped_is_marked(fitted: dict[str, Any]) -> None:
    search = fitted["racing"]
    found = Timeline.of(Record.of(search))
    stopped = np.flatnonzero(search.cv_results_["status"] == "stopped")
    assert set(found.candidate[found.kind == "stopped"]) == set(stopped)


def test_what_is_recalled_comes_before_the_line(tmp_path: Path) -> None:
    def search(depths: list[int]) -> Any:
        tree, path = DecisionTreeClassifier(random_state=0), tmp_path / "search.jsonl"
        return GridSearch(tree, {"max_depth": depths}, cv=3, checkpoint=path).fit(X, Y)

    assert Timeline.of(Record.of(search([1, 2]))).resumed_at == 0
    resumed = search([3, 2, 1])
    found = Timeline.of(Record.of(resumed))
    assert set(found.candidate[found.kind == "recalled"]) == {1, 2}
    assert (found.end[found.kind == "recalled"] <= found.resumed_at).all()
    assert (found.start[found.kind == "complete"] >= found.resumed_at).all()
    shown = TimelineDisplay.from_search(resumed)
    assert shown.ax_.get_legend_handles_labels()[1] == ["complete", "recalled", "resumed"]
    of_file = TimelineDisplay.from_journal(resumed.checkpoint_).timeline
    np.testing.assert_array_equal(np.sort(of_file.start), np.sort(found.start))


def test_each_worker_has_a_row_and_its_share(fitted: dict[str, Any]) -> None:
    shown = TimelineDisplay.from_search(fitted["grid"], bars_kwargs={"facecolors": "black"})
    (label,) = shown.ax_.get_yticklabels()
    assert label.get_text() == f"0 ({shown.timeline.busy[0]:.0%})"
    ((key, bars),) = shown.bars_.items()
    assert key == ("complete", 0)
    assert len(bars.get_paths()) == 36
    assert bars.get_facecolor()[0, :3].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("first", "begin"), [(0.0, 0.0), (-1e-4, 0.0), (-0.5, None)])
def test_a_clock_that_is_a_little_behind_moves_no_axis(first: float, begin: float | None) -> None:
    start, rows = np.array([first, 0.5]), np.arange(2)
    kind = np.full(2, "complete", dtype=object)
    timeline = Timeline(rows, rows, rows, start, start + 0.5, kind, 0.0, 0)
    assert timeline.begin == begin
    low, _ = TimelineDisplay(timeline=timeline).plot().ax_.get_xlim()
    assert (low == 0) == (begin == 0)


@pytest.mark.parametrize("tick", [0.125, 0.175, 2.5, 40.0])
def test_an_axis_that_ends_at_a_tick_has_no_label_that_is_cut(tick: float) -> None:
    start = np.arange(4) * tick / 4.2  # the axis ends a twentieth behind the last task
    seconds = np.full(4, tick / 4.2 * 1.0004)
    kind = np.full(4, "complete", dtype=object)
    rows = np.arange(4)
    timeline = Timeline(rows, rows % 2, rows % 2, start, start + seconds, kind, 0.0, 0)
    _, ax = pyplot.subplots(figsize=(3.6, 3), layout="constrained")
    display = TimelineDisplay(timeline=timeline).plot(ax)
    assert ax.get_xlim()[1] == pytest.approx(tick, rel=1e-3)
    assert faults(display.figure_) == []
