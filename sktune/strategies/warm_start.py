"""Earlier results as observations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..exceptions import warn
from ..messages import in_short, params_in_short
from ..space import ConditionalSpace
from ..space.dimensions import is_number
from ..types import Floats, Params
from .start import StartingPoint
from .studies import in_space, is_study, results_of_study

_SHOWN = 3


class Earlier(NamedTuple):
    """Candidates of an earlier search.

    Attributes
    ----------
    candidates : list of mapping
    points : float array of shape (n, 1 + n_slots)
    scores : list of float
        nan for candidates that failed.
    best : StartingPoint or None
        The best of them, where it is kept apart and none of the others.
    best_score : float
    """

    candidates: list[Params]
    points: Floats
    scores: list[float]
    best: StartingPoint | None = None
    best_score: float = -math.inf

    def with_best_apart(self, space: ConditionalSpace) -> Earlier:
        """Keep the best apart, if it is allowed: tried again, to be compared with, it counts."""
        known = [row for row, score in enumerate(self.scores) if math.isfinite(score)]
        best = max(known, key=self.scores.__getitem__, default=None)
        if best is None or not space.holds(dict(self.candidates[best])):
            return self
        exactly = space.exactly(self.candidates[best], int(self.points[best, 0]))
        return Earlier(
            self.candidates[:best] + self.candidates[best + 1 :],
            np.delete(self.points, best, axis=0),
            self.scores[:best] + self.scores[best + 1 :],
            StartingPoint(self.points[best], exactly),
            self.scores[best],
        )

    def without(self, point: Floats, space: ConditionalSpace) -> Earlier:
        """Leave out a candidate that is tried anew, unless it is the best, which is anyway."""
        signs = space.signs(np.array([point, *self.points]))
        kept = np.flatnonzero((signs[1:] != signs[0]).any(axis=1))
        return Earlier(
            [self.candidates[row] for row in kept],
            self.points[kept],
            [self.scores[row] for row in kept],
            self.best,
            self.best_score,
        )


def results_of(given: Any, metric: str) -> Any:
    """Return the ``cv_results_`` of what may be an earlier search; anything else as it is."""
    if is_study(given):
        return results_of_study(given, metric)
    results = getattr(given, "cv_results_", given)
    if hasattr(results, "columns"):  # a frame, pandas' or polars'
        results = {name: results[name].to_list() for name in results.columns}
    return results


def read_results(given: Any, space: ConditionalSpace, metric: str) -> Earlier:
    """Take over the candidates of an earlier search that are in a space, warning of the others.

    None is a search without any.

    Raises
    ------
    TypeError, ValueError
        If there are no results, or none in this metric.
    """
    if given is None:
        return Earlier([], np.empty((0, 1 + len(space.slots))), [])
    results = results_of(given, metric)
    if not isinstance(results, Mapping) or "params" not in results:
        raise TypeError(
            f"warm_start_from is a {type(given).__name__}, {in_short(given)}; pass the cv_results_ "
            "of an earlier search, a search that has been fitted, or a study of Optuna's."
        )
    column = f"mean_test_{metric}"
    if column not in results:
        there = sorted(name for name in results if name.startswith("mean_test_"))
        raise ValueError(
            f"warm_start_from has no {column!r}, which this search maximises; it has {there}. "
            "Choose the metric with refit, or rename the column."
        )
    candidates = list(results["params"])
    _check_are_candidates(candidates)
    if is_study(given):
        candidates = [in_space(params, space) for params in candidates]
    lengths = {name: len(results.get(name, candidates)) for name in (column, "status")}
    uneven = [name for name, length in lengths.items() if length != len(candidates)]
    if uneven:
        raise ValueError(
            f"warm_start_from: {uneven[0]!r} and 'params' differ in length; pass cv_results_ as "
            "a search leaves them."
        )
    if texts := [score for score in results[column] if isinstance(score, str)]:
        raise TypeError(f"warm_start_from: {column!r} has the text {texts[0]!r}; pass numbers.")
    points = space.encode(candidates)
    inside = ~np.isnan(points[:, 0])
    dropped = [params for params, kept in zip(candidates, inside, strict=True) if not kept]
    if dropped:
        shown = "\n".join(f"  {params_in_short(params)}" for params in dropped[:_SHOWN])
        more = f"\n  and {len(dropped) - _SHOWN} more" if len(dropped) > _SHOWN else ""
        warn(
            f"warm_start_from: {len(dropped)} of {len(candidates)} candidates are not in this "
            f"search space and were dropped:\n{shown}{more}"
        )
    status = results.get("status", ["ok"] * len(candidates))
    scores = [
        float(f"{float(score):.12g}") if ok in ("ok", "stopped") and is_number(score) else math.nan
        for score, ok in zip(results[column], status, strict=True)
    ]
    kept = np.flatnonzero(inside)
    return Earlier([candidates[k] for k in kept], points[inside], [scores[k] for k in kept])


def _check_are_candidates(candidates: Sequence[object]) -> None:
    for row, params in enumerate(candidates):
        if isinstance(params, str):
            raise TypeError(
                f"warm_start_from: params of row {row} are the text {params[:80]!r}, as they are "
                "in a table kept as text (CSV, JSON). Pass the search or its cv_results_, or "
                "keep them by a checkpoint and read_journal, or a pickle. Plain values can be read "
                "from the text: frame['params'] = frame['params'].map(ast.literal_eval)."
            )
        if not isinstance(params, Mapping):
            raise TypeError(
                f"warm_start_from: params of row {row} are {params!r:.80}; pass a dict of "
                "parameter names and values for each candidate."
            )
