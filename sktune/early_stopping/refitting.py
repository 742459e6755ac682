"""With how many rounds the best candidate is fitted on all data."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from typing import Any

from ..trials import Rounds


def rounds_on_all(found: Sequence[Rounds], refit: Any, n_samples: int) -> int | None:
    """Return the number of rounds for all samples, from those of the splits.

    Parameters
    ----------
    found : sequence of Rounds
    refit : str or int
        As of `EarlyStopping`.
    n_samples : int

    Examples
    --------
    >>> from sktune.trials import Rounds
    >>> found = [Rounds(90, 500, n_samples=72), Rounds(110, 500, n_samples=72)]
    >>> rounds_on_all(found, "mean", 100), rounds_on_all(found, "scaled", 100)
    (100, 118)
    """
    if not isinstance(refit, str):
        return int(refit)
    if not found:
        return None
    rounds = [_scaled(one, n_samples) if refit == "scaled" else one.n for one in found]
    return max(1, round(fsum(rounds) / len(rounds)))


def _scaled(found: Rounds, n_samples: int) -> float:
    """Return the rounds for more samples, but no more than there may be."""
    # in proportion to the samples they are too many: measured on six data sets
    n = found.n * (sqrt(n_samples / found.n_samples) if found.n_samples else 1.0)
    return n if found.most is None else max(found.n, min(n, found.most))
