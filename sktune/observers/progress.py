"""How far the search is, how long it will take, and the best score so far."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

from ..trials import Outcome, Rung, Trial, Trials
from .base import Observer
from .saying import say

_LONGEST_PAUSE = 60.0


class Progress(Observer):
    """Keep a line of progress on the screen; to a file add one after 1 s, 2 s, 4 s, ...

    Parameters
    ----------
    metric : str or None
        Whose mean over the splits is told; None tells no score.
    stream : text stream, optional
        Standard output if not given.
    clock : callable, default=time.monotonic
        Seconds.
    """

    def __init__(
        self,
        metric: str | None = None,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metric = metric
        self._stream = stream or sys.stdout
        self._clock = clock
        self._terminal = _is_terminal(self._stream)
        self._pause = 0.1 if self._terminal else 1.0  # seconds until the next update
        self._best = -math.inf
        self._done = 0
        self._recalled = 0
        self._stopped = 0
        self._total: int | None = None
        self._rung: Rung | None = None
        self._began = self._told = 0.0
        self._width = 0

    def search_started(self, trials: Trials, total: int | None) -> None:
        self._total = None if total is None else total * trials.n_splits
        self._began = self._told = self._clock()

    def trial_begun(self, trial: Trial) -> None:
        if trial.rung != self._rung:  # scores of another do not compare
            self._rung, self._best = trial.rung, -math.inf

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        self._done += 1
        self._best = max(self._best, self._mean(trial))
        if self._clock() - self._told >= self._pause:
            self._tell()
            if not self._terminal:  # a file is read later: a few lines at first, then fewer
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def trial_stopped(self, trial: Trial) -> None:
        left = trial.outcomes.count(None)
        self._stopped += 1
        if self._total is not None:
            self._total -= left

    def task_recalled(self, trial: Trial, outcome: Outcome) -> None:
        self._recalled += 1
        self.task_finished(trial, outcome)

    def _mean(self, trial: Trial) -> float:
        """The mean score of a trial that is done; -inf where there is none."""
        scores = [outcome.test_scores.get(self._metric or "") for outcome in trial.finished]
        numbers = [score for score in scores if score is not None]
        if not trial.complete or len(numbers) < len(scores):
            return -math.inf
        mean = math.fsum(numbers) / len(numbers)
        return mean if math.isfinite(mean) else -math.inf

    def search_ended(self, trials: Trials, *, completed: bool) -> None:
        twins = sum(trials.n_splits for trial in trials if trial.twin is not None)
        note = f", {self._recalled} of them from the checkpoint" if self._recalled else ""
        note += f", {self._stopped} candidates stopped" if self._stopped else ""
        self._tell(note + (f", {twins} taken from equal candidates" if twins else ""))
        if self._terminal:
            say("", self._stream)

    def _tell(self, note: str = "") -> None:
        self._told = self._clock()
        elapsed = self._told - self._began
        if note or not self._total or self._done >= self._total:
            line = f"{self._done} fits{note}, {_duration(elapsed)}"
        else:
            line = (
                f"{self._done}/{self._total} fits ({self._done / self._total:.0%}), "
                f"{_duration(elapsed)} so far"
            )
            done, left = self._done - self._recalled, self._total - self._done
            if done >= 0.1 * (done + left):  # before, it is mostly workers that start
                seconds = elapsed / done * left
                line += f", about {_duration(seconds)} left"
            if self._rung is not None:
                line = f"rung {self._rung.number}: {line}"
        if math.isfinite(self._best):
            line += f", best mean score {self._best:.4g}"
        if self._terminal:
            say("\r" + line.ljust(self._width), self._stream, end="")
            self._width = len(line)
        else:
            say(line, self._stream)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # it is less than a stream, or closed
        return False


def _duration(seconds: float) -> str:
    """Seconds as a person would say them."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02} h" if hours else f"{minutes}:{seconds:02} min"
