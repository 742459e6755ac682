"""The unit of work: what one worker is asked to do in one go."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from ..early_stopping import Reach
from ..problem import Split
from ..sharing import Leads, Piece
from ..types import Model, Params


class Surrounds(Protocol):
    """A context that an observer wants to have around a fit, in the worker. Picklable."""

    def around(self, estimator: Model) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Task:
    """A candidate on one split.

    Attributes
    ----------
    trial, split : int
        Number of the candidate and of the split.
    params : mapping
        The candidate.
    context : object with ``around(estimator)``, or None
        Entered around the fit.
    valid : bool
        Whether the parameters have been validated.
    deaths : int
        How many processes have died of it.
    reach : Reach or None
        What the curve of its fit has to come to.
    """

    trial: int
    split: int
    params: Params
    context: Surrounds | None = None
    valid: bool = False
    deaths: int = 0
    reach: Reach | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CommonWork:
    """Pieces that tasks of a bundle have in common with each other, and with other bundles.

    Attributes
    ----------
    pieces : mapping of int to Piece
        What of a candidate others may have in common with it, by its number.
    keep : frozenset of int
        Keys of pieces that later bundles need.
    common : frozenset of int
        Keys of pieces that other bundles have too, earlier or later.
    leads : mapping of int to tuple of Lead
        From whose fits those of the tasks may be derived, by group.
    checks : frozenset of int
        Numbers of candidates that are evaluated the ordinary way too, to compare.
    """

    pieces: Mapping[int, Piece]
    keep: frozenset[int] = frozenset()
    common: frozenset[int] = frozenset()
    leads: Leads = field(default_factory=dict)
    checks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Tasks of one split that are sent to a worker together.

    Attributes
    ----------
    split : int
    rows : (train, test)
        Indices of the split's samples. A worker gets those of its own split only.
    tasks : tuple of Task
        All of this split.
    shared : CommonWork or None
        None if all of them are evaluated the ordinary way.
    """

    split: int
    rows: Split
    tasks: tuple[Task, ...]
    shared: CommonWork | None = None
