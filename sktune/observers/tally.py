"""The tally of a search: what is done, what it gave, what was saved, and how long it will take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..events import Observer, SearchInfo
from ..objective import Objective
from ..results import Results
from ..trials import Outcome, Rung, Trial


class Tally(Observer):
    """Count what is heard.

    Parameters
    ----------
    clock : callable, default=time.time
        Seconds.

    Attributes
    ----------
    info : SearchInfo
    phase : str
        "starting", "searching", "refitting" or "over".
    n_fits, n_recalled, n_failed : int
        Fits that have ended, those of them that a checkpoint knew, and those that failed; a fit is
        one estimator on one split.
    n_total : int or None
        Fits that there will be at most, without those that stopping saves.
    n_over, n_stopped, n_equal : int
        Candidates of which no more comes, those of them that were stopped, and those of them that
        are equal to others.
    n_shared, seconds_shared : int, float
        Steps that had been fitted for others, and the seconds that sharing has saved.
    n_spared : int
        Fits that stopping has saved.
    means : dict of int to float
        Mean scores of complete candidates by their number, in the order in which they came.
    best : Trial or None
        The best complete candidate so far, of its rung.
    rung : Rung or None
    results : Results or None
        In the end.
    refitted : mapping
        Parameters of the candidate that is fitted on all data.
    """

    info: SearchInfo
    n_total: int | None

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.phase = "starting"
        self.n_fits = self.n_recalled = self.n_failed = self.n_stopped = 0
        self.n_shared, self.seconds_shared, self.n_spared = 0, 0.0, 0
        self.means: dict[int, float] = {}
        self.best: Trial | None = None
        self.rung: Rung | None = None
        self.results: Results | None = None
        self.refitted: Mapping[str, Any] = {}
        self._over: dict[int, bool] = {}  # and whether they are equal to others
        self._since = self._last = 0.0
        self._seconds = _Moments()

    @property
    def n_over(self) -> int:
        return len(self._over)

    @property
    def n_equal(self) -> int:
        return sum(self._over.values())

    @property
    def elapsed(self) -> float:
        """Seconds since ``fit`` was called."""
        return self.clock() - self.info.began

    def search_started(self, info: SearchInfo) -> None:
        self.__init__(self.clock)  # type: ignore[misc] # an observer may hear of several searches
        self.info, self.n_total = info, info.n_fits
        self._objective = Objective(info.metric)

    def rung_started(self, rung: Rung) -> None:
        self.rung, self.best = rung, None  # scores of another rung do not compare
        self.means = {}

    def trial_started(self, trial: Trial) -> None:
        if self.phase == "starting":
            self.phase, self._since = "searching", self.clock()

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        if trial.duplicate_of is not None:
            if self.n_total is not None:
                self.n_total -= 1  # nothing is fitted for it
            return
        self.n_fits += 1
        self.n_recalled += outcome.recalled
        self.n_failed += outcome.failed
        if not outcome.recalled:
            self._last = self.clock()
            self._seconds.add(outcome.own_time or outcome.fit_time + outcome.score_time)
            self.n_shared += len(outcome.reused)
            self.seconds_shared += outcome.saved_time
        if trial.complete:
            self._enter(trial)

    def _enter(self, trial: Trial) -> None:
        mean = self._objective.mean(trial)
        self.means[trial.number] = mean
        if math.isfinite(mean) and (self.best is None or mean > self.means[self.best.number]):
            self.best = trial

    def trial_finished(self, trial: Trial) -> None:
        self._over[trial.number] = trial.duplicate_of is not None
        if trial.complete:
            return
        self.n_stopped += 1
        left = trial.outcomes.count(None)
        self.n_spared += left
        if self.n_total is not None:
            self.n_total -= left

    def trial_dropped(self, trial: Trial) -> None:
        self._over.pop(trial.number, None)
        self.means.pop(trial.number, None)
        if self.best is not None and self.best.number == trial.number:
            known = {n: mean for n, mean in self.means.items() if math.isfinite(mean)}
            number = max(known, key=lambda n: known[n], default=None)
            self.best = None if number is None else self.info.trials[number]

    def search_finished(self, results: Results) -> None:
        self.phase, self.results = "over", results

    def refit_started(self, params: Mapping[str, Any]) -> None:
        self.phase, self.refitted = "refitting", params

    def refit_finished(self, estimator: Any) -> None:
        self.phase = "over"

    @property
    def score(self) -> float | None:
        """The mean score of the best candidate so far."""
        return None if self.best is None else self.means[self.best.number]

    @property
    def share(self) -> float | None:
        """The share of the fits that are done; None where it is not known how many there are."""
        ended_early = self.results is not None and self.results.ended_by != "completed"
        if self.phase == "refitting" or (self.phase == "over" and not ended_early):
            return 1.0
        return min(self.n_fits / self.n_total, 1.0) if self.n_total else None

    def left(self) -> tuple[float, float] | None:
        """Return between how many seconds the search will still take, most probably.

        From the mean of the fits so far, its standard error and the spread of those to come; those
        of one candidate take alike, so they count as one. None before there is enough to go by.
        Between two of them it counts down, until the next takes longer than was to be expected.
        """
        n_splits, n = self.info.n_splits, self.n_fits - self.n_recalled
        if self.phase != "searching" or not self.n_total or n < 2 * n_splits:
            return None
        n_left = max(self.n_total - self.n_fits, 0)
        if not n_left:
            return None
        now = self.clock()
        expected = (self._last - self._since) / n * n_left - (now - self._last)
        seconds = max(expected, (now - self._since) / (n + 1) * (n_left - 1))
        most = math.inf if self.info.deadline is None else self.info.deadline - self.clock()
        off = 2 * self._seconds.spread * math.sqrt(n_splits / n + n_splits / n_left)
        least, longest = seconds * max(1 - off, 0.0), seconds * (1 + off)
        return min(least, max(most, 0.0)), min(longest, max(most, 0.0))


class _Moments:
    """The mean and the variance of numbers, as they come."""

    def __init__(self) -> None:
        self._n, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, value: float) -> None:
        self._n += 1
        off = value - self._mean
        self._mean += off / self._n
        self._squares += off * (value - self._mean)

    @property
    def spread(self) -> float:
        """The standard deviation as a share of the mean."""
        if self._n < 2 or self._mean <= 0:
            return 0.0
        return math.sqrt(self._squares / (self._n - 1)) / self._mean
