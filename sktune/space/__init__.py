"""The candidates that exist. Knows nothing of scores."""

from .choices import Choices
from .conditional import ConditionalSpace, Constraints
from .dimensions import Dimension
from .identity import identity
from .parameters import Space
from .pool import Pool
from .quantiles import Quantiles
from .ranges import Integer, Real

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
