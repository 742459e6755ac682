"""Outcomes of tasks, their failures, and the rungs on which candidates are evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SINGLE = "score"
"""The name of the metric where there is only one."""

SAMPLES = "n_samples"
"""The resource of successive halving that is no parameter of the estimator."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed step of a task, with the reason.

    Attributes
    ----------
    stage : {"fit", "scoring", "score", "train score", "timeout", "crash"}
        The step that failed: the fit raised, the scorer raised, what it returned is no
        score, or either of these on the training set; or the task was ended at its time
        limit, or has killed its process.
    reason : str
        One line: the exception's type and message, or what is wrong with the score.
    traceback : str
        The whole story, for debugging.

    Examples
    --------
    >>> from sktune.trials import Failure
    >>> failure = Failure("fit", "ValueError: C must be positive", "Traceback ...")
    >>> failure.stage, failure.reason
    ('fit', 'ValueError: C must be positive')
    """

    stage: str
    reason: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of boosting that early stopping has found for one fit.

    Attributes
    ----------
    n : int
        With how many it was scored.
    most : int or None
        How many there might have been; None where that is not known.
    n_samples : int or None
        How many samples it was fitted on; None where the rounds do not go by that.
    metric : str
        By which it was stopped.
    curve : tuple of (int, float)
        Rounds, from 1, with the metric on the validation samples; a few of them.
    greater_is_better : bool
        Whether more of the metric is.
    missed : float or None
        What the fit could not come to any more, by its curve, so that it was given up after the
        last of the rounds there.
    """

    n: int
    most: int | None = None
    n_samples: int | None = None
    metric: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    greater_is_better: bool = False
    missed: float | None = None

    @property
    def ran_out(self) -> bool:
        """Whether it was still improving when the rounds were used up."""
        return self.most is not None and self.n >= self.most

    @property
    def made(self) -> int:
        """How many there were, for a fit that was given up; else how many were found."""
        return self.n if self.missed is None else self.curve[-1][0]

    @property
    def best(self) -> float | None:
        """The metric after the rounds that were found."""
        return dict(self.curve).get(self.n)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one task: a candidate on one split.

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
        Seconds that it would have taken by itself and others had spent; less than 0 where it has
        spent more than that, on what others use or in vain.
    fits : tuple of (str, float)
        What was fitted for it, or while it was evaluated, with seconds: a pipeline's steps by name,
        or "" for the whole.
    reused : tuple of str
        What had been fitted for others.
    failures : tuple of Failure
        Empty if all went well.
    exception : Exception or None
        The estimator's own exception, kept only under ``error_score="raise"``.
    recalled : bool
        Whether it comes from the record of an earlier run, and nothing was fitted for it now.
    started : float or None
        Seconds from the start of the search to that of the task, by the clock of the worker's
        machine. Where a search is resumed its clock goes on from the end of what is recorded.
    worker : int or None
        The thread or process that has evaluated it, by a number from 0, in the order in which
        their first outcomes came. None, as `started`, where it is not known: in records of older
        versions, and of tasks that have ended with their worker.
    clock : float or None
        When the clock of `started` was at 0, as `time.time` tells it.
    rounds : Rounds or None
        Where it was stopped early.
    model : fitted estimator, SentModel or None
        Where models are kept, and only until the outcome is entered.

    Examples
    --------
    >>> from sktune.trials import Failure, Outcome
    >>> Outcome(trial=0, split=1, test_scores={"score": 0.9}).failed
    False
    >>> failure = Failure("fit", "ValueError: C must be positive", "Traceback ...")
    >>> Outcome(0, 2, {}, failures=(failure,)).failed
    True
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
    recalled: bool = False
    started: float | None = None
    worker: int | None = None
    clock: float | None = None
    rounds: Rounds | None = None
    model: Any = field(default=None, repr=False, compare=False)

    @property
    def began(self) -> float | None:
        """When the task has started, as `time.time` tells it; None where that is not known."""
        if self.started is None or self.clock is None:
            return None
        return self.clock + self.started

    @property
    def given_up(self) -> bool:
        """Whether the fit was given up in the middle: its scores are those of what was there."""
        return self.rounds is not None and self.rounds.missed is not None

    @property
    def failed(self) -> bool:
        """Whether the fit or a test score failed; a train score is only reported."""
        return any(failure.stage != "train score" for failure in self.failures)


@dataclass(frozen=True, slots=True)
class Rung:
    """A stage of successive halving: candidates that are evaluated on the same terms.

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
    factor : float
        One of so many candidates goes on.
    n_kept : int
        How many of them the next rung is to have; 1 in the last.
    splits : int
        Equal for rungs whose candidates are evaluated on the very same samples.

    Examples
    --------
    >>> from sktune.trials import Rung
    >>> Rung(0, 30, "n_samples", n_candidates=9).n_samples
    30
    >>> Rung(0, 10, "n_estimators", n_candidates=9).n_samples is None
    True
    """

    number: int
    n_resources: int
    resource: str
    n_candidates: int
    factor: float = 3.0
    n_kept: int = 1
    splits: int = 0

    @property
    def n_samples(self) -> int | None:
        """The resources, if they are samples."""
        return self.n_resources if self.resource == SAMPLES else None
