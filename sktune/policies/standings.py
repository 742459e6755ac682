"""Standings: the scores of candidates, as far as policies may know them.

A policy sees one score a split, that of the metric that decides, and no outcome that depends
on how many workers there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

import numpy as np

from ..objective import Objective, rounded
from ..trials import Trial
from ..types import Bools, Floats, Ints

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Standing:
    """A candidate and how it stands.

    Attributes
    ----------
    number : int
        Its row in ``cv_results_``.
    params : mapping
        The candidate: names of parameters and their values.
    scores : float array of shape (n_splits,)
        nan where it has not been evaluated (yet), -inf where it failed.

    Examples
    --------
    >>> import numpy as np
    >>> from sktune.policies import Standing
    >>> standing = Standing(0, {"C": 1}, np.array([0.5, 0.7, np.nan]))
    >>> standing.mean, standing.n_done, standing.complete
    (0.6, 2, False)
    """

    number: int
    params: Mapping[str, Any]
    scores: Floats

    @property
    def n_done(self) -> int:
        """The number of splits it has been evaluated on: the first ones."""
        return int(np.count_nonzero(~np.isnan(self.scores)))

    @property
    def complete(self) -> bool:
        """Whether it has been evaluated on all."""
        return self.n_done == len(self.scores)

    @property
    def mean(self) -> float:
        """Mean over the splits that are done; nan if none is."""
        return float(self.scores[: self.n_done].mean()) if self.n_done else math.nan


@dataclass(frozen=True, eq=False)
class Standings(Sequence[Standing]):
    """Candidates in the order of the search, each with what it may be known by.

    Candidates that are equal to an earlier one are not among them.

    Attributes
    ----------
    scores : float array of shape (n_candidates, n_splits)
        nan where a candidate has not been evaluated, -inf where it failed.
    numbers : int array of shape (n_candidates,)
        Rows in ``cv_results_``.
    best_possible : float
        A score that is not exceeded by anything; inf if that is not known.
    n_winners : int
        How many candidates are wanted: the best, or as many as go on to the next rung of
        successive halving.

    Examples
    --------
    >>> import numpy as np
    >>> from sktune.policies import Standings
    >>> scores = np.array([[0.9, 0.8], [0.5, np.nan]])
    >>> standings = Standings(scores, numbers=np.arange(2))
    >>> standings.means(1)
    array([0.9, 0.5])
    >>> [standing.complete for standing in standings]
    [True, False]
    """

    scores: Floats
    numbers: Ints
    best_possible: float = math.inf
    n_winners: int = 1
    _trials: Sequence[Trial] = field(default=(), repr=False)
    _expected: Callable[[], float] | None = field(default=None, repr=False)
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def n_splits(self) -> int:
        """The number of splits on which each is evaluated."""
        return int(self.scores.shape[1])

    @property
    def complete(self) -> Bools:
        """A mask of the candidates that have been evaluated on all splits."""
        return ~np.isnan(self.scores[:, -1])

    def means(self, n: int) -> Floats:
        """Return each candidate's mean over the first `n` splits.

        Returns
        -------
        means : float array of shape (n_candidates,)
            nan for those that have fewer.
        """
        return self.once(_means, n)

    def expected_improvement(self) -> float:
        """Return by how much the next candidate is expected to beat the best, in the score's unit.

        inf where nothing is expected: in a grid or random search, and before the first score.
        """
        return self.once(_expected)

    def once(self, function: Callable[..., T], *args: Any) -> T:
        """Call a function of the standings, the first time; policies are asked of many trials."""
        key = function, args
        if key not in self._kept:
            self._kept[key] = function(self, *args)
        return self._kept[key]  # type: ignore[no-any-return] # without types

    @overload
    def __getitem__(self, index: int) -> Standing: ...

    @overload
    def __getitem__(self, index: slice) -> list[Standing]: ...

    def __getitem__(self, index: int | slice) -> Standing | list[Standing]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        number = int(self.numbers[index])
        params = self._trials[number].params if self._trials else {}
        return Standing(number, params, self.scores[index])

    def __len__(self) -> int:
        return len(self.numbers)


def _means(standings: Standings, n: int) -> Floats:
    return np.asarray(standings.scores[:, :n].mean(axis=1))


def _expected(standings: Standings) -> float:
    return math.inf if standings._expected is None else standings._expected()


class Board:
    """Scores of candidates, from which standings are made.

    Parameters
    ----------
    trials : sequence of Trial
        The store.
    objective : Objective

    Attributes
    ----------
    n_winners : int
        How many candidates are wanted.
    """

    def __init__(self, trials: Sequence[Trial], objective: Objective) -> None:
        self.n_winners = 1
        self._trials = trials
        self._objective = objective
        self._size = 0
        self._numbers = np.empty(0, dtype=np.intp)  # in order, with room at the end
        self._scores = np.empty((0, 0))

    def clear(self, *, n_winners: int = 1) -> None:
        """Begin anew, with candidates that do not compare with those before."""
        self._size = 0
        self.n_winners = n_winners

    def enter(self, trial: Trial, n: int | None = None) -> None:
        """Take in what is known of a candidate, from its first n splits alone if n is given.

        Anew, if it was entered before.
        """
        row, size = self._row(trial.number), self._size
        if row == size or self._numbers[row] != trial.number:
            if size == len(self._numbers):
                self._grow(len(trial.outcomes))
            self._numbers[row + 1 : size + 1] = self._numbers[row:size].copy()
            self._scores[row + 1 : size + 1] = self._scores[row:size].copy()
            self._numbers[row] = trial.number
            self._size += 1
        scores = [self._score(trial, split) for split in range(len(trial.outcomes[:n]))]
        self._scores[row] = math.nan
        self._scores[row, : len(scores)] = scores

    def _row(self, number: int) -> int:
        return int(np.searchsorted(self._numbers[: self._size], number))

    def _grow(self, n_splits: int) -> None:
        size = max(64, 2 * self._size)
        numbers, scores = np.empty(size, dtype=np.intp), np.empty((size, n_splits))
        if self._size:
            numbers[: self._size], scores[: self._size] = self._numbers, self._scores
        self._numbers, self._scores = numbers, scores

    def _score(self, trial: Trial, split: int) -> float:
        outcome = trial.outcomes[split]
        if outcome is None:
            return math.nan
        score = self._objective.score(outcome)
        return -math.inf if math.isnan(score) else rounded(score)

    def before(
        self, number: int, *more: int, expected: Callable[[], float] | None = None
    ) -> Standings:
        """Return the standings of all candidates before a number, and of some more.

        They are good until the next candidate is entered: nothing is copied that can be long.
        """
        rows: Any = slice(self._row(number))
        if more:
            rows = [*range(rows.stop), *map(self._row, more)]
        scores = self._scores[rows]
        scores.flags.writeable = False
        return Standings(
            scores,
            self._numbers[rows],
            self._objective.best_possible,
            self.n_winners,
            self._trials,
            expected,
        )
