"""Observers for tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sktune import Observer
from sktune.trials import Outcome, Rung, Trial


class Adding(Observer):
    """Adds up what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.trials: dict[int, Trial] = {}
        self.scores: dict[tuple[int, int], float | None] = {}
        self.finished: Counter[int] = Counter()
        self.rungs: list[Rung] = []
        self.results: Any = None

    def search_started(self, info: Any) -> None:
        self.info = info

    def rung_started(self, rung: Rung) -> None:
        self.rungs.append(rung)

    def trial_started(self, trial: Trial) -> None:
        self.trials[trial.number] = trial

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        assert trial.number in self.trials
        self.scores[trial.number, outcome.split] = outcome.test_scores.get("score")

    def trial_finished(self, trial: Trial) -> None:
        self.finished[trial.number] += 1

    def trial_dropped(self, trial: Trial) -> None:
        del self.trials[trial.number]

    def search_finished(self, results: Any) -> None:
        self.results = results
