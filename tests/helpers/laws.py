"""Settings of hypothesis for laws over whole searches."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase

SETTINGS: dict[str, Any] = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],  # to shrink takes minutes
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}

SHRINKING = SETTINGS | {"phases": [Phase.generate, Phase.shrink]}
"""Where a search takes little."""
