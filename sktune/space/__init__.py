"""Which candidates exist. Knows nothing of scores."""

from .conditional import ConditionalSpace, Constraints
from .dimensions import Choices, Dimension, Integer, Quantiles, Real
from .identity import identity
from .parameters import Space
from .pool import Pool

__all__ = [
    "Choices",
    "ConditionalSpace",
    "Constraints",
    "Dimension",
    "Integer",
    "Pool",
    "Quantiles",
    "Real",
    "Space",
    "identity",
]
