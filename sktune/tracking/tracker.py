"""The base of all trackers: events become records, which a thread of its own hands to a store."""

from __future__ import annotations

import shlex
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from ..environment import completed
from ..events import Observer, SearchInfo
from ..exceptions import warn
from ..messages import duration, shortened
from ..observers import print_line
from ..optional import package
from ..results import Results
from ..trials import Trial
from .apart import ApartStore
from .entries import Entries
from .records import Refitted, SearchRecord, Store, StoreOfMany
from .secret_names import without_secrets
from .sending import Sender

_AT_ONCE = 200
"""Candidates that are handed over together, if as many wait."""

_LAG = 0.5
"""Seconds for which candidates wait for others, while the search runs."""


class Tracker(Observer, ABC):
    """An observer that keeps every candidate in a store: derive one from it for a store of yours.

    A candidate is kept when it is over, in a thread of the tracker's own, so that the search never
    waits, until its end. A store that raises, hangs or cannot be reached is warned of once. What it
    has missed is kept when it comes back, and can be replayed into it later: records have ids, and
    none is kept twice.

    Parameters
    ----------
    wait : float, default=10
        Seconds for which the end of a search waits at most for what is not kept yet. What takes
        longer goes on in the background.
    secrets : bool, default=False
        Whether parameters are kept whose names look like a password, a token or a key; see
        `sktune.tracking.is_secret`.

    Attributes
    ----------
    to : str
        What the store is called, for ``python -m sktune track --to``.
    needs : sequence of str
        Modules that are loaded before the first fit, where they are installed: scikit-learn looks
        whether data are of pandas or polars, and fails where these are half loaded by a thread.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import GridSearch
    >>> from sktune.tracking import Tracker
    >>> class Lists(Tracker):
    ...     to = "lists"
    ...     kept = []
    ...
    ...     def make_store(self):
    ...         return self
    ...
    ...     def begin(self, search):
    ...         return search.id
    ...
    ...     def log(self, trial):
    ...         self.kept.append((trial.params["C"], round(trial.means["score"], 3), trial.status))
    ...
    ...     def finish(self, end):
    ...         self.kept.append(end.best)
    ...
    ...     def keep(self, refitted):
    ...         self.kept.append(refitted.model)
    ...
    ...     def tell(self):
    ...         "Print nothing."
    >>> tracker = Lists()
    >>> search = GridSearch(SVC(), {"C": [0.1, 10]}, observers=[tracker])
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> tracker.kept
    [(0.1, 0.92, 'ok'), (10, 0.98, 'ok'), {'C': 10}, SVC(C=10)]
    """

    to = ""
    needs: Sequence[str] = ()

    def __init__(self, *, wait: float = 10.0, secrets: bool = False) -> None:
        self.wait = wait
        self.secrets = secrets
        self._run: _Run | None = None

    @abstractmethod
    def make_store(self) -> Store:
        """Make the store, in the thread in which it is called."""

    def address(self) -> Mapping[str, str | None]:
        """Return options of ``python -m sktune track``: where the store is, ``--at`` and others."""
        return {}

    def tell(self) -> None:
        """Print a line when a search has ended: where it is kept, and the store's own time."""
        n = 0 if self._run is None else self._run.n_kept
        print_line(
            f"{type(self).__name__}: {n} candidates kept"
            f"{'' if self.place_ is None else f' in {self.place_}'}; "
            f"took {duration(self.seconds_)} beside the search"
        )

    @property
    def place_(self) -> str | None:
        """The name or id by which the store finds the search; None before it is known."""
        return None if self._run is None else self._run.place

    @property
    def seconds_(self) -> float:
        """Seconds that the store has taken so far, beside the search."""
        return 0.0 if self._run is None else self._run.sender.seconds

    @property
    def n_missed_(self) -> int:
        """The number of records that have not been kept, those of the end and of the model too."""
        return 0 if self._run is None else self._run.sender.n_missed

    def __getstate__(self) -> dict[str, Any]:
        """Leave the run out of copies: it has a thread, and is of one search."""
        return {**vars(self), "_run": None}

    def search_started(self, info: SearchInfo) -> None:
        for name in self.needs:
            if find_spec(name.partition(".")[0]) is not None:  # else the store says so
                package(name)
        public = dict if self.secrets else without_secrets
        self._run = _Run(self, info, Entries(info, public))
        self._run.send_begin()

    def trial_finished(self, trial: Trial) -> None:
        self._of_now.send_trial(trial)

    def trial_dropped(self, trial: Trial) -> None:
        self._of_now.send_dropped(trial)

    def search_finished(self, results: Results) -> None:
        self._of_now.send_end(results)
        self.tell()

    def refit_started(self, params: Mapping[str, Any]) -> None:
        self._of_now.is_over = False

    def refit_finished(self, estimator: Any) -> None:
        self._of_now.send_model(estimator)

    @property
    def _of_now(self) -> _Run:
        if self._run is None:
            raise RuntimeError("no search has begun")
        return self._run


def told(trouble: BaseException) -> str:
    """Return what an exception says, in a line that is not too long."""
    return shortened(" ".join(str(trouble).split()), 400)


class _Run:
    """One search, on its way into a store."""

    def __init__(self, tracker: Tracker, info: SearchInfo, entries: Entries) -> None:
        self.place: str | None = None
        self.n_kept = 0
        self.is_over = False
        self.sender = Sender(f"sktune-{tracker.to}", self._rest)
        self._tracker = tracker
        self._info = info
        self._entries = entries
        self._store: Store | None = None
        self._sent: set[int] = set()
        self._waiting: deque[tuple[Trial, str | None]] = deque()
        self._failed: deque[tuple[Trial, str | None]] = deque()
        self._at_once, self._n_begun = True, 0
        self._ended = threading.Event()
        self._warned = self._late = False

    def send_begin(self) -> None:
        info = self._info
        known = info.notes.get(self._tracker.to)
        space = self._entries.space(info.space)
        self._record = SearchRecord(info.id, info, known, space, info.environment)
        self.sender.put(self._begun)

    def _begun(self) -> Store:
        """Return the store, in which the search is begun: by what comes first when it is there."""
        if self._store is None:
            environment = completed(deepcopy(dict(self._record.environment)))  # by a process of git
            self._n_begun += 1
            try:
                store = self._tracker.make_store()
                self.place = store.begin(replace(self._record, environment=environment))
            except BaseException:
                # to begin may take seconds, and without it there is no place for anything else
                self.sender.is_down = self._n_begun > 1
                raise
            self._store = store
        return self._store

    def send_trial(self, trial: Trial, status: str | None = None) -> None:
        self._sent.add(trial.number)
        # what it has now: another split may come while it waits
        trial = replace(trial, outcomes=list(trial.outcomes))
        self._waiting.append((trial, status))
        self.sender.put(self._log)
        self._note()
        if self.sender.is_down:
            self._warn("the store fails; what is missing is kept if it comes back.")

    def pass_over(self, trials: Sequence[Trial]) -> None:
        """Keep no more of some candidates than has been sent."""
        self._sent.update(trial.number for trial in trials)

    def send_dropped(self, trial: Trial) -> None:
        if trial.number in self._sent or trial.finished:
            self.send_trial(trial, "dropped")

    def _log(self) -> None:
        """Keep what waits: at once, where the store can; what fails so is tried one by one.

        What has failed by itself comes after all others; there is a call for each candidate.
        """
        store = self._begun()
        takes_many = self._at_once and isinstance(store, StoreOfMany)
        if takes_many and self._waiting:
            self.sender.pause(self._ended, _LAG)
        waiting = self._waiting or self._failed
        n = _AT_ONCE if takes_many else 1
        some = [waiting.popleft() for _ in range(min(n, len(waiting)))]
        records = [self._entries.trial(trial, status) for trial, status in some]
        if len(records) > 1 and isinstance(store, StoreOfMany):
            try:
                store.log_all(records)
            except Exception:  # noqa: BLE001 - it is raised again by the one that it is of
                self._at_once = False
                self._waiting.extendleft(reversed(some[1:]))
                del records[1:]
            else:
                self.n_kept += len(records)
                return
        for record in records:  # none, where they were kept with others
            try:
                store.log(record)
            except BaseException:
                self._failed.append(some[0])
                raise
            self.n_kept += 1

    def send_end(self, results: Results) -> None:
        for trial in results.trials:
            if trial.number not in self._sent:
                self.send_trial(trial, "partial")
        self.is_over = True
        self._ended.set()
        self.sender.put(partial(self._finish, results, time.time()))
        self._settle()

    def _finish(self, results: Results, ended: float) -> None:
        self._begun().finish(self._entries.end(results, ended, self.sender.seconds))

    def send_model(self, model: Any | None) -> None:
        self.is_over = True
        if model is None:
            self.sender.put(self._rest)
            return
        refitted = Refitted(model, self._info.sample, time.time())
        self.sender.put(partial(self._keep, refitted))
        self._settle()

    def _keep(self, refitted: Refitted) -> None:
        self._begun().keep(refitted)

    def _rest(self) -> None:
        if self.is_over and isinstance(self._store, ApartStore):
            self._store.close()

    def _note(self) -> None:
        """Have the journal note the place, as soon as it is known."""
        to = self._tracker.to
        if self.place is not None and self._info.notes.get(to) != self.place:
            self._info.notes[to] = self.place

    def _settle(self) -> None:
        """Wait for what is not kept yet, and tell what is missing."""
        if not self._late and not self.sender.wait(self._tracker.wait):
            self._late = True
            self._warn(
                f"{self.sender.n_left} records are not kept after {self._tracker.wait:g} seconds. "
                "They are waited for no longer, and kept in the background if it goes on."
            )
        self._note()
        if n := self.sender.n_missed:
            self._warn(f"{n} record{' is' if n == 1 else 's are'} missing there.")

    def _warn(self, what: str) -> None:
        if self._warned:
            return
        self._warned = True
        name, trouble = type(self._tracker).__name__, self.sender.trouble
        why = "" if trouble is None else f" ({type(trouble).__name__}: {told(trouble)})"
        path = self._info.checkpoint
        how = f"sktune.replay(search, {name}(...))"
        if path is not None:
            where = [
                f" {option} {shlex.quote(value)}"
                for option, value in self._tracker.address().items()
                if value is not None
            ]
            how = f"python -m sktune track {path} --to {self._tracker.to}{''.join(where)}"
        warn(f"{name}: {what}{why} To keep what is missing, once: {how}")
