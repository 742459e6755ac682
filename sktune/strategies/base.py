"""The contract of a strategy, which proposes candidates.

It never sees data, workers or a clock.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..space.dimensions import is_count
from ..space.identity import identity
from ..trials import Rung, Trial
from ..types import Params


@dataclass(frozen=True)
class Proposal:
    """A candidate's place in the space: numbers from which it comes out the same.

    Attributes
    ----------
    branch : int
        Of a list of dicts, which one.
    at : mapping of str to int or float
        For each parameter the index of a choice, or the place in [0, 1] of a range.
    given : mapping of str to object
        Numbers that are to be tried as they are.
    """

    branch: int
    at: Mapping[str, int | float]
    given: Mapping[str, Any] = field(default_factory=dict)


class Strategy(ABC):
    """Propose candidates, and be told in the same order what they scored.

    Proposals depend on the seed, on how many were made and on what has been told, never on
    when or where anything was computed. A strategy of your own implements `propose` and `total`,
    and `learn` with `window` if it learns; `ask` and `tell`, which count and check, call
    these. It is passed as ``strategy=`` to `GridSearch` or `RandomSearch`.

    Attributes
    ----------
    asked : int
        How many candidates have been proposed.
    told : int
        Of how many of them, counted from the first, the outcomes are known.
    window : int or None
        How many candidates may be asked for before the first of them is told; None if
        there is nothing to learn. A strategy with a window proposes candidate t from exactly what
        candidates 0 to t - window scored, however many more have been told.
    expects : bool
        Whether it can say what it expects of its next candidate.
    rung : Rung or None
        The rung of the candidates that were asked for last, under successive halving.

    Examples
    --------
    A search that goes on where the best score was, one candidate after the other:

    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, Strategy
    >>> class Climb(Strategy):
    ...     window, total = 1, 8
    ...
    ...     def __init__(self):
    ...         self.best, self.at = -np.inf, 1e-3
    ...
    ...     def propose(self, n):
    ...         return [] if self.asked == self.total else [{"C": self.at * 3.0}]
    ...
    ...     def learn(self, trials):
    ...         for trial in trials:
    ...             score = np.mean([outcome.test_scores["score"] for outcome in trial.finished])
    ...             if score >= self.best:
    ...                 self.best, self.at = score, trial.params["C"]
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [1]}, strategy=Climb()).fit(X, y)
    >>> [round(params["C"], 3) for params in search.cv_results_["params"]]
    [0.003, 0.009, 0.027, 0.081, 0.243, 0.729, 2.187, 6.561]
    """

    asked = 0
    told = 0
    window: int | None = None
    expects = False
    rung: Rung | None = None

    _untold: list[Params] | None = None
    _n_splits: int | None = None

    @property
    @abstractmethod
    def total(self) -> int | None:
        """The number of candidates that will be proposed in all; None if that is not known."""

    @abstractmethod
    def propose(self, n: int) -> list[Params]:
        """Return the next `n` candidates, or fewer if there are no more."""

    def learn(self, trials: Sequence[Trial]) -> None:  # noqa: B027 - most do not learn
        """Take in what the next candidates scored."""

    def expected_improvement(self, trials: Sequence[Trial]) -> float:
        """Return by how much the next candidate is expected to beat the best of these.

        Parameters
        ----------
        trials : sequence of Trial
            The first that were proposed; whether they have been told changes nothing.
        """
        return math.inf

    def proposal(self, number: int) -> Proposal | None:
        """Describe a candidate, for `restore`; None where the seed says all."""
        return None

    def restore(self, proposals: Sequence[Proposal]) -> None:  # noqa: B027 - as for learn
        """Take the first candidates from the record of an earlier search; before any `ask`.

        Raises
        ------
        ValueError
            If they do not come from this space.
        """

    def ask(self, n: int) -> list[Params]:
        """Propose up to `n` candidates; an empty list means that there are no more.

        Parameters
        ----------
        n : int
            At least 1.

        Raises
        ------
        RuntimeError
            If the next candidate depends on one that has not been told.
        """
        if not is_count(n):
            raise ValueError(f"at least one candidate must be asked for, got n={n!r}")
        # copies: a strategy may go on writing into what it has proposed, and the user too
        candidates: list[Params] = list(map(dict, self.propose(n)))
        self._untold = self._untold or []
        self._untold += map(dict, candidates)
        self.asked += len(candidates)
        return candidates

    def tell(self, trials: Sequence[Trial]) -> None:
        """Report trials, in the order in which they were proposed.

        Parameters
        ----------
        trials : sequence of Trial
            Those that have been told before are passed over.

        Raises
        ------
        TypeError, ValueError
            For what is no list of trials; for a trial that was not proposed, or is told before its
            predecessor, or has other parameters or another number of splits.
        """
        if isinstance(trials, str | Mapping) or not isinstance(trials, Iterable):
            raise TypeError(f"tell takes a list of trials, [Trial.of(...)], got {trials!r:.100}")
        trials = list(trials)
        for trial in trials:
            if not isinstance(trial, Trial):
                raise TypeError(f"tell takes trials, such as Trial.of(...), got {trial!r:.100}")
        news = [trial for trial in trials if not 0 <= trial.number < self.told]
        for expected, trial in enumerate(news, start=self.told):
            if not 0 <= trial.number < self.asked:
                raise ValueError(
                    f"trial {trial.number} was not proposed; {self.asked} candidates were. Tell of "
                    "what ask has given"
                )
            if trial.number != expected:
                raise ValueError(f"tell trials in order: expected {expected}, got {trial.number}")
        for trial, proposed in zip(news, self._untold or (), strict=False):
            if not _same(trial.params, proposed):
                raise ValueError(
                    f"trial {trial.number} has the parameters {trial.params!r:.200}, but proposed "
                    f"was {proposed!r:.200}; tell of what ask has given"
                )
            n_splits = len(news[0].outcomes) if self._n_splits is None else self._n_splits
            if len(trial.outcomes) != n_splits:
                raise ValueError(
                    f"trial {trial.number} has {len(trial.outcomes)} scores, those before it have "
                    f"{n_splits}; tell a score for each split, None where it failed"
                )
        self.learn(news)
        self.told += len(news)
        if news and self._untold:
            self._n_splits = len(news[0].outcomes)
            del self._untold[: len(news)]


def _same(params: Mapping[str, Any], proposed: Mapping[str, Any]) -> bool:
    """Whether parameters are those that were proposed; by hand they may be equal ones."""
    if params.keys() != proposed.keys():
        return False
    if all(params[name] is value for name, value in proposed.items()):
        return True
    if identity(dict(params)) == identity(dict(proposed)):
        return True
    with suppress(Exception):  # whatever a value's own comparison raises
        return bool(params == proposed)
    return False
