"""Inspection of a Bayesian search: its surrogate, and scikit-optimize's results."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..messages import params_in_short
from ..space import ConditionalSpace
from ..trials import Trial
from ..types import Floats
from .bayesian import Bayesian
from .skopt_results import SkoptView


class SpaceSurrogate:
    """The surrogate of a search over its space, from all that it has seen.

    Parameters
    ----------
    strategy : Bayesian

    Raises
    ------
    AttributeError
        If the optimizer has no model, or nothing to model.
    """

    def __init__(self, strategy: Bayesian) -> None:
        self._space = strategy.space
        model = strategy.surrogate
        if model is None:
            raise AttributeError("the optimizer of this search has no surrogate to look at")
        self._model = model

    def predict(self, candidates: Any) -> tuple[Floats, Floats]:
        """Predict the score of candidates.

        Parameters
        ----------
        candidates : dict, sequence of dict, or DataFrame with a column for each parameter
            Each with all parameters of one dict of the search space.

        Returns
        -------
        mean, std : float array of shape (n,)
            In the units of the score.

        Raises
        ------
        ValueError, TypeError
            For a candidate that is not in the space, and for what is no candidate.
        """
        if hasattr(candidates, "to_dict") and hasattr(candidates, "columns"):
            candidates = _records(candidates, self._space)
        if isinstance(candidates, Mapping):
            candidates = [candidates]
        if not all(isinstance(params, Mapping) for params in np.atleast_1d(candidates)):
            raise TypeError("pass candidates as a dict, a list of dicts, or a DataFrame.")
        points = self._space.encode(candidates)
        outside = np.flatnonzero(np.isnan(points[:, 0]))
        if len(outside):
            raise ValueError(
                f"candidate {outside[0]}, {params_in_short(candidates[outside[0]])}, is not in the "
                "search space: it takes all parameters of one of its dicts, with values that are "
                "in it."
            )
        return self._model.predict(points)


class OptimizeResults:
    """The results that scikit-optimize's plots and callbacks take, kept up to date row by row."""

    def __init__(self, strategy: Bayesian) -> None:
        self._strategy = strategy
        self._views = [SkoptView(strategy.space, b) for b in range(len(strategy.space.branches))]
        self._rows: list[list[Any]] = [[] for _ in self._views]
        self._numbers: list[list[int]] = [[] for _ in self._views]
        self._scores: list[float] = []

    def all(self) -> list[Any]:
        """Return an OptimizeResult a branch, with the surrogate as its model if there is one."""
        seen = self._strategy.seen()
        model = self._strategy.surrogate if len(seen.values) else None
        found = []
        for branch, view in enumerate(self._views):
            mine = np.flatnonzero(seen.points[:, 0] == branch)
            rows = [view.row(seen.candidates[int(number)]) for number in mine]
            found.append(view.result(rows, seen.values[mine], model))
        return found

    def latest(self, trials: Sequence[Trial]) -> Any:
        """Return the OptimizeResult of the last trial's branch, without a model."""
        branch = 0
        for trial in trials[len(self._scores) :]:
            branch = int(self._strategy.points[trial.number][0])
            self._rows[branch].append(self._views[branch].row(trial.params))
            self._numbers[branch].append(trial.number)
            self._scores.append(self._strategy.objective.mean(trial))
        scores = np.array(self._scores)
        known = scores[np.isfinite(scores)]
        values = np.where(np.isfinite(scores), scores, known.min() if len(known) else 0.0)
        mine = self._numbers[branch]
        return self._views[branch].result(self._rows[branch], values[mine])


def _records(frame: Any, space: ConditionalSpace) -> list[dict[str, Any]]:
    """Return the rows of a table, which has nan for None and for what a candidate lacks."""
    records = []
    for record in frame.to_dict(orient="records"):
        there = {name for name, value in record.items() if not _is_nan(value)}
        tries = [record]
        for branch in space.branches:
            if there <= set(branch):
                row = {name: record.get(name) for name in branch}
                tries.append({n: None if _is_nan(value) else value for n, value in row.items()})
        inside = ~np.isnan(space.encode(tries)[:, 0])
        records.append(tries[int(inside.argmax())])
    return records


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)
