"""The candidates that exist. Knows nothing of scores."""

from .choices import Choices
from .conditional import ConditionalSpace, Constraints
from .dimensions import Dimension
from .given import SPACES, space_of
from .identity import identity
from .parameters import Space
from .pool import Pool
from .quantiles import Quantiles
from .ranges import Integer, Real

__all__ = [
    "SPACES",
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
    "space_of",
]
