"""The end of a search that did not try everything, in a few sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ..messages import duration
from .results import Results

_WHY = {
    "timeout": "Stopped by timeout",
    "stop": "Stopped by its stop rule",
    "callback": "Stopped by a callback or an observer",
    "interrupted": "Interrupted",
    "error": "Ended by an error",
    "open": "Not ended (killed or still running)",
    "closed": "Ended (the checkpoint does not say why)",
}

REFIT_BY_HAND = "clone(search.estimator).set_params(**search.best_params_).fit(X, y) fits the best."
"""What can be done where there is no refit."""


def ending_in_words(
    results: Results,
    *,
    n_candidates: int | None,
    seconds: float,
    checkpoint: str | None = None,
) -> str:
    """Say why a search has ended early, what is kept, and what is missing; empty if it has not.

    Parameters
    ----------
    results : Results
    n_candidates : int or None
        How many candidates there would have been, if that is known.
    seconds : float
        How long it took.
    checkpoint : str, optional
        The file from which it can go on.
    """
    why = why_in_words(results, n_candidates=n_candidates, seconds=seconds)
    if not why:
        return ""
    table, raised = results.table, results.ended_by in ("interrupted", "error")
    if not table.rows:
        return f"{why} {_goes_on(checkpoint)}" if raised and checkpoint else why
    has_best = not table.multimetric or results.objective.metric is not None
    told = f"{why} Kept: {'cv_results_ and best_params_' if has_best else 'cv_results_'}"
    if not raised:
        return f"{told}."
    told += ", of what was done. Missing: best_estimator_."
    by_hand = f" {REFIT_BY_HAND}" if has_best else ""
    return f"{told}{by_hand} {_goes_on(checkpoint)}"


def why_in_words(results: Results, *, n_candidates: int | None, seconds: float) -> str:
    """Say in a sentence why a search has ended early, and how far it is; empty if it has not."""
    if results.ended_by == "completed":
        return ""
    why, table = f"{_WHY[results.ended_by]} after {duration(seconds)}", results.table
    if not table.rows:
        return f"{why}, before any fit had ended: there are no results."
    complete = table.known.all(axis=1)
    n_complete, n_stopped = int(complete.sum()), int((table.stopped & ~complete).sum())
    n_partial = len(table.rows) - n_complete - n_stopped
    of = "" if n_candidates is None else f" of {n_candidates}"
    counts = [f"{n_complete}{of} candidates complete"]
    counts += [f"{n_stopped} stopped early"] if n_stopped else []
    counts += [f"{n_partial} partial"] if n_partial else []
    left = 0 if n_candidates is None else n_candidates - len(table.rows)
    counts += [f"{left} not begun"] if left > 0 else []
    return f"{why}: {', '.join(counts)}."


def summary_line(results: Mapping[str, Any], best_score: float | None, ended_by: str | None) -> str:
    """Return in a line what a search has come to.

    Parameters
    ----------
    results : mapping
        ``cv_results_``.
    best_score : float or None
    ended_by : str or None
        As of `Results`; None if it is not known.

    Examples
    --------
    >>> results = {"params": [{}] * 4, "status": ["ok", "ok", "failed", "stopped"]}
    >>> summary_line(results, 0.95333, "completed")
    'Best score 0.9533; 4 candidates, 1 failed, 1 stopped; completed'
    """
    counts = Counter(results.get("status", ()))
    n = len(results["params"])
    told = [f"{n} candidate" if n == 1 else f"{n} candidates"]
    told += [f"{k} {status}" for status, k in counts.items() if status != "ok"]
    line = ", ".join(told)
    if best_score is not None:
        line = f"Best score {best_score:.4g}; {line}"
    return line if ended_by is None else f"{line}; {ended_by}"


def _goes_on(checkpoint: str | None) -> str:
    if checkpoint is not None:
        return f"To go on, run the same lines again: {checkpoint} has every fit."
    return 'A search with checkpoint="search.jsonl" can be gone on with.'
