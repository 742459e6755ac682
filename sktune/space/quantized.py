"""Ranges with steps: the multiples of a number."""

from __future__ import annotations

import math
import numbers
from decimal import Decimal
from typing import Any

import numpy as np

from .choices import Choices
from .dimensions import Dimension, is_number
from .quantiles import Quantiles
from .ranges import Integer, Real
from .shorthands import dimension, expand

_MOST = 1_000_000
"""Values that a range may have."""

_SLACK = 1e-9
"""By how much of a step a bound may be off a multiple: 0.3 / 0.1 is less than 3."""


class Steps(Choices):
    """Numbers in order, each with its share of a range."""

    ordered = True  # however few there are

    def __repr__(self) -> str:
        return f"Steps({self.values[0]!r} to {self.values[-1]!r}, {len(self.values)} values)"


def quantized(given: Any, q: float) -> Dimension:
    """Return the multiples of `q` within a range, or of what a distribution draws.

    For `RandomSearch` and `BayesSearch`. Each multiple is as likely as all numbers that are
    nearest to it.

    Parameters
    ----------
    given : tuple or frozen distribution
        A range, such as ``(low, high)`` or ``(low, high, "log-uniform")``, or a continuous
        distribution of `scipy.stats`, such as ``norm(10, 3)`` and ``lognorm(1, scale=10)``.
    q : float
        The step. With a whole number values are ints.

    Returns
    -------
    dimension : Dimension
        To be put into a space.

    Raises
    ------
    ValueError, TypeError
        If there is no multiple of q, or there are more than a million; for anything else.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> from sktune import quantized
    >>> quantized((0.1, 0.5), 0.1).values
    [0.1, 0.2, 0.3, 0.4, 0.5]
    >>> quantized((1, 1000, "log-uniform"), 250).values
    [250, 500, 750, 1000]
    >>> quantized(norm(10, 1), 2).values
    [8, 10, 12]
    """
    if not (is_number(q) and q > 0):
        raise ValueError(f"q={q!r}; pass the step, a number above 0.")
    within = expand("given", given, "quantized", tuples_too=True)
    if isinstance(within, list | np.ndarray | Choices):
        raise TypeError(f"quantized: {given!r} has values already; pass it as it is, without q.")
    inner = dimension("given", within, "quantized")
    if isinstance(inner, Integer):  # between its bounds is every number
        inner = Real(inner.low, inner.high, inner.log)
    low, high = getattr(inner, "low", None), getattr(inner, "high", None)
    if low is None or high is None or getattr(inner, "discrete", False):
        raise TypeError(f"quantized: {given!r} has values already; pass it as it is, without q.")
    first, last = math.ceil(low / q - _SLACK), math.floor(high / q + _SLACK)
    if last < first:
        raise ValueError(
            f"q={q!r}: there is no multiple of it from {low:g} to {high:g}. Pass a smaller step."
        )
    if last - first >= _MOST:
        raise ValueError(
            f"q={q!r}: there are {last - first + 1:,} multiples of it from {low:g} to {high:g}, "
            "each of which would be kept in memory. Pass a larger step, or the range itself."
        )
    middles = np.clip((np.arange(first, last) + 0.5) * q, low, high)
    if isinstance(inner, Quantiles):
        places = inner.encode_all(middles)
    else:
        places = np.array([inner.encode(middle) for middle in middles.tolist()])
    shares = np.diff(places, prepend=0.0, append=1.0)
    return Steps([_multiple(k, q) for k in range(first, last + 1)], shares.tolist())


def _multiple(k: int, q: Any) -> float | int:
    """Return a multiple as people write it: three times 0.1 is 0.3."""
    return k * int(q) if isinstance(q, numbers.Integral) else float(k * Decimal(repr(float(q))))
