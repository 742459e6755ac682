"""What is kept of fitted models while a search runs: no more than may still be the best."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sktune.engine import FoldModels
from sktune.evaluation import SentModel
from sktune.objective import Objective
from sktune.results.cv_results import rank
from sktune.trials import Outcome, Trials
from tests.helpers.laws import SHRINKING, few

SPLITS = [((0,), (1,)), ((1,), (0,))]

SCORE = st.sampled_from([0.1, 0.3, 0.5, None, float("nan")])


class Model:
    """As large as it says."""

    def __init__(self, name: Any, size: int = 10) -> None:
        self.name = name
        self.weights = np.zeros(size, dtype=np.uint8)


def kept_by(room: int = 2**20, *, by_rule: bool = False) -> tuple[FoldModels, Trials]:
    models = FoldModels(Objective(), by_rule=by_rule, room=room)
    return models, Trials(2, models)


def enter(
    models: FoldModels, trials: Trials, trial: int, split: int, score: Any, model: Any
) -> None:
    outcome = Outcome(trial, split, {"score": score}, model=model)
    taken = models.take(trials[trial], outcome, SPLITS)
    assert taken.model is None
    trials.record(taken)


def held(models: FoldModels) -> set[int]:
    return set(models._models)


@settings(**SHRINKING, max_examples=few(60))
@given(
    scores=st.lists(st.tuples(SCORE, SCORE), min_size=1, max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_the_best_is_left_in_whatever_order_outcomes_come(scores: Any, order: Any) -> None:
    models, trials = kept_by()
    for number in range(len(scores)):
        trials.begin({"a": number})
    tasks = [(number, split) for number in range(len(scores)) for split in (0, 1)]
    order.shuffle(tasks)
    for number, split in tasks:
        enter(models, trials, number, split, scores[number][split], (number, split))
        under_way = {t.number for t in trials if t.finished and not t.complete}
        assert held(models) <= under_way | {max(held(models) - under_way, default=-1)}
    table = np.array([[np.nan if s is None else s for s in row] for row in scores])
    failed = np.array([None in row for row in scores])
    best = int(rank(table.mean(axis=1), failed).argmin())
    assert held(models) == {best}
    assert models.of(trials[best])[0] == {0: (best, 0), 1: (best, 1)}


def test_what_is_stopped_dropped_or_late_is_let_go() -> None:
    models, trials = kept_by()
    for number in range(3):
        trials.begin({"a": number})
        enter(models, trials, number, 0, 0.5, Model(number))
    trials.stop(0)
    enter(models, trials, 0, 1, 0.9, Model(0))
    assert held(models) == {1, 2}
    trials.drop(2)
    assert held(models) == {1}


@pytest.mark.parametrize("sent", [False, True])
def test_what_is_beyond_the_room_waits_in_files_that_go_with_it(sent: bool) -> None:
    models, trials = kept_by(room=50)
    for number in range(4):
        trials.begin({"a": number})
        model: Any = Model(number, 100)
        enter(models, trials, number, 0, 0.5 + number, SentModel.of(model) if sent else model)
    files = [k for of in models._models.values() for k in of.values() if isinstance(k, Path)]
    assert len(files) >= 2
    for number in (1, 2, 3):
        enter(models, trials, number, 1, 0.5, Model(number, 1))
    assert held(models) == {0, 3}
    assert not [path for path in files if path.exists() and path.name[0] in "12"]
    found, _, why = models.of(trials[3])
    assert [found[0].name, found[1].name, why] == [3, 3, ""]
    assert not files[0].parent.exists()


def test_a_rule_may_choose_any_of_the_best_that_there_is_room_for() -> None:
    models, trials = kept_by(room=250, by_rule=True)
    for number in range(5):
        trials.begin({"a": number})
        for split in (0, 1):
            enter(models, trials, number, split, abs(2 - number), Model(number, 100))
    assert held(models) == {0, 1, 4}
    *_, why = models.of(trials[2])
    assert "refit has chosen another" in why


def test_half_a_model_is_left_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk that is full: what a journal recalls later must not find it."""

    def half(descriptor: int, content: Any) -> int:
        write(descriptor, content[: len(content) // 2])
        raise OSError("no space left")

    write = os.write

    place = tmp_path / "models" / "0-0"
    models = FoldModels(Objective(), by_rule=False, beside=lambda trial, split: place)
    trials = Trials(2, models)
    trials.begin({"a": 0})
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        enter(models, trials, 0, 0, 0.5, Model("kept in memory"))
    assert list(place.parent.iterdir()) == []
    assert models.of(trials[0])[0][0].name == "kept in memory"
