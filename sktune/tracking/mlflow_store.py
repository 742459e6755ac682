"""Searches in MLflow: a parent run, and a child for each candidate."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pprint import pformat
from typing import Any

from ..looking.report import report_of
from ..optional import package
from .mlflow_model import saved
from .mlflow_rows import FinishedRun, Rows
from .records import Ended, Refitted, SearchRecord, StoreOfMany, TrialRecord
from .texts import legal_names, text_of

LONGEST_NAME, LONGEST_VALUE, LONGEST_TAG = 250, 6_000, 5_000
"""Characters, as MLflow takes them."""

_MOST_PARAMS, _MOST_METRICS = 100, 1_000
"""In a batch."""

_ILLEGAL = r"[^\w.\- ]|^\.+"
"""A slash is legal, but not everywhere in a name."""

_STATUS = {"ok": "FINISHED", "stopped": "KILLED", "partial": "KILLED", "dropped": "KILLED"}
_FAILED = ("failed", "timeout", "crashed")
_ENDED = {"interrupted": "KILLED", "open": "KILLED", "error": "FAILED"}
_FINAL = ("FINISHED", "FAILED")

PARENT, SEARCH, TRIAL = "mlflow.parentRunId", "sktune.search", "sktune.trial"


class MLflowStore(StoreOfMany):
    """A store in MLflow; see `sktune.tracking.Store`.

    Parameters
    ----------
    uri, experiment, run_name : str or None
    tags : mapping of str to str
        For the parent, beside those that a run has.
    log_model, log_report : bool
    experiment_id : str, optional
        In place of the experiment's name.
    common : mapping of str to str, optional
        Tags that all runs have; by default those that MLflow finds here.
    """

    def __init__(
        self,
        uri: str | None,
        experiment: str | None,
        run_name: str | None,
        tags: Mapping[str, str],
        *,
        log_model: bool = True,
        log_report: bool = True,
        experiment_id: str | None = None,
        common: Mapping[str, str] | None = None,
    ) -> None:
        self.mlflow = package("mlflow", "MLflowTracker keeps searches in MLflow")
        self._entities = package("mlflow.entities")
        self.client = self.mlflow.MlflowClient(uri)
        self._run_name = run_name
        self._own_tags = tags
        self.parent = ""
        self.owns_parent = True  # else it is a run of the user's, and ends when that does
        self._log_model, self._log_report = log_model, log_report
        self._experiment = experiment_id or self._experiment_id(experiment)
        self._common = common_tags() if common is None else common
        self._children: dict[str, tuple[str, str]] = {}

    def _experiment_id(self, name: str | None) -> str:
        if name is None:
            return active_experiment()
        found = self.client.get_experiment_by_name(name)
        made: str = self.client.create_experiment(name) if found is None else found.experiment_id
        return made

    def begin(self, search: SearchRecord) -> str:
        self._search = search
        found = self._found(search)
        if found is None:
            self.parent = self.make_parent(search)
        else:
            self.parent, self._experiment = found.info.run_id, found.info.experiment_id
            self._children = dict(self._kept())
            self.client.update_run(self.parent, status="RUNNING")
        self._rows = Rows.of(self.client, self._experiment)
        self._describe(search)
        return self.parent

    def make_parent(self, search: SearchRecord) -> str:
        """Make the run of a search that is not here yet; return its id."""
        tags = {**self._common, **self._own_tags, **self._about(search)}
        name = self._run_name or search.info.name or "search"
        began = _milliseconds(search.info.began)
        run_id: str = self.client.create_run(self._experiment, began, tags, name).info.run_id
        return run_id

    def params_of_trial(self, trial: TrialRecord) -> Mapping[str, Any]:
        """Return the parameters that are kept of a candidate."""
        return trial.params

    def _found(self, search: SearchRecord) -> Any:
        """Return the parent of a search that is here already."""
        if search.known is not None:
            try:
                run = self.client.get_run(search.known)
            except self.mlflow.MlflowException as exc:
                if exc.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    raise
            else:
                if run.info.lifecycle_stage == "active":
                    return run
        told = f"tags.`{SEARCH}` = '{search.id}'"
        runs = self.client.search_runs([self._experiment], told, max_results=1)
        return runs[0] if runs else None

    def _kept(self) -> Iterator[tuple[str, tuple[str, str]]]:
        told, token = f"tags.`{PARENT}` = '{self.parent}'", None
        while True:
            page = self.client.search_runs([self._experiment], told, page_token=token)
            for run in page:
                if TRIAL in run.data.tags:
                    yield run.data.tags[TRIAL], (run.info.run_id, run.info.status)
            token = page.token
            if not token:
                return

    def _about(self, search: SearchRecord) -> dict[str, str]:
        info = search.info
        told: dict[str, object]
        told = {SEARCH: search.id, "sktune.class": info.name, "sktune.metric": info.metric}
        told |= {"sktune.n_candidates": info.n_candidates, "sktune.n_splits": info.n_splits}
        return {name: str(value) for name, value in told.items() if value not in (None, "")}

    def _describe(self, search: SearchRecord) -> None:
        self.client.log_text(self.parent, pformat(search.space, width=100) + "\n", "space.txt")
        self.client.log_dict(self.parent, dict(search.environment), "environment.json")

    def log(self, trial: TrialRecord) -> None:
        self.log_all([trial])

    def log_all(self, trials: Sequence[TrialRecord]) -> None:
        for trial in self._written(trials):
            self._log_by_calls(trial)

    def _written(self, trials: Sequence[TrialRecord]) -> list[TrialRecord]:
        """Write new candidates at once; return the others, and all where that cannot be done."""
        new = {trial.id: trial for trial in trials if trial.id not in self._children}
        if self._rows is None or not new:
            return list(trials)
        try:
            ids = self._rows.write([self._run_of(trial) for trial in new.values()])
        except Exception:  # noqa: BLE001 - tables of another version, or a database that is locked
            self._rows = None
            return list(trials)
        for run, trial in zip(ids, new.values(), strict=True):
            self._children[trial.id] = run, _status(trial)
        return [trial for trial in trials if new.get(trial.id) is not trial]

    def _run_of(self, trial: TrialRecord) -> FinishedRun:
        return FinishedRun(
            _name(trial),
            _status(trial),
            _milliseconds(trial.began),
            _milliseconds(trial.ended),
            self._tags_of(trial),
            self.params_of(self.params_of_trial(trial)),
            self._metrics_of(trial),
        )

    def _log_by_calls(self, trial: TrialRecord) -> None:
        status = _status(trial)
        run, before = self._children.get(trial.id, (None, None))
        if before == status or before in _FINAL:
            return
        kept: set[tuple[str, int]] = set()
        if run is None:
            began, tags = _milliseconds(trial.began), self._tags_of(trial)
            run = self.client.create_run(self._experiment, began, tags, _name(trial)).info.run_id
            self._children[trial.id] = run, "RUNNING"
        else:
            kept = set(self._points(run))
            for name, value in self._tags_of(trial).items():
                self.client.set_tag(run, name, value)
        metrics = [m for m in self._metrics_of(trial) if (m.key, m.step) not in kept]
        self._log_batches(run, metrics, self.params_of(self.params_of_trial(trial)))
        self.client.set_terminated(run, status, _milliseconds(trial.ended))
        self._children[trial.id] = run, status

    def _points(self, run: str) -> Iterator[tuple[str, int]]:
        """Return what a run that was not finished has of metrics and steps."""
        for name in self.client.get_run(run).data.metrics:
            for metric in self.client.get_metric_history(run, name):
                yield metric.key, metric.step

    def _tags_of(self, trial: TrialRecord) -> dict[str, str]:
        tags = {**self._common, PARENT: self.parent, TRIAL: trial.id, "sktune.status": trial.status}
        if trial.reason is not None:
            tags["sktune.reason"] = text_of(trial.reason, LONGEST_TAG)
        if trial.rung is not None:
            tags["sktune.rung"] = str(trial.rung.number)
            tags["sktune.resources"] = f"{trial.rung.n_resources} {trial.rung.resource}"
        if trial.duplicate_of is not None:
            tags["sktune.duplicate_of"] = f"candidate {trial.duplicate_of}"
        return tags

    def params_of(self, params: Mapping[str, Any]) -> list[Any]:
        """Return parameters as MLflow takes them."""
        names = legal_names(params, _ILLEGAL, LONGEST_NAME)
        make = self._entities.Param
        return [make(names[n], text_of(value, LONGEST_VALUE)) for n, value in params.items()]

    def _metrics_of(self, trial: TrialRecord) -> list[Any]:
        points: list[tuple[str, float | None, int]] = []
        for which, found in (("test", trial.scores), ("train", trial.train_scores)):
            for name, scores in found.items():
                points += [(f"{which}_{name}", score, n) for n, score in enumerate(scores)]
        for name, mean in trial.means.items():
            squares = [(score - mean) ** 2 for score in trial.scores[name] if score is not None]
            points.append((f"mean_test_{name}", mean, 0))
            points.append((f"std_test_{name}", math.sqrt(sum(squares) / len(squares)), 0))
        for name, times in (("fit", trial.fit_times), ("score", trial.score_times)):
            known = [seconds for seconds in times if seconds is not None]
            if known:
                points.append((f"mean_{name}_time", sum(known) / len(known), 0))
        names = legal_names((name for name, _, _ in points), _ILLEGAL, LONGEST_NAME)
        at = _milliseconds(trial.ended)
        make = self._entities.Metric
        return [
            make(names[name], value, at, step)
            for name, value, step in points
            if value is not None and math.isfinite(value)
        ]

    def _log_batches(self, run: str, metrics: list[Any], params: list[Any]) -> None:
        while True:
            some, params = params[:_MOST_PARAMS], params[_MOST_PARAMS:]
            more, metrics = (
                metrics[: _MOST_METRICS - len(some)],
                metrics[_MOST_METRICS - len(some) :],
            )
            self.client.log_batch(run, more, some)
            if not params and not metrics:
                return

    def finish(self, end: Ended) -> None:
        client, parent, results = self.client, self.parent, end.results
        if end.best is not None:
            at = _milliseconds(end.ended)
            client.log_metric(parent, "best_cv_score", end.best_score, at)
            told = [f"{name}={text_of(value, LONGEST_VALUE)}" for name, value in end.best.items()]
            client.set_tag(parent, "sktune.best", text_of(", ".join(told), LONGEST_TAG))
            if results.ended_by not in _ENDED:  # parameters of a run cannot be changed
                known = client.get_run(parent).data.params
                best = self.params_of({f"best_{name}": value for name, value in end.best.items()})
                self._log_batches(parent, [], [param for param in best if param.key not in known])
        if results.trials:
            frame = package("pandas").DataFrame.from_dict(results.cv_results)
            client.log_text(parent, frame.to_csv(index=False), "cv_results.csv")
            if self._log_report:
                client.log_text(parent, report_of(self._search.info, results), "report.html")
        client.set_tag(parent, "sktune.ended_by", results.ended_by)
        client.set_tag(parent, "sktune.tracking_seconds", f"{end.seconds:.3f}")
        none = results.trials and not set(results.cv_results["status"]) - set(_FAILED)
        self._terminate("FAILED" if none else _ENDED.get(results.ended_by, "FINISHED"), end.ended)

    def _terminate(self, status: str, ended: float) -> None:
        if self.owns_parent:
            self.client.set_terminated(self.parent, status, _milliseconds(ended))

    def keep(self, refitted: Refitted) -> None:
        if not self._log_model:
            return
        with tempfile.TemporaryDirectory() as folder:
            path = saved(refitted, folder)
            self.client.log_artifacts(self.parent, path, "model")
        self._terminate("FINISHED", time.time())


def _name(trial: TrialRecord) -> str:
    return f"candidate {trial.number}"


def _status(trial: TrialRecord) -> str:
    return _STATUS.get(trial.status, "FAILED")


def active_experiment() -> str:
    """Return the id of the experiment that is active; there is no public way to ask for it."""
    return str(vars(package("mlflow.tracking.fluent"))["_get_experiment_id"]())


def common_tags() -> dict[str, str]:
    """Return the tags that MLflow gives each run: the user, the script, the commit."""
    tags: dict[str, str] = package("mlflow.tracking.context.registry").resolve_tags()
    return tags


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
