"""Paths: fits that contain others.

`family.py` is the contract; a file for each kind has the families, and is loaded by `registry.py`
when an estimator of that kind is met.
"""

from .family import Fit, PathFamily, adopt, takes
from .registry import (
    are_searched,
    family_of,
    kin_of,
    register_path,
    registered,
    searched_in_common,
)

__all__ = [
    "Fit",
    "PathFamily",
    "adopt",
    "are_searched",
    "family_of",
    "kin_of",
    "register_path",
    "registered",
    "searched_in_common",
    "takes",
]
