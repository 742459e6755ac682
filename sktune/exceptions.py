"""Warnings and errors of its own."""

from __future__ import annotations

from sklearn.exceptions import FitFailedWarning

__all__ = ["FailedCandidatesWarning"]


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
