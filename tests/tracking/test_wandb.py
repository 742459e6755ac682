"""Searches as runs of W&B and Trackio, offline, read back from what they have written."""

from __future__ import annotations

import copy
import json
import os
import pickle
import secrets
import struct
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import GridSearch, replay
from sktune.testing import KeptTrial, TrackerContract
from sktune.tracking.wandb import WandbTracker

os.environ["TRACKIO_DIR"] = tempfile.mkdtemp()  # it looks once, when it is imported
X, y = load_iris(return_X_y=True)


class _Contract(TrackerContract):
    module = ""

    @pytest.fixture(autouse=True)
    def _project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip(self.module, reason="the runs are its")
        offline(monkeypatch)
        self.project, self.path = f"p{secrets.token_hex(4)}", tmp_path

    def make(self) -> WandbTracker:
        where = {"dir": str(self.path)} if self.module == "wandb" else {}
        return WandbTracker(self.module, self.project, **where)

    def read(self) -> list[list[KeptTrial]]:
        return [[_read(row) for row in rows] for rows in tables(self.module, self)]


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")


def tables(module: str, at: Any) -> list[list[dict[str, Any]]]:
    """The last table of each run."""
    if module == "trackio":
        return [rows[-1]["trials"]["_value"] for rows in lines(at).values() if "trials" in rows[-1]]
    found = {}
    for path in sorted(at.path.glob("wandb/*run-*"), key=lambda path: path.stat().st_ctime_ns):
        for table in path.glob("files/media/table/*.json"):
            told = json.loads(table.read_text())
            rows = [dict(zip(told["columns"], row, strict=True)) for row in told["data"]]
            [run] = path.glob("run-*.wandb")
            found[run.stem] = rows
    return list(found.values())


def lines(at: Any) -> dict[str, list[dict[str, Any]]]:
    """The lines of each of Trackio's runs."""
    import trackio
    from trackio.sqlite_storage import SQLiteStorage

    runs = trackio.Api().runs(at.project)
    return {run.name: SQLiteStorage.get_logs(at.project, run.name) for run in runs}


def _read(row: dict[str, Any]) -> KeptTrial:
    params = {n.removeprefix("param_"): str(v) for n, v in row.items() if n.startswith("param_")}
    folds = [v for n, v in row.items() if n.startswith("split") and v is not None]
    status = {"ok": "ok", "stopped": "stopped", "partial": "stopped"}.get(row["status"], "failed")
    began, ended = (datetime.fromisoformat(row[name]).timestamp() for name in ("began", "ended"))
    return KeptTrial(params, status, {"score": folds}, began, ended)


@pytest.mark.slow
class TestWandb(_Contract):
    module = "wandb"


@pytest.mark.slow
class TestTrackio(_Contract):
    module = "trackio"


@pytest.mark.parametrize("module", ["wandb", "trackio"])
def test_its_history_has_each_candidate_once(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(module, reason="the runs are its")
    offline(monkeypatch)
    where = {"dir": str(tmp_path)} if module == "wandb" else {}
    path, project = tmp_path / "a.jsonl", f"p{secrets.token_hex(4)}"
    for grid in ([1, 10], [1, 10, 100]):
        tracker = WandbTracker(module, project, **where)
        GridSearch(SVC(), {"C": grid}, cv=3, checkpoint=path, observers=[tracker]).fit(X, y)
    replay(path, WandbTracker(module, project, **where))
    rows = history(module, tmp_path, tracker)
    shown = [row["candidate"] for row in rows if "candidate" in row]
    assert shown == [0, 1, 2]
    assert all(row["mean_test_score"] <= row["best"] for row in rows if "candidate" in row)
    tables = [row for row in rows if any(name.split(".")[0] == "trials" for name in row)]
    assert len(tables) == 2  # none for a replay without news


def history(module: str, path: Path, tracker: WandbTracker) -> list[dict[str, Any]]:
    """All lines of a project's runs."""
    if module == "trackio":
        return [row for rows in lines(tracker).values() for row in rows]
    from wandb.proto.wandb_internal_pb2 import Record

    found = []
    for file in sorted(path.glob("wandb/offline-run-*/run-*.wandb")):
        for data in records_in(file.read_bytes()):
            record = Record()
            record.ParseFromString(data)
            if record.HasField("history"):
                items = record.history.item
                found.append(
                    {i.key or ".".join(i.nested_key): json.loads(i.value_json) for i in items}
                )
    return found


def records_in(data: bytes) -> Iterator[bytes]:
    """The records of a file of W&B's: a log of LevelDB's, in blocks of 32 KiB, after 7 bytes."""
    at, whole = 7, b""
    while at + 7 <= len(data):
        if (left := -at % 2**15) and left < 7:
            at += left
            continue
        length, kind = struct.unpack("<HB", data[at + 4 : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # all of a record, or its end
            yield whole
            whole = b""


@pytest.mark.parametrize("module", ["wandb", "trackio"])
def test_a_run_a_candidate_on_request(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(module, reason="the runs are its")
    offline(monkeypatch)
    where = {"dir": str(tmp_path)} if module == "wandb" else {}
    path, project = tmp_path / "a.jsonl", f"p{secrets.token_hex(4)}"
    grid = {"C": [1, 10], "kernel": ["rbf", None]}
    for _ in range(2):
        tracker = WandbTracker(module, project, run_per_candidate=True, **where)
        search = GridSearch(SVC(), grid, cv=3, checkpoint=path, observers=[tracker])
        with pytest.warns(UserWarning, match="fits failed"):
            search.fit(X, y)
    if module == "wandb":
        configured = list(tmp_path.glob("wandb/offline-run-*/run-*.wandb"))
        assert len(configured) == 2 + 4
        return
    import trackio

    runs = {run.name: run.config for run in trackio.Api().runs(project)}
    assert len(runs) == 1 + 4
    params = [{k: config[k] for k in grid} for config in runs.values() if "C" in config]
    assert sorted(params, key=str) == sorted(search.cv_results_["params"], key=str)
    of_first = lines(tracker)[f"{tracker.place_}-0"]
    folds = [row["test_score"] for row in of_first if "test_score" in row]
    assert folds == [search.cv_results_[f"split{k}_test_score"][0] for k in range(3)]


def test_a_module_is_given_itself_or_by_its_name() -> None:
    trackio = pytest.importorskip("trackio", reason="it is given itself")
    tracker = pickle.loads(pickle.dumps(copy.deepcopy(WandbTracker(trackio, "p"))))
    assert tracker.to == "trackio"
    assert WandbTracker().to == WandbTracker("wandb").to == "wandb"
    with pytest.raises(ImportError, match=r"pip install no_such_module"):
        WandbTracker("no_such_module")
