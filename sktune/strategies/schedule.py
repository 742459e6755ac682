"""The schedule of successive halving: how many rungs, and how much each candidate gets on each.

The arithmetic is scikit-learn's, to the last rounding: as many rungs as it takes to come below
`factor` candidates, and no more than the resources allow.

References
----------
Karnin, Koren & Somekh, Almost optimal exploration in multi-armed bandits (2013). Jamieson &
Talwalkar, Non-stochastic best arm identification and hyperparameter optimization (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log


@dataclass(frozen=True)
class Schedule:
    """The rungs of successive halving.

    Attributes
    ----------
    factor : float
        Of so many candidates one goes on, to a rung with so many times the resources.
    min_resources : float
        On the first rung. A whole number, unless it is worked out from a `factor` that is none.
    max_resources : int
        The most that a candidate gets.
    n_required : int
        Rungs after which fewer than `factor` candidates are left.
    n_possible : int
        Rungs that the resources allow.
    n_resources : tuple of int
        For each rung.
    n_candidates : tuple of int
        For each rung, as long as none is stopped on the way.

    Examples
    --------
    >>> limits = {"factor": 3, "min_resources": 20, "exhaust": False}
    >>> plan = Schedule.of(60, max_resources=180, **limits)
    >>> plan.n_resources, plan.n_candidates
    ((20, 60, 180), (60, 20, 7))
    >>> Schedule.of(60, max_resources=180, aggressive_elimination=True, **limits).n_resources
    (20, 20, 60, 180)
    """

    factor: float
    min_resources: float
    max_resources: int
    n_required: int
    n_possible: int
    n_resources: tuple[int, ...]
    n_candidates: tuple[int, ...]

    @classmethod
    def of(
        cls,
        n_candidates: int,
        *,
        factor: float,
        min_resources: int,
        max_resources: int,
        exhaust: bool,
        aggressive_elimination: bool = False,
    ) -> Schedule:
        """Make the schedule of a number of candidates.

        Parameters
        ----------
        n_candidates : int
            How many begin.
        factor : float
            One of so many candidates goes on to the next rung, with so many times the resources.
        min_resources, max_resources : int
            Resources of the first rung, and those that no rung exceeds.
        exhaust : bool
            Whether to begin with so many more that the last rung has as many as there can be.
        aggressive_elimination : bool, default=False
            Whether to stay on the first rung's resources, for as many rungs as it takes to end with
            fewer than `factor` candidates.
        """
        n_required = 1 + floor(log(n_candidates, factor))
        smallest: float = min_resources
        if exhaust:
            smallest = max(smallest, max_resources // factor ** (n_required - 1))
        n_possible = 1 + floor(log(max_resources // smallest, factor))
        n_rungs = n_required if aggressive_elimination else min(n_possible, n_required)
        spare = n_required - n_possible if aggressive_elimination else 0
        powers = [max(0, rung - spare) for rung in range(n_rungs)]
        counts = [n_candidates]
        while len(counts) < n_rungs:
            counts.append(_survivors(counts[-1], factor))
        return cls(
            factor=factor,
            min_resources=smallest,
            max_resources=max_resources,
            n_required=n_required,
            n_possible=n_possible,
            n_resources=tuple(min(int(factor**p * smallest), max_resources) for p in powers),
            n_candidates=tuple(counts),
        )

    @property
    def attributes(self) -> dict[str, float]:
        """The attributes in which scikit-learn's halving searches tell of it, by name."""
        return {
            "min_resources_": self.min_resources,
            "max_resources_": self.max_resources,
            "n_required_iterations_": self.n_required,
            "n_possible_iterations_": self.n_possible,
        }

    def survivors(self, n_candidates: int) -> int:
        """Return how many of a rung's candidates go on."""
        return _survivors(n_candidates, self.factor)


def _survivors(n_candidates: int, factor: float) -> int:
    return ceil(n_candidates / factor)
