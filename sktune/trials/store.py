"""The one mutable store: which candidates were proposed, and what they scored.

Everything else is a function of the trials (``cv_results_``, the best candidate, the
summary of failures) or watches them (observers).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Protocol, overload

import numpy as np

from ..space.dimensions import is_count
from ..space.identity import identity
from ..types import Params
from .outcomes import SINGLE, Failure, Outcome, Rung


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A candidate with its outcomes.

    Attributes
    ----------
    number : int
        Position among the candidates that were proposed, from 0.
    params : mapping
        The candidate.
    outcomes : list of Outcome or None, one per split
        None where that split has not finished. Trials of equal candidates share the
        list, so what is evaluated once is known to all of them.
    duplicate_of : int or None
        Number of the earlier trial with an equal candidate, which is evaluated instead.
    rung : Rung or None
        Under successive halving.

    Examples
    --------
    >>> from sktune.trials import Trial
    >>> trial = Trial.of(0, {"C": 1}, [0.9, None])
    >>> trial.complete, [outcome.test_scores["score"] for outcome in trial.finished]
    (True, [0.9, None])
    """

    number: int
    params: Params
    outcomes: list[Outcome | None] = field(repr=False)
    duplicate_of: int | None = None
    rung: Rung | None = None

    @classmethod
    def of(cls, number: int, params: Params, scores: Sequence[float | None]) -> Trial:
        """Make a trial whose score on each split is known, to tell a strategy by hand.

        Parameters
        ----------
        number : int
            Position among the candidates that the strategy has proposed.
        params : mapping
            The candidate.
        scores : sequence of float or None
            One a split; None where it failed. Infinite scores are failures, as in a search.

        Raises
        ------
        TypeError, ValueError
            For what is no number of a candidate, no candidate, or no scores.
        """
        if not is_count(number, least=0):
            raise ValueError(f"number is {number!r}; pass the candidate's, counted from 0.")
        if not isinstance(params, Mapping):
            raise TypeError(f"params is {params!r:.100}; pass the candidate, as it was proposed.")
        if isinstance(scores, str | bytes | Mapping) or not isinstance(scores, Iterable):
            raise TypeError(f"scores is {scores!r:.100}; pass a list with a score for each split.")
        outcomes: list[Outcome | None] = []
        for split, score in enumerate(scores):
            value, failures = _by_hand(score, split)
            outcomes.append(Outcome(number, split, {SINGLE: value}, failures=failures))
        if not outcomes:
            raise ValueError("scores is empty; pass a score for each split, None where it failed.")
        return cls(number, params, outcomes)

    @property
    def finished(self) -> list[Outcome]:
        """The outcomes so far, in the order of the splits."""
        return [outcome for outcome in self.outcomes if outcome is not None]

    @property
    def complete(self) -> bool:
        """Whether every split has an outcome, of a fit that was not given up."""
        return not any(outcome is None or outcome.given_up for outcome in self.outcomes)


def _by_hand(score: Any, split: int) -> tuple[float | None, tuple[Failure, ...]]:
    """Read a score that is given by hand: a number, or None and what is wrong with it."""
    if score is None:
        return None, ()
    number = score.item() if hasattr(score, "item") and np.ndim(score) == 0 else score
    if not isinstance(number, Real) or np.ma.is_masked(score):
        raise TypeError(f"scores[{split}] is {score!r:.100}; pass a number, None where it failed.")
    try:
        value = float(number)
    except OverflowError:  # an int beyond floats
        value = math.inf
    if math.isinf(value):
        reason = f"got {value}; infinite scores cannot be averaged or compared."
        return None, (Failure("score", reason, reason),)
    return value, ()


class Listener(Protocol):
    """Anything that is told of events; see `sktune.Observer`."""

    def rung_started(self, rung: Rung) -> object: ...

    def trial_started(self, trial: Trial) -> object: ...

    def split_started(self, trial: Trial, split: int) -> object: ...

    def split_finished(self, trial: Trial, outcome: Outcome) -> object: ...

    def trial_finished(self, trial: Trial) -> object: ...

    def trial_dropped(self, trial: Trial) -> object: ...


class Trials(Sequence[Trial]):
    """All trials of a search, in the order in which they were proposed.

    Parameters
    ----------
    n_splits : int
        Number of splits every candidate is evaluated on.
    observers : object with the hooks of `Observer`, optional
        Told of all that is entered, of duplicates too.
    merge_equal : bool or callable, default=True
        Whether candidates that are equal in type and value share their outcomes; it is called with
        those that have been proposed before.

    Examples
    --------
    >>> from sktune.trials import Trials
    >>> trials = Trials(n_splits=2)
    >>> [trials.begin(params).duplicate_of for params in ({"C": 1}, {"C": 1.0}, {"C": 1})]
    [None, None, 0]
    """

    def __init__(
        self,
        n_splits: int,
        observers: Listener | None = None,
        *,
        merge_equal: bool | Callable[[Params], bool] = True,
    ) -> None:
        self.n_splits = n_splits
        self._observers = observers or None  # several of which there are none are none
        self._merge_equal = merge_equal
        self._trials: list[Trial] = []
        self._n_dropped = 0
        self._first: dict[Hashable, int] = {}
        self._duplicates: dict[int, list[int]] = {}
        self._stopped: set[int] = set()
        self._rung: Rung | None = None

    def begin(self, params: Params, rung: Rung | None = None) -> Trial:
        """Enter a candidate and return its trial."""
        number = first = len(self._trials)
        if self._merge_equal:
            same = identity(params), 0 if rung is None else rung.splits
            first = self._first.setdefault(same, number)
            if first != number and callable(self._merge_equal) and not self._merge_equal(params):
                first = number
        if first == number:
            trial = Trial(number, params, [None] * self.n_splits, rung=rung)
        else:
            outcomes = self._trials[first].outcomes
            trial = Trial(number, params, outcomes, duplicate_of=first, rung=rung)
            self._duplicates.setdefault(first, []).append(number)
        self._trials.append(trial)
        if self._observers is not None:
            if rung is not None and rung != self._rung:
                self._observers.rung_started(rung)
            self._observers.trial_started(trial)
            for outcome in trial.finished:
                self._observers.split_finished(trial, outcome)
            if self.is_over(trial):
                self._observers.trial_finished(trial)
        self._rung = rung
        return trial

    def start(self, number: int, split: int) -> None:
        """Note that a task has been handed to a worker."""
        if number < len(self) and self._observers is not None:
            self._observers.split_started(self._trials[number], split)

    def record(self, outcome: Outcome) -> None:
        """Enter what a task gave; a second outcome of the same task changes nothing.

        Raises
        ------
        ValueError
            If the outcome's trial or split does not exist.
        """
        begun = len(self) + self._n_dropped
        if not (0 <= outcome.trial < begun and 0 <= outcome.split < self.n_splits):
            raise ValueError(
                f"there is no task (trial {outcome.trial}, split {outcome.split}) among "
                f"{begun} trials on {self.n_splits} splits"
            )
        if outcome.trial >= len(self):
            return  # the trial was dropped
        trial = self._trials[outcome.trial]
        if trial.outcomes[outcome.split] is not None:
            return
        trial.outcomes[outcome.split] = outcome
        if self._observers is not None:
            for each in self._equal_to(trial):
                self._observers.split_finished(each, outcome)
                # what is stopped was finished before; a late outcome changes nothing of that
                if each.complete and not self.is_stopped(each):
                    self._observers.trial_finished(each)
        if outcome.given_up:
            self.stop(trial.number)

    def stop(self, number: int) -> None:
        """Stop a candidate: it is not evaluated on the splits that are left."""
        news = number not in self._stopped
        self._stopped.add(number)
        if news and number < len(self) and self._observers is not None:
            for each in self._equal_to(self._trials[number]):
                self._observers.trial_finished(each)

    def drop(self, n: int) -> None:
        """Drop the trials from number n on; what they are still to give is passed over."""
        dropped = self._trials[n:]
        self._n_dropped += len(dropped)
        del self._trials[n:]
        if self._observers is not None:
            for trial in dropped:
                self._observers.trial_dropped(trial)

    def is_stopped(self, trial: Trial) -> bool:
        """Whether it was stopped, or the equal candidate that is evaluated instead."""
        number = trial.number if trial.duplicate_of is None else trial.duplicate_of
        return number in self._stopped

    def is_over(self, trial: Trial) -> bool:
        """Whether there will be no more outcomes."""
        return trial.complete or self.is_stopped(trial)

    def _equal_to(self, trial: Trial) -> list[Trial]:
        """Return a trial that is evaluated, and its duplicates."""
        numbers = self._duplicates.get(trial.number, ())
        return [trial, *(self._trials[number] for number in numbers if number < len(self))]

    def __getstate__(self) -> dict[str, Any]:
        """Leave the observers out of copies: they have files and locks, and hear of one search."""
        return {**vars(self), "_observers": None}

    @overload
    def __getitem__(self, index: int) -> Trial: ...

    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...

    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        return self._trials[index]

    def __len__(self) -> int:
        return len(self._trials)
