"""What every observer must bear. Inherit from `ObserverContract` and fill in `make`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from sktune.observers import Observer
from sktune.trials import Failure, Outcome, Trials

OK = Outcome(0, 0, {"score": 0.5}, {}, False, 0.1, 0.1)
TWO = Outcome(0, 0, {"a": 0.5, "b": None}, {"a": 1.0, "b": 0.1}, True, 0.1, 0.1)
FAILED = Outcome(0, 0, {}, {}, False, 0.1, 0.0, (Failure("fit", "Error: no", "Error: no"),))
NAN = Outcome(0, 0, {"score": float("nan")}, {"score": 0.1}, False, 0.1, 0.1)


class ObserverContract(ABC):
    """Hears a search of any kind of outcome, and leaves the trials as they are."""

    @abstractmethod
    def make(self) -> Observer:
        """Make the observer."""

    def hear(
        self, outcomes: Sequence[Outcome], total: int | None, *, completed: bool = True
    ) -> Trials:
        observer = self.make()
        trials = Trials(1, [observer])
        observer.search_started(trials, total)
        for number, outcome in enumerate(outcomes):
            trials.begin({"number": number})
            trials.start(number, 0)
            trials.record(
                Outcome(
                    number,
                    0,
                    outcome.test_scores,
                    outcome.train_scores,
                    outcome.multimetric,
                    outcome.fit_time,
                    outcome.score_time,
                    outcome.failures,
                )
            )
        observer.search_ended(trials, completed=completed)
        return trials

    def test_it_bears_every_kind_of_outcome(self) -> None:
        for outcomes in ([OK, OK], [FAILED, OK], [NAN, FAILED], [TWO], [FAILED]):
            for total in (len(outcomes), 5, None):
                trials = self.hear(outcomes, total)
                assert [trial.complete for trial in trials] == [True] * len(outcomes)

    def test_it_bears_outcomes_that_were_recorded(self) -> None:
        """No task has begun: they come from the record of an earlier run."""
        observer = self.make()
        trials = Trials(1, [observer])
        observer.search_started(trials, 5)
        for number, outcome in enumerate([OK, FAILED, NAN, TWO]):
            trials.begin({"number": number})
            trials.record(replace(outcome, trial=number), recalled=True)
        observer.search_ended(trials, completed=True)
        assert [trial.complete for trial in trials] == [True] * 4

    def test_it_bears_a_search_without_outcomes(self) -> None:
        assert len(self.hear([], 3)) == 0

    def test_it_bears_an_interrupt(self) -> None:
        assert len(self.hear([OK], 3, completed=False)) == 1
