"""Policies, which stop candidates, and rules, which end a search."""

from .base import Ending, Policy, Rule, StopRule, TerminationPolicy
from .endings import Deadline, SkoptCallbacks, StopAfter
from .hyperdrive import BanditPolicy, MedianStoppingPolicy, TruncationSelectionPolicy
from .named import check_rule, make_policy
from .racing import RacingPolicy
from .standings import Board, Standing, Standings
from .stopping import (
    ImprovementExhausted,
    NoImprovement,
    TargetScore,
    needs_expectation,
    out_of_reach,
)

__all__ = [
    "BanditPolicy",
    "Board",
    "Deadline",
    "Ending",
    "ImprovementExhausted",
    "MedianStoppingPolicy",
    "NoImprovement",
    "Policy",
    "RacingPolicy",
    "Rule",
    "SkoptCallbacks",
    "Standing",
    "Standings",
    "StopAfter",
    "StopRule",
    "TargetScore",
    "TerminationPolicy",
    "TruncationSelectionPolicy",
    "check_rule",
    "make_policy",
    "needs_expectation",
    "out_of_reach",
]
