"""The evaluation of bundles on another host, and messages of what came of them."""

from __future__ import annotations

import math
import pickle
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cloudpickle

from ...evaluation import Bundle, Task
from ...evaluation.limits import GRACE
from ...trials import Outcome
from .contract import BundleReport, State
from .errands import Surroundings
from .inner_threads import InnerThreads
from .parcels import Data, Evaluating, Parcel

SLACK = 20.0
"""Seconds that a load may take beside its tasks: a worker that starts imports what it needs."""


Place = tuple[int, int]
"""A split, and the key of a piece."""


@dataclass(frozen=True)
class Told:
    """A message of a worker, about a bundle of its load.

    Attributes
    ----------
    bundle : int
        Its number in the load.
    before : int
        How many of its outcomes were told before.
    outcomes : sequence of Outcome
        Those that were not.
    state : str
        As a report's.
    error : bytes or None
        What was raised, pickled.
    ready : bool
        Whether the worker has imported and read what it needs.
    made : mapping of (split, key) to int
        Bytes of what of its work others can be brought.
    """

    bundle: int = 0
    before: int = 0
    outcomes: Sequence[Outcome] = ()
    state: State = "under way"
    error: bytes | None = None
    ready: bool = True
    made: Mapping[Place, int] = field(default_factory=dict)

    @property
    def raised(self) -> BaseException | None:
        """The exception that was raised, if one was."""
        if self.error is None:
            return None
        raised: BaseException = pickle.loads(self.error)  # noqa: S301 - our own worker's
        return raised


@dataclass(eq=False)
class Home:
    """A host that a load may go to.

    Attributes
    ----------
    host : str
        Empty if any will do.
    begins : set of (split, key)
        What of common work would be fitted there.
    misses : dict of (split, key) to str
        What it needs that others have, or are fitting; and which of them.
    spared : dict of (split, key) to str or None
        What need not be fitted if that is brought there, and the names of steps; of the rest it
        is not known how long it takes.
    brings : dict of (split, key) to str
        What is brought there.
    seconds : float
        For how long that may be waited for: as long as to fit it would take.
    """

    host: str = ""
    begins: set[Place] = field(default_factory=set)
    misses: dict[Place, str] = field(default_factory=dict)
    spared: dict[Place, str | None] = field(default_factory=dict)
    brings: dict[Place, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(eq=False)
class Load:
    """Bundles that one worker evaluates in a row, and what is known of them.

    Attributes
    ----------
    left : deque of Bundle
        Those that are not over.
    lags : bool
        Whether a worker may be at a later bundle than it has told.
    heard : float or None
        When (`time.monotonic`) its worker has told something last.
    ended : bool
        Whether its worker was ended from here.
    home : Home
        Where it was sent.
    ready : bool
        Whether its worker has imported what it needs, so that time counts.
    """

    left: deque[Bundle]
    lags: bool = True
    home: Home = field(default_factory=Home)
    heard: float | None = None
    ended: bool = False
    ready: bool = False
    _n_over: int = 0
    _n_told: int = 0

    @cached_property
    def needs(self) -> frozenset[tuple[Any, ...]]:
        """A sign for all that the bundles have in common with others."""
        return frozenset(
            (bundle.split, *(step.key for step in piece.before_last), piece.final.member)
            for bundle in self.left
            if bundle.shared is not None and bundle.shared.common
            for piece in bundle.shared.pieces.values()
        )

    @property
    def tasks(self) -> list[Task]:
        """The tasks of which nothing is known, in their order."""
        return [task for bundle in self.left for task in bundle.tasks][self._n_told :]

    @property
    def seconds(self) -> float:
        """Seconds since its worker has told something."""
        return 0.0 if self.heard is None else time.monotonic() - self.heard

    def is_late(self, limit: float) -> bool:
        """Whether a task takes longer than it may; what a worker imports first is no part of it."""
        return self.seconds > limit + GRACE + (0.0 if self.ready else SLACK)

    def take(self, told: Told) -> list[BundleReport]:
        """Return the report of a message; none if it tells nothing, or nothing new.

        A worker may have been lost, and another have begun from the beginning.
        """
        self.heard, self.ready = time.monotonic(), self.ready or told.ready
        outcomes = told.outcomes[max(self._n_told - told.before, 0) :]
        if told.bundle < self._n_over or (told.state == "under way" and not outcomes):
            return []
        bundle = self.left[0]
        self._n_told += len(outcomes)
        if told.state != "under way":
            self.left.popleft()
            self._n_over, self._n_told = self._n_over + 1, 0
        return [BundleReport(bundle, outcomes, told.state, told.raised)]

    def over(self, state: State, error: BaseException, *, exact: bool) -> list[BundleReport]:
        """Return the reports of bundles of which there will be no more.

        With `exact` each outcome was told as soon as it was there. Where there is more than one
        task left, the last may still have been on its way, if the next holds the interpreter.
        """
        left = self.tasks
        none: dict[tuple[int, int], float] | None = {} if exact or not self.lags else None
        first = none
        if self.heard is not None:
            seconds = self.seconds if self.ready and len(left) == 1 else 0.0
            begun = {(task.trial, task.split): seconds for task in left[:2]}
            first = begun if exact or len(left) == 1 else None
            none = begun if exact else none
        return [
            BundleReport(bundle, (), state, error, none if n else first)
            for n, bundle in enumerate(self.left)
        ]


def of_one_home(bundles: Sequence[Bundle]) -> list[list[Bundle]]:
    """Cut a load into loads of one home each: what is sent together may have several."""
    found: dict[int | None, list[Bundle]] = {}
    for bundle in bundles:
        has_one = bundle.shared is not None and bundle.shared.common
        found.setdefault(bundle.split if has_one else None, []).append(bundle)
    return list(found.values())


@dataclass(frozen=True)
class RemoteWork:
    """All that a worker needs for the loads of a search, beside the data."""

    parcel: Parcel
    surroundings: Surroundings = field(
        default_factory=lambda: Surroundings(InnerThreads(where="hosts"))
    )

    def evaluated(
        self,
        data: Data,
        pickled: Sequence[bytes],
        seconds: float | None = None,
        often: float = math.inf,
    ) -> Iterator[Told]:
        """Evaluate the bundles of a load, and tell of each; the last of a bundle says so.

        Parameters
        ----------
        data : sequence, or mapping of int
            The parcel's.
        pickled : sequence of bytes
            The bundles, each by itself, so that one that cannot be read is told from others.
        seconds : float, optional
            After which the search is over.
        often : float
            For how many seconds outcomes are collected until they are told.
        """
        try:
            evaluate = self.parcel.evaluating(data, seconds)
        except Exception as exc:  # noqa: BLE001 - whatever users' code raises
            yield from (Told(n, 0, (), "unsent", _sent(exc)) for n in range(len(pickled)))
            return
        if often < math.inf:
            yield Told()
        with self.surroundings.around():
            for number, one in enumerate(pickled):
                yield from _told_of(evaluate, number, one, often)


def _told_of(evaluate: Evaluating, number: int, pickled: bytes, often: float) -> Iterator[Told]:
    state: State = "unsent"
    done: list[Outcome] = []
    before, told = 0, time.monotonic()
    try:
        bundle = pickle.loads(pickled)  # noqa: S301 - our own search's
        state = "raised"
        for n, outcome in enumerate(evaluate(bundle), start=1):
            done.append(outcome)
            if n < len(bundle.tasks) and time.monotonic() - told >= often:
                yield Told(number, before, tuple(done), made=evaluate.made())
                before, done, told = n, [], time.monotonic()
    except Exception as exc:  # noqa: BLE001 - as above
        yield Told(number, before, tuple(done), state, _sent(exc))
    else:
        yield Told(number, before, tuple(done), "done", made=evaluate.made())


def pickled_one_by_one(
    parcel: Parcel, bundles: Sequence[Bundle]
) -> tuple[list[Bundle], list[bytes], list[BundleReport]]:
    """Pickle the bundles of a load.

    Returns
    -------
    bundles, pickled : list of Bundle, list of bytes
        Those that can be pickled.
    unsent : list of BundleReport
        Of the others.
    """
    kept, pickled, unsent = [], [], []
    for bundle, sent in zip(bundles, parcel.load(bundles), strict=True):
        try:
            pickled.append(cloudpickle.dumps(sent))
            kept.append(bundle)
        except Exception as exc:  # noqa: BLE001 - whatever its methods raise
            unsent.append(BundleReport(bundle, state="unsent", error=exc))
    return kept, pickled, unsent


def _sent(error: Exception) -> bytes:
    """Pickle an exception; one that cannot be read again is told of by its text."""
    try:
        pickled: bytes = cloudpickle.dumps(error)
        pickle.loads(pickled)  # noqa: S301 - just written
    except Exception:  # noqa: BLE001 - whatever its methods raise
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return pickled
