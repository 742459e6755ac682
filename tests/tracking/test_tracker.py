"""Trackers keep the contract, with a store that is a dict."""

from __future__ import annotations

import warnings
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
    text_of,
)

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
    "name", ["max_tokens", "token_pattern", "a__token_pattern", "monkey", "keys", "key__C", "C"]
)
def test_names_of_others_are_none(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize("secrets", [False, True])
def test_no_secret_is_kept_in_the_reason_of_a_failure(secrets: bool) -> None:
    KEPT.clear()
    search(InMemory(secrets=secrets), [0, 1])
    [reason] = [trial.reason for kept in KEPT.values() for trial in kept.values() if trial.reason]
    assert ("a1b2c3" in reason) is secrets
    assert "no connection" in reason


def test_a_store_that_fails_again_and_again_is_given_up() -> None:
    tracker = Full()
    search(tracker, [0] * 6)
    assert tracker.n_asked == 3
    assert tracker.n_missed_ == 6 + 1 + 1  # the end, and the model
