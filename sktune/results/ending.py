"""The end of a search that did not try everything, in a sentence."""

from __future__ import annotations

from .results import Results

_WHY = {
    "timeout": "Ended by its timeout",
    "stop": "Ended by its stop rule",
    "observer": "Ended by an observer or a callback",
    "interrupted": "Interrupted",
    "error": "Ended by an error",
}


def ending_in_words(results: Results, n_candidates: int | None) -> str:
    """Say why a search has ended early, what there is, and what is missing; empty if it has not.

    Parameters
    ----------
    results : Results
    n_candidates : int or None
        How many candidates there would have been, if that is known.
    """
    if results.ended_by == "completed":
        return ""
    why, table = _WHY[results.ended_by], results.table
    if not table.rows:
        return f"{why} before any fit had ended: there are no results."
    done = int((table.known.all(axis=1) | table.stopped).sum())
    partial = len(table.rows) - done
    told = [f"{done} of {n_candidates} candidates are done"]
    if n_candidates is None:
        told = [f"{done} candidates are done"]
    told += [f"{partial} in part"] if partial else []
    left = 0 if n_candidates is None else n_candidates - len(table.rows)
    told += [f"{left} not begun"] if left > 0 else []
    kept = "cv_results_ and best_params_ are of what is done"
    if results.ended_by in ("interrupted", "error"):
        kept += ", best_estimator_ is missing"
    return f"{why}: {', '.join(told)}; {kept}."
