"""Questions about the trials so far."""

from .base import Policy

__all__ = ["Policy"]
