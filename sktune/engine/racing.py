"""Racing: a policy is asked which candidates go on, and shown no more than it may know.

What is decided depends on the scores alone: on those of a round of candidates that are all as
far as each other, or, where a strategy learns, on those that the candidate was proposed from.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from ..early_stopping import Reach
from ..policies import Board, Policy
from ..trials import Rung, Trial, Trials
from .reaching import KnownFits, reach_of

ROUND = 20
"""Candidates that go from split to split together. A fixed number, since it decides what is
compared with what. With fewer, those that come later are compared with complete ones, and more is
saved (docs/racing.md); with more, more workers are kept busy."""


class Racing:
    """Stop candidates, by what a policy says of them; also `within` fits, if they have curves."""

    def __init__(
        self, policy: Policy, board: Board, trials: Trials, *, within: bool = False
    ) -> None:
        self._policy = policy
        self._board = board
        self._trials = trials
        self._within = within
        self._known: tuple[tuple[int, int], KnownFits | None] = (-1, -1), None

    def enter(self, rung: Rung | None) -> None:
        """Compare from now on with candidates of this rung alone."""
        self._board.clear(n_winners=1 if rung is None else rung.n_kept)
        self._known = (-1, -1), None

    def stop_losers(self, racing: Sequence[Trial], n: int) -> list[Trial]:
        """Stop the losers of candidates that all have their first `n` splits; return the others."""
        for trial in racing:
            self._board.enter(trial, n)
        if not racing or n == self._trials.n_splits:
            return []
        standings = self._board.before(len(self._trials))  # later rounds have not been entered
        rows = np.searchsorted(standings.numbers, [trial.number for trial in racing])
        lost = [self._policy(standings, standings[int(row)]) for row in rows]
        for trial in itertools.compress(racing, lost):
            self._trials.stop(trial.number)
        return [trial for trial in racing if not self._trials.is_stopped(trial)]

    def stop_if_losing(self, trial: Trial, n: int, n_known: int) -> bool:
        """Stop a candidate that has `n` splits if it loses; return whether it goes on.

        It was proposed from the first `n_known` candidates, and is compared with these.
        """
        self._board.enter(trial, n)
        if n == self._trials.n_splits or self._trials.is_stopped(trial):
            return False
        standings = self._board.before(min(n_known, trial.number), trial.number)
        if self._policy(standings, standings[-1]):
            self._trials.stop(trial.number)
        return not self._trials.is_stopped(trial)

    def reach(self, trial: Trial, split: int, n_known: int) -> Reach | None:
        """Return what the fit of a candidate on its next split has to come to, to go on.

        By the first `n_known` candidates; None if anything will do, as on the last of several
        splits, of which a candidate is not stopped.
        """
        is_last = self._trials.n_splits > 1 and split == self._trials.n_splits - 1
        if is_last or not self._within:
            return None
        n_known = min(n_known, trial.number)
        self._board.enter(trial, split)
        standings = self._board.before(n_known, trial.number)
        if self._known[0] != (split, n_known):  # all of a round have the same
            known = KnownFits.of(standings, self._trials, split)
            self._known = (split, n_known), known
        known = self._known[1]
        return None if known is None else reach_of(self._policy, standings, split, known)
