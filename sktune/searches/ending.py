"""What a search does about losers, and about its own end."""

from __future__ import annotations

from typing import Any

from ..engine import Racing
from ..observers import StopAfter
from ..policies import Board, Ending, make_policy
from ..strategies import Strategy
from ..trials import SINGLE, Trials
from .bounds import best_possible


def racing_of(search: Any, trials: Trials, guide: Any) -> Racing | None:
    """Make who gives up candidates, if a search is to.

    Parameters
    ----------
    search : estimator
    trials : Trials
    guide : object
        The metric that decides, where there are several.
    """
    policy = make_policy(search.early_termination)
    if policy is None:
        return None
    metric = _name(guide)
    bound = best_possible(search.scoring, metric, search.estimator)
    return Racing(policy, Board(trials, metric, bound), trials)


def endings_of(search: Any, strategy: Strategy, guide: Any) -> list[Ending]:
    """Make what ends a search before it has tried all."""
    endings: list[Ending] = []
    if search.stop is not None:
        metric = _name(guide)
        bound = best_possible(search.scoring, metric, search.estimator)
        expected = strategy.expected_improvement if strategy.expects else None
        endings.append(StopAfter(search.stop, metric, bound, expected))
    return endings


def _name(guide: Any) -> str:
    return guide if isinstance(guide, str) else SINGLE
