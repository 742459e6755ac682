"""Successive halving: all candidates on little, the best of them again on more.

What is learnt of a rung is which candidates go on: their means, and nothing else. The order
in which they do, the worst first, and what becomes of equal means, are scikit-learn's.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..objective import Objective
from ..space.dimensions import is_count, is_number
from ..trials import SAMPLES, Rung, Trial
from ..types import Params, Seed
from .base import Strategy
from .schedule import Schedule

_LEAST = ("exhaust", "smallest")

_UNFITTED = {"fit", "timeout", "crash"}


@dataclass(frozen=True)
class SuccessiveHalving:
    """Evaluate all candidates on few resources, and the best of them again on more.

    Passed as `strategy` to `GridSearch` or `RandomSearch`, which then find what
    `HalvingGridSearchCV` and `HalvingRandomSearchCV` find on the same splits. Every candidate has
    a row in ``cv_results_`` for each rung that it is on, and the best is that of the last rung.

    Parameters
    ----------
    resource : str, default="n_samples"
        What there is more of from rung to rung: samples, drawn anew of each split, or a
        parameter of the estimator that is a whole number, such as ``n_estimators``.
    factor : float, default=3
        One of so many candidates goes on, to a rung with so many times the resources.
    min_resources : {"exhaust", "smallest"} or int, default="exhaust"
        What candidates get on the first rung. "smallest" is ``2 * n_splits`` samples, times the
        number of classes, or 1 of any other resource; "exhaust" at least that, and so many that
        the last rung has as much as possible.
    max_resources : "auto" or int, default="auto"
        What no rung exceeds. "auto" is all samples; of another resource it must be given.
    aggressive_elimination : bool, default=False
        Whether to stay on the first rung's resources until so few candidates are left that the
        last rung has fewer than `factor`, where the resources do not allow for as many rungs.
    random_state : int, RandomState instance or None, default=None
        Source of the samples that are drawn; None takes the search's own, if it has one.

    Raises
    ------
    ValueError, TypeError
        For values other than these.

    References
    ----------
    Karnin, Koren & Somekh, Almost optimal exploration in multi-armed bandits (2013).

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sktune import GridSearch, SuccessiveHalving
    >>> X, y = load_digits(return_X_y=True)
    >>> search = GridSearch(
    ...     RandomForestClassifier(random_state=0),
    ...     {"max_features": [1, 4, 16], "min_samples_leaf": [1, 5, 25]},
    ...     strategy=SuccessiveHalving("n_estimators", max_resources=27),
    ...     cv=3,
    ... )
    >>> search.fit(X[:300], y[:300]).n_candidates_, search.n_resources_
    ([9, 3, 1], [3, 9, 27])
    >>> search.best_params_["n_estimators"]
    27
    """

    resource: str = SAMPLES
    factor: float = 3
    min_resources: int | str = "exhaust"
    max_resources: int | str = "auto"
    aggressive_elimination: bool = False
    random_state: Seed = None

    def __post_init__(self) -> None:
        if not (isinstance(self.resource, str) and self.resource):
            raise TypeError(
                f"resource={self.resource!r}; pass 'n_samples' or the name of a parameter"
            )
        if not (is_number(self.factor) and 1 < self.factor < math.inf):
            raise ValueError(f"factor={self.factor!r}; pass a number above 1, such as 3")
        least, most = self.min_resources, self.max_resources
        if not (is_count(least) or (isinstance(least, str) and least in _LEAST)):
            raise ValueError(
                f"min_resources={self.min_resources!r}; pass a whole number, 'exhaust' or "
                "'smallest'"
            )
        if not (is_count(most) or (isinstance(most, str) and most == "auto")):
            raise ValueError(f"max_resources={self.max_resources!r}; pass a whole number or 'auto'")
        if not isinstance(self.aggressive_elimination, bool | np.bool_):
            raise TypeError(
                f"aggressive_elimination={self.aggressive_elimination!r}; pass True or False"
            )
        state: object = self.random_state
        seed = isinstance(state, numbers.Integral) and 0 <= int(state) < 2**32
        if not (state is None or seed or isinstance(state, np.random.RandomState)):
            raise ValueError(f"random_state={state!r}; pass a whole number, a RandomState, or None")

    @property
    def of_samples(self) -> bool:
        """Whether the resource is samples."""
        return self.resource == SAMPLES

    def schedule(self, n_candidates: int, smallest: int, largest: int) -> Schedule:
        """Return the rungs of a number of candidates, given what they get at least and at most."""
        return Schedule.of(
            n_candidates,
            factor=self.factor,
            min_resources=smallest,
            max_resources=largest,
            exhaust=self.min_resources == "exhaust",
            aggressive_elimination=bool(self.aggressive_elimination),
        )


class Halving(Strategy):
    """Propose another strategy's candidates, and then again those that did best.

    Parameters
    ----------
    first : Strategy
        Proposes the candidates of the first rung, and learns nothing.
    schedule : Schedule
        How many rungs there are, and what each candidate gets on each.
    resource : str
        "n_samples", or the parameter that is set to what a candidate gets.
    objective : Objective, optional
        What decides.
    redraws : bool, default=False
        Whether other samples are drawn on each rung, also where it has as many as another.

    Attributes
    ----------
    rungs : list of Rung
        Those so far.

    Examples
    --------
    >>> from sktune.space import Space
    >>> from sktune.strategies import Enumerated, Halving, Schedule
    >>> from sktune.trials import Trial
    >>> plan = Schedule.of(3, factor=3, min_resources=1, max_resources=9, exhaust=True)
    >>> grid = Enumerated(Space.of({"C": [1, 2, 3]}))
    >>> strategy = Halving(grid, plan, "max_iter")
    >>> first = strategy.ask(10)
    >>> first
    [{'C': 1, 'max_iter': 3}, {'C': 2, 'max_iter': 3}, {'C': 3, 'max_iter': 3}]
    >>> scores = [0.5, 0.7, 0.6]
    >>> strategy.tell([Trial.of(n, first[n], [scores[n]]) for n in range(3)])
    >>> strategy.ask(10)
    [{'C': 2, 'max_iter': 9}]
    """

    def __init__(
        self,
        first: Strategy,
        schedule: Schedule,
        resource: str,
        objective: Objective | None = None,
        *,
        redraws: bool = False,
    ) -> None:
        self._first = first
        self.schedule = schedule
        self._resource = resource
        self._objective = objective or Objective()
        self._redraws = redraws
        self._candidates: list[Params] = []  # of the rung, but for the first
        self._means: list[float] = []  # of the rung, of those that were not stopped
        self._params: list[Params] = []  # likewise
        self._begin = 0  # number of the rung's first candidate
        self.rungs: list[Rung] = []
        self._n_left = 0  # candidates that would go on now
        self._some_fitted = False
        self._enter(schedule.n_candidates[0])

    @property
    def total(self) -> int:
        """Number of candidates on all rungs, as long as none is stopped."""
        planned = self.schedule.n_candidates[len(self.rungs) :]
        return sum(rung.n_candidates for rung in self.rungs) + sum(planned)

    def _enter(self, n_candidates: int) -> None:
        """Go on to the next rung."""
        plan, number = self.schedule, len(self.rungs)
        n_resources = plan.n_resources[number]
        of_samples = self._resource == SAMPLES
        alike = [rung.splits for rung in self.rungs if rung.n_resources == n_resources]
        last = number + 1 == len(plan.n_resources)
        self.rung = Rung(
            number,
            n_resources,
            self._resource,
            n_candidates,
            factor=plan.factor,
            n_kept=1 if last else plan.survivors(n_candidates),
            splits=0 if not of_samples else number if self._redraws or not alike else alike[0],
        )
        self.rungs.append(self.rung)
        self._begin, self._means, self._params = self.asked, [], []
        self._some_fitted = False

    def propose(self, n: int) -> list[Params]:
        assert self.rung is not None  # noqa: S101 - for the type checker
        if self.asked == self._begin + self.rung.n_candidates and not self._go_on():
            return []
        if len(self.rungs) == 1:
            return [self._with_resource(params) for params in self._first.ask(n)]
        begun = self.asked - self._begin
        return self._candidates[begun : begun + n]

    def _with_resource(self, params: Params) -> Params:
        assert self.rung is not None  # noqa: S101 - for the type checker
        if self.rung.n_samples is not None:
            return params
        return {**params, self._resource: self.rung.n_resources}

    def _go_on(self) -> bool:
        """Enter the next rung, if there is one, with the best of this one, if there are any."""
        if self.told < self.asked:
            raise RuntimeError(
                f"{self.asked - self.told} candidates of this rung have not been told; which go on "
                "depends on them: tell them first"
            )
        last = len(self.rungs) == len(self.schedule.n_resources)
        if last or not self._n_left or not self._some_fitted:
            return False
        best = top(self._means, self._n_left)
        survivors = [self._params[row] for row in best]
        self._enter(len(survivors))
        self._candidates = [self._with_resource(params) for params in survivors]
        return True

    def learn(self, trials: Sequence[Trial]) -> None:
        assert self.rung is not None  # noqa: S101 - for the type checker
        for trial in trials:
            if trial.complete:  # else it was stopped
                self._means.append(self._objective.reported_mean(trial))
                self._params.append(trial.params)
                stages = ({f.stage for f in outcome.failures} for outcome in trial.finished)
                self._some_fitted |= any(not found & _UNFITTED for found in stages)
        quota = self.schedule.survivors(self.rung.n_candidates)
        self._n_left = min(quota, len(self._means))


def top(means: Sequence[float], k: int) -> list[int]:
    """Return which are the k best, the worst of them first; nan is worse than any number.

    Equal ones come as numpy sorts them, on which scikit-learn relies too.

    Examples
    --------
    >>> top([0.5, float("nan"), 0.9, 0.7], 3)
    [0, 3, 2]
    """
    scores = np.asarray(means)
    order = np.roll(np.argsort(scores), np.count_nonzero(np.isnan(scores)))
    return [int(row) for row in order[-k:]]
