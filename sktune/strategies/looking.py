"""Looking into a Bayesian search: its surrogate, and scikit-optimize's results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..space.dimensions import Floats
from ..trials import Trial
from .bayesian import Bayesian, score_of
from .skopt_results import SkoptView


class Surrogate:
    """What a search believes of candidates, from all that it has seen.

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
        self._model = strategy.surrogate
        if self._model is None:
            raise AttributeError("the optimizer of this search has no surrogate to look at")

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
        ValueError
            For a candidate that is not in the space.
        """
        if hasattr(candidates, "to_dict") and hasattr(candidates, "columns"):
            candidates = candidates.to_dict(orient="records")
        if isinstance(candidates, Mapping):
            candidates = [candidates]
        points = self._space.encode(candidates)
        outside = np.flatnonzero(np.isnan(points[:, 0]))
        if len(outside):
            raise ValueError(
                f"candidate {outside[0]}, {candidates[outside[0]]!r}, is not in the search space: "
                "it takes all parameters of one of its dicts, with values that are in it."
            )
        mean, std = self._model.predict(points)
        return mean, std


def results(strategy: Bayesian) -> list[Any]:
    """One OptimizeResult a branch, with the surrogate as its model if there is one."""
    seen = strategy.seen()
    return [
        SkoptView(strategy.space, branch).result(
            seen.points, seen.values, strategy.surrogate if len(seen.values) else None
        )
        for branch in range(len(strategy.space.branches))
    ]


def latest_result(strategy: Bayesian, trials: Sequence[Trial]) -> Any:
    """The OptimizeResult of the last trial's branch, without a model."""
    points = strategy.space.encode([trial.params for trial in trials])
    scores = np.array([score_of(trial, strategy.metric) for trial in trials])
    known = scores[np.isfinite(scores)]
    values = np.where(np.isfinite(scores), scores, known.min() if len(known) else 0.0)
    return SkoptView(strategy.space, int(points[-1, 0])).result(points, values)
