"""What is scikit-learn's own, and so known to do no more than it does there."""

from __future__ import annotations

from typing import Any


def package_of(thing: Any) -> str:
    """Return the name of the package that has a class or a function; empty if it has none."""
    return (getattr(thing, "__module__", None) or "").partition(".")[0]


def is_sklearns(kind: Any) -> bool:
    """Whether a class is scikit-learn's own; a subclass of a user's is not."""
    return package_of(kind) == "sklearn"
