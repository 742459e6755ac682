"""A scorer of the user's own tells its metrics only when it is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import _sklearn
from ..trials import Outcome, Trial
from .base import Observer


def check_guiding_metric(refit: Any, metrics: Iterable[str]) -> None:
    """Refuse several metrics of which none is named to go by.

    Raises
    ------
    ValueError
        Naming the remedy.
    """
    names = sorted(metrics)
    if not isinstance(refit, str) or refit not in names:
        raise ValueError(
            f"refit={refit!r} does not say which of the metrics {names} guides the search. Set "
            f"refit to its name, for example refit={names[0]!r}."
            if names
            else "scoring is empty; pass the name of a metric, or several."
        )


class RefitMetricCheck(Observer):
    """End the search at its first scores if `refit` does not name one of the metrics.

    Without it the whole search would run before it turns out that no best candidate can
    be told.

    Parameters
    ----------
    search : estimator
        Whose `refit` it is.
    guides : bool, default=False
        Whether the search goes by the metric, so that none, or a callable, will not do.
    """

    def __init__(self, search: Any, guides: bool = False) -> None:
        self._search = search
        self._guides = guides
        self._checked = False

    def task_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Check the first dict of scores.

        Raises
        ------
        ValueError
            If `refit` is none of its names.
        """
        if outcome.multimetric and outcome.test_scores and not self._checked:
            if self._guides:
                check_guiding_metric(self._search.refit, outcome.test_scores)
            _sklearn.check_refit_names_a_metric(self._search, outcome.test_scores)
            self._checked = True
