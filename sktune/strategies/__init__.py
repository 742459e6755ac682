"""What proposes candidates: ask and tell."""

from .base import Proposal, Strategy
from .bayesian import Bayesian
from .enumerated import Enumerated
from .sampled import Sampled

__all__ = ["Bayesian", "Enumerated", "Proposal", "Sampled", "Strategy"]
