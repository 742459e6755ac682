"""Paths: fits that contain others.

`family.py` is the contract; a file for each kind has the families, and is loaded by `registry.py`
when an estimator of that kind is met.
"""

from .family import Fit, PathFamily, adopt, takes
from .registry import are_searched, family_of, kin_of, may_contain, register_path, registered

__all__ = [
    "Fit",
    "PathFamily",
    "adopt",
    "are_searched",
    "family_of",
    "kin_of",
    "may_contain",
    "register_path",
    "registered",
    "takes",
]
