"""Trackers keep the contract, with a store that is a dict."""

from __future__ import annotations

import pytest

from sktune.testing import KeptTrial, TrackerContract
from sktune.tracking import Ended, Refitted, SearchRecord, Tracker, TrialRecord, legal_names

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
