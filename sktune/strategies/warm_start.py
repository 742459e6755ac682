"""Earlier results as observations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..exceptions import tell
from ..space import ConditionalSpace
from ..space.dimensions import Floats

_SHOWN = 3


def read_results(given: Any, space: ConditionalSpace, metric: str) -> tuple[Floats, list[float]]:
    """Take over the candidates of an earlier search that are in a space.

    Parameters
    ----------
    given : mapping or fitted search
        `cv_results_`, or what has it.
    space : ConditionalSpace
    metric : str

    Returns
    -------
    points : float array of shape (n, 1 + n_slots)
    scores : list of float
        nan for candidates that failed.

    Raises
    ------
    TypeError, ValueError
        If there are no results, or none in this metric.

    Warns
    -----
    UserWarning
        Of candidates that are not in the space.
    """
    results = getattr(given, "cv_results_", given)
    if not isinstance(results, Mapping) or "params" not in results:
        raise TypeError(
            f"warm_start_from is {given!r}; pass the cv_results_ of an earlier search, or a "
            "search that has been fitted."
        )
    column = f"mean_test_{metric}"
    if column not in results:
        there = sorted(name for name in results if name.startswith("mean_test_"))
        raise ValueError(
            f"warm_start_from has no {column!r}, which this search maximises; it has {there}. "
            "Choose the metric with refit, or rename the column."
        )
    candidates = list(results["params"])
    points = space.encode(candidates)
    inside = ~np.isnan(points[:, 0])
    dropped = [params for params, kept in zip(candidates, inside, strict=True) if not kept]
    if dropped:
        shown = "\n".join(f"  {params}" for params in dropped[:_SHOWN])
        more = f"\n  and {len(dropped) - _SHOWN} more" if len(dropped) > _SHOWN else ""
        tell(
            f"warm_start_from: {len(dropped)} of {len(candidates)} candidates are not in this "
            f"search space and were dropped:\n{shown}{more}"
        )
    status = results.get("status", ["ok"] * len(candidates))
    scores = [
        float(f"{float(score):.12g}") if ok in ("ok", "stopped") else math.nan
        for score, ok in zip(results[column], status, strict=True)
    ]
    return points[inside], [s for s, kept in zip(scores, inside, strict=True) if kept]
