"""Runs in the tables of an MLflow database, several in a transaction.

MLflow's client takes three calls for a run that has ended: one that makes it, one for what it has
logged, and one that ends it. Each is several transactions, with queries; together they take 9 ms of
a core on SQLite. To write the same rows takes 1 to 2 ms. So that is done where the database is at
hand and MLflow's own classes of its tables take the rows; else the client does it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..optional import package

_DATABASES = ("sqlite", "mysql", "mssql", "postgresql")
_USER = "mlflow.user"


@dataclass(frozen=True)
class FinishedRun:
    """A run that has ended, and all that it has logged.

    Attributes
    ----------
    name, status : str
    began, ended : int
        Milliseconds.
    tags : mapping of str to str
    params, metrics : sequence of mlflow.entities.Param and Metric
    """

    name: str
    status: str
    began: int
    ended: int
    tags: Mapping[str, str]
    params: Sequence[Any]
    metrics: Sequence[Any]


class Rows:
    """A writer of whole runs.

    Parameters
    ----------
    client : mlflow.MlflowClient
    experiment : str
        The id of the one that runs are added to.
    """

    def __init__(self, client: Any, experiment: str) -> None:
        self._artifacts = client.get_experiment(experiment).artifact_location
        self._experiment = int(experiment)
        self._within = package("mlflow.utils.uri").append_to_uri_path
        self._tables = package("mlflow.store.tracking.dbmodels.models")
        self._insert = package("sqlalchemy").insert
        stores = package("mlflow.store.tracking.sqlalchemy_store")
        self._engine = stores.SqlAlchemyStore(client.tracking_uri, self._artifacts).engine

    @classmethod
    def of(cls, client: Any, experiment: str) -> Rows | None:
        """Make one where there can be one: where the store is a database."""
        uri = str(client.tracking_uri)
        if uri.partition(":")[0].partition("+")[0] not in _DATABASES:
            return None
        try:
            return cls(client, experiment)
        except Exception:  # noqa: BLE001 - another version of MLflow, with other classes
            return None

    def write(self, runs: Sequence[FinishedRun]) -> list[str]:
        """Write runs, all or none of them; return their ids."""
        ids = [uuid.uuid4().hex for _ in runs]
        rows: dict[Any, list[dict[str, Any]]] = {}
        for run_id, run in zip(ids, runs, strict=True):
            for table, of_run in self._rows_of(run, run_id).items():
                rows.setdefault(table, []).extend(of_run)
        with self._engine.begin() as connection:
            for table, of_table in rows.items():
                if of_table:
                    connection.execute(self._insert(table), of_table)
        return ids

    def _rows_of(self, run: FinishedRun, run_id: str) -> dict[Any, list[dict[str, Any]]]:
        tables, of = self._tables, {"run_uuid": run_id}
        about = {
            "name": run.name, "status": run.status, "start_time": run.began, "end_time": run.ended,
            "artifact_uri": self._within(self._artifacts, run_id, "artifacts"),
            "lifecycle_stage": "active", "experiment_id": self._experiment,
            "user_id": run.tags.get(_USER, "unknown"), "source_type": "UNKNOWN",
            "source_name": "", "source_version": "", "entry_point_name": "",
        }  # fmt: skip
        tags = {**run.tags, "mlflow.runName": run.name}
        last = {metric.key: metric for metric in sorted(run.metrics, key=lambda one: one.step)}
        return {
            tables.SqlRun: [about | of],
            tables.SqlTag: [of | {"key": key, "value": value} for key, value in tags.items()],
            tables.SqlParam: [of | {"key": one.key, "value": one.value} for one in run.params],
            tables.SqlMetric: [of | _point(metric) for metric in run.metrics],
            tables.SqlLatestMetric: [of | _point(metric) for metric in last.values()],
        }


def _point(metric: Any) -> dict[str, Any]:
    names = ("key", "value", "timestamp", "step")
    return {name: getattr(metric, name) for name in names} | {"is_nan": False}
