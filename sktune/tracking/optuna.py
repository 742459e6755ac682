"""Searches as studies of Optuna's, for its figures, its dashboard and its samplers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from typing import Any, TypeGuard

from ..messages import in_short
from ..optional import package
from ..replay import replay
from ..space.plain import plain_value
from .apart import ApartStore
from .distributions import Distribution, Names
from .records import Ended, Refitted, SearchRecord, Store, TrialRecord
from .tracker import Tracker

_STATES = {
    "ok": "COMPLETE",
    "stopped": "PRUNED",
    "failed": "FAIL",
    "timeout": "FAIL",
    "crashed": "FAIL",
    "partial": "RUNNING",
}
"""What a trial is; one of which more may come is running, since what has ended is never changed."""


class OptunaTracker(Tracker):
    """Keep a search as a study of Optuna's, while it runs.

    Each candidate is a trial: its parameters with distributions that fit the space, scores on the
    splits as intermediate values, the mean as value (maximised), real times. One that was stopped
    is pruned, one that failed has failed, with the reason in its user attributes. A search that
    goes on from its checkpoint goes on with its study, and no candidate is there twice.

    Parameters
    ----------
    storage : str, optuna storage or None, default=None
        As of `optuna.create_study`: a URL such as ``"sqlite:///studies.db"``, a storage, or None
        for one in memory.
    study_name : str, optional
        A study that there is, which may be of other searches too, or a new one. By default the
        search's class and its id.
    own_process : bool, default=True
        Whether a storage that is told by its URL is written to by a process of its own, which ends
        with the search.
    wait, secrets
        As of `sktune.tracking.Tracker`.

    Attributes
    ----------
    study_ : optuna.Study or None
        The study, once it is begun.

    Examples
    --------
    >>> tracker = OptunaTracker("sqlite:///studies.db", "first")  # doctest: +SKIP
    >>> GridSearch(SVC(), {"C": [1, 10]}, observers=[tracker]).fit(X, y)  # doctest: +SKIP
    """

    to = "optuna"

    def __init__(
        self,
        storage: Any = None,
        study_name: str | None = None,
        *,
        own_process: bool = True,
        wait: float = 30.0,
        secrets: bool = False,
    ) -> None:
        super().__init__(wait=wait, secrets=secrets)
        if find_spec("optuna") is None:
            raise ImportError('OptunaTracker needs Optuna: pip install "sktune[optuna]"')
        self.storage = storage
        self.study_name = study_name
        self._is_apart = own_process and isinstance(storage, str)
        if not self._is_apart:
            self.needs = ("pandas", "optuna")
        self._store: OptunaStore | None = None

    @property
    def study_(self) -> Any:
        if self._is_apart and self.place_ is not None:
            return package("optuna").load_study(storage=self.storage, study_name=self.place_)
        return None if self._store is None else self._store.study

    def address(self) -> Mapping[str, str | None]:
        if not isinstance(self.storage, str):
            return {}
        return {"--storage": self.storage, "--study-name": self.study_name}

    def make_store(self) -> Store:
        if self._is_apart:
            return ApartStore(partial(OptunaStore, self.storage, self.study_name))
        self._store = OptunaStore(self.storage, self.study_name)
        return self._store

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_store": None}


class OptunaStore:
    """A study as a store of trackers.

    Parameters
    ----------
    storage, study_name
        As of `OptunaTracker`.

    Attributes
    ----------
    study : optuna.Study or None
    """

    def __init__(self, storage: Any = None, study_name: str | None = None) -> None:
        self.study: Any = None
        self._given, self._name = storage, study_name
        self._late: list[TrialRecord] = []

    def begin(self, search: SearchRecord) -> str:
        optuna = package("optuna")
        self._search = search
        self._storage = optuna.storages.get_storage(self._given)
        with _quiet():
            self.study = optuna.create_study(
                storage=self._storage,
                study_name=self._name
                or search.known
                or f"{search.info.name or 'search'} {search.id}",
                direction="maximize",
                load_if_exists=True,
            )
        name = str(self.study.study_name)
        if [direction.name for direction in self.study.directions] != ["MAXIMIZE"]:
            raise ValueError(
                f"the study {name!r} does not maximise one value, as scores are. Pass another "
                "study_name."
            )
        self._study_id = self._storage.get_study_id_from_name(name)
        trials = self.study.get_trials(deepcopy=False)
        taken = [item for trial in trials for item in trial.distributions.items()]
        self._names = Names({name: Distribution.of_optunas(of) for name, of in reversed(taken)})
        self._knows_values = self._names.add_space(search.space)
        self._kept = {
            trial.user_attrs["candidate"]: (
                self._storage.get_trial_id_from_study_id_trial_number(self._study_id, trial.number),
                trial.state.name,
            )
            for trial in trials
            if trial.user_attrs.get("search") == search.id
        }
        return name

    def log(self, trial: TrialRecord) -> None:
        """Keep a candidate; or have it wait for the end of its rung, or until values are known."""
        if trial.status == "dropped":  # it does not count, and nothing that is kept can be undone
            return
        if self._late and _rung(self._late[-1]) < _rung(trial) and self._knows_values:
            self._keep_late(last=_rung(trial))
        if self._knows_values and (trial.rung is None or trial.status != "ok"):
            self._keep(trial, _STATES[trial.status])
        else:
            self._late.append(trial)

    def finish(self, end: Ended) -> None:
        ended_by = end.results.ended_by
        self._names.add_values(trial.params for trial in self._late)
        self._keep_late(
            last=max(map(_rung, self._late), default=0), completed=ended_by == "completed"
        )
        environment = json.loads(json.dumps(dict(self._search.environment), default=str))
        about = {"name": self._search.info.name, "ended_by": ended_by, "environment": environment}
        self.study.set_user_attr(f"search {self._search.id}", about)

    def keep(self, refitted: Refitted) -> None:
        """Keep nothing: there are no models in a study."""

    def _keep_late(self, last: int, *, completed: bool = False) -> None:
        """Keep what has waited: as pruned what is of a rung before the last, on fewer samples."""
        for trial in self._late:
            state = _STATES[trial.status]
            if trial.rung is not None and state == "COMPLETE":
                state = "PRUNED" if _rung(trial) < last else state if completed else "RUNNING"
            self._keep(trial, state)
        self._late = []

    def _keep(self, trial: TrialRecord, state: str) -> None:
        """Keep a candidate, or more of one that is not over."""
        metric = self._search.info.metric or next(iter(trial.scores), "")
        scores = trial.scores.get(metric, ())
        value = trial.means.get(metric)
        if state == "COMPLETE" and value is None:
            state = "FAIL"
        attributes = _attributes(trial, self._search.id)
        folds = {step: score for step, score in enumerate(scores) if _is_score(score)}
        if state == "PRUNED":  # as Optuna itself has it
            value = next(reversed(folds.values()), None)
        values = None if value is None or state not in ("COMPLETE", "PRUNED") else [value]
        states = package("optuna").trial.TrialState
        trial_id, before = self._kept.get(trial.id, (None, None))
        if before == "COMPLETE" or (before in ("PRUNED", "FAIL") and state != "COMPLETE"):
            return
        if before != "RUNNING":  # it is new, or done again: what has ended is never changed
            params, distributions = self._names.stored(trial.params)
            frozen = package("optuna").trial.create_trial(
                state=states[state],
                values=values,
                params=params,
                distributions=distributions,
                user_attrs=attributes,
                intermediate_values=folds,
            )
            frozen.datetime_start = datetime.fromtimestamp(trial.began)
            if state != "RUNNING":
                frozen.datetime_complete = datetime.fromtimestamp(trial.ended)
            trial_id = self._storage.create_new_trial(self._study_id, frozen)
        else:
            for name, attribute in attributes.items():
                self._storage.set_trial_user_attr(trial_id, name, attribute)
            for step, score in folds.items():
                self._storage.set_trial_intermediate_value(trial_id, step, score)
            if state != "RUNNING":
                self._storage.set_trial_state_values(trial_id, states[state], values)
        self._kept[trial.id] = trial_id, state


def to_optuna(
    search: Any, storage: Any = None, study_name: str | None = None, *, secrets: bool = False
) -> Any:
    """Return a search as a study of Optuna's.

    Parameters
    ----------
    search : fitted search, mapping, str or path-like
        As `sktune.replay` takes it: a search, scikit-learn's too, its ``cv_results_``, or the file
        of a checkpoint.
    storage, study_name, secrets
        As of `sktune.tracking.OptunaTracker`. What is in the study already is not added again.

    Returns
    -------
    study : optuna.Study
        With a trial for each row; see `sktune.tracking.OptunaTracker`. A file of a checkpoint does
        not say what was searched: ranges there are from the smallest to the largest value tried.

    Examples
    --------
    >>> study = to_optuna(search)  # doctest: +SKIP
    >>> optuna.visualization.plot_contour(study)  # doctest: +SKIP
    """
    tracker = _Silent(
        storage, study_name, own_process=False, wait=threading.TIMEOUT_MAX, secrets=secrets
    )
    replay(search, tracker)
    if tracker.n_missed_:
        raise OSError(f"{tracker.n_missed_} records of {in_short(search)} are not in the study")
    return tracker.study_


class _Silent(OptunaTracker):
    def tell(self) -> None:
        """Print nothing."""


def _attributes(trial: TrialRecord, search: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "search": search,
        "candidate": trial.id,
        "number": trial.number,
        "status": trial.status,
        "fit_times": list(trial.fit_times),
    }
    if trial.reason is not None:
        found["reason"] = plain_value(trial.reason)
    if trial.duplicate_of is not None:
        found["duplicate_of"] = trial.duplicate_of
    if trial.rung is not None:
        found |= {"rung": trial.rung.number, trial.rung.resource: trial.rung.n_resources}
    if len(trial.means) > 1:
        found |= {f"mean {metric}": mean for metric, mean in trial.means.items()}
    return found


def _is_score(score: float | None) -> TypeGuard[float]:
    return score is not None and score == score


def _rung(trial: TrialRecord) -> int:
    return 0 if trial.rung is None else trial.rung.number


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Optuna logs of studies that are made to itself."""
    logging = package("optuna").logging
    before = logging.get_verbosity()
    logging.set_verbosity(logging.WARNING)
    try:
        yield
    finally:
        logging.set_verbosity(before)
