"""The journal of a search: a file of all its outcomes, from which the same search goes on."""

from .checkpoint import check_some_recur, is_folder, make_journal
from .environments import same_environment
from .fingerprint import as_fields, check_same_measured, data_digests, data_of, fields_of
from .journal import Journal
from .reading import read_journal

__all__ = [
    "Journal",
    "as_fields",
    "check_same_measured",
    "check_some_recur",
    "data_digests",
    "data_of",
    "fields_of",
    "is_folder",
    "make_journal",
    "read_journal",
    "same_environment",
]
