"""Settings of hypothesis for laws over whole searches, and how many cases the plain run has."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

SETTINGS: dict[str, Any] = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],  # to shrink takes minutes
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}


def in_turn(first: Iterable[Any], *others: Iterable[Any], every: int | None = None) -> list[Any]:
    """Return all combinations; in the plain run each of the first once, with others in turn.

    Or else with one out of so many of the others.
    """
    rest = list(product(*others))
    n = every or len(rest)
    return [
        pytest.param(one, *more, marks=pytest.mark.slow if (turn - number) % n else [])
        for number, one in enumerate(first)
        for turn, more in enumerate(rest)
    ]


def few(n: int) -> int:
    """Return how many examples are tried: `n`, and eight times as many in the full profile."""
    return n * settings().max_examples // 25


SHRINKING = SETTINGS | {"phases": [Phase.generate, Phase.shrink]}
"""Where a search takes little."""
