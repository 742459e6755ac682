"""How far a search is: in a terminal and a notebook in place, in a file now and then."""

from __future__ import annotations

import copy
import io
import re
import sys
import time
import types
from typing import Any

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import GridSearch, RandomSearch, SuccessiveHalving
from sktune.events import Observer, SearchInfo
from sktune.exceptions import FailedCandidatesWarning
from sktune.objective import Objective
from sktune.observers import Progress, screens
from sktune.observers.progress import _time_left, params_in_words
from sktune.observers.screens import View, lines_of
from sktune.observers.tally import Tally
from sktune.results import Results, Table
from sktune.testing import ObserverContract
from sktune.trials import Outcome, Trials
from tests.helpers.estimators import Counting, Faulty
from tests.helpers.searches import every_search, more


class TestProgress(ObserverContract):
    def make(self) -> Observer:
        return Progress(stream=io.StringIO())


class TestTally(ObserverContract):
    def make(self) -> Observer:
        return Tally()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestProgressInATerminal(ObserverContract):
    def make(self) -> Observer:
        return Progress(stream=Terminal(), beside_lines=True)


def results_of(trials: Trials, ended_by: Any = "completed") -> Results:
    return Results(Table.of(trials, error_score=float("nan")), Objective(), ended_by)


class Told:
    """A search that is told to an observer, on a clock of its own."""

    def __init__(self, observer: Any, n: int | None = 10, n_splits: int = 1, **info: Any) -> None:
        self.now = 100.0
        self.observer = observer(lambda: self.now)
        self.trials = Trials(n_splits, self.observer)
        self.observer.search_started(
            SearchInfo("", n, n_splits, trials=self.trials, began=100.0, **info)
        )

    def begin(self, **params: Any) -> int:
        return self.trials.begin(params).number

    def fit(
        self, number: int, score: Any, seconds: float = 1.0, split: int = 0, **more: Any
    ) -> None:
        self.now += seconds
        outcome = Outcome(number, split, {"score": score}, own_time=seconds, **more)
        self.trials.record(outcome)

    def end(self, ended_by: Any = "completed") -> None:
        self.observer.search_finished(results_of(self.trials, ended_by))


def lines(n: int = 10, seconds: float = 1.0, scores: Any = None, **options: Any) -> list[str]:
    """Return what is told in a file of a search of n candidates."""
    stream = io.StringIO()
    told = Told(lambda clock: Progress(stream=stream, clock=clock, **options), n)
    for k in range(n):
        told.fit(told.begin(C=k), k / 10 if scores is None else scores[k], seconds)
    told.end()
    return stream.getvalue().splitlines()


def test_a_file_gets_a_line_now_and_then() -> None:
    found = lines()
    assert found[1] == (
        "searching: 3/10 candidates, 3/10 fits, 3.0 s, about 7.0 s left; best 0.2 with C=2"
    )
    assert found[-1] == "Completed: 10 candidates, 10 fits, 10 s; best 0.9 with C=9"
    assert len(found) == 4  # after 1, 3 and 7 seconds, and at the end
    assert len(lines(seconds=0.01)) == 1
    assert len(lines(40, 30.0, [0.5] * 40)) > 20  # a line a minute at least


def test_beside_lines_a_file_gets_what_is_worth_it() -> None:
    assert lines(seconds=0.01, beside_lines=True) == []
    assert len(lines(beside_lines=True)) == 4


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "5.0 s"), (1.0, "10 s"), (6.5, "1:05 min"), (372.5, "1:02:05 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert lines(seconds=seconds)[-1].startswith(f"Completed: 10 candidates, 10 fits, {text};")


def test_what_is_no_score_is_not_the_best() -> None:
    assert "best" not in " ".join(lines(3, scores=[None, float("nan"), None]))
    assert lines(3, scores=[float("nan"), 0.25, None])[-1].endswith("best 0.25 with C=1")


def test_the_best_has_all_splits() -> None:
    told = Told(Tally, 2, 2)
    for score, split in ((0.5, 0), (0.5, 1)):
        told.fit(told.begin(C=1) if split == 0 else 0, score, split=split)
    told.fit(told.begin(C=2), 0.9)
    assert (told.observer.score, told.observer.n_over, told.observer.n_fits) == (0.5, 1, 3)


def test_candidates_that_are_equal_count_when_they_are_over() -> None:
    told = Told(Tally, 4, 2)
    for _ in range(4):
        told.begin(C=1)
    assert (told.observer.n_over, told.observer.n_equal) == (0, 0)
    for split in (0, 1):
        told.fit(0, 0.5, split=split)
    assert (told.observer.n_over, told.observer.n_equal) == (4, 3)


def test_what_comes_after_the_end_does_not_count() -> None:
    told = Told(Tally, 5, 2)
    for number in (1, 1, 2, 1, 1):
        told.begin(C=number)
    for number, score in ((0, 0.5), (2, 0.9)):
        for split in (0, 1):
            told.fit(number, score, split=split)
    tally = told.observer
    assert (tally.n_over, tally.n_equal, tally.score) == (5, 3, 0.9)
    told.trials.drop(2)
    assert (tally.n_over, tally.n_equal, tally.score) == (2, 1, 0.5)


def test_the_time_left_goes_by_what_fits_take_and_how_much_they_differ() -> None:
    alike, odd = Told(Tally, 20), Told(Tally, 20)
    for k in range(10):
        alike.fit(alike.begin(C=k), 0.5, 2.0)
        odd.fit(odd.begin(C=k), 0.5, 1.0 + 2.0 * (k % 2))
    assert alike.observer.left() == (20.0, 20.0)
    least, most = odd.observer.left()
    assert 5 < least < 20 < most < 40
    assert Told(Tally, None).observer.left() is None


def test_no_more_time_is_left_than_the_timeout_leaves() -> None:
    told = Told(Tally, 20, deadline=115.0)
    for k in range(10):
        told.fit(told.begin(C=k), 0.5, 1.0 + k % 2)
    assert told.observer.left() == (0.0, 0.0)  # on the clock it is 115
    told.now = 112.0
    assert told.observer.left()[1] == 3.0
    heard = Told(Tally, 20, deadline=1000.0).observer
    assert heard.left() is None


def test_the_time_left_goes_on_during_a_fit() -> None:
    told = Told(Tally, 10)
    for k in range(4):
        told.fit(told.begin(C=k), 0.5, 10.0)
    found = []
    for _ in range(8):
        found.append(told.observer.left()[0])
        told.now += 5.0
    # down for as long as a fit takes, and up again from when it is overdue
    assert found == [60.0, 55.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0]


def test_the_time_left_does_not_count_the_start_of_workers() -> None:
    told = Told(Tally, 10, n_workers=2)
    told.now += 30.0
    for k in range(5):
        told.fit(told.begin(C=k), 0.5)
    assert told.observer.left() == (5.0, 5.0)
    assert told.observer.elapsed == 35.0


def test_the_clock_starts_with_fit_and_phases_are_told(capsys: Any, iris: Any) -> None:
    heard: list[View] = []

    class Shows(screens.FileScreen):
        pause, keeps = 0.0, False

        def show(self, view: View) -> None:
            heard.append(view)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sktune.observers.progress.screen_for", Shows)
        GridSearch(Counting(), {"value": [1, 2]}, cv=2, n_jobs=2, verbose=1).fit(*iris)
    phases = [view.phase for view in heard]
    assert heard[-2].counts[1] == "with value=1"
    assert list(dict.fromkeys(phases[:-3])) == ["starting 2 workers", "searching"]
    assert phases[-3:] == ["completed", "refitting", "completed"]
    assert [view.share for view in heard[-3:]] == [1.0, 1.0, 1.0]


def test_the_time_before_the_first_fit_counts(capsys: Any, iris: Any, monkeypatch: Any) -> None:
    X, y = iris
    check = GridSearch._checked_space

    def slow(*args: Any) -> Any:
        time.sleep(0.2)
        return check(*args)

    monkeypatch.setattr(GridSearch, "_checked_space", slow)
    GridSearch(Counting(), {"value": [1]}, cv=2, verbose=1).fit(X, y)
    match = re.search(r"2 fits, ([\d.]+) s", capsys.readouterr().out)
    assert match
    assert float(match[1]) >= 0.2


@every_search
def test_a_fit_is_one_estimator_on_one_split_in_every_line(
    make: Any, capsys: Any, iris: Any
) -> None:
    pipeline = make_pipeline(StandardScaler(), Counting())
    space = {"counting__value": [1, 2, 3, 4]}
    make(pipeline, space, **more(make, n_iter=4), cv=3, verbose=1).fit(*iris)
    out = capsys.readouterr().out
    assert set(re.findall(r"(\d+) fits", out)) == {"12"}
    assert "24 steps asked for, 15 done" in out


def test_what_was_saved_and_what_failed_is_told(capsys: Any, iris: Any) -> None:
    search = GridSearch(Faulty(), {"value": ["raise", 1, 1]}, cv=2, verbose=1, refit=False)
    with pytest.warns(FailedCandidatesWarning):
        search.fit(*iris)
    assert "3 candidates, 4 fits" in (out := capsys.readouterr().out)
    assert "2 fits failed; 1 candidate equal to others" in out
    stops = lambda trials, trial: trial.params["value"] > 1  # noqa: E731
    search = GridSearch(
        Counting(), {"value": [1, 2, 3]}, cv=4, verbose=1, early_termination=stops, refit=False
    )
    search.fit(*iris)
    assert "3 candidates, 6 fits" in (out := capsys.readouterr().out)
    assert "2 candidates stopped, 6 fits saved" in out


def test_a_checkpoint_is_told(capsys: Any, iris: Any, tmp_path: Any) -> None:
    path = tmp_path / "search.jsonl"
    for values in ([1, 2], [1, 2, 3]):
        GridSearch(Counting(), {"value": values}, cv=2, checkpoint=path, verbose=1).fit(*iris)
    assert "4 fits from the checkpoint" in capsys.readouterr().out


def test_the_metric_that_decides_is_told(capsys: Any, iris: Any) -> None:
    scoring = {"a": "accuracy", "b": "f1_macro"}
    for refit in ("b", False):
        GridSearch(Counting(), {"value": [1]}, scoring=scoring, refit=refit, verbose=1).fit(*iris)
        assert ("best 0.1667 with value=1" in capsys.readouterr().out) == bool(refit)


def test_rungs_are_told_apart() -> None:
    stream, found = io.StringIO(), []
    search = RandomSearch(
        Counting(), {"value": list(range(9))}, n_iter=9, cv=2, random_state=0, refit=False,
        strategy=SuccessiveHalving(min_resources=20), observers=[Progress(stream=stream)],
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screens.FileScreen, "pause", 0.0)
        patch.setattr(screens.FileScreen, "show", lambda _, view: found.append(view.phase))
        search.fit([[k] for k in range(150)], [0, 1] * 75)
    assert list(dict.fromkeys(found)) == ["rung 0", "rung 1"]


# --- screens --------------------------------------------------------------------------


VIEW = View(
    "searching", 0.5, ["12/75 candidates", "68/375 fits", "14 s", "50 s to 1:10 min left"],
    ["best 0.9508 with C=10, gamma=0.01", "3 fits failed", "sharing saved 41 steps, 3.2 s"],
)  # fmt: skip


@pytest.mark.parametrize("width", [20, 40, 79, 119, 300])
@pytest.mark.parametrize("share", [None, 0.0, 0.5, 1.0])
def test_lines_fit_the_width(width: int, share: float | None) -> None:
    view = View(VIEW.phase, share, VIEW.counts, VIEW.notes)
    found = lines_of(view, width)
    assert len(found) == 2
    assert all(0 < len(line) <= width for line in found)
    if width >= 79:
        assert ", ".join(VIEW.counts) in found[0]
        assert found[0].count("━") == {None: 0, 0.0: 0}.get(share, found[0].count("━"))


def test_a_long_parameter_does_not_fill_the_screen() -> None:
    told = params_in_words({"text": "a\n" * 500, "model": Counting(), "C": 10, "x" * 99: 1})
    assert len(told) <= 100
    assert "\n" not in told
    assert params_in_words({}) == "the estimator's own parameters"


def on_screen(raw: str) -> list[str]:
    """Return the lines of a terminal, by the few codes that are used."""
    rows, at = [""], 0
    for part in re.split(r"(\n|\r|\x1b\[1A|\x1b\[2K)", raw):
        if part == "\n":
            at += 1
            rows += [""] * (at == len(rows))
        elif part == "\x1b[1A":
            at -= 1
        elif part == "\x1b[2K":
            rows[at] = ""
        elif part != "\r":
            rows[at] += part
    return [row for row in rows if row]


@pytest.fixture
def without_rich(monkeypatch: Any) -> None:
    for name in ("rich", "rich.live"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("verbose", [1, 2, 3])
def test_a_terminal_has_progress_below_what_is_printed(
    verbose: int, without_rich: None, monkeypatch: Any, iris: Any
) -> None:
    terminal, seen = Terminal(), []
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(screens.Screen, "pause", 0.0)

    class Looks(Observer):
        def split_finished(self, trial: Any, outcome: Any) -> None:
            seen.append(on_screen(terminal.getvalue()))

    search = GridSearch(Counting(), {"value": [1, 2]}, cv=2, verbose=verbose, observers=[Looks()])
    search.fit(*iris)
    for n, rows in enumerate(seen, start=1):
        assert rows[0].startswith("Fitting 2 folds")
        assert sum(row.startswith("[CV") for row in rows) == (n if verbose > 1 else 0)
        assert rows[1 + (n if verbose > 1 else 0)].startswith("searching")
        assert len(rows) <= 3 + (n if verbose > 1 else 0)
    last = on_screen(terminal.getvalue())
    assert not any(re.match("searching|refitting|starting", row) for row in last)
    assert sum(row.startswith("Completed: 2 candidates, 4 fits") for row in last) == 1


def test_rich_is_used_where_it_is(monkeypatch: Any, iris: Any) -> None:
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(screens.Screen, "pause", 0.0)
    GridSearch(Counting(), {"value": [1, 2]}, cv=2, verbose=2).fit(*iris)
    assert sys.stdout is terminal
    out = terminal.getvalue()
    assert "searching" in out
    assert out.count("[CV") == 4
    assert "Completed: 2 candidates, 4 fits" in out


def test_a_dumb_terminal_is_a_file(monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(screens.screen_for(Terminal()), screens.FileScreen)
    assert isinstance(screens.screen_for(io.StringIO()), screens.FileScreen)


class Shell:
    """Stands in for the shell of a notebook's kernel."""

    kernel = object()


def test_a_notebook_is_updated_in_place(monkeypatch: Any, iris: Any) -> None:
    shown: list[tuple[str, dict[str, str]]] = []

    class Handle:
        def update(self, data: Any, raw: bool) -> None:
            shown.append(("update", data))

    def display(data: Any, raw: bool, display_id: bool) -> Handle:
        shown.append(("display", data))
        return Handle()

    out = io.StringIO()
    ours = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    modules = {"IPython": types.SimpleNamespace(get_ipython=Shell)}
    modules["IPython.display"] = types.SimpleNamespace(display=display)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(screens.NotebookScreen, "pause", 0.0)
    monkeypatch.setattr(sys, "stdout", ours)
    GridSearch(Counting(), {"value": [1, 2]}, cv=2, verbose=1).fit(*iris)
    assert [how for how, _ in shown] == ["display"] + ["update"] * (len(shown) - 1)
    assert "<progress" in shown[1][1]["text/html"]
    assert shown[-1][1]["text/plain"].startswith("completed: 2/2 candidates")
    monkeypatch.setattr(sys, "stdout", out)  # redirected to a file
    assert isinstance(screens.screen_for(None), screens.FileScreen)


def test_output_that_is_gone_costs_nothing(without_rich: None, monkeypatch: Any, iris: Any) -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError("gone")

    monkeypatch.setattr(sys, "stdout", Gone())
    search = GridSearch(Counting(), {"value": [1, 2]}, cv=2, verbose=2).fit(*iris)
    assert search.ended_by_ == "completed"


def test_progress_can_be_copied() -> None:
    progress = Progress(stream=None)
    progress.search_started(SearchInfo("", 1, 1))
    assert copy.deepcopy(progress)._screen is None


def test_no_time_left_is_less_than_nothing() -> None:
    assert _time_left(0.0, 0.004) == "less than 0.1 s left"
    assert _time_left(1.0, 3.0) == "1.0 s to 3.0 s left"
