"""The spaces of known estimators, which nobody has to write."""

from .building import space_for
from .shown import KnownSpace, KnownSpaces

__all__ = ["KnownSpace", "KnownSpaces", "space_for"]
