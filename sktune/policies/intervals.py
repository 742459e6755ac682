"""The splits at which HyperDrive's policies are asked: every so many, from some split on."""

from __future__ import annotations

from abc import abstractmethod

from ..space.dimensions import is_count
from .base import TerminationPolicy
from .standings import Standing, Standings


class AtIntervals(TerminationPolicy):
    """Asks where an interval is due; an interval is a finished split."""

    evaluation_interval: int
    delay_evaluation: int

    def __post_init__(self) -> None:
        for name, least in (("evaluation_interval", 1), ("delay_evaluation", 0)):
            if not is_count(getattr(self, name), least):
                raise ValueError(
                    f"{name}={getattr(self, name)!r}; pass a whole number, {least} or more"
                )

    def __call__(self, trials: Standings, trial: Standing) -> bool:
        n = trial.n_done
        due = n >= self.delay_evaluation and n % self.evaluation_interval == 0
        return due and self._stops(trials, trial, n)

    @abstractmethod
    def _stops(self, trials: Standings, trial: Standing, n: int) -> bool:
        """Say whether to stop a candidate that has n splits."""
