"""Hyper-parameter search for scikit-learn: swap an import, keep everything."""

from .journal import read_journal
from .paths import PathFamily, register_path
from .policies import (
    BanditPolicy,
    ImprovementExhausted,
    MedianStoppingPolicy,
    NoImprovement,
    RacingPolicy,
    StopRule,
    TargetScore,
    TerminationPolicy,
    TruncationSelectionPolicy,
)
from .results import one_standard_error, practically_equal
from .searches import BayesSearch, GridSearch, RandomSearch
from .strategies import SuccessiveHalving

__all__ = [
    "BanditPolicy",
    "BayesSearch",
    "GridSearch",
    "ImprovementExhausted",
    "MedianStoppingPolicy",
    "NoImprovement",
    "PathFamily",
    "RacingPolicy",
    "RandomSearch",
    "StopRule",
    "SuccessiveHalving",
    "TargetScore",
    "TerminationPolicy",
    "TruncationSelectionPolicy",
    "one_standard_error",
    "practically_equal",
    "read_journal",
    "register_path",
]
__version__ = "0.1.0"
