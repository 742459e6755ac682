"""Whether the parameters of an estimator are such that its fit does not refuse them."""

from __future__ import annotations

from typing import Any


def takes_its_parameters(estimator: Any) -> bool:
    """Whether an estimator's parameters have types and values that its class declares."""
    try:
        estimator._validate_params()
    except (ValueError, TypeError):
        return False
    return True
