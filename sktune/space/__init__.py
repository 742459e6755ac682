"""Which candidates exist. Knows nothing of scores."""

from .identity import identity
from .parameters import Space

__all__ = ["Space", "identity"]
