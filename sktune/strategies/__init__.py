"""What proposes candidates: ask and tell."""

from .base import Strategy
from .bayesian import Bayesian
from .enumerated import Enumerated
from .sampled import Sampled

__all__ = ["Bayesian", "Enumerated", "Sampled", "Strategy"]
