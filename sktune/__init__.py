"""Hyper-parameter search for scikit-learn: swap an import, keep everything."""

from .journal import read_journal
from .paths import PathFamily, register_path
from .searches import BayesSearch, GridSearch, RandomSearch

__all__ = [
    "BayesSearch",
    "GridSearch",
    "PathFamily",
    "RandomSearch",
    "read_journal",
    "register_path",
]
__version__ = "0.1.0"
