"""What observers note is found again when a search goes on, and when it is replayed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import GridSearch, Observer, SearchInfo, replay
from sktune.exceptions import CheckpointError
from sktune.trials import Outcome, Trial

X, Y = load_iris(return_X_y=True)


class Notes(Observer):
    def __init__(self, when: str = "search_started", text: str = "42") -> None:
        self.when, self.text = when, text
        self.outcomes: list[Outcome] = []

    def search_started(self, info: SearchInfo) -> None:
        self.info, self.found = info, dict(info.notes)
        self._note("search_started")

    def _note(self, when: str) -> None:
        if when == self.when:
            self.info.notes["place"] = self.text

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def trial_finished(self, trial: Trial) -> None:
        self._note("trial_finished")

    def search_finished(self, results: Any) -> None:
        self._note("search_finished")


def searched(path: str | None, observer: Observer, values: tuple[float, ...] = (1, 10)) -> Any:
    grid = {"C": list(values)}
    return GridSearch(SVC(), grid, cv=3, checkpoint=path, observers=[observer]).fit(X, Y)


@pytest.mark.parametrize("when", ["search_started", "trial_finished", "search_finished"])
def test_a_note_is_found_again(tmp_path: Path, when: str) -> None:
    path = str(tmp_path / "search.jsonl")
    first = Notes(when)
    searched(path, first)
    assert first.found == {}
    again, replayed = Notes(when, "43"), Notes("never")
    searched(path, again)
    assert again.found == {"place": "42"}
    replay(path, replayed)
    assert replayed.found == {"place": "43"}
    assert first.info.id == again.info.id == replayed.info.id


def test_a_long_note_is_cut(tmp_path: Path) -> None:
    path = str(tmp_path / "search.jsonl")
    searched(path, Notes(text="x" * 10_000))
    replayed = Notes("never")
    replay(path, replayed)
    assert replayed.found == {"place": "x" * 1000}


def test_without_a_checkpoint_notes_are_of_one_search() -> None:
    first, second = Notes(), Notes()
    searched(None, first)
    searched(None, second)
    assert second.found == {}
    assert first.info.id != second.info.id


def test_a_file_that_is_refused_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    searched(str(path), Notes("never"))
    before = path.read_bytes()
    with pytest.raises(CheckpointError):
        searched(str(path), Notes(), (3, 4))
    assert path.read_bytes() == before


def test_a_fitted_search_has_the_same_id_when_it_is_replayed() -> None:
    first, replayed = Notes(), Notes()
    replay(searched(None, first), replayed)
    assert first.info.id == replayed.info.id


def test_the_time_of_day_of_each_fit_is_known_also_from_the_file(tmp_path: Path) -> None:
    path = str(tmp_path / "search.jsonl")
    before = time.time()
    searched(path, Notes())
    between = time.time()
    search = searched(path, Notes(), (1, 10, 100))
    after = time.time()
    for source in (path, search):
        heard = Notes()
        replay(source, heard)
        began = [outcome.began or 0.0 for outcome in heard.outcomes]
        assert all(before <= t + 0.01 and t <= between for t in began[:6])
        assert all(between <= t + 0.01 and t <= after for t in began[6:])
