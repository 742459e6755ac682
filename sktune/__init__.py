"""Hyper-parameter search for scikit-learn: swap an import, keep everything."""

from .searches import BayesSearch, GridSearch, RandomSearch

__all__ = ["BayesSearch", "GridSearch", "RandomSearch"]
__version__ = "0.1.0"
