"""The choice of the best candidate."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..messages import in_short
from ..types import Bools
from .table import Table


@dataclass(frozen=True)
class Best:
    """The best candidate.

    Attributes
    ----------
    row : int
        In ``cv_results_``.
    params : dict
    score : float or None
        Its mean, over the splits that are done; None where a callable has chosen.
    rivals : slice or None
        Rows that compare with it: those of its rung of successive halving. None without rungs.
    complete : bool
        Whether there was a candidate with all its splits.
    """

    row: int
    params: dict[str, Any]
    score: float | None
    rivals: slice | None
    complete: bool


def last_rung(results: Mapping[str, Any]) -> Bools:
    """Return which rows of ``cv_results_`` are of the last rung; all without rungs.

    Examples
    --------
    >>> import numpy as np
    >>> last_rung({"params": [{}, {}, {}], "iter": np.array([0, 0, 1])})
    array([False, False,  True])
    """
    n = len(results["params"])
    if "iter" not in results or not n:
        return np.ones(n, dtype=bool)
    return np.asarray(results["iter"] == results["iter"].max())


def best_row(
    results: Mapping[str, Any], refit: bool | str | Callable[..., Any], metric: str
) -> int:
    """Pick the row of the best candidate.

    Parameters
    ----------
    results : mapping
        `cv_results_`.
    refit : bool, str or callable
        A callable takes `results` and returns the row.
    metric : str
        Which metric's ranks decide otherwise; under successive halving those of the last rung.

    Raises
    ------
    TypeError, IndexError, ValueError
        If a callable returns no row, or that of a candidate that was stopped.
    """
    if not callable(refit):
        rows = np.flatnonzero(last_rung(results))
        return rows[results[f"rank_test_{metric}"][rows].argmin()]  # type: ignore[no-any-return] # without types
    # a callable may add columns, as in scikit-learn, or take some away
    n, status = len(results["params"]), results["status"]
    index = refit(results)
    if not isinstance(index, numbers.Integral):
        raise TypeError(
            f"best_index_ returned is not an integer: refit={in_short(refit)} returned "
            f"{in_short(index)}. Return the row of the best candidate in cv_results_."
        )
    if not 0 <= int(index) < n:
        raise IndexError(
            f"best_index_ index out of range: refit={in_short(refit)} returned {index} for {n} "
            "candidates. Return the row of the best one in cv_results_."
        )
    if status[int(index)] == "stopped":
        raise ValueError(
            f"refit={in_short(refit)} returned {index}, a candidate that early_termination has "
            "stopped: its mean score is nan. np.argmax takes nan for the largest: use np.nanargmax."
        )
    # of True and False, which are integers, numpy would make a mask
    return int(index) if index is True or index is False else index  # type: ignore[comparison-overlap, return-value]


def best_of_most_splits(table: Table, metric: str) -> int:
    """Pick the best row where the search ended before any candidate had all its splits.

    That is the best mean over the splits done, among the candidates with most of them.

    Raises
    ------
    ValueError
        If all candidates were stopped.
    """
    if table.stopped.all():
        raise ValueError(
            "early_termination has stopped every candidate, so none is the best. A policy must let "
            "the best of them go on."
        )
    n_done = np.where(table.stopped, 0, table.known.sum(axis=1))
    sums = np.where(table.known, table.test[metric], 0.0).sum(axis=1)
    means = np.where(n_done == n_done.max(), sums / n_done.max(), -np.inf)
    # a number in place of a score is not a score
    sound = np.where(table.failed[metric].any(axis=1), -np.inf, means)
    for of in (sound, means):
        if not np.isnan(of).all() and np.nanmax(of) > -np.inf:
            return int(np.nanargmax(of))
    return 0
