"""Work out how far a fit has to come, so that its candidate would not be stopped after it.

A policy is asked of scores, as ever: would it stop the candidate if it scored on the split that is
to be fitted what an earlier one has scored there? Where the curves of those have ended with which
it would go on, and some room beyond the worst of them, is what the curve has to come to. So nothing
need be known of how a booster's metric and the score go together; and where they do not, curves of
good scores end anywhere, and no fit is given up. Workers are told that number alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..early_stopping import Reach
from ..policies import Policy, Standings
from ..trials import Rounds, Trial

FEWEST = 6
"""Fits by whose curves others are judged: the best, if a candidate would go on with fewer."""

_GAPS = 3.0
"""How far beyond the worst of them a curve may end: so many of the gaps between them."""


def reach_of(
    policy: Policy, standings: Standings, trials: Sequence[Trial], split: int
) -> Reach | None:
    """Return what the last of the candidates has to come to on a split; None if anything will do.

    Parameters
    ----------
    policy : callable
    standings : Standings
        Of all that it may be compared with, itself last, before this split.
    trials : sequence of Trial
        The store.
    split : int
    """
    found = _fits(standings, trials, split)
    kinds = Counter((rounds.metric, rounds.greater_is_better) for _, rounds in found)
    if not kinds or max(kinds.values()) <= FEWEST:
        return None
    [(kind, _)] = kinds.most_common(1)
    found = [one for one in found if (one[1].metric, one[1].greater_is_better) == kind]
    found.sort(key=lambda one: one[0])
    trial = standings[-1]

    def goes_on(score: float) -> bool:
        scores = trial.scores.copy()
        scores[split] = score
        return not policy(standings, replace(trial, scores=scores))

    n_lost = bisect_left(found, True, key=lambda one: goes_on(one[0]))
    if not n_lost:
        return None
    n_lost = min(n_lost, len(found) - FEWEST)
    sign = 1.0 if kind[1] else -1.0
    ends = [sign * rounds.best for _, rounds in found[n_lost:] if rounds.best is not None]
    room = _GAPS * (max(ends) - min(ends)) / (len(ends) - 1)
    return Reach(float(f"{sign * (min(ends) - room):.6g}"), *kind)


def _fits(standings: Standings, trials: Sequence[Trial], split: int) -> list[tuple[float, Rounds]]:
    """Return the scores and rounds of fits that others have there, but for those given up."""
    found = []
    for row, number in enumerate(standings.numbers[:-1]):
        outcome, score = trials[number].outcomes[split], standings.scores[row, split]
        rounds = None if outcome is None or outcome.given_up else outcome.rounds
        if rounds is not None and rounds.best is not None and np.isfinite(score):
            found.append((float(score), rounds))
    return found
