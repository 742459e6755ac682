"""The rungs of successive halving in ``cv_results_``: only rows of one rung compare."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from ..exceptions import warn
from ..trials import Rung
from ..types import Bools
from .table import Table


def n_ranked(table: Table, name: str) -> int:
    """Return how many rows, from the first, are of rungs that have been finished.

    All without rungs, and where there is no such rung. What comes first on a rung that a time limit
    has cut short was the last to get there, and not the best; and on a rung on which all candidates
    have failed none is the best. Rows are compared by the metric of that name.
    """
    rungs = [trial.rung for trial in table.rows]
    complete: Bools = np.asarray(table.known.all(axis=1))
    sound = complete & ~(table.failed[name] | np.isnan(table.test[name])).any(axis=1)
    n = 0
    for rung, first, last in _spans(rungs):
        rows = slice(first, last)
        over = complete[rows] | table.stopped[rows]
        if last - first < rung.n_candidates or not over.all():
            break
        if sound[rows].any():
            n = last
    return n or len(rungs)


def report_rungs(table: Table, name: str) -> None:
    """Warn of rungs on which no candidate had a score: which went on is an accident then."""
    for rung, first, last in _spans([trial.rung for trial in table.rows]):
        complete = table.known[first:last].all(axis=1)
        scored = ~np.isnan(table.test[name][first:last]).any(axis=1)
        if complete.sum() > 1 and not scored.any():
            warn(
                f"On rung {rung.number}, with {rung.resource}={rung.n_resources}, no candidate has "
                "a score on all splits, so which went on was decided by their order. Raise "
                "min_resources."
            )


def _spans(rungs: list[Rung | None]) -> list[tuple[Rung, int, int]]:
    """Return each rung with its first row, and the one after its last."""
    found: list[tuple[Rung, int, int]] = []
    for row, rung in enumerate(rungs):
        if rung is None:
            continue
        if found and found[-1][0] == rung:
            found[-1] = rung, found[-1][1], row + 1
        else:
            found.append((rung, row, row + 1))
    return found


def halving_attributes(table: Table) -> dict[str, Any]:
    """Return what scikit-learn's halving searches tell of the rungs that there were, by name."""
    spans = _spans([trial.rung for trial in table.rows])
    last, first, end = spans[-1]
    n_left = int((~table.stopped[first:end]).sum())
    return {
        "n_resources_": [rung.n_resources for rung, *_ in spans],
        "n_candidates_": [rung.n_candidates for rung, *_ in spans],
        "n_iterations_": len(spans),
        "n_remaining_candidates_": min(n_left, ceil(last.n_candidates / last.factor)),
    }
