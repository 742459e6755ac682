"""Strategies: they propose candidates, by ask and tell."""

from .base import Proposal, Strategy
from .bayesian import Bayesian
from .enumerated import Enumerated
from .fold_by_fold import DrawnFoldByFold, FoldByFold
from .fold_observations import FoldFit
from .halving import Halving, SuccessiveHalving
from .sampled import Sampled
from .schedule import Schedule

__all__ = [
    "Bayesian",
    "DrawnFoldByFold",
    "Enumerated",
    "FoldByFold",
    "FoldFit",
    "Halving",
    "Proposal",
    "Sampled",
    "Schedule",
    "Strategy",
    "SuccessiveHalving",
]
