"""Thousands of fits with kills, hangs and errors among them: what is lost, and what leaks.

    python -m tests.benchmarks.soak [--cheap 20000] [--slow 200]

Every candidate either is fine or does what its value says. Meanwhile workers are killed from
outside, at random. In the end every candidate must have the status that it must have, and the
scores that it has in a search that nothing happens to; processes, descriptors, temporary
folders and memory are counted before and after.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from joblib.externals.loky import get_reusable_executor
from sklearn.base import BaseEstimator, ClassifierMixin

from sktune import BayesSearch, GridSearch, RandomSearch, read_journal

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


@contextmanager
def killing(mean_seconds: float, seed: int) -> Iterator[list[int]]:
    """Kill a worker now and then; gives those that were killed."""
    killed: list[int] = []
    over = threading.Event()
    chance = random.Random(seed)

    def kill() -> None:
        while not over.wait(chance.uniform(0.5, 1.5) * mean_seconds):
            # where starting a worker takes as long as the time between two kills, nothing gets
            # done: those are spared that have not noted anything yet
            noted = {path.name for path in Path(tempfile.gettempdir()).glob("sktune-notes-*/*")}
            ours = [child for child in workers() if str(child.pid) in noted]
            if not ours:
                continue
            chosen = chance.choice(ours)
            try:
                chosen.kill()  # which looks at its creation time first
                killed.append(chosen.pid)
            except psutil.Error:
                continue

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


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
            wrong.append(f"{number} ({done.get(number, 'fine')}): {status}")
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
        more |= {"n_points": 8, "n_initial_points": n}
    make: Callable[..., Any] = KINDS[kind]
    space = {"number": list(range(n))}
    search = make(
        Soaked(faults=tuple(faults), seconds=seconds), space, scoring=Score(), cv=N_SPLITS,
        n_jobs=2, refit=False, fit_timeout=timeout, checkpoint=journal or None, **more,
    )  # fmt: skip
    began = time.monotonic()
    with warnings.catch_warnings(), killing(kills, seed) as killed:
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
        f"| {kind} | {n * N_SPLITS} | {'yes' if journal else 'no'} | {len(killed)} | {told} "
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
                    rows.append(f"| {speed} {row}")
                    print(rows[-1], flush=True)
        after = Counts.now(str(temp))
    print("\n| fits | search | number | checkpoint | killed from outside | status | wrong | time |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print(*rows, sep="\n")
    print("\n| | before | after |\n| --- | --- | --- |")
    for name in ("processes", "descriptors", "folders", "rss"):
        print(f"| {name} | {getattr(before, name):.0f} | {getattr(after, name):.0f} |")


if __name__ == "__main__":
    main()
