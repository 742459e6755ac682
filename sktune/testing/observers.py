"""The contract of an observer."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from ..events import Observer, Observers, SearchInfo
from ..objective import Objective
from ..policies import NoImprovement
from ..results import Results, Table
from ..searches import BayesSearch, GridSearch, RandomSearch
from ..strategies import SuccessiveHalving
from ..trials import Failure, Outcome, Trials
from ..types import Array

X = np.arange(48.0).reshape(24, 2)
y = np.arange(24) % 2


class Scripted(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """An estimator that does what its parameter says."""

    def __init__(self, value: float | str = 0) -> None:
        self.value = value

    def fit(self, X: Array, y: Array) -> Scripted:
        """Do it."""
        if self.value == "raise":
            raise RuntimeError("this candidate fails")
        if self.value == "interrupt":
            raise KeyboardInterrupt
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Array) -> Array:
        """Predict zeros."""
        return np.zeros(len(X), dtype=int)

    def score(self, X: Array, y: Array) -> float:
        """Return the parameter, less a little on later splits."""
        return float(self.value) - 0.01 * float(X[0, 0])


SEARCHES: dict[str, Any] = {
    "grid": lambda **more: GridSearch(Scripted(), {"value": [1, 2, 3]}, cv=3, **more),
    "duplicates": lambda **more: GridSearch(Scripted(), {"value": [1, 2, 1, 1]}, cv=3, **more),
    "failures": lambda **more: GridSearch(Scripted(), {"value": [1, "raise", 2]}, cv=3, **more),
    "interrupt": lambda **more: GridSearch(Scripted(), {"value": [1, "interrupt"]}, cv=3, **more),
    "stopped": lambda **more: GridSearch(
        Scripted(), {"value": [3, 3, 2, 1, 1]}, cv=3, early_termination="median", **more
    ),
    "rule": lambda **more: GridSearch(
        Scripted(), {"value": [3, 2, 1, 0, 4]}, cv=3, stop=NoImprovement(2), **more
    ),
    "rungs": lambda **more: RandomSearch(
        Scripted(), {"value": list(range(9))}, n_iter=9, cv=2, random_state=0,
        strategy=SuccessiveHalving(min_resources=8), **more,
    ),
    "bayes": lambda **more: BayesSearch(
        Scripted(), {"value": (0.0, 1.0)}, n_iter=5, cv=2, random_state=0, **more
    ),
}  # fmt: skip
"""Searches of all kinds of events."""


class ObserverContract(ABC):
    """An observer bears every kind of search, and changes nothing of it.

    Examples
    --------
    >>> from sktune import Observer
    >>> from sktune.testing import ObserverContract
    >>> class TestMine(ObserverContract):
    ...     def make(self):
    ...         return Observer()
    """

    @abstractmethod
    def make(self) -> Observer:
        """Make the observer."""

    @pytest.mark.parametrize("kind", SEARCHES)
    def test_it_changes_no_result(self, kind: str) -> None:
        plain = self._searched(kind)
        watched = self._searched(kind, observers=[self.make()])
        assert plain.keys() == watched.keys()
        for name in plain:
            if not name.endswith("_time"):
                assert str(plain[name]) == str(watched[name])

    def _searched(self, kind: str, **more: Any) -> dict[str, Any]:
        search = SEARCHES[kind](refit=False, **more)
        with warnings.catch_warnings(), suppress(KeyboardInterrupt):
            warnings.simplefilter("error")  # one that raises is warned of
            warnings.filterwarnings("ignore", message=r"(?s).*fits failed out of")
            warnings.filterwarnings("ignore", message="One or more of the")
            search.fit(X, y)
        return dict(search.cv_results_)

    def test_it_bears_every_kind_of_outcome(self) -> None:
        failure = Failure("fit", "Error: no", "Error: no")
        outcomes = [
            Outcome(0, 0, {"score": 0.5}),
            Outcome(1, 0, {"a": 0.5, "b": None}, {"a": 1.0, "b": 0.1}, multimetric=True),
            Outcome(2, 0, {}, failures=(failure,)),
            Outcome(3, 0, {"score": float("nan")}, {"score": 0.1}),
            Outcome(4, 0, {"score": 0.5}, recalled=True),
        ]
        for n_candidates in (len(outcomes), None):
            observer = self.make()
            trials = Trials(1, Observers([observer]))
            observer.search_started(SearchInfo("GridSearch", n_candidates, 1, "score", trials))
            for outcome in outcomes:
                trials.begin({"number": outcome.trial})
                if not outcome.recalled:
                    trials.start(outcome.trial, 0)
                trials.record(outcome)
            assert all(trial.complete for trial in trials)
            observer.search_finished(Results(Table.of(trials, error_score=np.nan), Objective()))
            for refitted in (Scripted(), None):
                observer.refit_started({"value": 1})
                observer.refit_finished(refitted)
