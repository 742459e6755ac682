"""A scorer of the user's own tells its metrics only when it is called."""

from __future__ import annotations

from typing import Any

from .. import _sklearn
from ..trials import Outcome, Trial
from .base import Observer


class RefitMetricCheck(Observer):
    """End the search at its first scores if `refit` does not name one of the metrics.

    Without it the whole search would run before it turns out that no best candidate can
    be told.

    Parameters
    ----------
    search : estimator
        Whose `refit` it is.
    """

    def __init__(self, search: Any) -> None:
        self._search = search
        self._checked = False

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Check the first dict of scores.

        Raises
        ------
        ValueError
            If `refit` is none of its names.
        """
        if outcome.multimetric and outcome.test_scores and not self._checked:
            _sklearn.check_refit_names_a_metric(self._search, outcome.test_scores)
            self._checked = True
