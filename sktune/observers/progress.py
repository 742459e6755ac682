"""Progress: how far the search is, how long it will take, and the best score so far."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

from ..events import Observer, SearchInfo
from ..messages import duration
from ..objective import Objective
from ..results import Results
from ..trials import Outcome, Rung, Trial
from .printing import print_line

_LONGEST_PAUSE = 60.0


class Progress(Observer):
    """Keep a line of progress on the screen; to a file add one after 1 s, 2 s, 4 s, ...

    Parameters
    ----------
    objective : Objective, optional
        Whose mean over the splits is told.
    stream : text stream, optional
        Standard output if not given.
    clock : callable, default=time.monotonic
        Seconds.
    """

    def __init__(
        self,
        objective: Objective | None = None,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._objective = objective or Objective()
        self._given = stream
        self._clock = clock
        self._terminal, self._pause = False, 1.0  # seconds until the next update
        self._best = math.nan
        self._done = 0
        self._recalled = 0
        self._stopped = 0
        self._duplicates = 0
        self._total: int | None = None
        self._rung: Rung | None = None
        self._began = self._told = 0.0
        self._width = 0

    @property
    def _stream(self) -> TextIO:  # not kept: an observer may be copied and sent, a stream may not
        return self._given or sys.stdout

    def search_started(self, info: SearchInfo) -> None:
        self._terminal = _is_terminal(self._stream)
        self._pause = 0.1 if self._terminal else 1.0
        self._total = info.n_fits
        self._began = self._told = self._clock()

    def rung_started(self, rung: Rung) -> None:
        self._rung, self._best = rung, math.nan  # scores of another rung do not compare

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        if trial.duplicate_of is not None:
            self._duplicates += 1
            return
        self._done += 1
        self._recalled += outcome.recalled
        mean = self._objective.mean(trial) if trial.complete else math.nan
        if math.isfinite(mean):
            self._best = mean if math.isnan(self._best) else max(self._best, mean)
        if self._clock() - self._told >= self._pause:
            self._tell()
            if not self._terminal:  # a file is read later: a few lines at first, then fewer
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def trial_finished(self, trial: Trial) -> None:
        if trial.complete or trial.duplicate_of is not None:
            return
        self._stopped += 1
        if self._total is not None:
            self._total -= trial.outcomes.count(None)

    def trial_dropped(self, trial: Trial) -> None:
        if trial.duplicate_of is not None:
            self._duplicates -= len(trial.finished)

    def search_finished(self, results: Results) -> None:
        note = f", {self._recalled} of them from the checkpoint" if self._recalled else ""
        note += f", {self._stopped} candidates stopped" if self._stopped else ""
        taken = f", {self._duplicates} taken from equal candidates" if self._duplicates else ""
        self._tell(note + taken, last=True)
        if self._terminal:
            print_line("", self._stream)
        if results.shared_work.shared and results.ended_by not in ("interrupted", "error"):
            print_line(results.shared_work.in_one_line, self._stream)

    def _tell(self, note: str = "", *, last: bool = False) -> None:
        self._told = self._clock()
        elapsed = self._told - self._began
        if last or not self._total or self._done >= self._total:
            line = f"{self._done} fits{note}, {duration(elapsed)}"
        else:
            line = (
                f"{self._done}/{self._total} fits ({self._done / self._total:.0%}), "
                f"{duration(elapsed)} so far"
            )
            done, left = self._done - self._recalled, self._total - self._done
            if done >= 0.1 * (done + left):  # before, it is mostly workers that start
                seconds = elapsed / done * left
                line += f", about {duration(seconds)} left"
            if self._rung is not None:
                line = f"rung {self._rung.number}: {line}"
        if math.isfinite(self._best):
            line += f", best mean score {self._best:.4g}"
        if self._terminal:
            print_line("\r" + line.ljust(self._width), self._stream, end="")
            self._width = len(line)
        else:
            print_line(line, self._stream)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # it is less than a stream, or closed
        return False
