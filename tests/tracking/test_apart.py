"""A store in a process of its own: what it is given, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sktune import GridSearch
from sktune.testing import KeptTrial, TrackerContract
from tests.helpers.apart_stores import FileTracker, Steady, are_gone, pids, written

_AS = {"ok": "ok", "stopped": "stopped", "partial": "stopped", "dropped": "stopped"}


class Staying:
    """A value that is in no other process."""

    def __deepcopy__(self, memo: object) -> Staying:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("it stays")

    def __repr__(self) -> str:
        return "Staying()"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.jsonl"


def search(tracker: FileTracker, values: list[Any], **options: Any) -> GridSearch:
    grid = {"value": values}
    return GridSearch(Steady(), grid, cv=2, observers=[tracker], **options).fit(np.ones((8, 1)))


def test_a_store_is_in_a_process_that_ends_with_the_search(path: Path) -> None:
    tracker = FileTracker(path)
    search(tracker, [1, 2, Staying()])
    assert tracker.n_missed_ == 0
    kinds = [record["kind"] for record in written(path)]
    assert kinds == ["begin", "trial", "trial", "trial", "finish", "keep"]
    values = [record["params"]["value"] for record in written(path, "trial")]
    assert values == ["1", "2", "Staying()"]
    assert written(path, "finish")[0]["best"] == "{'value': 1}"
    [pid] = pids(path)
    assert pid != os.getpid()
    assert are_gone([pid])


@pytest.mark.slow
def test_a_process_that_dies_is_begun_again_once(path: Path) -> None:
    tracker = FileTracker(path, dies=(1,))
    search(tracker, [1, 2, 3, 4])
    kept = {record["id"]: record["params"]["value"] for record in written(path, "trial")}
    assert sorted(kept.values()) == ["1", "2", "3", "4"]
    assert len(pids(path)) == 2
    assert [bool(record["known"]) for record in written(path, "begin")] == [False, True]
    assert tracker.n_missed_ == 0


@pytest.mark.slow
def test_one_that_dies_again_is_warned_of_once(path: Path) -> None:
    tracker = FileTracker(path, dies=(0, 1, 2, 3))
    with pytest.warns(UserWarning, match="the process that keeps the search has ended") as told:
        search(tracker, [1, 2, 3, 4])
    assert len(told) == 1
    assert tracker.n_missed_ > 0


@pytest.mark.slow
def test_what_a_store_raises_is_told_and_the_rest_is_kept(path: Path) -> None:
    tracker = FileTracker(path)
    with pytest.warns(UserWarning, match="OSError: the disk is full"):
        search(tracker, [1, 13, 2], refit=False)
    assert {record["params"]["value"] for record in written(path, "trial")} == {"1", "2"}
    assert tracker.n_missed_ == 1
    assert are_gone(pids(path))  # where nothing is refitted too


@pytest.mark.slow
def test_a_store_that_hangs_is_not_waited_for(path: Path) -> None:
    tracker = FileTracker(path, wait=3)
    with pytest.warns(UserWarning, match="not kept after 3 seconds"):
        search(tracker, ["sleep", 2])
    while not path.exists():
        time.sleep(0.1)
    os.kill(pids(path)[0], signal.SIGKILL)


_PARENT = """
import os, sys, time
import numpy as np
from pathlib import Path
from sktune import GridSearch, Observer
from tests.helpers.apart_stores import FileTracker, Steady, written

class Kill(Observer):
    def trial_finished(self, trial):
        if trial.number == 3:
            while not written(path):
                time.sleep(.01)
            os.kill(os.getpid(), int(sys.argv[2]))

path = Path(sys.argv[1])
path.touch()
wait = 5 if "sleep" in sys.argv[-1] else 60
search = GridSearch(Steady(), {"value": eval(sys.argv[3])}, cv=2,
                    observers=[FileTracker(path, wait=wait), Kill()])
search.fit(np.ones((8, 1)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("values", [[1, 2, 3, 4, 5], ["sleep", 2, 3, 4]])
def test_no_process_is_left_by_one_that_is_killed(path: Path, sign: int, values: list) -> None:
    command = [sys.executable, "-c", _PARENT, str(path), str(int(sign)), repr(values)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, capture_output=True, timeout=120, env=environment)
    assert pids(path)
    assert are_gone(pids(path), 30)


@pytest.mark.slow
def test_a_script_is_not_run_again_in_the_process(path: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"  # without a guard
    script.write_text(f'print("once")\n{_PARENT.replace("sys.argv[3]", "sys.argv[2]")}')
    command = [sys.executable, str(script), str(path), "[1, 2]"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(command, capture_output=True, timeout=120, env=environment, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("once") == 1
    assert len(written(path, "trial")) == 2


@pytest.mark.slow
class TestApart(TrackerContract):
    """The contract, with a store whose file has each candidate's newest record."""

    @pytest.fixture(autouse=True)
    def _at(self, path: Path) -> None:
        self.path = path

    def make(self) -> FileTracker:
        return FileTracker(self.path)

    def read(self) -> list[list[KeptTrial]]:
        kept: dict[str, dict[str, KeptTrial]] = {}
        for record in written(self.path, "trial"):
            kept.setdefault(record["search"], {})[record["id"]] = KeptTrial(
                record["params"],
                _AS.get(record["status"], "failed"),
                {name: [s for s in of if s is not None] for name, of in record["scores"].items()},
                record["began"],
                record["ended"],
            )
        return [list(trials.values()) for trials in kept.values()]
