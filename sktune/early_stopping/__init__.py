"""Boosting that finds its own number of rounds, on samples that are held out for it."""

from .dividing import Parts, divided
from .family import BoostingFamily, BoostingWatch, Curve
from .fits import HeldOut, StoppedFits, booster_in, matching, of_samples
from .option import SCORING, TEST, EarlyStopping
from .reach import Reach
from .refitting import rounds_on_all
from .registry import boosting_family, register_boosting, users_families

__all__ = [
    "SCORING",
    "TEST",
    "BoostingFamily",
    "BoostingWatch",
    "Curve",
    "EarlyStopping",
    "HeldOut",
    "Parts",
    "Reach",
    "StoppedFits",
    "booster_in",
    "boosting_family",
    "divided",
    "matching",
    "of_samples",
    "register_boosting",
    "rounds_on_all",
    "users_families",
]
