"""Trees: pruning, and checking input once for many trees."""

from __future__ import annotations

from sklearn.tree import BaseDecisionTree

from ..types import Matrix, Model, Samples
from .names import require

require(BaseDecisionTree, "_prune_tree", "_validate_X_predict")


def prune(tree: Model) -> None:
    """Prune a fitted tree as its own `ccp_alpha` says; the tree it had is not changed."""
    tree._prune_tree()


def checked_by_tree(model: Model, X: Samples) -> Matrix:
    """Return samples as a tree's ``predict(X, check_input=False)`` takes them."""
    return model._validate_X_predict(X, check_input=True)
