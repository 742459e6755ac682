"""Questions about the trials so far: who is given up, and when the search is over."""

from .bandit import BanditPolicy
from .base import Ending, Policy, Rule, StopRule, TerminationPolicy
from .deadline import Deadline
from .median import MedianStoppingPolicy
from .named import check_rule, make_policy
from .racing import RacingPolicy
from .standings import Board, Standing, Standings
from .stopping import ImprovementExhausted, NoImprovement, TargetScore, needs_expectation
from .truncation import TruncationSelectionPolicy

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
    "Standing",
    "Standings",
    "StopRule",
    "TargetScore",
    "TerminationPolicy",
    "TruncationSelectionPolicy",
    "check_rule",
    "make_policy",
    "needs_expectation",
]
