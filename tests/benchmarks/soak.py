"""Thousands of fits with kills, hangs and errors among them: what is lost, and what leaks.

    python -m tests.benchmarks.soak [--cheap 20000] [--slow 200]

Every candidate either is fine or does what its value says. Meanwhile workers are killed from
outside, at random, but not while a fit is tried alone that was lost before: if that dies, it
cannot be told from one that kills. In the end every candidate must have the status that it must
have, and the scores that it has in a search that nothing happens to; processes, descriptors,
temporary folders and memory are counted before, after each search, and in the end.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from joblib.externals.loky import get_reusable_executor
from sklearn.base import BaseEstimator, ClassifierMixin

from sktune import BayesSearch, GridSearch, RandomSearch, read_journal
from sktune.engine import Executor
from sktune.evaluation.notes import _FORM, DONE

KINDS = {"grid": GridSearch, "random": RandomSearch, "bayes": BayesSearch}
N_SPLITS = 2
SEED = 0

WANTED = {"kill": "crashed", "exit": "crashed", "hang": "timeout", "deaf": "timeout",
          "raise": "failed", "memory": "failed", "inf": "failed"}  # fmt: skip
"""What the status of each kind of fault must be; all else is "ok"."""


class Soaked(ClassifierMixin, BaseEstimator):
    """As good as its number says, unless that is one that misbehaves."""

    def __init__(self, number: int = 0, faults: Any = (), seconds: float = 0.0) -> None:
        self.number = number
        self.faults = faults
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Soaked:
        self.classes_ = np.unique(y)
        how = dict(self.faults).get(self.number)
        if how == "raise":
            raise ValueError("it raises")
        if how == "memory":
            raise MemoryError
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exit":
            os._exit(7)
        if how == "deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        if how in ("hang", "deaf"):
            time.sleep(600)
        if self.seconds:
            time.sleep(self.seconds)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


class Score:
    """By the candidate's number and the samples, and by nothing else."""

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        if dict(estimator.faults).get(estimator.number) == "inf":
            return float("inf")
        return score_of(estimator.number, len(X))


def score_of(number: int, n_samples: int) -> float:
    return float(np.sin(number) / n_samples)


@dataclass
class Counts:
    """What a process holds.

    Attributes
    ----------
    processes, descriptors, folders : int
    rss : float
        In MB.
    """

    processes: int
    descriptors: int
    folders: int
    rss: float

    @classmethod
    def now(cls, temp: str) -> Counts:
        """Count, once all workers have been told to go."""
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        gc.collect()
        this = psutil.Process()
        deadline = time.monotonic() + 5
        while len(workers()) > 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        return cls(
            len(workers()), this.num_fds(), len(os.listdir(temp)), this.memory_info().rss / 1e6
        )

    @property
    def row(self) -> str:
        return f"{self.processes} | {self.descriptors} | {self.folders} | {self.rss:.0f} |"


def workers() -> list[psutil.Process]:
    """Children of this process, but for the one that tidies up after joblib."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "resource_tracker" not in " ".join(child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


class Killer(threading.Thread):
    """Kills a worker now and then, but not at a task that is tried alone.

    Parameters
    ----------
    mean_seconds : float
        Between two kills.
    seed : int

    Attributes
    ----------
    n_killed : int
    """

    def __init__(self, mean_seconds: float, seed: int) -> None:
        super().__init__(daemon=True)
        self.n_killed = 0
        self._mean = mean_seconds
        self._chance = random.Random(seed)
        self._over = threading.Event()
        self._alone: set[tuple[int, int]] = set()

    def __enter__(self) -> Killer:
        self._tries_alone = Executor._alone
        killer = self

        def alone(executor: Executor, evaluate: Any, bundle: Any) -> Any:
            killer._alone |= {(task.trial, task.split) for task in bundle.tasks}
            return killer._tries_alone(executor, evaluate, bundle)

        Executor._alone = alone  # type: ignore[method-assign]
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._over.set()
        self.join()
        Executor._alone = self._tries_alone  # type: ignore[method-assign]

    def run(self) -> None:
        while not self._over.wait(self._chance.uniform(0.5, 1.5) * self._mean):
            # what stands still begins nothing between the look at what it does and its end
            still = [child for child in workers() if _told(child.send_signal, signal.SIGSTOP)]
            doing = {child: tasks for child in still if (tasks := _begun(child)) is not None}
            # where starting a worker takes as long as the time between two kills, nothing gets
            # done: those are spared that have not noted anything yet
            if doing and not self._alone & set().union(*doing.values()):
                self.n_killed += _told(self._chance.choice(list(doing)).kill)
            for child in still:
                _told(child.send_signal, signal.SIGCONT)


def _told(call: Callable[..., Any], *args: Any) -> bool:
    """Whether a process was still there to be told something."""
    try:
        call(*args)
    except psutil.Error:
        return False
    return True


def _begun(worker: psutil.Process) -> set[tuple[int, int]] | None:
    """Tasks that a worker has begun and not done; None if it has not noted anything yet."""
    found = None
    for path in Path(tempfile.gettempdir()).glob(f"sktune-notes-*/{worker.pid}"):
        with suppress(OSError):
            data = path.read_bytes()
            notes = _FORM.iter_unpack(data[: len(data) - len(data) % _FORM.size])
            found = {(trial, split) for trial, split, since in notes if since != DONE}
    return found


def faults_among(n: int, counts: dict[str, int], seed: int) -> list[tuple[int, str]]:
    chance = random.Random(seed)
    hows = [how for how, count in counts.items() for _ in range(count)]
    return list(zip(chance.sample(range(n), len(hows)), hows, strict=True))


def problems_of(search: Any, n: int, faults: list[tuple[int, str]]) -> tuple[list[str], Counter]:
    """What is not as it must be, and how often there was each status."""
    results = search.cv_results_
    numbers = [params["number"] for params in results["params"]]
    wrong = []
    if len(set(numbers)) != len(numbers):
        wrong.append("candidates twice")
    if len(numbers) != n:
        wrong.append(f"{len(numbers)} of {n} candidates")
    done = dict(faults)
    n_test = [150 // N_SPLITS] * N_SPLITS
    for row, number in enumerate(numbers):
        status, wanted = results["status"][row], WANTED.get(done.get(number, ""), "ok")
        if status != wanted:
            error = results["error"][row]
            wrong.append(f"{number} ({done.get(number, 'fine')}): {status}, {error}")
        scores = [results[f"split{k}_test_score"][row] for k in range(N_SPLITS)]
        right = [score_of(number, size) for size in n_test]
        if wanted == "ok" and scores != right:
            wrong.append(f"{number}: {scores} instead of {right}")
        if wanted != "ok" and not np.isnan(scores).all():
            wrong.append(f"{number}: scored {scores}")
    return wrong, Counter(results["status"])


def soak(
    kind: str, n: int, counts: dict[str, int], *, seconds: float, kills: float, journal: str,
    seed: int, timeout: float,
) -> str:  # fmt: skip
    """Run a search; return a row of the table."""
    X, y = np.random.default_rng(0).normal(size=(150, 4)), np.arange(150) % 2
    faults = faults_among(n, counts, seed)
    more = {} if kind == "grid" else {"n_iter": n, "random_state": seed}
    if kind == "bayes":
        # thousands of proposals are not what is looked at
        more |= {"n_points": 8, "optimizer_kwargs": {"n_initial_points": n}}
    make: Callable[..., Any] = KINDS[kind]
    space = {"number": list(range(n))}
    search = make(
        Soaked(faults=tuple(faults), seconds=seconds), space, scoring=Score(), cv=N_SPLITS,
        n_jobs=2, refit=False, fit_timeout=timeout, checkpoint=journal or None, **more,
    )  # fmt: skip
    began = time.monotonic()
    with warnings.catch_warnings(), Killer(kills, seed) as killer:
        warnings.simplefilter("ignore")
        search.fit(X, y)
    took = time.monotonic() - began
    wrong, statuses = problems_of(search, n, faults)
    if journal and len(read_journal(journal)) != len(search.cv_results_["params"]):
        wrong.append("the journal has not all")
    told = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    for line in wrong[:10]:
        print("   !", line, flush=True)
    return (
        f"| {kind} | {n * N_SPLITS} | {'yes' if journal else 'no'} | {killer.n_killed} | {told} "
        f"| {len(wrong)} | {took:.0f} s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cheap", type=int, default=20_000, help="cheap fits in all")
    parser.add_argument("--slow", type=int, default=200, help="slow fits in all")
    parser.add_argument("--kills", type=float, default=5.0, help="seconds between two kills")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        temp, journals = Path(place, "temp"), Path(place, "journals")
        temp.mkdir()
        journals.mkdir()
        tempfile.tempdir = os.environ["TMPDIR"] = os.environ["JOBLIB_TEMP_FOLDER"] = str(temp)
        rows = []
        # once before counting: what is imported and started once is no leak
        soak(
            "grid", 20, {"kill": 1, "raise": 1}, seconds=0, kills=1e6, journal="", seed=1, timeout=2
        )
        before = Counts.now(str(temp))
        for speed, fits, seconds in (("cheap", given.cheap, 0.0), ("slow", given.slow, 0.2)):
            for kind in KINDS:
                for journal in ("", str(journals / f"{speed}-{kind}.jsonl")):
                    n = max(5, fits // (6 * N_SPLITS))
                    few = max(1, n // 400)
                    counts = {"kill": 1, "hang": 1, "raise": few, "inf": few}
                    if speed == "cheap":
                        counts |= {"kill": few, "exit": few, "deaf": 1, "memory": few}
                    row = soak(kind, n, counts, seconds=seconds, kills=given.kills,
                               journal=journal, seed=len(rows), timeout=2.0)  # fmt: skip
                    after = Counts.now(str(temp))
                    rows.append(f"| {speed} {row} {after.row}")
                    print(rows[-1], flush=True)
    print("\n| fits | search | number | checkpoint | killed from outside | status | wrong | time |"
          " processes | descriptors | folders | MB |")  # fmt: skip
    print(12 * "| --- " + "|")
    print(*rows, sep="\n")
    print(f"\n| before | {before.row}\n| after | {after.row}")


if __name__ == "__main__":
    main()
