"""The journal of a search: a file of all its outcomes, from which the same search goes on."""

from .checkpoint import check_some_recur, is_folder, open_journal
from .fingerprint import Field, as_fields
from .journal import Journal
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
