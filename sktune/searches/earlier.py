"""An earlier search whose results are taken over: whether it scored by the same metric."""

from __future__ import annotations

from typing import Any

from ..exceptions import warn
from ..journal.digests import Undescribable, digest
from ..objective import Objective, metric_that_decides
from ..strategies import Bayesian
from ..trials import SINGLE
from .options import Options


def check_same_metric(search: Options, earlier: Any, objective: Objective) -> None:
    """Refuse the results of a search with another metric; warn where it may be another.

    Raises
    ------
    ValueError
        If scikit-learn has a name for both.
    """
    if not hasattr(earlier, "scoring"):
        return  # of a table it is not known
    name = objective.metric or SINGLE
    theirs = metric_that_decides(earlier.scoring, name, getattr(earlier, "estimator", None))
    ours = metric_that_decides(search.scoring, name, search.estimator)
    if theirs is None or ours is None or _same(theirs, ours):
        return
    told = f"warm_start_from was scored by {theirs!r:.100}, and this search is by {ours!r:.100}"
    if isinstance(theirs, str) and isinstance(ours, str):
        raise ValueError(
            f"{told}. Pass a search with the same scoring, or search anew without warm_start_from."
        )
    warn(f"{told}. If these are not the same, it is led astray: search without warm_start_from.")


def check_possible(strategy: Bayesian, objective: Objective) -> None:
    """Refuse earlier scores that the metric cannot give.

    Raises
    ------
    ValueError
        Naming the highest.
    """
    best = strategy.best_earlier_score
    if best > objective.best_possible + 1e-9:
        raise ValueError(
            f"warm_start_from has a score of {best:.6g}, but by this search's scoring none is more "
            f"than {objective.best_possible:g}: it was scored by another. Pass results with the "
            "same scoring, or search anew without warm_start_from."
        )


def _same(one: Any, other: Any) -> bool:
    """Whether two metrics are the same, or cannot be told apart."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    try:
        return one is other or digest(one) == digest(other)
    except Undescribable:
        return True
