"""Rules that end a search before it has tried all, by the candidates so far."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..space.dimensions import is_count, is_number
from ..types import Floats
from .base import Both, Either, StopRule
from .standings import Standings


@dataclass(frozen=True)
class NoImprovement(StopRule):
    """Over when the last candidates have not improved the best score.

    Parameters
    ----------
    n : int, default=20
        How many candidates in a row may be no better.
    tol : float, default=0.0
        By how much one must be better to count.

    Raises
    ------
    ValueError
        If they are no numbers of that kind.

    Examples
    --------
    >>> from sktune import NoImprovement, TargetScore
    >>> NoImprovement(10, tol=1e-3) | TargetScore(0.99)
    Either(one=NoImprovement(n=10, tol=0.001), other=TargetScore(score=0.99))
    """

    n: int = 20
    tol: float = 0.0

    def __post_init__(self) -> None:
        if not is_count(self.n):
            raise ValueError(f"n={self.n!r}; pass a whole number of candidates, 1 or more")
        if not is_number(self.tol, least=0):
            raise ValueError(f"tol={self.tol!r}; pass a number, 0 or more")

    def __call__(self, trials: Standings) -> bool:
        scores = _scores(trials)
        if len(scores) <= self.n:
            return False
        before = scores[: -self.n].max()
        return bool(math.isfinite(before) and scores[-self.n :].max() <= before + self.tol)


@dataclass(frozen=True)
class TargetScore(StopRule):
    """Over when a candidate's mean score over all splits is good enough.

    Parameters
    ----------
    score : float
        Of what `scoring` gives; for errors below zero, such as ``neg_log_loss``.

    Raises
    ------
    ValueError
        If it is no number.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, TargetScore
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, stop=TargetScore(0.95))
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> search.best_params_, search.ended_by_
    ({'C': 1}, 'stop')
    """

    score: float

    def __post_init__(self) -> None:
        if not is_number(self.score):
            raise ValueError(f"score={self.score!r}; pass a number")

    def __call__(self, trials: Standings) -> bool:
        return len(trials) > 0 and bool(_scores(trials)[-1] >= self.score)


@dataclass(frozen=True)
class ImprovementExhausted(StopRule):
    """Over when a Bayesian search does not expect to find anything better.

    Parameters
    ----------
    tol : float, default=1e-4
        By how much, in the score's unit, the most promising candidate must be expected to be
        better than the best.
    at_least : int, default=15
        Candidates to try in any case: with fewer, the model knows too little to be believed.

    Raises
    ------
    ValueError
        If they are no numbers of that kind; in a search that expects nothing, before its
        first fit.

    References
    ----------
    Nguyen et al., Regret for expected improvement over the best-observed value and stopping
    condition (2017).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearch, ImprovementExhausted
    >>> space, rule = {"C": (0.1, 10.0, "log-uniform")}, ImprovementExhausted(tol=1e-3)
    >>> search = BayesSearch(SVC(), space, n_iter=100, stop=rule, random_state=0)
    >>> len(search.fit(*load_iris(return_X_y=True)).cv_results_["params"]) < 30
    True
    """

    tol: float = 1e-4
    at_least: int = 15

    def __post_init__(self) -> None:
        if not is_number(self.tol, least=0):
            raise ValueError(f"tol={self.tol!r}; pass a number, 0 or more")
        if not is_count(self.at_least):
            raise ValueError(f"at_least={self.at_least!r}; pass a whole number, 1 or more")

    def __call__(self, trials: Standings) -> bool:
        return len(trials) >= self.at_least and trials.expected_improvement() <= self.tol


def needs_expectation(rule: object) -> bool:
    """Whether a rule, or one that it is composed of, asks what a search expects."""
    if isinstance(rule, Either | Both):
        return needs_expectation(rule.one) or needs_expectation(rule.other)
    return isinstance(rule, ImprovementExhausted)


def out_of_reach(rule: object, best_possible: float) -> TargetScore | None:
    """Return a target that no score can meet, of a rule or those that it is composed of."""
    if isinstance(rule, Either | Both):
        return out_of_reach(rule.one, best_possible) or out_of_reach(rule.other, best_possible)
    return rule if isinstance(rule, TargetScore) and rule.score > best_possible else None


def _scores(trials: Standings) -> Floats:
    """Return means over all splits, in the candidates' order; -inf for those that have not all."""
    means = trials.means(trials.n_splits)
    return np.asarray(np.where(np.isnan(means), -math.inf, means))
