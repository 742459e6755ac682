"""Trials of the live comparison: when they end, and a function of a candidate that is one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.base import clone

from .live_tasks import Range, Task

FOLDS, ROUND, MOST = 5, 25, 2000


class Clock:
    """Notes when trials end, and says when a search has had its trials and its time."""

    def __init__(self, trials: int, seconds: float) -> None:
        self.trials, self.seconds = trials, seconds
        self.ends: list[float] = []
        self.cpu: list[float] = []
        self._begin = time.perf_counter(), time.process_time()

    def tick(self, *_: Any) -> bool:
        """A trial is scored; whether it was the last."""
        self.ends.append(time.perf_counter() - self._begin[0])
        self.cpu.append(time.process_time() - self._begin[1])
        return self.over

    @property
    def over(self) -> bool:
        enough = bool(self.ends) and len(self.ends) >= self.trials
        return enough and self.ends[-1] >= self.seconds


# What a search returns: a model, the candidates, their mean scores, and the seconds their fits
# and scores took.
Found = tuple[Any, list[Any], list[float], list[float]]
Search = Callable[[Task, Any, Any, int, Clock], Found]


class Over(Exception):
    """Raised in a trial, where a search has no other way to be ended."""


class Tried:
    """A function of candidates, for searches that know no estimators; notes what it is asked."""

    def __init__(self, model: Any, task: Task, data: Any, cv: Any, clock: Clock) -> None:
        self.found: Found = model, [], [], []
        self._task, self._data, self._cv, self._clock = task, data, cv, clock

    def __call__(self, params: Mapping[str, Any]) -> float:
        model, candidates, scores, inside = self.found
        if self._clock.over:
            raise Over
        plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in params.items()}
        begin = time.perf_counter()
        scored = model_selection.cross_validate(
            clone(model).set_params(**plain), *self._data, cv=self._cv, scoring=self._task.scoring
        )
        inside.append(time.perf_counter() - begin)
        candidates.append(plain)
        scores.append(float(np.nan_to_num(scored["test_score"].mean(), nan=-np.inf)))
        self._clock.tick()
        return scores[-1]


def asked(drive: Callable[[dict[str, Range | list[Any]], Tried, int, Clock], None]) -> Search:
    """A search that is given a space and a function, and driven until its time is over."""

    def run(task: Task, data: Any, cv: Any, seed: int, clock: Clock) -> Found:
        model, space = task.flat(lambda given: given)
        tried = Tried(model, task, data, cv, clock)
        with suppress(Over):
            drive(space, tried, seed, clock)
        return tried.found

    return run
