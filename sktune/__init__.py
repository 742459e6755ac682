"""Hyper-parameter search for scikit-learn: swap an import, keep everything."""

from .searches import GridSearch, RandomSearch

__all__ = ["GridSearch", "RandomSearch"]
__version__ = "0.1.0"
