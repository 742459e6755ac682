"""Short texts that say whether two values, in different processes, are the same.

A digest is the hash of a tree: the kind of a value, and the digests of what it is made of
(`walking`). What a value of a kind is made of stands in one table (`kinds`).
"""

from .describing import describe
from .walking import Undescribable, digest

__all__ = ["Undescribable", "describe", "digest"]
