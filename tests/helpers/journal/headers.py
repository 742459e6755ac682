"""What a journal of few candidates needs."""

from __future__ import annotations

from sktune.journal.records import JournalHeader
from sktune.space import Space
from sktune.strategies import Enumerated, Strategy

N_SPLITS = 3
N_CANDIDATES = 20


def make_strategy() -> Strategy:
    return Enumerated(Space.of({"value": list(range(N_CANDIDATES))}))


def make_header(salt: str) -> JournalHeader:
    return JournalHeader(salt, "GridSearch", {"X": ("0", "data")}, {}, N_SPLITS)
