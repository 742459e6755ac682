"""Records of a search, its candidates and its end, and the stores that keep them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ..events import SearchInfo
from ..results import Results
from ..trials import Rung


@dataclass(frozen=True)
class SearchRecord:
    """A search that begins, or is gone on with.

    Attributes
    ----------
    id : str
        The same when it is gone on with, or replayed.
    info : SearchInfo
        What observers are told of it.
    known : str or None
        What `Store.begin` has returned for it before, as its journal has it.
    space : object
        What is searched, without secrets: as it was given, or as a journal describes it.
    environment : mapping
        Versions and whatever else is known of where it runs.

    Examples
    --------
    As a store gets it, see `sktune.tracking.Store`:

    >>> def begin(search):
    ...     print(search.info.name, search.space)
    ...     return search.known or search.id
    """

    id: str
    info: SearchInfo = field(repr=False)
    known: str | None = None
    space: Any = None
    environment: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TrialRecord:
    """A candidate of which no more comes; the same one may come again, with more or less known.

    Attributes
    ----------
    id : str
        Unique in its search, and the same when the search is gone on with, or replayed.
    number : int
        Of the trial.
    params : mapping
        The candidate, without secrets.
    status : str
        As in ``cv_results_``: "ok", "failed", "timeout", "crashed", "stopped", "partial"; or
        "dropped", where a rule has ended the search before it.
    reason : str or None
        The first reason why it has failed.
    scores, train_scores : mapping of str to sequence of float or None
        By metric, one a split; None where there is none.
    means : mapping of str to float
        Of the metrics that have a score on every split.
    fit_times, score_times : sequence of float or None
        Seconds, one a split.
    began, ended : float
        As `time.time` tells it.
    duplicate_of : int or None
        The number of the equal trial that was evaluated in its place.
    rung : Rung or None
        Of successive halving; None elsewhere.

    Examples
    --------
    As a store gets it, see `sktune.tracking.Store`:

    >>> def log(trial):
    ...     print(trial.number, trial.params, trial.status, trial.means)
    """

    id: str
    number: int
    params: Mapping[str, Any]
    status: str
    reason: str | None
    scores: Mapping[str, Sequence[float | None]]
    train_scores: Mapping[str, Sequence[float | None]]
    means: Mapping[str, float]
    fit_times: Sequence[float | None]
    score_times: Sequence[float | None]
    began: float
    ended: float
    duplicate_of: int | None = None
    rung: Rung | None = None


@dataclass(frozen=True)
class Ended:
    """The end of a search.

    Attributes
    ----------
    results : Results
        All that came of it, with parameters without secrets.
    ended : float
        As `time.time` tells it.
    best : mapping or None
        The parameters of the best candidate that is complete, without secrets.
    best_score : float or None
        Its mean score; None where there is no best candidate.
    seconds : float
        What the store has taken so far, in a thread of its own.

    Examples
    --------
    As a store gets it, see `sktune.tracking.Store`:

    >>> def finish(end):
    ...     print(f"{end.best_score:.2f} with {end.best}")
    """

    results: Results = field(repr=False)
    ended: float
    best: Mapping[str, Any] | None
    best_score: float | None
    seconds: float


@dataclass(frozen=True)
class Refitted:
    """The best candidate, fitted on all data.

    Attributes
    ----------
    model : estimator
        As `best_estimator_` has it.
    sample : array-like or None
        The first rows of X.
    ended : float
        As `time.time` tells it.

    Examples
    --------
    As a store gets it, see `sktune.tracking.Store`:

    >>> import joblib
    >>> def keep(refitted):
    ...     joblib.dump(refitted.model, "model.joblib")
    """

    model: Any
    sample: Any
    ended: float


class Store(Protocol):
    """Where a tracker keeps a search; called beside the search, one call at a time.

    What is kept already is not kept twice: records are recognised by their ids.

    Examples
    --------
    >>> class Printed:
    ...     def begin(self, search):
    ...         return search.id
    ...
    ...     def log(self, trial):
    ...         print(f"{trial.params}: {trial.means['score']:.2f}")
    ...
    ...     def finish(self, end):
    ...         print(f"best: {end.best}")
    ...
    ...     def keep(self, refitted):
    ...         pass
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.tracking import Tracker
    >>> class Printing(Tracker):
    ...     to = "the terminal"
    ...
    ...     def make_store(self):
    ...         return Printed()
    >>> search = GridSearch(SVC(), {"C": [1, 10]}, observers=[Printing()])
    >>> search = search.fit(*load_iris(return_X_y=True))  # doctest: +ELLIPSIS
    {'C': 1}: 0.97
    {'C': 10}: 0.98
    best: {'C': 10}
    Printing: 2 candidates kept in ...
    """

    def begin(self, search: SearchRecord) -> str:
        """Find the place of a search, or make it; return what it is found by later."""

    def log(self, trial: TrialRecord) -> None:
        """Keep a candidate."""

    def finish(self, end: Ended) -> None:
        """Keep the end of the search."""

    def keep(self, refitted: Refitted) -> None:
        """Keep the model."""


@runtime_checkable
class StoreOfMany(Store, Protocol):
    """A store that keeps several candidates at less cost than one by one."""

    def log_all(self, trials: Sequence[TrialRecord]) -> None:
        """Keep several candidates; if this raises, they come again, one by one."""
