"""A search as a report tells of it, read from its results, from its journal, or while it runs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...environment import rows, versions_of
from ...events import SearchInfo
from ...journal.reading import contents_at
from ...objective import Objective
from ...replay import replay
from ...results import OutOfFold, Results, SharedWork, Table, why_in_words
from ..record import Heard, Source

WORDS = {
    "completed": "The search is complete.",
    "timeout": "The search was stopped by its timeout.",
    "stop": "The search was stopped by its stop rule.",
    "callback": "The search was stopped by a callback or an observer.",
    "interrupted": "The search was interrupted.",
    "error": "The search was ended by an error.",
    "closed": "The search has ended; its checkpoint does not say why.",
    "open": "The search was not ended: killed or still running.",
    "running": "The search is running.",
}
"""How a search stands, in a sentence."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A search, as far as it is known.

    Attributes
    ----------
    info : SearchInfo
    results : Results
    state : str
        One of the keys of `WORDS`.
    versions : mapping of str to str
        Of the libraries, and of Python.
    best : int or None
        The row that the search has chosen, if that is known.
    path : str or None
        The file that it was read from.
    seconds : float or None
        How long it took, if it was watched.
    resumed_at : float
        See `Record`.
    told : str
        How it has ended, if more is known of it than is in `WORDS`.
    out_of_fold : OutOfFold or None
        See `Record`.
    """

    info: SearchInfo
    results: Results
    state: str
    versions: Mapping[str, str]
    best: int | None = None
    path: str | None = None
    seconds: float | None = None
    resumed_at: float = 0.0
    told: str = ""
    out_of_fold: OutOfFold | None = None

    @property
    def sentence(self) -> str:
        """How the search stands."""
        return self.told or WORDS[self.state]

    @classmethod
    def of(cls, source: Source) -> Reading:
        """Read a search, its ``cv_results_``, or the file of a checkpoint."""
        listener = Heard()
        if isinstance(source, str | os.PathLike):
            contents = contents_at(source)
            replay(contents, listener)
            ending, versions = contents.ending, contents.header.versions
            return cls(
                listener.info,
                listener.results,
                ending.ended_by,
                versions,
                path=os.path.basename(os.fspath(source)),
                told=ending.told,
            )
        replay(source, listener)
        estimator = getattr(source, "estimator", None)
        state, best = listener.results.ended_by, getattr(source, "best_index_", None)
        return cls(
            listener.info,
            listener.results,
            state,
            versions_of(estimator),
            best,
            resumed_at=getattr(source, "_resumed_at", 0.0),
            told=getattr(source, "_ended", ""),
            out_of_fold=getattr(source, "out_of_fold_", None),
        )

    @classmethod
    def while_running(cls, info: SearchInfo) -> Reading:
        """Read the trials of a search as they are now."""
        trials: Any = info.trials
        table = Table.of(trials, error_score=float("nan"))
        shared = SharedWork.of(trials, "estimator")
        results = Results(table, Objective(info.metric), "completed", shared)
        seconds = time.time() - info.began
        return cls(info, results, "running", versions_of(None), seconds=seconds)

    @classmethod
    def at_the_end(cls, info: SearchInfo, results: Results) -> Reading:
        """Read what a search has come to."""
        seconds, n = time.time() - info.began, info.n_candidates
        told = why_in_words(results, n_candidates=n, seconds=seconds)
        state, versions = results.ended_by, versions_of(None)
        return cls(info, results, state, versions, seconds=seconds, told=told)

    @property
    def environment(self) -> dict[str, str]:
        """All that is known of the environment, by name; of versions the package's name alone."""
        known = self.info.environment or {"versions": self.versions}
        told = ((name, value) for name, value in rows(known) if value is not None)
        return {name.removeprefix("versions."): str(value) for name, value in told}
