"""Trackers: observers that keep every candidate where a team keeps its experiments."""

from .records import Ended, Refitted, SearchRecord, Store, TrialRecord
from .secret_names import SECRETS, is_secret, without_secrets
from .texts import legal_names, text_of
from .tracker import Tracker

__all__ = [
    "SECRETS",
    "Ended",
    "Refitted",
    "SearchRecord",
    "Store",
    "Tracker",
    "TrialRecord",
    "is_secret",
    "legal_names",
    "text_of",
    "without_secrets",
]
