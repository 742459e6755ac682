"""Settings of hypothesis for laws over whole searches."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings

SETTINGS: dict[str, Any] = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],  # to shrink takes minutes
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}


def few(n: int) -> int:
    """Return how many examples are tried: `n`, and eight times as many in the full profile."""
    return n * settings().max_examples // 25


SHRINKING = SETTINGS | {"phases": [Phase.generate, Phase.shrink]}
"""Where a search takes little."""
