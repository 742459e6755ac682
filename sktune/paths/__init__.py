"""Paths: fits that contain others. `family.py` is the contract; a file for each kind."""

from . import (  # noqa: F401 - each registers its families
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

__all__ = [
    "Fit",
    "PathFamily",
    "adopt",
    "family_of",
    "kin_of",
    "register_path",
    "registered",
]
