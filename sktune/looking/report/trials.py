"""The table of trials: a column a parameter, the scores of splits, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...results.failures import failures_of
from ...trials import Trial
from ..history import mean_of_known
from ..param_axis import ParamAxis
from ..record import Record
from .values import Json, numbers, story_of, text_of

_TEXT, _LONGEST_TEXT, _SHORTEST_TEXT = 250_000, 300, 24
"""Characters for values that are no numbers, all together; and of one of them."""

_STORIES, _LONGEST_STORY, _LONGEST_REASON = 40, 4_000, 300
"""Different failures that are told with their tracebacks, and characters."""


def trials_json(
    record: Record, trials: Sequence[Trial], ranks: Sequence[float], numbers_: Any, n_all: int
) -> Json:
    """Return the table.

    Parameters
    ----------
    record : Record
        Of the candidates that are shown.
    trials : sequence of Trial
    ranks : sequence of float
        By the metric that is shown.
    numbers_ : int array
        Their rows in ``cv_results_``.
    n_all : int
        How many candidates there are.
    """
    scores = record.scores[record.metric]
    axes = [ParamAxis.of(name, record.params) for name in record.names]
    n_labels = sum(len(axis.labels) for axis in axes if axis.labels is not None)
    most = int(np.clip(_TEXT / max(n_labels, 1), _SHORTEST_TEXT, _LONGEST_TEXT))
    others = [name for name in record.metrics if name != record.metric]
    none = np.isnan(record.means)
    return {
        "numbers": numbers_.tolist(),
        "n_left_out": n_all - len(trials),
        "status": list(record.status),
        "complete": (~none).tolist(),
        "score": numbers(mean_of_known(scores)),
        "std": numbers(np.where(none, np.nan, scores.std(axis=1))),
        "rank": numbers(np.where(none, np.nan, ranks)),
        "seconds": numbers(mean_of_known(record.fit_time)),
        "splits": [numbers(row) for row in scores],
        "others": {name: numbers(mean_of_known(record.scores[name])) for name in others},
        "resources": [rung.n_resources for rung in record.rungs] or None,
        "params": [_column(axis, record.params, most) for axis in axes],
        "failures": _failures(trials),
    }


def _column(axis: ParamAxis, params: Sequence[dict[str, Any]], most: int) -> Json:
    """Return a column: numbers, or texts by their places along the axis; None where there is none.

    Sorted by place it is in the order in which the figures have it.
    """
    column: dict[str, Json] = {"name": axis.name, "values": numbers(axis.places)}
    if axis.labels is not None:
        there = zip(axis.places.tolist(), params, strict=True)
        first = {int(at): p[axis.name] for at, p in there if axis.name in p}
        column["labels"] = [text_of(first[place], most) for place in range(len(axis.labels))]
    return column


def _failures(trials: Sequence[Trial]) -> Json:
    """Return what failed: each different reason once, and where."""
    kinds: dict[tuple[str, str], int] = {}
    told: list[Json] = []
    where: dict[int, list[list[int]]] = {}
    for place, trial in enumerate(trials):
        for outcome in trial.finished:
            for failure in failures_of(outcome):
                reason = text_of(failure.reason, _LONGEST_REASON)
                if len(told) >= 4 * _STORIES:  # no more that are different are told
                    reason = f"{reason.partition(':')[0]}, like others"
                key = failure.stage, reason
                if key not in kinds:
                    kinds[key] = len(told)
                    with_story = len(told) < _STORIES
                    story = story_of(failure.traceback, _LONGEST_STORY) if with_story else ""
                    told.append({"stage": failure.stage, "reason": reason, "traceback": story})
                where.setdefault(place, []).append([outcome.split, kinds[key]])
    return {"kinds": told, "where": {str(place): pairs for place, pairs in where.items()}}


def summary_counts(record: Record) -> dict[str, int]:
    """Return how many candidates have each status, the most frequent first."""
    statuses, counts = np.unique(np.array(record.status, dtype=str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {str(statuses[k]): int(counts[k]) for k in order}
