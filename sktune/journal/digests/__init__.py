"""Short texts that say whether two values, in different processes, are the same.

A digest is the hash of a tree: the class of a value, and the digests of its parts. What the
parts of a value are stands in one table (`kinds`), and the walk over them is one function
(`walking`). Plain values are packed many at a time (`parts`), arrays and frames are hashed
as they lie in memory (`data`), and all that the table does not have is described by what
`__reduce_ex__` says: nothing is pickled, and of the library of a frame nothing is imported.

What has no digest (a lock, an open file, what is nested too deep) is refused, with its place, its
type, and the remedy: a version that the user gives it, ``__sktune_version__``.
"""

from .walking import Undescribable, describe, digest

__all__ = ["Undescribable", "describe", "digest"]
