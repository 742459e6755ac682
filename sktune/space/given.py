"""The space of a search, as it was given."""

from __future__ import annotations

from typing import Any

SPACES = ("param_grid", "param_distributions", "search_spaces")
"""What searches call it, scikit-learn's too."""


def space_of(search: object) -> Any:
    """Return what a search searches; None where it does not say."""
    return next((getattr(search, name) for name in SPACES if hasattr(search, name)), None)
