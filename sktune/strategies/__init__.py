"""What proposes candidates: ask and tell."""

from .base import Strategy
from .enumerated import Enumerated
from .sampled import Sampled

__all__ = ["Enumerated", "Sampled", "Strategy"]
