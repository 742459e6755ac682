"""Searches as runs of W&B, or of another module with its functions, such as Trackio."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from ..optional import package
from ..space.plain import plain_value
from .records import Ended, Refitted, SearchRecord, TrialRecord
from .texts import legal_names
from .tracker import Tracker

_KEPT = "sktune-candidates.txt"
"""Beside a run of W&B: ids and status of candidates that are in it; it cannot be asked offline."""

_TABLE = "trials"
_LONGEST = 250


class WandbTracker(Tracker):
    """Keep a search as a run of W&B or Trackio, while it runs.

    One run a search: a line in its history for each candidate, and in the end a table of all
    ("trials"), with parameters, scores on the splits, times, status and reason. Offline
    (``WANDB_MODE=offline``) it is kept in a directory, for ``wandb sync``. A search that goes on
    from its checkpoint goes on with its run, and no candidate is there twice.

    Parameters
    ----------
    module : module or str, optional
        ``wandb``, the default, ``trackio``, or another with ``init`` and ``Table`` as these have.
    project : str, default="sktune"
        Where the runs are kept.
    run_per_candidate : bool, default=False
        Whether each candidate has a run of its own too, in a group with that of the search: its
        parameters are the run's configuration, its scores the history, a step a split.
    wait, secrets
        As of `sktune.tracking.Tracker`.
    **init : object
        Passed to the module's ``init``: ``entity``, ``dir``, ``tags``, ``space_id``, ...

    Examples
    --------
    >>> import trackio  # doctest: +SKIP
    >>> tracker = WandbTracker(trackio, "iris")  # doctest: +SKIP
    >>> GridSearch(SVC(), {"C": [1, 10]}, observers=[tracker]).fit(X, y)  # doctest: +SKIP
    """

    to = "wandb"

    def __init__(
        self,
        module: ModuleType | str | None = None,
        project: str = "sktune",
        *,
        run_per_candidate: bool = False,
        wait: float = 30.0,
        secrets: bool = False,
        **init: Any,
    ) -> None:
        super().__init__(wait=wait, secrets=secrets)
        self.module = module
        self.project = project
        self.run_per_candidate = run_per_candidate
        self.init = init
        self.to = str(getattr(module, "__name__", module) or "wandb")
        self.needs = ("pandas", "polars", "pyarrow", self.to)
        if find_spec(self.to) is None:
            raise ImportError(f"WandbTracker needs it: pip install {self.to}")

    def address(self) -> Mapping[str, str | None]:
        return {"--name": self.project}

    def make_store(self) -> WandbStore:
        module = package(self.to)
        init = {"project": self.project} | self.init
        return WandbStore(module, init, run_per_candidate=self.run_per_candidate)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "module": self.to}  # a module cannot be copied


class WandbStore:
    """A run, and those of its candidates, as a store of trackers.

    Parameters
    ----------
    module : module
    init : mapping
        For its ``init``.
    run_per_candidate : bool
    """

    def __init__(
        self, module: Any, init: Mapping[str, Any], *, run_per_candidate: bool = False
    ) -> None:
        self._module, self._init = module, init
        self._takes = inspect.signature(module.init).parameters
        self._apart = run_per_candidate
        self._trials: dict[str, TrialRecord] = {}
        self._best = -math.inf

    def begin(self, search: SearchRecord) -> str:
        self._search = search
        info = search.info
        self._name = search.known or f"{info.name or 'search'}-{search.id}"
        config = {
            "search": info.name,
            "metric": info.metric,
            "n_splits": info.n_splits,
            "space": plain_value(search.space),
            "environment": json.loads(json.dumps(dict(search.environment), default=str)),
        }
        self._run = self._begun(self._name, search.id, config)
        self._kept = set(_ids_in(self._run, self._name, self._module))
        self._n_kept_before = len(self._kept)
        return self._name

    def log(self, trial: TrialRecord) -> None:
        if trial.status == "dropped":
            return
        self._trials[trial.id] = trial
        what = f"{trial.id}:{trial.status}"  # one that has failed may be done again
        if trial.status == "partial" or what in self._kept:
            return  # more may come of it; it is there
        row = _means(trial) | {"candidate": trial.number, "id": trial.id, "status": trial.status}
        metric = self._search.info.metric or next(iter(trial.means), "")
        self._best = max(self._best, trial.means.get(metric, -math.inf))
        if math.isfinite(self._best):
            row["best"] = self._best
        if self._apart:
            self._keep_apart(trial)
        self._run.log(row)
        self._note(self._run, what)

    def finish(self, end: Ended) -> None:
        if _TABLE not in self._kept or len(self._kept) > self._n_kept_before:
            columns, data = _table(self._trials.values())
            table = self._module.Table(columns=columns, data=data, allow_mixed_types=True)
            about = {"ended_by": end.results.ended_by}
            if end.best is not None:
                about |= {f"best {name}": plain_value(value) for name, value in end.best.items()}
            self._run.log({_TABLE: table} | about)
            self._note(self._run, _TABLE)
        self._run.finish()

    def keep(self, refitted: Refitted) -> None:
        """Keep nothing: a model is an artifact that the user logs."""

    def _begun(self, name: str, run_id: str, config: Mapping[str, Any], **more: Any) -> Any:
        """Begin a run, or go on with it: W&B knows it by its id, Trackio by its name."""
        wanted: dict[str, Any] = {
            "name": name,
            "id": run_id,
            "config": dict(config),
            "resume": "allow",
            "reinit": "create_new",  # a run of the user's own goes on
            "embed": False,
        }
        options = {k: v for k, v in (wanted | more).items() if k in self._takes}
        return self._module.init(**options | dict(self._init))

    def _keep_apart(self, trial: TrialRecord) -> None:
        """Keep a candidate as a run of its own."""
        legal = legal_names(trial.params, r"^_+|\.", _LONGEST, instead="-")
        config = {legal[name]: plain_value(value) for name, value in trial.params.items()}
        more = {"group": self._name, "job_type": "candidate"}
        run_id = f"{self._search.id}-{trial.id}"
        run = self._begun(f"{self._name}-{trial.number}", run_id, config, **more)
        for split in range(len(trial.fit_times)):
            scores = {f"test_{m}": of[split] for m, of in trial.scores.items()}
            run.log({name: score for name, score in scores.items() if score is not None})
        reason = {} if trial.reason is None else {"reason": plain_value(trial.reason)}
        run.log(_means(trial) | {"status": trial.status} | reason)
        run.finish()

    def _note(self, run: Any, what: str) -> None:
        self._kept.add(what)
        if (directory := getattr(run, "dir", None)) is not None:
            with Path(directory, _KEPT).open("a") as file:
                file.write(f"{what}\n")


def _ids_in(run: Any, name: str, module: Any) -> Iterable[str]:
    """Return what a run has already, as far as this machine knows."""
    if module.__name__ == "trackio":
        storage = package("trackio.sqlite_storage").SQLiteStorage
        for row in storage.get_logs(run.project, name):
            yield _TABLE if _TABLE in row else f"{row.get('id')}:{row.get('status')}"
    elif (directory := getattr(run, "dir", None)) is not None:
        for path in Path(directory).parents[1].glob(f"*run-*-{run.id}*/files/{_KEPT}"):
            yield from path.read_text().split()


def _means(trial: TrialRecord) -> dict[str, Any]:
    """Return what there is of a candidate as numbers."""
    found: dict[str, Any] = {f"mean_test_{m}": mean for m, mean in trial.means.items()}
    times = [seconds for seconds in trial.fit_times if seconds is not None]
    if times:
        found["mean_fit_time"] = sum(times) / len(times)
    return found


def _table(trials: Iterable[TrialRecord]) -> tuple[list[str], list[list[Any]]]:
    """Return the names of columns, and a row for each candidate."""
    rows = []
    for trial in sorted(trials, key=lambda trial: trial.number):
        row = {"candidate": trial.number, "id": trial.id, "status": trial.status}
        row |= {f"param_{name}": plain_value(value) for name, value in trial.params.items()}
        row |= _means(trial)
        for metric, scores in trial.scores.items():
            row |= {f"split{k}_test_{metric}": score for k, score in enumerate(scores)}
        row |= {"began": _when(trial.began), "ended": _when(trial.ended)}
        row["reason"] = plain_value(trial.reason)
        if trial.rung is not None:
            row |= {"rung": trial.rung.number, trial.rung.resource: trial.rung.n_resources}
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return columns, [[row.get(name) for name in columns] for row in rows]


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
