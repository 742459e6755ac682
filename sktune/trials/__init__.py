"""Candidates that were proposed, and what they scored."""

from .outcomes import SAMPLES, SINGLE, Failure, Outcome, Rounds, Rung
from .store import Listener, Trial, Trials

__all__ = [
    "SAMPLES",
    "SINGLE",
    "Failure",
    "Listener",
    "Outcome",
    "Rounds",
    "Rung",
    "Trial",
    "Trials",
]
