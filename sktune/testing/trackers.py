"""The contract of a tracker."""

from __future__ import annotations

import copy
import pickle
import threading
import time
import warnings
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ..replay import replay
from ..searches import GridSearch
from ..tracking import Ended, Refitted, SearchRecord, Store, Tracker, TrialRecord
from .observers import SEARCHES, ObserverContract, Scripted, X, y

_LONG = "n" * 300


@dataclass(frozen=True)
class KeptTrial:
    """A candidate as it is read back from a store.

    Attributes
    ----------
    params : mapping of str to str
        Names and values as text.
    status : str
        "ok", "failed" (whatever the reason) or "stopped" (also partial and dropped ones).
    scores : mapping of str to list of float
        By metric, those that there are, in the order of the splits.
    began, ended : float
        As `time.time` tells it.

    Examples
    --------
    >>> from sktune.testing import KeptTrial
    >>> KeptTrial({"C": "1"}, "ok", {"score": [0.9, 0.8]}, began=0.0, ended=1.5).scores
    {'score': [0.9, 0.8]}
    """

    params: Mapping[str, str]
    status: str
    scores: Mapping[str, list[float]]
    began: float
    ended: float


class TrackerContract(ObserverContract):
    """A tracker keeps every candidate once, whatever happens, and never disturbs the search.

    The store is empty at the beginning of each test: make it in a fixture of yours, and have
    `make` and `read` use it.

    Examples
    --------
    >>> from sktune.testing import KeptTrial, TrackerContract
    >>> class TestMine(TrackerContract):
    ...     def make(self):
    ...         return MyTracker("store")
    ...
    ...     def read(self):
    ...         return [[KeptTrial(**row) for row in search] for search in read_back("store")]
    """

    @abstractmethod
    def make(self) -> Tracker:
        """Make a tracker of the test's store; a new one each time."""

    @abstractmethod
    def read(self) -> list[list[KeptTrial]]:
        """Read the store back: a list for each search that is in it, in any order."""

    @pytest.mark.parametrize("kind", SEARCHES)
    def test_every_candidate_is_kept(self, kind: str) -> None:
        began = time.time()
        results = _fitted(SEARCHES[kind](refit=False, observers=[self.make()])).cv_results_
        ended = time.time()
        [kept] = self.read()
        n = len(results["params"])
        assert len(kept) == n or kind == "rule"  # which has dropped some
        rows = [(str(results["params"][row]["value"]), _status(results, row)) for row in range(n)]
        found = [(trial.params["value"], trial.status) for trial in kept]
        assert not Counter(rows) - Counter(found)
        for trial in kept:
            assert began - 1 <= trial.began <= trial.ended <= ended + 1
        for row in range(n):
            scores = _scores(results, row)
            assert any(
                trial.params["value"] == rows[row][0]
                and trial.scores.get("score", []) == pytest.approx(scores)
                for trial in kept
            )

    def test_rungs_of_a_candidate_are_kept_each(self) -> None:
        search = _fitted(SEARCHES["rungs"](refit=False, observers=[self.make()]))
        [kept] = self.read()
        assert len(kept) == len(search.cv_results_["params"])

    def test_several_workers(self) -> None:
        search = _fitted(SEARCHES["grid"](n_jobs=2, observers=[self.make()]))
        [kept] = self.read()
        assert sorted(trial.params["value"] for trial in kept) == ["1", "2", "3"]
        assert search.best_params_ == {"value": 3}

    def test_a_search_that_goes_on_goes_on_in_the_store(self, tmp_path: Path) -> None:
        path = str(tmp_path / "search.jsonl")
        for values in ([1, 2], [1, 2, "raise", 3]):
            _fitted(_grid(values, checkpoint=path, observers=[self.make()]))
        [kept] = self.read()
        assert sorted(trial.params["value"] for trial in kept) == ["1", "2", "3", "raise"]

    def test_what_was_stopped_half_way_is_completed(self, tmp_path: Path) -> None:
        path = str(tmp_path / "search.jsonl")
        _fitted(_grid([3, "interrupt"], checkpoint=path, observers=[self.make()]))
        _fitted(_grid([3, 1], checkpoint=path, observers=[self.make()]))
        [kept] = self.read()
        assert all(trial.status == "ok" for trial in kept if trial.params["value"] in "13")
        assert all(len(trial.scores["score"]) == 3 for trial in kept if trial.status == "ok")

    @pytest.mark.parametrize("times", [1, 2])
    @pytest.mark.parametrize("tracked", [True, False])
    def test_a_replay_keeps_what_is_missing_once(
        self, tmp_path: Path, times: int, tracked: bool
    ) -> None:
        path = str(tmp_path / "search.jsonl")
        observers = [self.make()] if tracked else []
        search = _fitted(_grid([1, 1, "raise", 2], checkpoint=path, observers=observers))
        for _ in range(times):
            replay(path, self.make())
            replay(search, self.make())
        [kept] = self.read()
        assert sorted(trial.params["value"] for trial in kept) == ["1", "1", "2", "raise"]
        now = time.time()
        assert all(now - 600 < trial.began <= trial.ended <= now for trial in kept)

    def test_values_are_cut_names_are_legal_and_secrets_stay_out(self) -> None:
        params = {_LONG: "v" * 100_000, _LONG + "x": 1, "odd?!{}": 2, "odd?![]": 3}
        secret = {"api_key": "hidden", "a__authToken": "hidden", "dbPassword": "hidden"}
        replay(_results([params | secret]), self.make())
        [[kept]] = self.read()
        assert len(kept.params) == 4
        assert all(0 < len(name) <= len(_LONG) + 1 for name in kept.params)
        assert "hidden" not in str(kept.params)
        assert {"1", "2", "3"} <= set(kept.params.values())

    def test_secrets_are_kept_if_they_are_asked_for(self) -> None:
        tracker = self.make()
        tracker.secrets = True
        replay(_results([{"api_key": "hidden"}]), tracker)
        [[kept]] = self.read()
        assert "hidden" in kept.params.values()

    def test_many_parameters(self) -> None:
        replay(_results([{f"p{n}": n for n in range(250)}]), self.make())
        [[kept]] = self.read()
        assert kept.params == {f"p{n}": str(n) for n in range(250)}

    @pytest.mark.parametrize("at", ["make_store", "begin", "log", "finish", "keep"])
    def test_a_store_that_raises_is_warned_of_once(self, at: str) -> None:
        tracker = _with_trouble(self.make(), at, _raise)
        with pytest.warns(UserWarning, match="no such store") as told:
            search = _grid([1, 2, 3, 4, 5], observers=[tracker]).fit(X, y)
        assert len(told) == 1
        assert "replay" in str(told[0].message)
        assert search.best_params_ == {"value": 5}
        assert tracker.n_missed_ > 0

    @pytest.mark.parametrize("at", ["make_store", "begin", "log", "finish", "keep"])
    def test_a_store_that_hangs_is_waited_for_once_and_not_long(self, at: str) -> None:
        end = threading.Event()
        tracker = _with_trouble(self.make(), at, end.wait)
        tracker.wait = 0.3 if at in ("make_store", "begin", "log") else 1.0
        with pytest.warns(UserWarning, match="not kept after") as told:
            search = _grid([1, 2], observers=[tracker]).fit(X, y)
        assert len(told) == 1
        assert search.best_params_ == {"value": 2}
        end.set()
        tracker.__getstate__()

    @pytest.mark.parametrize("at", ["make_store", "begin", "log"])
    def test_what_a_store_has_missed_is_kept_when_it_is_back(self, at: str) -> None:
        calls = iter([_raise])
        tracker = _with_trouble(self.make(), at, lambda: next(calls, _nothing)())
        _fitted(_grid([1, 2, 3], observers=[tracker]))
        [kept] = self.read()
        assert sorted(trial.params["value"] for trial in kept) == ["1", "2", "3"]
        assert tracker.n_missed_ == 0

    def test_what_a_failing_store_has_missed_is_replayed(self, tmp_path: Path) -> None:
        path = str(tmp_path / "search.jsonl")
        tracker = _with_trouble(self.make(), "log", _raise)
        with pytest.warns(UserWarning, match=f"track {path} --to {tracker.to}"):
            _grid([1, 2], checkpoint=path, observers=[tracker]).fit(X, y)
        replay(path, self.make())
        [kept] = self.read()
        assert sorted(trial.params["value"] for trial in kept) == ["1", "2"]

    def test_it_can_be_copied_and_pickled_and_used_again(self) -> None:
        tracker = self.make()
        for _ in range(2):
            tracker = pickle.loads(pickle.dumps(copy.deepcopy(tracker)))
            _fitted(_grid([1, 2], observers=[tracker]))
        assert [len(kept) for kept in self.read()] == [2, 2]

    def test_its_own_time_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        tracker = self.make()
        _fitted(_grid([1], observers=[tracker]))
        assert tracker.seconds_ > 0
        assert f"{type(tracker).__name__}: 1 candidate" in capsys.readouterr().out
        assert tracker.place_ is not None


def _grid(values: list[Any], **more: Any) -> GridSearch:
    return GridSearch(Scripted(), {"value": values}, cv=3, **more)


def _fitted(search: Any) -> Any:
    with warnings.catch_warnings(), suppress(KeyboardInterrupt):
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=r"(?s).*fits failed out of")
        warnings.filterwarnings("ignore", message="One or more of the")
        search.fit(X, y)
    return search


def _results(params: list[Any]) -> dict[str, Any]:
    n = len(params)
    columns = ("split0_test_score", "mean_test_score", "mean_fit_time", "mean_score_time")
    return {"params": params, **{name: [0.5] * n for name in columns}}


def _status(results: Mapping[str, Any], row: int) -> str:
    status = results["status"][row]
    return {"ok": "ok", "stopped": "stopped", "partial": "stopped"}.get(status, "failed")


def _scores(results: Mapping[str, Any], row: int) -> list[float]:
    columns = [results[f"split{split}_test_score"][row] for split in range(_n_splits(results))]
    return [score for score in columns if score == score]


def _n_splits(results: Mapping[str, Any]) -> int:
    return sum(name.startswith("split") and "_test_" in name for name in results)


def _raise() -> None:
    raise ConnectionError("no such store")


def _nothing() -> None:
    pass


class _Troubled:
    """A store with trouble in one of its methods."""

    def __init__(self, store: Store, at: str, trouble: Any) -> None:
        self._store, self._at, self._trouble = store, at, trouble

    def _go(self, at: str) -> None:
        if at == self._at:
            self._trouble()

    def begin(self, search: SearchRecord) -> str:
        self._go("begin")
        return self._store.begin(search)

    def log(self, trial: TrialRecord) -> None:
        self._go("log")
        self._store.log(trial)

    def finish(self, end: Ended) -> None:
        self._go("finish")
        self._store.finish(end)

    def keep(self, refitted: Refitted) -> None:
        self._go("keep")
        self._store.keep(refitted)


def _with_trouble(tracker: Tracker, at: str, trouble: Any) -> Tracker:
    make = tracker.make_store

    def make_store() -> Store:
        if at == "make_store":
            trouble()
        return _Troubled(make(), at, trouble)

    tracker.make_store = make_store  # type: ignore[method-assign] # for one test
    return tracker
