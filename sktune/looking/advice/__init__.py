"""Advice: what a search itself would tell of how to go on, with its evidence."""

from .advise import Advice, advise
from .finding import Finding

__all__ = ["Advice", "Finding", "advise"]
