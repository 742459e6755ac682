"""The meta-estimators: what a user sees."""

from .bayes import BayesSearch
from .grid import GridSearch
from .random import RandomSearch
from .verifying import Verification, Verified

__all__ = [
    "BayesSearch",
    "GridSearch",
    "RandomSearch",
    "Verification",
    "Verified",
]
