"""Ranges of which the estimator takes nothing are refused: every candidate would fail.

Mostly these are ranges of floats for a whole number: ``(1, 1e2)``.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from .. import _sklearn
from ..types import Estimator
from .checking import settings_around
from .dimensions import Dimension, is_distribution
from .parameters import Space, name_of
from .ranges import Integer, Real
from .setting import configured
from .shorthands import dimension as as_dimension

_PLACES = np.array([0.002, 0.07, 0.21, 0.37, 0.5, 0.63, 0.78, 0.94, 0.998])
"""Where a range is looked at; nothing is drawn from it."""

_MOST_SETTINGS = 20
"""Ways to set the steps around a name: where there are more, it is left to the fits."""


def check_ranges(space: Space, estimator: Estimator, where: str) -> None:
    """Refuse a range or a distribution if scikit-learn's validation lets none of its values pass.

    Raises
    ------
    ValueError
        With what the estimator takes, and how the range is written.
    """
    for index, sub in enumerate(space.subspaces):
        within = name_of(where, index, len(space.subspaces))
        for name, values in sub.items():
            if is_distribution(values):
                with suppress(TypeError, ValueError):  # it may be one that can only be drawn from
                    if (why := _why_refused(name, values, sub, estimator)) is not None:
                        break
        else:
            continue
        raise ValueError(f"{within}: {name!r} can have none of {_shown(values)}: {why}")


def _why_refused(
    name: str, values: Any, sub: Mapping[str, Any], estimator: Estimator
) -> str | None:
    """Return why whatever is set around a name refuses all of its values, and what to write."""
    known = as_dimension(name, values, "")
    listed = {other: v for other, v in sub.items() if not is_distribution(v)}
    if any(name.startswith(other + "__") for other in sub.keys() - listed.keys()):
        return None
    around = list(itertools.islice(settings_around(name, listed), _MOST_SETTINGS + 1))
    if len(around) > _MOST_SETTINGS:
        return None
    owner, _, last = name.rpartition("__")
    why = None
    for setting in around:
        model = configured(estimator, setting)
        if owner:
            model = model.get_params()[owner]
        for value in known.decode_all(_PLACES):
            why = _sklearn.why_refused(model, last, value)
            if why is None:
                return None
        if isinstance(known, Real) and _sklearn.why_refused(model, last, _middle(known)) is None:
            why = f"{why} {_as_integers(known)}"
    return why


def _middle(known: Real) -> int:
    return round(known.decode(0.5))


def _as_integers(known: Real) -> str:
    """Return how a range of floats is written for whole numbers."""
    low, high = known.low, known.high
    if low != int(low) or high != int(high):
        return "Pass a range of integers, whose bounds are both int."
    log = ', "log-uniform"' if known.log else ""
    return f"For a range of integers write both bounds as int: ({int(low)}, {int(high)}{log})."


def _shown(values: Any) -> str:
    if isinstance(values, Real | Integer):
        kind = "floats" if isinstance(values, Real) else "integers"
        return f"the {kind} from {values.low!r} to {values.high!r}"
    return f"the values of {values!r}" if isinstance(values, Dimension) else "its distribution"
