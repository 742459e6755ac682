"""The end of a search that did not try everything, in a few sentences."""

from __future__ import annotations

from ..messages import duration
from .results import Results

_WHY = {
    "timeout": "Stopped by timeout",
    "stop": "Stopped by its stop rule",
    "callback": "Stopped by a callback or an observer",
    "interrupted": "Interrupted",
    "error": "Ended by an error",
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
    if results.ended_by == "completed":
        return ""
    why, table = f"{_WHY[results.ended_by]} after {duration(seconds)}", results.table
    raised = results.ended_by in ("interrupted", "error")
    if not table.rows:
        told = f"{why}, before any fit had ended: there are no results."
        return f"{told} {_goes_on(checkpoint)}" if raised and checkpoint else told
    complete = table.known.all(axis=1)
    n_complete, n_stopped = int(complete.sum()), int((table.stopped & ~complete).sum())
    n_partial = len(table.rows) - n_complete - n_stopped
    of = "" if n_candidates is None else f" of {n_candidates}"
    counts = [f"{n_complete}{of} candidates complete"]
    counts += [f"{n_stopped} stopped early"] if n_stopped else []
    counts += [f"{n_partial} partial"] if n_partial else []
    left = 0 if n_candidates is None else n_candidates - len(table.rows)
    counts += [f"{left} not begun"] if left > 0 else []
    has_best = not table.multimetric or results.objective.metric is not None
    kept = "cv_results_ and best_params_" if has_best else "cv_results_"
    told = f"{why}: {', '.join(counts)}. Kept: {kept}"
    if not raised:
        return f"{told}."
    told += ", of what was done. Missing: best_estimator_."
    by_hand = f" {REFIT_BY_HAND}" if has_best else ""
    return f"{told}{by_hand} {_goes_on(checkpoint)}"


def _goes_on(checkpoint: str | None) -> str:
    if checkpoint is not None:
        return f"To go on, run the same lines again: {checkpoint} has every fit."
    return 'A search with checkpoint="search.jsonl" can be gone on with.'
