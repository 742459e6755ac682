"""Warnings and errors of its own."""

from __future__ import annotations

import inspect
import warnings

from sklearn.exceptions import FitFailedWarning

__all__ = ["CheckpointError", "FailedCandidatesWarning", "warn"]

_INSIDE = ("sktune", "sklearn", "joblib", "contextlib")


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, pointing at the line of the user's that called into this package."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and _module(frame.f_globals) in _INSIDE:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _module(names: dict[str, object]) -> str:
    return str(names.get("__name__", "")).partition(".")[0]


class FailedCandidatesWarning(FitFailedWarning, UserWarning):  # type: ignore[misc] # no types
    """Some candidates failed: one summary for the whole search.

    Caught by filters for scikit-learn's `FitFailedWarning` (failing fits) as well as by
    those for `UserWarning`, which is what scikit-learn warns with of failing scorers.

    Examples
    --------
    >>> from sklearn.exceptions import FitFailedWarning
    >>> from sktune.exceptions import FailedCandidatesWarning
    >>> issubclass(FailedCandidatesWarning, FitFailedWarning)
    True
    """


class CheckpointError(ValueError):
    """A checkpoint cannot be used: it is damaged, in use, or of another problem.

    Raised before the first fit, with the file left as it is.

    Examples
    --------
    >>> from sktune import read_journal
    >>> from sktune.exceptions import CheckpointError
    >>> try:
    ...     read_journal("no_such_file.jsonl")
    ... except CheckpointError as error:
    ...     print("Begin anew:", type(error).__name__)
    Begin anew: CheckpointError
    """
