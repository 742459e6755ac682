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


def in_turn(first: Iterable[Any], *others: Iterable[Any]) -> list[Any]:
    """Return all combinations; in the plain run each of the first once, with others in turn."""
    rest = list(product(*others))
    return [
        pytest.param(one, *more, marks=[] if number % len(rest) == turn else pytest.mark.slow)
        for number, one in enumerate(first)
        for turn, more in enumerate(rest)
    ]


def few(n: int) -> int:
    """Return how many examples are tried: `n`, and eight times as many in the full profile."""
    return n * settings().max_examples // 25


SHRINKING = SETTINGS | {"phases": [Phase.generate, Phase.shrink]}
"""Where a search takes little."""
