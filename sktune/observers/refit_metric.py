"""A check of `refit` against the metrics that a scorer of the user's turns out to give."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..events import Observer
from ..messages import none_of
from ..results import check_metric
from ..trials import Outcome, Trial


def check_guiding_metric(refit: object, metrics: Iterable[str]) -> None:
    """Refuse several metrics of which none is named to go by.

    Raises
    ------
    ValueError
        Naming the remedy.
    """
    names = sorted(metrics)
    if not isinstance(refit, str) or refit not in names:
        raise ValueError(
            f"{none_of(refit, names)} It has to say which of the metrics guides the search."
            if names
            else "scoring is empty; pass the name of a metric, or several."
        )


class RefitMetricCheck(Observer):
    """End the search at its first scores if `refit` does not name one of the metrics.

    Without it the whole search would run before it turns out that no best candidate can
    be told. A single candidate may be odd, and fails for it: it takes two, and more than there
    are of others.

    Parameters
    ----------
    refit : bool, str or callable
        As of the search.
    check : callable
        From the metrics' names; raises as scikit-learn does if `refit` is none of them.
    guides : bool, default=False
        Whether the search goes by the metric, so that none, or a callable, will not do.
    """

    def __init__(
        self, refit: object, check: Callable[[Iterable[str]], None], guides: bool = False
    ) -> None:
        self._refit = refit
        self._check_names = check
        self._guides = guides
        self._odd: set[int] = set()
        self._fine: set[int] = set()

    def split_finished(self, trial: Trial, outcome: Outcome) -> None:
        """Check scores.

        Raises
        ------
        ValueError
            If `refit` is none of the metrics' names, or a rule that goes by none of them.
        """
        if not outcome.test_scores or trial.duplicate_of is not None:
            return
        try:
            if outcome.multimetric:
                self._check(outcome.test_scores)
            check_metric(self._refit, outcome.test_scores)
            self._fine.add(trial.number)
        except ValueError:
            self._odd.add(trial.number)
            if len(self._odd) > max(1, len(self._fine)):
                raise

    def _check(self, names: Iterable[str]) -> None:
        if self._guides:
            check_guiding_metric(self._refit, names)
        self._check_names(names)
