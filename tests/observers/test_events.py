"""What observers hear: it adds up to ``cv_results_``, and nothing that they do ends a search."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import warnings
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from sktune import GridSearch, Observer, RandomSearch, SearchInfo, SuccessiveHalving
from sktune.observers import Progress
from sktune.testing import ObserverContract
from sktune.testing.observers import SEARCHES, Scripted, X, y
from sktune.trials import Outcome, Rung, Trial
from tests.helpers.observers import Adding


class TestAdding(ObserverContract):
    def make(self) -> Observer:
        return Adding()


class TestObserver(ObserverContract):
    def make(self) -> Observer:
        return Observer()


def heard(search: Any) -> tuple[Adding, Any]:
    adding = Adding()
    search.set_params(observers=[adding])
    with warnings.catch_warnings(), suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        search.fit(X, y)
    return adding, search


def assert_adds_up(adding: Adding, search: Any) -> None:
    if not adding.scores:  # an interrupt has come before any outcome
        assert adding.results.ended_by == "interrupted"
        assert not hasattr(search, "cv_results_")
        return
    results = search.cv_results_
    rows = [n for n in sorted(adding.trials) if any(key[0] == n for key in adding.scores)]
    assert [dict(adding.trials[n].params) for n in rows] == results["params"]
    for row, number in enumerate(rows):
        for split in range(search.n_splits_):
            told = adding.scores.get((number, split))
            column = results[f"split{split}_test_score"][row]
            assert column == told or (np.isnan(column) and told is None)
        over = adding.trials[number].complete or results["status"][row] == "stopped"
        assert adding.finished[number] == over
    assert adding.results.cv_results is results
    assert adding.info.n_splits == search.n_splits_


# an interrupt costs the workers, which others need too: with them in the slow run
@pytest.mark.parametrize(
    ("kind", "n_jobs"),
    [
        pytest.param(
            kind, n_jobs, marks=pytest.mark.slow if (kind, n_jobs) == ("interrupt", 2) else ()
        )
        for kind in SEARCHES
        for n_jobs in (1, 2)
    ],
)
def test_what_is_heard_adds_up_to_the_results(kind: str, n_jobs: int) -> None:
    assert_adds_up(*heard(SEARCHES[kind](n_jobs=n_jobs)))


@pytest.mark.parametrize("kind", ["duplicates", "failures", "stopped", "rungs", "bayes"])
def test_what_is_recalled_is_heard_too(kind: str, tmp_path: Path) -> None:
    options = {"checkpoint": str(tmp_path / "search.jsonl")}
    first, _ = heard(SEARCHES[kind](**options))
    again, search = heard(SEARCHES[kind](**options))
    assert_adds_up(again, search)
    assert first.scores == again.scores
    assert not any(o.recalled for t in first.trials.values() for o in t.finished)
    assert all(o.recalled for t in again.trials.values() for o in t.finished)


def test_rungs_are_announced_once_before_their_candidates() -> None:
    adding, search = heard(SEARCHES["rungs"]())
    assert [rung.n_resources for rung in adding.rungs] == search.n_resources_


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("grid", "completed"), ("rule", "stop"), ("interrupt", "interrupted"), ("bayes", "completed")],
)
def test_why_a_search_has_ended_is_told(kind: str, reason: str) -> None:
    assert heard(SEARCHES[kind]())[0].results.ended_by == reason


def test_an_error_and_a_timeout_are_told_as_reasons() -> None:
    search = SEARCHES["failures"](error_score="raise")
    adding = Adding()
    with pytest.raises(RuntimeError, match="this candidate fails"):
        search.set_params(observers=[adding]).fit(X, y)
    assert adding.results.ended_by == "error"

    class Slow(Observer):
        def split_finished(self, trial: Trial, outcome: Outcome) -> None:
            import time

            time.sleep(0.2)

    adding = Adding()
    SEARCHES["grid"](timeout=0.5, observers=[Slow(), adding]).fit(X, y)
    assert adding.results.ended_by == "timeout"


class Broken(Observer):
    """Raises in one of its hooks, and notes how often it was called there."""

    def __init__(self, hook: str) -> None:
        self.hook = hook
        self.calls: Counter[str] = Counter()

    def __getattribute__(self, name: str) -> Any:
        if name in HOOKS:
            return lambda *event: self._called(name)
        return super().__getattribute__(name)

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        if name == self.hook:
            raise OSError("no space left")


HOOKS = [name for name in vars(Observer) if not name.startswith("_")]
NOT_HERE = ("rung_started", "trial_dropped", "refit_started", "refit_finished")


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook not in NOT_HERE])
def test_an_observer_that_raises_is_warned_of_once_and_detached(hook: str) -> None:
    broken, adding = Broken(hook), Adding()
    search = SEARCHES["grid"](observers=[broken, adding])
    with pytest.warns(UserWarning, match=f"Broken has raised in {hook}.*no space left") as caught:
        search.fit(X, y)
    assert len(caught) == 1
    assert broken.calls[hook] == 1
    assert_adds_up(adding, search)


class Enough(Observer):
    def __init__(self, hook: str) -> None:
        self.hook = hook

    def split_finished(self, trial: Trial, outcome: Outcome) -> bool:
        return self.hook == "split_finished"

    def trial_finished(self, trial: Trial) -> bool:
        return self.hook == "trial_finished" and trial.number == 1


def test_an_observer_ends_a_search_by_returning_true() -> None:
    adding = Adding()
    search = SEARCHES["grid"](observers=[Enough("trial_finished"), adding]).fit(X, y)
    assert list(search.cv_results_["status"]) == ["ok", "ok"]
    assert adding.results.ended_by == "callback"
    with pytest.warns(UserWarning, match="before any candidate had all its splits"):
        search.set_params(observers=[Enough("split_finished")]).fit(X, y)
    assert list(search.cv_results_["status"]) == ["partial"]


def test_a_hook_that_returns_anything_else_ends_nothing() -> None:
    class Chatty(Observer):
        def trial_finished(self, trial: Trial) -> str:
            return "thank you"

    search = SEARCHES["grid"](observers=[Chatty()]).fit(X, y)
    assert list(search.cv_results_["status"]) == ["ok"] * 3


@pytest.mark.parametrize(
    ("observers", "error"),
    [
        ("all", "pass a list"),
        (Adding(), "pass a list"),
        ([Adding], "is a class; pass an instance"),
        ([print], "is no sktune.Observer"),
    ],
)
def test_what_is_no_observer_is_refused_before_the_first_fit(observers: Any, error: str) -> None:
    with pytest.raises(TypeError, match=error):
        GridSearch(Scripted(), {"value": [1]}, observers=observers).fit(X, y)


def test_the_very_object_is_called_and_a_clone_has_its_own() -> None:
    adding = Adding()
    search = GridSearch(Scripted(), {"value": [1, 2]}, observers=[adding], cv=2)
    other = clone(search).fit(X, y)
    assert not adding.scores
    assert len(other.observers[0].scores) == 4
    search.fit(X, y)
    assert len(adding.scores) == 4


def test_all_that_is_known_beforehand_is_told() -> None:
    infos: list[SearchInfo] = []

    class Listens(Observer):
        def search_started(self, info: SearchInfo) -> None:
            infos.append(info)

    scoring = ["accuracy", "f1"]
    options: dict[str, Any] = {"cv": 2, "observers": [Listens()]}
    GridSearch(Scripted(), {"value": [1, 2]}, **options).fit(X, y)
    space = {"value": [1, 2, 3]}
    RandomSearch(Scripted(), space, n_iter=2, scoring=scoring, refit=False, **options)
    told = infos[0]
    assert (told.name, told.n_candidates, told.n_splits, told.metric) == (
        "GridSearch",
        2,
        2,
        "score",
    )
    assert told.n_fits == 4
    assert [trial.params for trial in told.trials] == [{"value": 1}, {"value": 2}]


def test_rungs_that_differ_are_all_heard() -> None:
    adding, search = heard(
        GridSearch(
            Scripted(), {"value": [1, 2, 3, 4]}, cv=2, refit=False,
            strategy=SuccessiveHalving(factor=2, min_resources=8),
        )
    )  # fmt: skip
    assert len(adding.rungs) == len(search.n_resources_) > 1
    assert all(isinstance(rung, Rung) for rung in adding.rungs)


class SaysTrue(Observer):
    def split_finished(self, trial: Trial, outcome: Outcome) -> object:
        return np.mean([True]) > 0.5


def test_numpys_true_ends_a_search_too() -> None:
    adding, _ = heard(GridSearch(Scripted(), {"value": [1, 2, 3]}, cv=3, refit=False))
    assert len(adding.scores) == 9
    search = GridSearch(Scripted(), {"value": [1, 2, 3]}, cv=3, refit=False, observers=[SaysTrue()])
    with pytest.warns(UserWarning, match="ended before any candidate"):
        search.fit(X, y)
    assert search.cv_results_["status"] == ["partial"]


class Keeps(Observer):
    def search_started(self, info: SearchInfo) -> None:
        self.info = info


@pytest.mark.parametrize("copied", [clone, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_an_observer_may_keep_the_trials(copied: Any, tmp_path: Path) -> None:
    search = GridSearch(
        Scripted(), {"value": [1, 2]}, observers=[Keeps(), Progress()], verbose=1,
        checkpoint=tmp_path / "search.jsonl", refit=False,
    )  # fmt: skip
    copied(search)
    assert len(copied(search.fit(X, y)).observers[0].info.trials) == 2


@dataclasses.dataclass
class Equal(Observer):
    """Compares as its arrays do, and raises if it is told to."""

    broken: bool
    values: Any = dataclasses.field(default_factory=lambda: np.zeros(2))
    n: int = 0

    def trial_started(self, trial: Trial) -> None:
        self.n += 1
        if self.broken:
            raise RuntimeError("broken")


def test_the_observer_that_raises_is_detached_and_not_one_that_is_equal() -> None:
    whole, broken = Equal(False), Equal(True)
    search = GridSearch(Scripted(), {"value": [1, 2]}, refit=False, observers=[whole, broken])
    with pytest.warns(UserWarning, match="Equal has raised"):
        search.fit(X, y)
    assert (whole.n, broken.n) == (2, 1)


class Interrupts(Observer):
    def search_finished(self, results: Any) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_at_the_very_end_loses_nothing() -> None:
    search = GridSearch(Scripted(), {"value": [1, 2]}, observers=[Interrupts()])
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    assert search.best_params_ == {"value": 2}
    assert len(search.cv_results_["params"]) == 2
