"""The observations that a Bayesian search learns from: candidates, where they lie, their scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..objective import LARGEST, Objective, rounded
from ..optimizers import Seen
from ..space import ConditionalSpace
from ..trials import Trial
from ..types import Floats, Params
from .costs import Costs
from .warm_start import Earlier


class Tried(NamedTuple):
    """A candidate, where it lies, and values that were given and are not its place's own."""

    point: Floats
    params: Params
    given: Mapping[str, Any]


class Observations:
    """Candidates in the order of the search, and scores of the first of them.

    Parameters
    ----------
    space : ConditionalSpace
    objective : Objective
    earlier : Earlier
    costs : Costs, optional
        What candidates cost, if that counts.

    Attributes
    ----------
    tried : list of Tried
    scores : list of float or None
        nan for failed candidates, None for those of which nothing can be said.
    """

    def __init__(
        self,
        space: ConditionalSpace,
        objective: Objective,
        earlier: Earlier,
        costs: Costs | None = None,
    ) -> None:
        self._space = space
        self._objective = objective
        self._earlier = earlier
        self.tried: list[Tried] = []
        self.scores: list[float | None] = []
        self._incumbent: Trial | None = None
        self._folds: list[Floats] = []
        self._costs = costs
        self._spent: list[float] = []

    def learn(self, trials: Sequence[Trial]) -> None:
        """Take in what the next candidates scored."""
        for trial in trials:
            if self._costs is not None:
                self._spent.append(self._costs.of(trial))
            scores = self._objective.scores(trial)
            self._folds.append(scores if trial.complete else np.full(len(scores), np.nan))
            if not trial.complete:
                self.scores.append(self._estimate(trial))
                continue
            score, best = self._objective.mean(trial), -math.inf
            if self._incumbent is not None:
                best = self._objective.mean(self._incumbent)
            if score > best:  # nan is not
                self._incumbent = trial
            self.scores.append(score)

    def _estimate(self, trial: Trial) -> float | None:
        """Estimate what a candidate would have scored that was stopped before its last split.

        The score of the incumbent, the best complete trial, and the difference to it on the splits
        that both have: splits differ more than good candidates do, so the mean of the first few
        says little by itself. nan if it failed; None if there is nothing to compare with.
        """
        scores = self._objective.scores(trial)
        finished = [outcome is not None for outcome in trial.outcomes]
        if np.isnan(scores[finished]).any():
            return math.nan
        if self._incumbent is None or not any(finished):
            return None
        best = self._objective.scores(self._incumbent)
        return rounded(float(np.mean(best) + np.mean(scores[finished] - best[finished])))

    def seen(self, n: int | None = None) -> Seen:
        """Return what is known from the first `n` candidates, all by default, and earlier searches.

        The worst score that was seen stands for that of a failure. What was stopped too early
        to be compared with any other is not known.
        """
        told = self.scores[:n]
        kept = [number for number, score in enumerate(told) if score is not None]
        points = np.array([tried.point for tried in self.tried])
        points = points.reshape(-1, 1 + len(self._space.slots))
        values = np.array([*self._earlier.scores, *(told[number] for number in kept)], dtype=float)
        values = np.clip(values, -LARGEST, LARGEST)
        failed = np.isnan(values)
        worst = 0.0 if failed.all() else values[~failed].min()
        return Seen(
            np.concatenate([self._earlier.points, points[kept]]),
            np.where(failed, worst, values),
            failed,
            points[len(told) :],
            [*self._earlier.candidates, *(self.tried[number].params for number in kept)],
            self._folds_of(kept),
            costs=self._costs_of(kept),
        )

    def _folds_of(self, numbers: Sequence[int]) -> Floats:
        """Return the scores of candidates on each split, after those of earlier searches: nan."""
        n_splits = len(self._folds[0]) if self._folds else 1
        unknown = np.full((len(self._earlier.scores), n_splits), np.nan)
        return np.concatenate([unknown, *(self._folds[n][np.newaxis] for n in numbers)])

    def _costs_of(self, numbers: Sequence[int]) -> Floats | None:
        """Return what candidates have cost, after those of earlier searches: nan."""
        if self._costs is None:
            return None
        return np.array([math.nan] * len(self._earlier.scores) + [self._spent[n] for n in numbers])
