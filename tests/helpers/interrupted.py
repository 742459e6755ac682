"""Searches in processes of their own, which are interrupted or killed while they run."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline

from sktune import BayesSearch, GridSearch, RandomSearch
from tests.helpers.journal.killing import is_over, poll_until
from tests.helpers.misbehaving import Same

KINDS = {"grid": GridSearch, "random": RandomSearch, "bayes": BayesSearch}
BUSY = ["sleeps", "computes", "catches", "quick"]
_ROOT = Path(__file__).parents[2]
_TAG = "TESTS_INTERRUPTED"


class Takes(ClassifierMixin, BaseEstimator):
    """Is done soon, unless it is candidate 2 or later: those never end."""

    def __init__(self, folder: str = "", how: str = "quick", number: int = 0) -> None:
        self.folder = folder
        self.how = how
        self.number = number

    def fit(self, X: Any, y: Any) -> Takes:
        self.classes_ = np.unique(y)
        if self.number >= 2 or self.how == "quick":
            Path(self.folder, f"long-{self.number}-{time.time_ns()}").touch()
        if self.number >= 2:
            if self.how == "sleeps":
                time.sleep(600)
            while self.how == "computes":
                sum(range(100))
            while self.how == "catches":
                try:
                    time.sleep(600)
                except Exception:  # noqa: BLE001 - as estimators do
                    continue
        if self.how == "quick":
            time.sleep(0.02)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[self.number % len(self.classes_)])


@dataclass
class Running:
    """A process that runs a search.

    Attributes
    ----------
    folder : path
        Of what fits leave.
    temp : path
        Where temporary files go.
    """

    process: subprocess.Popen[str]
    folder: Path
    temp: Path

    def wait_for_long(self, n: int) -> None:
        """Wait until so many fits are under way that do not end by themselves."""
        poll_until(lambda: len(list(self.folder.glob("long-*"))) >= n or self.process.poll())
        assert self.process.poll() is None, self.process.communicate()

    def family(self) -> list[psutil.Process]:
        """All that it has started, which know their own creation time."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def said(self) -> dict[str, Any]:
        data: dict[str, Any] = pickle.loads((self.folder / "said").read_bytes())
        return data


@contextmanager
def running(kind: str, how: str, n_jobs: int, folder: Path, **options: Any) -> Iterator[Running]:
    """Run a search of a class in another process, and leave nothing of it behind."""
    temp = folder / "temp"
    temp.mkdir()
    work = f"from tests.helpers.interrupted import work; work({kind!r}, {how!r}, {n_jobs}, "
    code = f"{work}{str(folder)!r}, {options!r})"
    # nothing in /dev/shm: joblib's folders are to be found
    env = {**os.environ, "TMPDIR": str(temp), "JOBLIB_TEMP_FOLDER": str(temp), _TAG: str(folder)}
    # without -W error: joblib's process that removes folders would die of its own warning
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=_ROOT, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield Running(process, folder, temp)
    finally:
        process.kill()
        for child in tagged(folder):
            if not is_over(child):
                child.kill()
        process.communicate()


def tagged(folder: Path) -> list[psutil.Process]:
    """Processes that have the environment of a run: also such as have lost their parent."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(_TAG) == str(folder):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def seconds_until_over(processes: list[psutil.Process], most: float = 20.0) -> float:
    start = time.monotonic()
    poll_until(lambda: all(map(is_over, processes)), most)
    return time.monotonic() - start


def work(kind: str, how: str, n_jobs: int, folder: str, options: dict[str, Any]) -> None:
    """Search, and write down what there is afterwards; in the other process."""
    # a shell may have given us that we ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert tempfile.gettempdir() == os.environ["TMPDIR"]
    X, y = np.random.default_rng(0).normal(size=(50_000, 4)), np.arange(50_000) % 3
    space = {"takes__number": [0, 1, 2, 3, 4] if how != "quick" else list(range(200))}
    takes = Takes(folder, how)
    more = {} if kind == "grid" else {"n_iter": len(space["takes__number"]), "random_state": 0}
    pipeline = Pipeline([("same", Same()), ("takes", takes)])
    search = KINDS[kind](pipeline, space, cv=3, n_jobs=n_jobs, **more, **options)
    said: dict[str, Any] = {}
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            search.fit(X, y)
    except BaseException as exc:  # noqa: BLE001 - told where somebody can see it
        said["raised"] = type(exc).__name__
        said["at"] = time.time()
    said["warnings"] = [str(warning.message) for warning in caught]
    for name in ("cv_results_", "best_params_", "best_score_"):
        if hasattr(search, name):
            said[name] = getattr(search, name)
    said["handler"] = signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    new = Path(folder, "said.new")
    new.write_bytes(pickle.dumps(said))
    new.rename(Path(folder, "said"))
