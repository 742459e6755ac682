"""The contracts of policies, which stop candidates, and of rules, which end a search."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..trials import Trials
from .standings import Standing, Standings


class TerminationPolicy(ABC):
    """Decide after each split which candidates are not evaluated on the next.

    Derive from it, or write a function: whatever can be called with the two arguments is a
    policy. It must be frozen and stateless, so that the same scores give the same answer.

    Examples
    --------
    >>> from sktune import GridSearch
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> def far_behind(trials, trial):
    ...     best = trials.means(trial.n_done).max()  # on the same splits
    ...     return trial.mean < best - 0.1
    >>> grid = {"C": [1, 10, 100], "gamma": [1e-4, 1e-2, 100.0]}
    >>> search = GridSearch(SVC(), grid, early_termination=far_behind)
    >>> results = search.fit(*load_iris(return_X_y=True)).cv_results_
    >>> [params["gamma"] for params in results["params"][:3]], list(results["status"][:3])
    ([0.0001, 0.01, 100.0], ['ok', 'ok', 'stopped'])
    """

    @abstractmethod
    def __call__(self, trials: Standings, trial: Standing) -> bool:
        """Say whether a candidate is stopped.

        Parameters
        ----------
        trials : Standings
            All that it may be compared with, itself among them.
        trial : Standing
            Not complete.
        """


class StopRule(ABC):
    """Decide after each candidate, in their order, whether the search is over.

    Derive from it, or write a function. Rules are combined with ``|`` and ``&``, also with
    functions.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, TargetScore
    >>> def enough(trials):
    ...     return len(trials) == 2
    >>> grid, rule = {"C": [0.1, 1, 10, 100]}, TargetScore(0.99) | enough
    >>> search = GridSearch(SVC(), grid, stop=rule).fit(*load_iris(return_X_y=True))
    >>> len(search.cv_results_["params"])
    2
    """

    @abstractmethod
    def __call__(self, trials: Standings) -> bool:
        """Say whether the search ends with the last of these candidates."""

    def __or__(self, other: Rule) -> Either:
        return Either(self, _rule(other))

    def __ror__(self, other: Rule) -> Either:
        return Either(_rule(other), self)

    def __and__(self, other: Rule) -> Both:
        return Both(self, _rule(other))

    def __rand__(self, other: Rule) -> Both:
        return Both(_rule(other), self)


Policy = Callable[[Standings, Standing], bool]
"""`TerminationPolicy`, or a function."""

Rule = Callable[[Standings], bool]
"""`StopRule`, or a function."""


@dataclass(frozen=True)
class Either(StopRule):
    """Over as soon as one of two rules says so."""

    one: Rule
    other: Rule

    def __call__(self, trials: Standings) -> bool:
        return bool(self.one(trials) or self.other(trials))


@dataclass(frozen=True)
class Both(StopRule):
    """Over as soon as two rules say so at the same time."""

    one: Rule
    other: Rule

    def __call__(self, trials: Standings) -> bool:
        return bool(self.one(trials) and self.other(trials))


def _rule(given: Rule) -> Rule:
    if not callable(given):
        raise TypeError(f"{given!r} is no rule; pass a callable that takes the trials.")
    return given


class Ending(ABC):
    """A reason to end a search early; asked in the main thread after every outcome."""

    reason: Literal["timeout", "stop", "callback"]

    @abstractmethod
    def check(self, trials: Trials) -> int | None:
        """Return how many trials count if the search is to end now; None if it goes on.

        What has begun of them is still finished; those from that number on are dropped.
        """
