"""Trackers keep the contract, with a store that is a dict."""

from __future__ import annotations

import threading
import time
import warnings
from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sktune import GridSearch
from sktune.testing import KeptTrial, TrackerContract
from sktune.tracking import (
    Ended,
    Refitted,
    SearchRecord,
    Tracker,
    TrialRecord,
    is_secret,
    legal_names,
    sending,
    text_of,
)
from sktune.tracking.secret_names import hide_secrets

KEPT: dict[str, dict[str, TrialRecord]] = {}
_AS = {"ok": "ok", "stopped": "stopped", "partial": "stopped", "dropped": "stopped"}


class InMemory(Tracker):
    """Keeps records in a dict of dicts."""

    to = "memory"

    def make_store(self) -> InMemory:
        return self

    def begin(self, search: SearchRecord) -> str:
        self._here = KEPT.setdefault(search.id, {})
        return search.id

    def log(self, trial: TrialRecord) -> None:
        self._here[trial.id] = trial

    def finish(self, end: Ended) -> None:
        self.end = end

    def keep(self, refitted: Refitted) -> None:
        self.refitted = refitted


def read(trial: TrialRecord) -> KeptTrial:
    names = legal_names(trial.params, r"[^\w]", 250)
    return KeptTrial(
        {names[name]: str(value) for name, value in trial.params.items()},
        _AS.get(trial.status, "failed"),
        {name: [s for s in of if s is not None] for name, of in trial.scores.items()},
        trial.began,
        trial.ended,
    )


class TestInMemory(TrackerContract):
    @pytest.fixture(autouse=True)
    def _empty(self) -> None:
        KEPT.clear()

    def make(self) -> Tracker:
        return InMemory(wait=5)

    def read(self) -> list[list[KeptTrial]]:
        return [[read(trial) for trial in kept.values()] for kept in KEPT.values()]


class Telling(BaseEstimator):
    """An estimator whose error tells its parameters, as errors do."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def fit(self, X: Any, y: Any = None) -> Telling:
        if self.value:
            raise ValueError("no connection to Client(api_key='a1b2c3')")
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return 1.0


class Full(InMemory):
    """A store that keeps nothing, and counts how often it is asked."""

    n_asked = 0

    def log(self, trial: TrialRecord) -> None:
        self.n_asked += 1
        raise OSError("the disk is full")


def search(tracker: Tracker, values: list[int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        GridSearch(Telling(), {"value": values}, cv=2, observers=[tracker]).fit(np.ones((8, 1)))


@pytest.mark.parametrize(
    "value",
    [np.float64(0.1), np.int64(3), np.float32(0.5), np.bool_(True), np.str_("rbf"), np.inf, None],
)
def test_numbers_of_numpys_are_told_as_pythons(value: Any) -> None:
    plain = value.item() if isinstance(value, np.generic) else value
    assert text_of(value, 100) == str(plain)


@pytest.mark.parametrize(
    "name",
    ["password", "DBPassword", "a__passwd", "passphrase_of", "clientSecret", "credentials",
     "api_key", "apikey", "API_KEY", "pwd", "hf_token", "accessKey", "step__private_key"],
)  # fmt: skip
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "token_pattern",
        "a__token_pattern",
        "monkey",
        "keys",
        "key__C",
        "C",
        "KeyError",
    ],
)
def test_names_of_others_are_none(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "value",
    ["'a1'", '"a\\"1"', "b'a1'", "['x', 'a1']", "Box('x a1')", "{'u': ['x', 'a1']}", "Bearer a1",
     "array(['x',\n 'a1'])", "('x', (1, 2), 'a1')", "a1", "'x a1", "Box(['x', 'a1"],
)  # fmt: skip
@pytest.mark.parametrize("named", ["api_key={}", "{{'C': 1, 'api_key': {}", "apiKey : {}"])
def test_the_whole_value_of_a_secret_is_hidden(named: str, value: str) -> None:
    told = hide_secrets(f"Client(C=1, {named.format(value)}, url='here'), key == 2")
    assert "a1" not in told
    assert "C" in told
    assert "***" in told
    if value[0] != "'" or value[-1] == "'":
        assert value.startswith("Box(['x'") or "url='here'" in told


@pytest.mark.parametrize("secrets", [False, True])
def test_no_secret_is_kept_in_the_reason_of_a_failure(secrets: bool) -> None:
    KEPT.clear()
    tracker = InMemory(secrets=secrets)
    search(tracker, [0, 1])
    [reason] = [trial.reason for kept in KEPT.values() for trial in kept.values() if trial.reason]
    assert ("a1b2c3" in reason) is secrets
    assert "no connection" in reason
    results = tracker._run._store.end.results
    stories = [f.traceback for o in results.trials[1].outcomes for f in o.failures]
    assert ("a1b2c3" in f"{stories}{results.cv_results['error']}") is secrets
    assert "Traceback" in stories[0]


def test_a_store_that_fails_again_and_again_is_given_up() -> None:
    tracker = Full()
    search(tracker, [0] * 60)
    assert tracker.n_asked <= 3 * 3  # three in a row, and at the end, twice each
    assert tracker.n_missed_ == 60 + 1 + 1  # the end, and the model


class Nowhere(Full):
    """A store that cannot be begun."""

    def begin(self, search: SearchRecord) -> str:
        self.n_asked += 1
        raise OSError("there is no such place")


def test_one_that_cannot_be_begun_is_not_asked_by_every_call() -> None:
    tracker = Nowhere()
    search(tracker, [0] * 60)
    assert tracker.n_asked <= 2 + 1  # at once, and once more at the end
    assert tracker.n_missed_ >= 60 + 1 + 1


def test_calls_that_fail_are_made_when_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_SOON", 0.001)
    is_back, made, tries = threading.Event(), [], Counter[int]()

    def make(n: int) -> None:
        tries[n] += 1
        if not is_back.is_set():
            raise ConnectionError("it is away")
        made.append(n)

    sender = sending.Sender("test")
    for n in range(50):
        sender.put(partial(make, n))
    while tries[0] < 4:
        time.sleep(0.001)
    assert sender.is_down
    assert set(tries) == {0, 1, 2}  # one at a time is tried, and no others
    is_back.set()
    while sender.n_left:
        time.sleep(0.001)
    assert made == list(range(50))
    assert not sender.is_down
    assert sender.n_missed == 0


def test_a_call_that_always_fails_keeps_no_other_from_being_made() -> None:
    made: list[int] = []
    sender = sending.Sender("test")
    for n in range(9):
        sender.put(_raises if n % 3 else partial(made.append, n))
    sender.put(partial(made.append, 9))
    assert sender.wait(30)
    assert made == [0, 3, 6, 9]
    assert sender.n_missed == 6


def _raises() -> None:
    raise ValueError("it never can")
