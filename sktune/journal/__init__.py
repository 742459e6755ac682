"""Keeps what was found out in a file, and goes on from there."""

from .fingerprint import Field, as_fields
from .journal import Journal
from .opening import check_some_recur, is_folder, open_journal
from .reading import read_journal

__all__ = [
    "Field",
    "Journal",
    "as_fields",
    "check_some_recur",
    "is_folder",
    "open_journal",
    "read_journal",
]
