"""The candidates that exist. Knows nothing of scores."""

from .choices import Choices
from .conditional import ConditionalSpace, Constraints
from .dimensions import Dimension
from .identity import identity
from .parameters import SPACES, Space, space_of
from .pool import Pool
from .quantiles import Quantiles
from .quantized import quantized
from .ranges import Integer, Real
from .sobol import sobol

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
    "quantized",
    "sobol",
    "space_of",
]
