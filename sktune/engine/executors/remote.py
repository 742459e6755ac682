"""The evaluation of bundles on another host, and messages of what came of them."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cloudpickle

from ...evaluation import Bundle
from ...trials import Outcome
from .contract import BundleReport, Evaluate, State
from .errands import Surroundings
from .parcels import Data, Parcel


@dataclass(frozen=True)
class Told:
    """A message of a worker, about the first bundle of its load that is not over.

    Attributes
    ----------
    outcomes : sequence of Outcome
        Those that were not told before.
    state : str
        As a report's.
    error : bytes or None
        What was raised, pickled.
    place : str or None
        Where the worker is, where it begins with the load.
    """

    outcomes: Sequence[Outcome] = ()
    state: State = "under way"
    error: bytes | None = None
    place: str | None = None

    @property
    def raised(self) -> BaseException | None:
        """The exception that was raised, if one was."""
        if self.error is None:
            return None
        raised: BaseException = pickle.loads(self.error)  # noqa: S301 - our own worker's
        return raised


@dataclass(frozen=True)
class RemoteWork:
    """All that a worker needs for the loads of a search, beside the data."""

    parcel: Parcel
    surroundings: Surroundings

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
            yield from (Told((), "unsent", _sent(exc)) for _ in pickled)
            return
        with self.surroundings.around():
            for one in pickled:
                yield from _told_of(evaluate, one, often)


def _told_of(evaluate: Evaluate, pickled: bytes, often: float) -> Iterator[Told]:
    state: State = "unsent"
    done: list[Outcome] = []
    told = time.monotonic()
    try:
        bundle = pickle.loads(pickled)  # noqa: S301 - our own search's
        state = "raised"
        for n, outcome in enumerate(evaluate(bundle), start=1):
            done.append(outcome)
            if n < len(bundle.tasks) and time.monotonic() - told >= often:
                yield Told(tuple(done))
                done, told = [], time.monotonic()
    except Exception as exc:  # noqa: BLE001 - as above
        yield Told(tuple(done), state, _sent(exc))
    else:
        yield Told(tuple(done), "done")


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
