"""Searches in MLflow: a real store in sqlite, and a real server on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune import GridSearch, RandomSearch, replay
from sktune.strategies import SuccessiveHalving
from sktune.testing import KeptTrial, TrackerContract
from sktune.tracking import MLflowTracker
from sktune.tracking.mlflow_rows import Rows
from tests.helpers.mlflow_runs import (
    at_store,
    children,
    empty_database,
    mlflow,
    parents,
    runs,
    steps,
)

X, Y = load_iris(return_X_y=True, as_frame=True)
_STATUS = {"FINISHED": "ok", "FAILED": "failed", "KILLED": "stopped"}
pytestmark = pytest.mark.filterwarnings("ignore")  # of MLflow's own


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return empty_database(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture(autouse=True)
def uri(empty_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)  # where artifacts go
    with at_store(empty_store, tmp_path) as address:
        yield address


def kept(run: Any, uri: str | None = None) -> KeptTrial:
    names = [name for name in run.data.metrics if name.startswith("test_")]
    return KeptTrial(
        run.data.params,
        _STATUS[run.info.status],
        {name.removeprefix("test_"): steps(run, name, uri) for name in names},
        run.info.start_time / 1000,
        run.info.end_time / 1000,
    )


class TestInSqlite(TrackerContract):
    def make(self) -> MLflowTracker:
        return MLflowTracker(
            "contract", log_model=False, log_report=False, own_process=False, wait=60
        )

    def read(self) -> list[list[KeptTrial]]:
        return [[kept(child) for child in children(parent)] for parent in parents()]


@pytest.mark.slow
class TestInAProcessOfItsOwn(TestInSqlite):
    def make(self) -> MLflowTracker:
        return MLflowTracker("contract", log_model=False, log_report=False, wait=60)


def told_of(run: Any) -> dict[str, Any]:
    """Return all that a run has, but for its id and its parent."""
    info = {name: value for name, value in run.info if name not in ("run_id", "run_uuid")}
    info["artifact_uri"] = info["artifact_uri"].replace(run.info.run_id, "")
    tags = {name: value for name, value in run.data.tags.items() if name != "mlflow.parentRunId"}
    client = mlflow.MlflowClient()
    points = {
        name: [dict(point) for point in client.get_metric_history(run.info.run_id, name)]
        for name in run.data.metrics
    }
    for history in points.values():
        for point in history:
            point.pop("run_id", None)
        history.sort(key=lambda point: point["step"])
    return {"info": info, "tags": tags, "params": run.data.params, "points": points} | {
        "last": run.data.metrics
    }


@pytest.mark.parametrize("why", ["no tables", "broken"])
def test_rows_of_a_database_are_what_the_client_writes(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "search.jsonl")
    grid = {"C": [0.1, 1, 1, "broken", 2, 1e-6], "kernel": ["linear", "rbf"]}
    GridSearch(SVC(), grid, cv=5, early_termination="median", checkpoint=path).fit(X, Y)
    found = []
    for n, patch in enumerate((False, True)):
        if patch and why == "no tables":
            monkeypatch.setattr(Rows, "of", lambda *_: None)
        elif patch:
            monkeypatch.setattr(Rows, "write", _raise)
        replay(path, MLflowTracker(f"experiment {n}", own_process=False, log_report=False))
        [parent] = parents()
        found.append({run.info.run_name: told_of(run) for run in children(parent)})
        for run in runs():
            mlflow.delete_run(run.info.run_id)
    assert len(found[0]) == 10
    for told in (*found[0].values(), *found[1].values()):
        del told["info"]["experiment_id"]
        told["info"]["artifact_uri"] = told["info"]["artifact_uri"].rsplit("/", 3)[-2:]
    assert found[0] == found[1]


def _raise(*_: Any) -> Any:
    raise OSError("database is locked")


def test_a_search_is_a_run_with_children() -> None:
    grid = {"C": [0.1, 1, "broken"], "kernel": ["linear"]}
    search = GridSearch(SVC(), grid, cv=3, observers=[MLflowTracker("iris", "mine")])
    before = time.time()
    search.fit(X, Y)
    after = time.time()
    [parent] = parents()
    assert parent.info.run_name == "mine"
    assert parent.info.status == "FINISHED"
    assert mlflow.get_experiment(parent.info.experiment_id).name == "iris"
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    assert parent.data.params == {"best_C": str(search.best_params_["C"]), "best_kernel": "linear"}
    first, second, broken = children(parent)
    results = search.cv_results_
    for row, run in enumerate([first, second]):
        assert run.info.status == "FINISHED"
        assert run.data.params == {"C": str(grid["C"][row]), "kernel": "linear"}
        scores = [results[f"split{split}_test_score"][row] for split in range(3)]
        assert steps(run, "test_score") == scores
        for name in ("mean_test_score", "std_test_score", "mean_fit_time", "mean_score_time"):
            assert run.data.metrics[name] == pytest.approx(results[name][row])
        assert before - 0.01 <= run.info.start_time / 1000 <= run.info.end_time / 1000 <= after
    assert broken.info.status == "FAILED"
    assert "'C' parameter" in broken.data.tags["sktune.reason"]
    assert {run.data.tags["sktune.status"] for run in (first, second)} == {"ok"}


@pytest.mark.parametrize("scoring", [None, ["accuracy", "f1_macro"]])
def test_a_search_of_which_all_failed_has_failed(scoring: Any) -> None:
    tracker = MLflowTracker("iris", log_report=False, own_process=False)
    grid = {"kernel": ["none", "nothing"]}
    search = GridSearch(SVC(), grid, cv=2, scoring=scoring, refit=False, observers=[tracker])
    with pytest.raises(ValueError, match="All the 4 fits failed"):
        search.fit(X, Y)
    [parent] = parents()
    assert parent.info.status == "FAILED"


def test_artifacts_of_the_parent(tmp_path: Path) -> None:
    model = make_pipeline(StandardScaler(), SVC())
    grid = {"svc__C": [0.1, 1]}
    tracker = MLflowTracker("iris", wait=60)
    search = GridSearch(model, grid, cv=3, observers=[tracker]).fit(X, Y)
    [parent] = parents()
    run = parent.info.run_id
    assert tracker.place_ == run
    found = {item.path for item in mlflow.MlflowClient().list_artifacts(run)}
    assert found == {"model", "space.txt", "environment.json", "cv_results.csv", "report.html"}
    loaded = mlflow.pyfunc.load_model(f"runs:/{run}/model")
    np.testing.assert_array_equal(loaded.predict(X), search.predict(X))
    signature = loaded.metadata.signature
    assert signature.inputs.input_names() == list(X.columns)
    assert signature.outputs is not None
    text = mlflow.artifacts.load_text(f"runs:/{run}/space.txt")
    assert "'svc__C': [0.1, 1]" in text
    environment = mlflow.artifacts.load_dict(f"runs:/{run}/environment.json")
    assert "sklearn" in environment["versions"]
    table = mlflow.artifacts.load_text(f"runs:/{run}/cv_results.csv")
    assert table.splitlines()[0].startswith("mean_fit_time")
    assert len(table.splitlines()) == 3
    assert "Pipeline" in mlflow.artifacts.load_text(f"runs:/{run}/report.html")


def test_secrets_are_in_no_artifact() -> None:
    params = [{"api_key": "s3cr3t"}, {"api_key": "s3cr3t"}]
    results = {"params": params, "param_api_key": np.array(["s3cr3t", "s3cr3t"])}
    for name in ("split0_test_score", "mean_test_score", "mean_fit_time", "mean_score_time"):
        results[name] = np.array([0.5, 0.6])
    replay(results, MLflowTracker("secrets"))
    [parent] = parents()
    for item in mlflow.MlflowClient().list_artifacts(parent.info.run_id):
        if not item.is_dir:
            path = f"runs:/{parent.info.run_id}/{item.path}"
            assert "s3cr3t" not in mlflow.artifacts.load_text(path), item.path


def test_stopped_candidates_and_rungs() -> None:
    tracker = MLflowTracker("iris", log_model=False, log_report=False)
    grid = {"C": [1, 0.9, 1.1, 1e-6, 1e-7]}
    search = GridSearch(SVC(), grid, cv=5, early_termination="median", observers=[tracker])
    search.fit(X, Y)
    [parent] = parents()
    states = [run.info.status for run in children(parent)]
    stopped = [status == "stopped" for status in search.cv_results_["status"]]
    assert [status == "KILLED" for status in states] == stopped
    assert any(stopped)
    halving = SuccessiveHalving(min_resources=30)
    other = RandomSearch(
        SVC(), {"C": [1, 2, 3, 4]}, n_iter=4, cv=2, strategy=halving, observers=[tracker]
    ).fit(X, Y)
    rungs = [run.data.tags["sktune.rung"] for run in runs() if "sktune.rung" in run.data.tags]
    assert sorted(rungs) == sorted(map(str, other.cv_results_["iter"]))


def test_within_a_run_of_the_users_own() -> None:
    mlflow.set_experiment("theirs")
    tracker = MLflowTracker(log_model=False, log_report=False)
    with mlflow.start_run() as own:
        GridSearch(SVC(), {"C": [1, 2]}, cv=2, observers=[tracker]).fit(X, Y)
        assert mlflow.active_run().info.run_id == own.info.run_id
    [parent] = parents()
    assert parent.data.tags["mlflow.parentRunId"] == own.info.run_id
    assert parent.info.experiment_id == own.info.experiment_id
    assert len(children(parent)) == 2


def test_the_journal_has_the_id_of_the_parent(tmp_path: Path) -> None:
    path = tmp_path / "search.jsonl"
    for values in ([1e-5, 1e-4], [1e-5, 1e-4, 1]):
        tracker = MLflowTracker("iris", log_model=False, log_report=False)
        grid = {"C": values}
        GridSearch(SVC(), grid, cv=2, checkpoint=path, observers=[tracker]).fit(X, Y)
    [parent] = parents()
    assert parent.info.run_id in path.read_text()
    assert [run.data.params["C"] for run in children(parent)] == ["1e-05", "0.0001", "1"]
    assert parent.data.tags["sktune.best"] == "C=1"


_KILLED = """
import os, sys, time
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from sktune import GridSearch, Observer
from sktune.tracking import MLflowTracker
from sktune.tracking.mlflow_rows import Rows

class Kill(Observer):
    n = 0
    def trial_finished(self, trial):
        self.n += 1
        tracker = search.observers[0]
        if self.n == 3:
            while tracker._run.n_kept < 1:
                time.sleep(0.01)
            os.kill(os.getpid(), 9)

tracker = MLflowTracker("killed", log_model=False, log_report=False, tracking_uri=sys.argv[1])
search = GridSearch(SVC(), {"C": [1, 2, 3, 4, 5, 6]}, cv=3, checkpoint=sys.argv[2],
                    observers=[tracker, Kill()])
search.fit(*load_iris(return_X_y=True))
"""


def test_a_kill_in_the_middle_leaves_a_store_that_a_replay_completes(
    uri: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "search.jsonl")
    command = [sys.executable, "-c", _KILLED, uri, path]
    assert subprocess.run(command, capture_output=True, timeout=120, cwd=tmp_path).returncode == -9
    [parent] = parents()
    assert parent.info.status == "RUNNING"
    assert 1 <= len(children(parent)) <= 3
    told = ["-m", "sktune", "track", path, "--to", "mlflow", "--at", uri, "--name", "killed"]
    for _ in range(2):
        subprocess.run(
            [sys.executable, *told], check=True, capture_output=True, timeout=120, cwd=tmp_path
        )
        [parent] = parents()
        found = children(parent)
        assert sorted(run.data.params["C"] for run in found) == ["1", "2", "3"]
        assert {run.info.status for run in found} == {"FINISHED"}
        assert all(len(steps(run, "test_score")) == 3 for run in found)
        assert parent.info.status == "KILLED"


_LOADING = """
import sys
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from sktune import GridSearch
from sktune.tracking import MLflowTracker
from sktune.tracking.mlflow_rows import Rows

LOOKED_AT = {"pandas", "polars", "pyarrow", "torch"}  # by scikit-learn, also where half loaded
seen = []

class Looks(SVC):
    def fit(self, X, y):
        seen.append(LOOKED_AT & set(sys.modules))
        return super().fit(X, y)

tracker = MLflowTracker("loading", log_report=False, tracking_uri=sys.argv[1], wait=60)
GridSearch(Looks(), {"C": list(range(1, 200))}, cv=3, observers=[tracker], refit=False).fit(
    *load_iris(return_X_y=True))
assert all(names == seen[0] for names in seen), seen
"""


def test_what_fits_look_at_is_not_loaded_beside_them(uri: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LOADING, uri]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert run.returncode == 0, run.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        for _ in range(600):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                urllib.request.urlopen(f"{address}/health", timeout=5)
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, 15)  # and its worker
        process.wait(30)


def test_a_real_server(server: str, capfd: pytest.CaptureFixture[str]) -> None:
    tracker = MLflowTracker("served", tracking_uri=server, wait=60)
    grid = {"C": [0.1, 1, 10]}
    search = GridSearch(SVC(), grid, cv=3, n_jobs=2, observers=[tracker]).fit(X, Y)
    assert "View run" not in "".join(capfd.readouterr())  # MLflow's two lines for each candidate
    [parent] = parents(server)
    assert len(children(parent, server)) == 3
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    client = mlflow.MlflowClient(server)
    names = {item.path for item in client.list_artifacts(parent.info.run_id)}
    assert names == {"model", "space.txt", "environment.json", "cv_results.csv", "report.html"}
    replay(search, MLflowTracker("served", tracking_uri=server, wait=60))
    assert len(parents(server)) == 1
    assert len(children(parent, server)) == 3


def test_children_appear_while_the_search_runs(server: str) -> None:
    seen = []

    class Slow(SVC):
        def fit(self, X: Any, y: Any) -> Any:
            if self.C == 3:
                deadline = time.time() + 60
                while not (found := parents(server)[0:1]) or not children(found[0], server):
                    assert time.time() < deadline
                    time.sleep(0.1)
                seen.append(len(children(found[0], server)))
            return super().fit(X, y)

    tracker = MLflowTracker("live", tracking_uri=server, log_model=False, wait=60)
    GridSearch(Slow(), {"C": [1, 2, 3]}, cv=2, observers=[tracker]).fit(X, Y)
    assert seen
    assert seen[0] >= 1


def test_a_server_that_is_not_there_is_warned_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    tracker = MLflowTracker("x", tracking_uri="http://127.0.0.1:9", wait=5)
    with pytest.warns(UserWarning, match="MLflowTracker") as told:
        search = GridSearch(SVC(), {"C": [1, 2]}, cv=2, observers=[tracker]).fit(X, Y)
    assert sum("MLflowTracker" in str(one.message) for one in told) == 1
    assert search.best_params_
    assert json.dumps(tracker.n_missed_)
