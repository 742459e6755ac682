"""The costs of candidates: seconds that fits took, or what a function of the user's says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from ..messages import in_short, params_in_short
from ..objective import rounded
from ..space.dimensions import is_number
from ..trials import Trial
from ..types import Params

Cost = Literal["time"] | Callable[[dict[str, Any]], float]


class Costs:
    """Tells what candidates cost.

    Parameters
    ----------
    cost : "time" or callable
        Seconds of fitting and scoring a split, or ``cost(params) -> float``.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> Costs(lambda params: params["n_estimators"] / 100).of_params({"n_estimators": 50})
    0.5
    """

    def __init__(self, cost: Cost) -> None:
        if cost != "time" and not callable(cost):
            raise ValueError(
                f"cost={in_short(cost)}; pass 'time', a function of a candidate's parameters, or "
                "None."
            )
        self._cost = cost

    def of_params(self, params: Params) -> float:
        """Return what the function says; nan where there is none.

        Raises
        ------
        ValueError
            If it is not a number above 0.
        """
        if not callable(self._cost):
            return math.nan
        cost = self._cost(dict(params))
        if not (is_number(cost) and cost > 0):
            raise ValueError(
                f"cost({params_in_short(params)}) is {in_short(cost)}; return a number above 0."
            )
        return float(cost)

    def of(self, trial: Trial) -> float:
        """Return what a trial has cost, or nan."""
        if callable(self._cost):
            return self.of_params(trial.params)
        done = trial.finished
        seconds = sum(outcome.fit_time + outcome.score_time for outcome in done)
        return rounded(seconds / len(done)) if seconds > 0 else math.nan
