"""Work out how far a fit has to come, so that its candidate would not be stopped after it.

A policy is asked of scores, as ever: would it stop the candidate if it scored on the split that is
to be fitted what an earlier one has scored there? Where the curves of those have ended with which
it would go on, and some room beyond the worst of them, is what the curve has to come to. So nothing
need be known of how a booster's metric and the score go together; and where they do not, curves of
good scores end anywhere, and no fit is given up. Workers are told that number alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..early_stopping import Reach
from ..policies import Policy, Standings
from ..trials import Trial

FEWEST = 6
"""Fits by whose curves others are judged: the best, if a candidate would go on with fewer."""

_GAPS = 3.0
"""How far beyond the worst of them a curve may end: so many of the gaps between them."""


@dataclass(frozen=True)
class KnownFits:
    """Fits of earlier candidates on a split, by their scores.

    Attributes
    ----------
    metric : str
        By which they were stopped.
    greater_is_better : bool
    scores : list of float
        In ascending order.
    ends : list of float
        How far the curve of each has come.
    """

    metric: str
    greater_is_better: bool
    scores: list[float]
    ends: list[float]

    @classmethod
    def of(cls, standings: Standings, trials: Sequence[Trial], split: int) -> KnownFits | None:
        """Collect those of one metric, if there are enough; not of the last candidate."""
        found = defaultdict(list)
        for row, number in enumerate(standings.numbers[:-1]):
            outcome, score = trials[number].outcomes[split], standings.scores[row, split]
            rounds = None if outcome is None or outcome.given_up else outcome.rounds
            if rounds is not None and (end := rounds.best) is not None and np.isfinite(score):
                found[rounds.metric, rounds.greater_is_better].append((float(score), end))
        if not found:
            return None
        kind = max(found, key=lambda kind: len(found[kind]))
        fits = sorted(found[kind], key=lambda fit: fit[0])
        if len(fits) <= FEWEST:
            return None
        return cls(*kind, [score for score, _ in fits], [end for _, end in fits])


def reach_of(policy: Policy, standings: Standings, split: int, known: KnownFits) -> Reach | None:
    """Return what the last of the candidates has to come to on a split; None if anything will do.

    Parameters
    ----------
    policy : callable
    standings : Standings
        Of all that it may be compared with, itself last, before this split.
    split : int
    known : KnownFits
        Of the others.
    """
    trial = standings[-1]

    def goes_on(score: float) -> bool:
        scores = trial.scores.copy()
        scores[split] = score
        return not policy(standings, replace(trial, scores=scores))

    n_lost = bisect_left(known.scores, True, key=goes_on)
    if not n_lost:
        return None
    ends = known.ends[min(n_lost, len(known.ends) - FEWEST) :]
    room = _GAPS * (max(ends) - min(ends)) / (len(ends) - 1)
    value = min(ends) - room if known.greater_is_better else max(ends) + room
    return Reach(float(f"{value:.6g}"), known.metric, known.greater_is_better)
