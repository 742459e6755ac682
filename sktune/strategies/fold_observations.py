"""Observations of candidates that are evaluated split by split."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..objective import rounded
from ..optimizers import Seen
from ..optimizers.folds import split_effects
from ..types import Floats
from .observations import Observations


class FoldFit(NamedTuple):
    """The fit that comes next: a candidate, by number, on a split."""

    number: int
    split: int


class FoldObservations(Observations):
    """Scores of candidates, told split by split.

    Attributes
    ----------
    n_splits : int
    failed : set of int
        Candidates that failed on any split.
    """

    n_splits = 1

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.failed: set[int] = set()

    @property
    def n_whole(self) -> int:
        """How many candidates have all splits."""
        return sum(not np.isnan(row).any() for row in self._folds)

    def row(self, number: int) -> Floats:
        """Return a candidate's score on each split, nan where there is none."""
        known = number < len(self._folds)
        return self._folds[number] if known else np.full(self.n_splits, np.nan)

    def n_done(self, number: int) -> int:
        return int(np.count_nonzero(~np.isnan(self.row(number))))

    def hear(self, fit: FoldFit, score: float) -> None:
        """Take in what a candidate scored on a split; the first time in their order."""
        if fit.number == len(self._folds):
            self._folds.append(self.row(fit.number))
            self.scores.append(None)
        row = self._folds[fit.number]
        row[fit.split] = score
        if np.isnan(score):
            self.failed.add(fit.number)
        failed = fit.number in self.failed
        self.scores[fit.number] = np.nan if failed else rounded(float(row[~np.isnan(row)].mean()))

    def seen(self, n: int | None = None) -> Seen:
        """Return what is known; means over some of the splits less how hard these are."""
        seen = super().seen(n)
        some = ~seen.failed & (seen.shares < 1.0)
        if seen.folds is None or not some.any():
            return seen
        values = seen.values.copy()
        effects = split_effects(seen.folds[~seen.failed])
        values[some] = [rounded(mean) for mean in np.nanmean(seen.folds[some] - effects, axis=1)]
        values[seen.failed] = values[~seen.failed].min()
        return replace(seen, values=values, folds=seen.folds.copy())
