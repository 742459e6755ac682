"""The promise of a point: the logarithm of the expected improvement.

Ament, Daulton, Eriksson, Balandat & Bakshy, Unexpected Improvements to Expected Improvement
for Bayesian Optimization (2023), eq. 8 to 10: where the improvement itself underflows, its
logarithm still tells points apart.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erfcx, ndtr

from ..types import Floats

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
_FAR = -1e6
"""Beyond, what the middle formula subtracts from 1 differs from it by a rounding error."""


def log_expected_improvement(mean: Floats, std: Floats, best: float) -> Floats:
    """Return log E[max(f - best, 0)] for f ~ N(mean, std^2), element by element.

    Parameters
    ----------
    mean, std : float array of shape (m,)
    best : float
        What is to be improved on.

    Examples
    --------
    >>> import numpy as np
    >>> log_expected_improvement(np.array([0.0, -40.0]), np.ones(2), 0.0).round(2)
    array([  -0.92, -808.3 ])
    """
    z = (mean - best) / std
    return _log_h(z) + np.log(std)


def _log_h(z: Floats) -> Floats:
    """log(phi(z) + z Phi(z)), without underflow."""
    near = np.maximum(z, -1.0)
    with np.errstate(divide="ignore"):
        above = np.log(np.exp(-0.5 * near**2 - _HALF_LOG_2PI) + near * ndtr(near))
    middle = np.clip(z, _FAR, -1.0)
    # log(1 - |z| sqrt(pi / 2) erfcx(|z| / sqrt(2)))
    between = np.log1p(middle * math.sqrt(math.pi / 2) * erfcx(-middle / math.sqrt(2)))
    far = -2.0 * np.log(np.maximum(-z, 1.0))
    tail = np.where(z > _FAR, between, far)
    return np.asarray(np.where(z > -1.0, above, -0.5 * z**2 - _HALF_LOG_2PI + tail))
