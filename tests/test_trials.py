from __future__ import annotations

import pytest

from sktune.events import Observer
from sktune.trials import Outcome, Trial, Trials
from tests.helpers.engine import outcome


class Heard(Observer):
    def __init__(self) -> None:
        self.events: list[tuple[str, int, int]] = []

    def split_started(self, trial: Trial, split: int) -> None:
        self.events.append(("started", trial.number, split))

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        self.events.append(("finished", trial.number, outcome.split))


def test_equal_candidates_share_their_outcomes() -> None:
    trials = Trials(2)
    first, other, twin = (trials.begin(p) for p in ({"a": 1}, {"a": 1.0}, {"a": 1}))
    assert (first.duplicate_of, other.duplicate_of, twin.duplicate_of) == (None, None, 0)
    trials.record(outcome(0, 1))
    assert twin.finished == first.finished != other.finished
    trials.record(outcome(0, 0))
    assert twin.complete
    assert not other.complete


def test_equal_candidates_are_kept_apart_on_request() -> None:
    trials = Trials(1, merge_equal=False)
    assert [trials.begin({"a": 1}).duplicate_of for _ in range(3)] == [None] * 3


def test_a_second_outcome_changes_nothing() -> None:
    heard = Heard()
    trials = Trials(1, heard)
    trials.begin({})
    trials.start(0, 0)
    trials.record(outcome(0, 0, 0.25))
    trials.record(outcome(0, 0, 0.75))
    assert trials[0].finished[0].test_scores == {"score": 0.25}
    assert heard.events == [("started", 0, 0), ("finished", 0, 0)]


@pytest.mark.parametrize(("trial", "split"), [(1, 0), (-1, 0), (0, 2), (0, -1)])
def test_an_unknown_task_is_an_error(trial: int, split: int) -> None:
    trials = Trials(2)
    trials.begin({})
    with pytest.raises(ValueError, match=f"no task .trial {trial}, split {split}"):
        trials.record(outcome(trial, split))


def test_what_is_cut_off_is_forgotten() -> None:
    trials = Trials(1)
    for value in range(4):
        trials.begin({"value": value})
    trials.record(outcome(0, 0))
    trials.drop(2)
    trials.record(outcome(3, 0))  # still under way by then
    trials.start(2, 0)
    assert len(trials) == 2
    assert [trial.complete for trial in trials] == [True, False]
    with pytest.raises(ValueError, match="no task"):
        trials.record(outcome(4, 0))
