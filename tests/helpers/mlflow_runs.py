"""A store of MLflow's for tests, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

mlflow: Any = pytest.importorskip("mlflow", reason="the tracker in MLflow needs it")


def empty_database(folder: Path) -> str:
    """Make a database with its tables, which takes seconds."""
    path = folder / "empty.db"
    mlflow.MlflowClient(f"sqlite:///{path}").create_experiment("first", folder.as_uri())
    return str(path)


@contextmanager
def at_store(empty: str, folder: Path) -> Iterator[str]:
    """Have MLflow use a database that is like another one."""
    path = folder / "mlflow.db"
    path.write_bytes(Path(empty).read_bytes())
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{path}")
    # what an earlier test has set is not there
    mlflow.set_experiment("first")
    yield f"sqlite:///{path}"
    mlflow.set_tracking_uri(before)


def runs(uri: str | None = None) -> list[Any]:
    client = mlflow.MlflowClient(uri)
    found = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(found, max_results=1000))


def parents(uri: str | None = None) -> list[Any]:
    return [run for run in runs(uri) if "sktune.search" in run.data.tags]


def children(parent: Any, uri: str | None = None) -> list[Any]:
    of = parent.info.run_id
    own = [run for run in runs(uri) if run.data.tags.get("mlflow.parentRunId") == of]
    return sorted(own, key=_place)


def _place(run: Any) -> int:
    last = run.info.run_name.split()[-1]
    return int(last) if last.isdigit() else 0


def steps(run: Any, name: str, uri: str | None = None) -> list[float]:
    history = mlflow.MlflowClient(uri).get_metric_history(run.info.run_id, name)
    by_step = {metric.step: metric.value for metric in history}
    assert len(by_step) == len(history)
    return [by_step[step] for step in sorted(by_step)]
