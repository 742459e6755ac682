"""Searches whose scores are known beforehand, to see which are stopped and which are not."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import PredefinedSplit

from sktune.policies import Standings

N_VALUES, MOST_SPLITS = 120, 10
_rng = np.random.default_rng(5)
TABLE = np.round(
    0.9
    - 0.25 * _rng.beta(0.8, 2, size=(N_VALUES, 1))
    + 0.03 * _rng.normal(size=(1, MOST_SPLITS))
    + 0.015 * _rng.normal(size=(N_VALUES, MOST_SPLITS)),
    6,
)
"""Scores by candidate and split: some good, many bad, and noise."""


def samples(n_splits: int) -> tuple[Any, Any, Any]:
    """X, y and splits; a test set says which split it is."""
    which = np.repeat(np.arange(n_splits), 2)
    return which[:, np.newaxis].astype(float), which % 2, PredefinedSplit(which)


class Racer(BaseEstimator):
    """Scores what the table says; notes its fits, in this process."""

    fits: ClassVar[list[Any]] = []

    def __init__(self, value: int = 0, fail_on: Any = ()) -> None:
        self.value = value
        self.fail_on = fail_on

    def fit(self, X: Any, y: Any) -> Racer:
        Racer.fits.append(self.value)
        self.fitted_ = True
        return self

    def score(self, X: Any, y: Any) -> float:
        split = int(X[0, 0])
        if (self.value, split) in self.fail_on:
            raise RuntimeError("this candidate fails")
        return float(TABLE[self.value, split])


def nobody(trials: Any, trial: Any) -> bool:
    """A policy that lets all go on."""
    return False


def odd_ones(trials: Any, trial: Any) -> bool:
    """A policy that goes by the candidate alone."""
    return bool(trial.params["value"] % 2) and trial.n_done >= 1 + trial.params["value"] % 3


def standings(scores: Any, **options: Any) -> Standings:
    """Standings of candidates, from scores with nan where there is none."""
    table = np.asarray(scores, dtype=float)
    return Standings(table, np.arange(len(table)), **options)


def n_known(results: dict[str, Any]) -> int:
    """How many scores there are."""
    names = [name for name in results if name.startswith("split") and "test" in name]
    return int(sum((~np.isnan(results[name])).sum() for name in names))
