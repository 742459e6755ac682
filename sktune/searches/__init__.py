"""The meta-estimators: what a user sees."""

from .grid import GridSearch
from .random import RandomSearch

__all__ = ["GridSearch", "RandomSearch"]
