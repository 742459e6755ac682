"""Events: the hooks of observers, and the object that calls them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .background import Background
from .exceptions import warn
from .messages import in_short
from .results import Results
from .trials import Outcome, Rung, Trial


@dataclass(frozen=True)
class SearchInfo:
    """The description of a search that observers get when it begins.

    Attributes
    ----------
    name : str
        Of the search's class.
    n_candidates : int or None
        How many candidates there will be at most; None if that is not known.
    n_splits : int
        On how many splits each is evaluated.
    metric : str or None
        The metric that decides; "score" where there is only one, None if none does.
    trials : sequence of Trial
        The trials so far, which grow as the search goes on. To be looked at only.
    n_workers : int
        How many fits run at the same time.
    began : float
        When ``fit`` was called, as `time.time` tells it.
    checkpoint : str or None
        The file in which everything is recorded, if there is one.
    deadline : float or None
        When the search has to end, as `time.time` tells it.
    environment : mapping of str to object
        The machine, the libraries, seeds, commit and data, see `environment_` of a search; empty
        where it is not known.
    id : str
        Of this search alone; the same one when it goes on from a checkpoint, or is replayed.
    notes : mutable mapping of str to str
        What observers want to find again when the search goes on: a checkpoint keeps it.
    space : object
        What is searched, as it was given; from a checkpoint as it describes it.
    sample : array-like or None
        The first rows of X.
    keys : sequence of str or None
        Digests of the candidates by their numbers, where they come from a checkpoint.
    background : Background
        What is known of the search beside its scores.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, Observer
    >>> class Header(Observer):
    ...     def search_started(self, info):
    ...         print(f"{info.name}: {info.n_candidates} candidates on {info.n_splits} splits")
    >>> search = GridSearch(SVC(), {"C": [1, 10]}, observers=[Header()])
    >>> search = search.fit(*load_iris(return_X_y=True))
    GridSearch: 2 candidates on 5 splits
    """

    name: str
    n_candidates: int | None
    n_splits: int
    metric: str | None = "score"
    trials: Sequence[Trial] = field(default=(), repr=False)
    n_workers: int = 1
    began: float = field(default_factory=time.time)
    checkpoint: str | None = None
    deadline: float | None = None
    environment: Mapping[str, Any] = field(default_factory=dict, repr=False)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    notes: MutableMapping[str, str] = field(default_factory=dict, repr=False)
    space: Any = field(default=None, repr=False)
    sample: Any = field(default=None, repr=False)
    keys: Sequence[str] | None = field(default=None, repr=False)
    background: Background = field(default_factory=Background, repr=False)

    @property
    def n_fits(self) -> int | None:
        """The largest number of fits that there may be: candidates times splits."""
        return None if self.n_candidates is None else self.n_candidates * self.n_splits


class Observer:
    """An observer of a search: override the hooks for what is of interest.

    Hooks are called in the main thread of the process that called ``fit``, whatever runs the
    fits, and must not change what they are given. They are called for every candidate:
    also for one that is equal to an earlier one (`Trial.duplicate_of`), was stopped, or is known
    from a checkpoint (`Outcome.recalled`), so that what an observer has heard adds up to
    ``cv_results_``. Of candidates that are under way when a search ends early, no more is
    heard; those with an outcome have a row.

    A hook that raises is warned of once, and its observer hears no more; the search goes on. An
    observer is given as ``observers=[...]`` to any of the searches, which calls that very object.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch, Observer
    >>> class BestSoFar(Observer):
    ...     def search_started(self, info):
    ...         self.best = 0.0
    ...
    ...     def trial_finished(self, trial):
    ...         scores = [outcome.test_scores["score"] for outcome in trial.finished]
    ...         mean = sum(scores) / len(scores)
    ...         if mean > self.best:
    ...             self.best = mean
    ...             print(f"{mean:.3f} with {trial.params}")
    >>> grid = {"C": [0.01, 0.1, 1, 10]}
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), grid, observers=[BestSoFar()]).fit(X, y)
    0.927 with {'C': 0.01}
    0.967 with {'C': 1}
    0.980 with {'C': 10}
    """

    def search_started(self, info: SearchInfo) -> object:
        """Hear that the search begins: the next to come is the start of its workers."""

    def rung_started(self, rung: Rung) -> object:
        """Hear that the candidates to come are of another rung of successive halving."""

    def trial_started(self, trial: Trial) -> object:
        """Hear of a candidate that has been proposed."""

    def split_started(self, trial: Trial, split: int) -> object:
        """Hear that a candidate is handed out to be fitted on a split.

        Not for duplicates, and what is known from a checkpoint: nothing is fitted for them.
        """

    def split_finished(self, trial: Trial, outcome: Outcome) -> object:
        """Hear what a candidate gave on a split; return True to end the search."""

    def trial_finished(self, trial: Trial) -> object:
        """Hear that a candidate is done or was stopped; return True to end the search."""

    def trial_dropped(self, trial: Trial) -> object:
        """Hear that a candidate does not count: a rule has ended the search before it.

        Also of one that was heard to be finished, if it was proposed after the last that counts.
        """

    def search_finished(self, results: Results) -> object:
        """Hear that no more candidates come, also where an error or an interrupt is the reason."""

    def refit_started(self, params: Mapping[str, Any]) -> object:
        """Hear, after the end of the search, that the best candidate is fitted on all data."""

    def refit_finished(self, estimator: Any) -> object:
        """Hear that it has been fitted; None in place of the estimator says that its fit raised."""


class Observers(Observer):
    """Pass events on to several observers, in their order.

    Parameters
    ----------
    own : iterable of Observer
        Those of the search itself. What they raise ends the search.
    guests : iterable of Observer
        Those of the user. What they raise is warned of, and they hear no more.

    Attributes
    ----------
    want_end : bool
        Whether any of them has asked for the end of the search.
    """

    def __init__(self, own: Iterable[Observer] = (), guests: Iterable[Observer] = ()) -> None:
        self._own = tuple(own)
        self._guests = list(guests)
        self.want_end = False

    def __len__(self) -> int:
        return len(self._own) + len(self._guests)

    def _tell(self, hook: str, *event: Any) -> None:
        for observer in self._own:
            self.want_end |= _is_true(getattr(observer, hook)(*event))
        for observer in tuple(self._guests):
            try:
                self.want_end |= _is_true(getattr(observer, hook)(*event))
            except Exception as exc:  # noqa: BLE001 - whatever an observer does, a search goes on
                # by identity: observers may compare as they like
                self._guests = [guest for guest in self._guests if guest is not observer]
                warn(
                    f"The observer {type(observer).__name__} has raised in {hook}, and hears no "
                    f"more of this search, which goes on: {type(exc).__name__}: {exc}"
                )

    def search_started(self, info: SearchInfo) -> None:
        self._tell("search_started", info)

    def rung_started(self, rung: Rung) -> None:
        self._tell("rung_started", rung)

    def trial_started(self, trial: Trial) -> None:
        self._tell("trial_started", trial)

    def split_started(self, trial: Trial, split: int) -> None:
        self._tell("split_started", trial, split)

    def split_finished(self, trial: Trial, outcome: Outcome) -> object:
        self._tell("split_finished", trial, outcome)
        return None

    def trial_finished(self, trial: Trial) -> object:
        self._tell("trial_finished", trial)
        return None

    def trial_dropped(self, trial: Trial) -> None:
        self._tell("trial_dropped", trial)

    def search_finished(self, results: Results) -> None:
        self._tell("search_finished", results)

    def refit_started(self, params: Mapping[str, Any]) -> None:
        self._tell("refit_started", params)

    def refit_finished(self, estimator: Any) -> None:
        self._tell("refit_finished", estimator)


def _is_true(answer: object) -> bool:
    """Whether a hook has returned True, numpy's too; other objects are no answer."""
    return isinstance(answer, bool | np.bool_) and bool(answer)


def check_observers(given: object) -> None:
    """Refuse what are no observers.

    Raises
    ------
    TypeError
        Naming the remedy.
    """
    if not isinstance(given, list | tuple):  # an iterator would be used up by one look
        raise TypeError(
            f"observers={in_short(given)}; pass a list of observers, such as [MyObserver()]."
        )
    for observer in given:
        if isinstance(observer, type):
            raise TypeError(f"observers: {observer!r} is a class; pass an instance of it.")
        if not isinstance(observer, Observer):
            raise TypeError(
                f"observers: {in_short(observer)} is no sktune.Observer; derive its class from it."
            )
