"""The tracker that keeps searches in MLflow."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

from .apart import ApartStore
from .mlflow_store import PARENT, MLflowStore, active_experiment, common_tags
from .records import Store
from .tracker import Tracker

_LOADED = ("pandas", "polars", "pyarrow", "mlflow.sklearn", "mlflow.models", "sqlalchemy")
"""Where the store is in a thread."""


class MLflowTracker(Tracker):
    """Keep a search in MLflow: a parent run, and a child run for each candidate.

    Children appear while the search runs, with the times at which their fits began and ended,
    parameters, scores (``test_score``, one step a split), means, and times of fits. Those that
    failed have the status FAILED, with the reason as a tag, and those that were stopped KILLED.
    On the parent are the best score and parameters, and as artifacts the winner's model with its
    signature, the space, the environment, ``cv_results.csv`` and the report.

    Parameters
    ----------
    experiment : str, optional
        Its name; made if it is not there. By default the active one.
    run_name : str, optional
        Of the parent.
    log_model : bool, default=True
        Whether the refitted estimator is kept, as MLflow's model.
    log_report : bool, default=True
        Whether the report of the search is kept.
    tracking_uri : str, optional
        By default the one that is set in MLflow.
    own_process : bool, default=True
        Whether MLflow is loaded and called in a process of its own, which ends with the search, or
        in a thread of this one. Databricks' store is always called in this one.
    wait : float, default=30
        Seconds for which the end of a search waits at most for what is not kept yet; a process of
        its own takes some to begin.
    secrets : bool, default=False
        Whether parameters are kept whose names look like a password, a token or a key.

    See Also
    --------
    sktune.tracking.Tracker : What all trackers have; `place_` is the id of the parent run.

    Examples
    --------
    >>> from sktune import GridSearch
    >>> from sktune.tracking import MLflowTracker
    >>> tracker = MLflowTracker("iris")  # doctest: +SKIP
    >>> search = GridSearch(model, grid, observers=[tracker]).fit(X, y)  # doctest: +SKIP
    """

    to = "mlflow"

    def __init__(
        self,
        experiment: str | None = None,
        run_name: str | None = None,
        log_model: bool = True,
        log_report: bool = True,
        tracking_uri: str | None = None,
        *,
        own_process: bool = True,
        wait: float = 30.0,
        secrets: bool = False,
    ) -> None:
        super().__init__(wait=wait, secrets=secrets)
        if find_spec("mlflow") is None:
            raise ImportError('MLflowTracker needs MLflow: pip install "sktune[mlflow]"')
        self.experiment = experiment
        self.run_name = run_name
        self.log_model = log_model
        self.log_report = log_report
        self.tracking_uri = tracking_uri
        self.own_process = own_process
        self._within: Any = None
        self._uri = tracking_uri

    def address(self) -> Mapping[str, str | None]:
        return {"--at": self.tracking_uri, "--name": self.experiment}

    def search_started(self, info: Any) -> None:
        loaded = sys.modules.get("mlflow")
        self._within = active_run() if self.tracking_uri is None else None
        self._uri = self.tracking_uri
        if self._uri is None and loaded is not None:
            self._uri = loaded.get_tracking_uri()
        self.needs = () if self._is_apart else _LOADED
        super().search_started(info)

    @property
    def _is_apart(self) -> bool:
        """Whether the store is in a process of its own.

        Databricks' knows who asks by what is in this one.
        """
        uri = self._uri or os.environ.get("MLFLOW_TRACKING_URI", "")
        return self.own_process and not uri.startswith("databricks")

    def make_store(self) -> Store:
        tags = {} if self._within is None else {PARENT: self._within.info.run_id}
        about: dict[str, Any] = {"log_model": self.log_model, "log_report": self.log_report}
        if "mlflow" in sys.modules:  # what was set in this process is not known in another
            about["common"] = common_tags()
            if self.experiment is None:
                about["experiment_id"] = active_experiment()
        named = self._uri, self.experiment, self.run_name, tags
        if self._is_apart:
            return ApartStore(partial(_store_apart, *named, **about))
        return MLflowStore(*named, **about)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_within": None}


def active_run() -> Any:
    """Return the run of the user's own that is active in this thread, if there is one."""
    loaded = sys.modules.get("mlflow")
    return None if loaded is None else loaded.active_run()


def _store_apart(*args: Any, **options: Any) -> MLflowStore:
    """Make a store in a process of its own, where MLflow prints no address of each run."""
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    return MLflowStore(*args, **options)
