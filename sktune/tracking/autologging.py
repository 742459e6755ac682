"""Searches where MLflow's autologging is on: a run with children, as for scikit-learn's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from ..results import Results, best_first
from ..trials import Trial
from ..unlogged import AUTOLOGGING, is_switched_off, unlogged
from .mlflow import MLflowTracker, active_run
from .mlflow_store import PARENT, SEARCH, MLflowStore
from .records import Ended, Refitted, SearchRecord, TrialRecord
from .secret_names import without_secrets

_FLAVOR, _TAG = "sklearn", "mlflow.autologging"
_WAIT = 60.0
"""Seconds; MLflow itself waits for as long as it takes."""


def autologged(search: Any) -> Autologged | None:
    """Return what logs a search where autologging wants it; None where it does not.

    Nothing is imported: where MLflow is not loaded, nobody has switched it on. A search that has a
    tracker in MLflow of its own is logged by that one.
    """
    module = sys.modules.get(AUTOLOGGING)
    if module is None or is_switched_off(module) or module.autologging_is_disabled(_FLAVOR):
        return None
    if _has_tracker(search):
        return None
    config = module.get_autologging_config
    within = active_run()
    if within is not None and _TAG not in within.data.tags and config(_FLAVOR, "exclusive", False):
        return None
    most = config(_FLAVOR, "max_tuning_runs", 5)
    return Autologged(search, within, most, log_model=config(_FLAVOR, "log_models", True))


def around_refit(search: Any, logs: Autologged | None) -> AbstractContextManager[None]:
    """Return what is around the refit: it is logged once, where the search is, or as any fit."""
    if logs is not None:
        return logs.refitting()
    return unlogged() if _has_tracker(search) else nullcontext()


def _has_tracker(search: Any) -> bool:
    return any(isinstance(observer, MLflowTracker) for observer in search.observers or ())


class Autologged(MLflowTracker):
    """The tracker of a search that autologging wants.

    Parameters
    ----------
    search : estimator
    within : run or None
        That is active, and takes the search as scikit-learn's are taken: children hang there.
    most : int or None
        How many children there are at most, the best; None for all, as soon as they are there.
    log_model : bool
    """

    def __init__(self, search: Any, within: Any, most: int | None, *, log_model: bool) -> None:
        super().__init__(log_model=log_model, log_report=False, own_process=False, wait=_WAIT)
        self._search = search
        self._active = within
        self._most = most

    def make_store(self) -> MLflowStore:
        return _Store(self._search, self._active, log_model=self.log_model)

    def tell(self) -> None:
        """Say nothing, since nobody has asked this search for it."""

    def trial_finished(self, trial: Trial) -> None:
        if self._most is None:
            super().trial_finished(trial)

    def trial_dropped(self, trial: Trial) -> None:
        if self._most is None:
            super().trial_dropped(trial)

    def search_finished(self, results: Results) -> None:
        if self._most is not None:
            for trial in _best(results, self._most):
                super().trial_finished(trial)
            self._of_now.pass_over(results.trials)
        super().search_finished(results)

    @contextmanager
    def refitting(self) -> Iterator[None]:
        """Have MLflow log the refit, as it logs any fit, in the run of the search."""
        active, run = active_run(), self.place_
        if run is None:  # it could not be made, or not in time
            with unlogged():
                yield
            return
        if active is not None and active.info.run_id == run:
            yield
            return
        with sys.modules["mlflow"].start_run(run_id=run, nested=active is not None):
            yield


def _best(results: Results, most: int) -> list[Trial]:
    metrics, metric = results.table.metrics, results.objective.metric
    if not results.trials or not metrics:
        return []
    rows = best_first(results.cv_results, metric if metric in metrics else metrics[0])
    return [results.trials[row] for row in rows[:most]]


class _Store(MLflowStore):
    """A run as autologging makes it of scikit-learn's searches, with what else is known."""

    def __init__(self, search: Any, active: Any, *, log_model: bool) -> None:
        super().__init__(None, None, None, {_TAG: _FLAVOR}, log_model=log_model, log_report=False)
        self._common = {**self._common, _TAG: _FLAVOR}
        self._search_params = without_secrets(search.get_params(deep=False))
        self._refit = search.refit
        self._active = active
        seed = search.estimator
        deep = not hasattr(seed, "cv_results_") and not hasattr(seed, "refit")
        self._seed = without_secrets(seed.get_params(deep=deep))
        self._class = type(search)

    def make_parent(self, search: SearchRecord) -> str:
        if self._active is None:
            return super().make_parent(search)
        run = self.client.get_run(self._active.info.run_id)
        self._experiment = run.info.experiment_id
        if SEARCH in run.data.tags:  # another search has been there
            self._own_tags = {**self._own_tags, PARENT: run.info.run_id}
            return super().make_parent(search)
        self.owns_parent = False
        for name, value in self._about(search).items():
            self.client.set_tag(run.info.run_id, name, value)
        found: str = run.info.run_id
        return found

    def params_of_trial(self, trial: TrialRecord) -> Mapping[str, Any]:
        return {**self._seed, **trial.params}

    def finish(self, end: Ended) -> None:
        super().finish(end)
        if not self._refit:
            self._describe_search()

    def keep(self, refitted: Refitted) -> None:
        self._describe_search()
        run = self.client.get_run(self.parent)
        outputs = getattr(run.outputs, "model_outputs", None)
        if not outputs and not self.client.list_artifacts(self.parent, "model"):
            super().keep(refitted)  # of a class that autologging does not know

    def _describe_search(self) -> None:
        """Log the parameters of the search: after the refit, whose own are in the same run."""
        run = self.client.get_run(self.parent)
        if not self.owns_parent and _TAG in run.data.tags:
            return  # a pipeline's, which has them
        params = [p for p in self.params_of(self._search_params) if p.key not in run.data.params]
        self._log_batches(self.parent, [], params)
        self.client.set_tag(self.parent, "estimator_name", self._class.__name__)
        told = f"{self._class.__module__}.{self._class.__name__}"
        self.client.set_tag(self.parent, "estimator_class", told)
