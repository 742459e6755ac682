"""The one mutable store: which candidates were asked for, and what they scored.

Everything else is a function of the trials (``cv_results_``, the best candidate, the
summary of failures) or watches them (callbacks, progress).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, overload

from .space.identity import identity

Params = Mapping[str, Any]
"""A candidate: parameter names and the values to set."""

SINGLE = "score"
"""The name of the metric where there is only one."""

SAMPLES = "n_samples"
"""The resource of successive halving that is no parameter of the estimator."""

LARGEST = 1e100
"""Whoever decides by scores clips them here, so that their squares are finite."""


def rounded(score: float) -> float:
    """Return a score to 12 digits: the last ones may depend on the number of threads.

    What is proposed, and who is given up, must not.
    """
    return float(f"{score:.12g}")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step of a task did not give what it should.

    Attributes
    ----------
    stage : {"fit", "scoring", "score", "train score", "timeout", "crash"}
        The step that failed: the fit raised, the scorer raised, what it returned is no
        score, or either of these on the training set; or the task was ended at its time
        limit, or has killed its process.
    reason : str
        One line: the exception's type and message, or what is wrong with the score.
    traceback : str
        The whole story, for whoever has to debug it.
    """

    stage: str
    reason: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one task, a candidate on one split, gave.

    A failure is an outcome like any other: scores that could not be had are not in
    `test_scores`, and `failures` says why.

    Attributes
    ----------
    trial, split : int
        Which candidate (its number) on which split.
    test_scores : mapping of str to float or None
        Finite or nan, None for what is no score; the name is "score" when there is a
        single metric. Empty if the fit or the scorer raised.
    train_scores : mapping of str to float or None
        Likewise; empty also where training scores were not asked for.
    multimetric : bool, default=False
        Whether the scorer returned a dict.
    fit_time, score_time : float
        Seconds, on the wall clock, as scikit-learn measures them.
    own_time : float
        Seconds that were spent on this task; what it shares with others counts where it
        was done.
    saved_time : float
        Seconds that others had spent on what it uses.
    fits : tuple of (str, float)
        What was fitted for it, with seconds: a pipeline's steps by name, or "" for the whole.
    reused : tuple of str
        What had been fitted for others.
    failures : tuple of Failure
        Empty if all went well.
    exception : Exception or None
        The estimator's own exception, kept only under ``error_score="raise"``.
    """

    trial: int
    split: int
    test_scores: Mapping[str, float | None]
    train_scores: Mapping[str, float | None] = field(default_factory=dict)
    multimetric: bool = False
    fit_time: float = 0.0
    score_time: float = 0.0
    own_time: float = 0.0
    saved_time: float = 0.0
    fits: tuple[tuple[str, float], ...] = ()
    reused: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    exception: Exception | None = None

    @property
    def failed(self) -> bool:
        """Whether the fit or a test score failed; a train score is only reported."""
        return any(failure.stage != "train score" for failure in self.failures)

    def score(self, metric: str) -> float | None:
        """Return the test score, of `metric` where there are several; None if there is none."""
        return self.test_scores.get(metric if self.multimetric else SINGLE)


@dataclass(frozen=True, slots=True)
class Rung:
    """Where in successive halving a candidate is evaluated: with others, on the same terms.

    Attributes
    ----------
    number : int
        From 0.
    n_resources : int
        Samples, or the value of the parameter that is the resource.
    resource : str
        "n_samples" or the parameter's name.
    n_candidates : int
        How many candidates are in it.
    n_kept : int
        How many of them the next rung is to have; 1 in the last.
    splits : int
        Equal for rungs whose candidates are evaluated on the very same samples.
    """

    number: int
    n_resources: int
    resource: str
    n_candidates: int
    n_kept: int = 1
    splits: int = 0

    @property
    def n_samples(self) -> int | None:
        """The resources, if they are samples."""
        return self.n_resources if self.resource == SAMPLES else None


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A candidate with its outcomes.

    Attributes
    ----------
    number : int
        Position among the candidates asked for; the row of ``cv_results_`` when every
        candidate was begun.
    params : mapping
        The candidate.
    outcomes : list of Outcome or None, one per split
        None where that split has not finished. Trials of equal candidates share the
        list, so what is evaluated once is known to all of them.
    twin : int or None
        Number of the earlier trial with an equal candidate, which is evaluated instead.
    rung : Rung or None
        Under successive halving.
    """

    number: int
    params: Params
    outcomes: list[Outcome | None] = field(repr=False)
    twin: int | None = None
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
            None where it failed.

        Examples
        --------
        >>> from sktune.trials import Trial
        >>> Trial.of(0, {"C": 1}, [0.9, 0.8]).complete
        True
        """
        outcomes = [Outcome(number, split, {SINGLE: s}) for split, s in enumerate(scores)]
        return cls(number, params, list(outcomes))

    @property
    def finished(self) -> list[Outcome]:
        """The outcomes so far, in the order of the splits."""
        return [outcome for outcome in self.outcomes if outcome is not None]

    @property
    def complete(self) -> bool:
        """Whether every split has an outcome."""
        return None not in self.outcomes


class Observes(Protocol):
    """What the store tells whoever watches it; see `sktune.observers.Observer`."""

    def trial_begun(self, trial: Trial) -> None: ...

    def task_started(self, trial: Trial, split: int) -> None: ...

    def task_finished(self, trial: Trial, outcome: Outcome) -> None: ...

    def task_recalled(self, trial: Trial, outcome: Outcome) -> None: ...

    def trial_stopped(self, trial: Trial) -> None: ...


class Trials(Sequence[Trial]):
    """All trials of a search, in the order in which they were asked for.

    Parameters
    ----------
    n_splits : int
        Number of splits every candidate is evaluated on.
    observers : iterable of observers
        Told of every task that starts and every outcome, in this order.
    merge_equal : bool, default=True
        Whether candidates that are equal in type and value share their outcomes.

    Examples
    --------
    >>> from sktune.trials import Trials
    >>> trials = Trials(n_splits=2)
    >>> [trials.begin(params).twin for params in ({"C": 1}, {"C": 1.0}, {"C": 1})]
    [None, None, 0]
    """

    def __init__(
        self, n_splits: int, observers: Iterable[Observes] = (), *, merge_equal: bool = True
    ) -> None:
        self.n_splits = n_splits
        self._observers = tuple(observers)
        self._merge_equal = merge_equal
        self._trials: list[Trial] = []
        self._n_dropped = 0
        self._first: dict[Hashable, int] = {}
        self._stopped: set[int] = set()

    def begin(self, params: Params, rung: Rung | None = None) -> Trial:
        """Enter a candidate and return its trial."""
        number = len(self._trials)
        first = number
        if self._merge_equal:
            same = identity(params), 0 if rung is None else rung.splits
            first = self._first.setdefault(same, number)
        if first == number:
            trial = Trial(number, params, [None] * self.n_splits, rung=rung)
        else:
            outcomes = self._trials[first].outcomes
            trial = Trial(number, params, outcomes, twin=first, rung=rung)
        self._trials.append(trial)
        for observer in self._observers:
            observer.trial_begun(trial)
        return trial

    def start(self, number: int, split: int) -> None:
        """Note that a task has been handed to a worker."""
        if number >= len(self):
            return
        for observer in self._observers:
            observer.task_started(self._trials[number], split)

    def cut(self, n: int) -> None:
        """Drop the trials from number n on; what they are still to give is passed over."""
        self._n_dropped += len(self._trials[n:])
        del self._trials[n:]

    def record(self, outcome: Outcome, *, recalled: bool = False) -> None:
        """Enter what a task gave; a second outcome of the same task changes nothing.

        Parameters
        ----------
        outcome : Outcome
        recalled : bool, default=False
            Whether it comes from the record of an earlier run.

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
            return
        trial = self._trials[outcome.trial]
        if trial.outcomes[outcome.split] is not None:
            return
        trial.outcomes[outcome.split] = outcome
        for observer in self._observers:
            if recalled:
                observer.task_recalled(trial, outcome)
            else:
                observer.task_finished(trial, outcome)

    def stop(self, number: int) -> None:
        """Give up a candidate: what it has not been evaluated on, it will not be."""
        self._stopped.add(number)
        if number < len(self):
            for observer in self._observers:
                observer.trial_stopped(self._trials[number])

    def is_stopped(self, trial: Trial) -> bool:
        """Whether it was given up, or an equal candidate that is evaluated instead."""
        return (trial.number if trial.twin is None else trial.twin) in self._stopped

    def is_over(self, trial: Trial) -> bool:
        """Whether there will be no more outcomes."""
        return trial.complete or self.is_stopped(trial)

    @overload
    def __getitem__(self, index: int) -> Trial: ...

    @overload
    def __getitem__(self, index: slice) -> list[Trial]: ...

    def __getitem__(self, index: int | slice) -> Trial | list[Trial]:
        return self._trials[index]

    def __len__(self) -> int:
        return len(self._trials)
