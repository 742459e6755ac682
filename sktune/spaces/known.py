"""The rows of a class, by its name: nothing is imported but the table of its kind."""

from __future__ import annotations

import functools
import sys
from typing import Any

from ..optional import package
from .rows import Branch

_FILES = {
    "sklearn.calibration": "neighbors",
    "sklearn.cluster": "unsupervised",
    "sklearn.covariance": "unsupervised",
    "sklearn.cross_decomposition": "unsupervised",
    "sklearn.decomposition": "unsupervised",
    "sklearn.discriminant_analysis": "neighbors",
    "sklearn.ensemble": "trees",
    "sklearn.feature_extraction": "preprocessing",
    "sklearn.feature_selection": "preprocessing",
    "sklearn.gaussian_process": "kernels",
    "sklearn.impute": "preprocessing",
    "sklearn.kernel_approximation": "kernels",
    "sklearn.kernel_ridge": "kernels",
    "sklearn.linear_model": "linear_model",
    "sklearn.manifold": "unsupervised",
    "sklearn.mixture": "unsupervised",
    "sklearn.multiclass": "neighbors",
    "sklearn.naive_bayes": "neighbors",
    "sklearn.neighbors": "neighbors",
    "sklearn.neural_network": "neighbors",
    "sklearn.preprocessing": "preprocessing",
    "sklearn.random_projection": "unsupervised",
    "sklearn.semi_supervised": "neighbors",
    "sklearn.svm": "kernels",
    "sklearn.tree": "trees",
    "catboost": "boosting_libraries",
    "lightgbm": "boosting_libraries",
    "xgboost": "boosting_libraries",
}
"""The file of tables for each module from which a user imports classes."""


def branches_of(kind: type) -> list[Branch]:
    """Return the dicts of rows of exactly this class; none if nothing is known of it."""
    rows: list[Branch] = _known("TABLE", kind)
    return rows


def good_of(kind: type) -> list[dict[str, Any]]:
    """Return values of exactly this class that were good on other data, the best first."""
    good: list[dict[str, Any]] = _known("GOOD", kind)
    return good


def _known(what: str, kind: type) -> list[Any]:
    parts = kind.__module__.split(".")
    module = ".".join(parts[:2]) if parts[0] == "sklearn" else parts[0]
    if module not in _FILES or kind.__name__ not in (known := _read(what, _FILES[module])):
        return []
    public = getattr(sys.modules[module], kind.__name__, None)
    if public is not kind and not kind.__module__.startswith("sklearn.feature_extraction."):
        return []  # a user's class may call itself anything
    return known[kind.__name__]


def known_base(kind: type) -> type | None:
    """Return the nearest class above one of a user's own of which something is known."""
    return next((base for base in kind.__mro__[1:] if branches_of(base)), None)


@functools.cache
def _read(what: str, file: str) -> dict[str, list[Any]]:
    """Return a table of a file, by the name of each class; empty if it has none of these."""
    table: dict[str, Any] = getattr(package(f"{__package__}.tables.{file}"), what, {})
    return {name: known for names, known in table.items() for name in names.split()}
