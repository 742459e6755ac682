"""Windows of strategies that learn: of candidates, or of single fits, where these are chosen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..exceptions import warn
from ..objective import Objective
from ..strategies import FoldByFold, FoldFit
from ..trials import Trial, Trials
from .setup import Setup
from .window import BundlesOf, Window


class FoldWindow(Window):
    """Ask for fits as early as the strategy allows, and tell it of them in their order.

    Fit i is chosen from exactly what fits 0 to i - window scored, whatever else has finished.

    Parameters
    ----------
    strategy : FoldByFold
    trials : Trials
    bundles_of : callable
    wanted : callable
        Whether the search goes on.
    objective : Objective
        What is told.
    """

    def __init__(
        self,
        strategy: FoldByFold,
        trials: Trials,
        bundles_of: BundlesOf,
        wanted: Callable[[], bool],
        objective: Objective,
    ) -> None:
        super().__init__(strategy, trials, bundles_of, wanted)
        self._fits = strategy
        self._objective = objective
        self._under_way: deque[FoldFit] = deque()
        strategy.begin(trials.n_splits)

    def conclude(self) -> None:
        """Tell what has finished, and stop the candidates that were not worth all splits."""
        super().conclude()
        for number in sorted(self._fits.aside):
            self._trials.stop(number)

    def _ask(self) -> None:
        fits = self._fits
        while len(self._under_way) < fits.window and (fit := fits.next_fit()) is not None:
            if fit.number == len(self._trials):
                self._trials.begin(fits.candidates[fit.number])
            self._under_way.append(fit)
            self._waiting += self._bundles_of([self._evaluated(fit.number)], fit.split)

    def _tell(self) -> bool:
        """Tell of the next fit, if it has finished."""
        if not self._under_way:
            return False
        fit = self._under_way[0]
        outcome = self._evaluated(fit.number).outcomes[fit.split]
        if outcome is None:
            return False
        self._under_way.popleft()
        self._fits.tell_fit(fit, self._objective.score(outcome))
        return True

    def _evaluated(self, number: int) -> Trial:
        """Return the trial that is evaluated: of equal ones the first."""
        first = self._trials[number].duplicate_of
        return self._trials[number if first is None else first]


def warn_of_idle_workers(setup: Setup, window: int, n_workers: int) -> None:
    """Warn where a strategy cannot keep all workers busy: with too few fits under way."""
    in_turn = setup.racing is not None or isinstance(setup.strategy, FoldByFold)
    n_splits = 1 if in_turn else setup.trials.n_splits
    if window * n_splits < n_workers:
        splits = "one split after the other" if n_splits == 1 else f"on {n_splits} splits"
        warn(
            f"{window} candidates at a time {splits} keep {window * n_splits} of "
            f"{n_workers} workers busy. Raise n_points to {-(-n_workers // n_splits)} at least."
        )
