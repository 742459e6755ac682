"""Who goes along with a search: what watches it, and what tells candidates' common work."""

from __future__ import annotations

from typing import Any

from .. import _sklearn
from ..observers import Callbacks, FitLines, Header, Observer, Progress
from ..problem import Problem
from ..sharing import Lineages


def who_watches(search: Any, callbacks: Callbacks | None, metric: Any) -> list[Observer]:
    """Make the observers that a search's options ask for."""
    watching: list[Observer] = [] if callbacks is None else [callbacks]
    if search.verbose:
        watching.append(Header(rungs=search.verbose > 1))
        told = metric if isinstance(metric, str) else None
        lines = FitLines(search.verbose, search.error_score)
        watching.append(Progress(told) if search.verbose == 1 else lines)
    return watching


def lineages_of(search: Any, problem: Problem) -> Lineages | None:
    """Make what tells what candidates have in common, unless that is not wanted."""
    if not search.share_work or _sklearn.has_callbacks(problem.estimator):
        return None
    return Lineages(
        problem.estimator,
        names_matter=bool(problem.fit_params),
        writing_matters=problem.uses_data_again,
        groups_matter=problem.scored_by_responses,
    )
