"""Paths: fits that contain others. `family.py` is the contract; a file for each kind."""

from . import (
    boosting,
    boosting_libraries,
    decomposition,
    ensembles,
    forests,
    linear,
    neighbors,
    saturation,
    selection,
    text,
    trees,
)
from .family import Fit, PathFamily, adopt
from .registry import family_of, kin_of, register_path, registered

FAMILIES = (
    boosting,
    boosting_libraries,
    decomposition,
    ensembles,
    forests,
    linear,
    neighbors,
    saturation,
    selection,
    text,
    trees,
)
"""Modules that register scikit-learn's own classes; see `docs/sharing.md`."""

__all__ = [
    "FAMILIES",
    "Fit",
    "PathFamily",
    "adopt",
    "family_of",
    "kin_of",
    "register_path",
    "registered",
]
