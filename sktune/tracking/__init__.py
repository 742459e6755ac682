"""Trackers: observers that keep every candidate where a team keeps its experiments."""

from .apart import ApartStore, StoreError
from .autologging import autologged
from .mlflow import MLflowTracker
from .optuna import OptunaTracker, to_optuna
from .records import Ended, Refitted, SearchRecord, Store, StoreOfMany, TrialRecord
from .replaying import STORES, track
from .secret_names import SECRETS, is_secret, without_secrets
from .texts import legal_names, text_of
from .tracker import Tracker
from .wandb import WandbTracker

__all__ = [
    "SECRETS",
    "STORES",
    "ApartStore",
    "Ended",
    "MLflowTracker",
    "OptunaTracker",
    "Refitted",
    "SearchRecord",
    "Store",
    "StoreError",
    "StoreOfMany",
    "Tracker",
    "TrialRecord",
    "WandbTracker",
    "autologged",
    "is_secret",
    "legal_names",
    "text_of",
    "to_optuna",
    "track",
    "without_secrets",
]
