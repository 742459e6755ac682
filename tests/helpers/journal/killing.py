"""Runs searches in processes of their own, which can be made to die.

A process that has imported everything forks one for each run, so a run costs what its fits
cost. A search that has workers gets a fresh process.
"""

from __future__ import annotations

import functools
import gc
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from sktune.engine import Dispatcher
from sktune.journal import journal
from sktune.journal.contents import Contents, read_file
from sktune.journal.disk import Disk
from tests.helpers.journal.killing_disk import KillingDisk
from tests.helpers.journal.noted import (
    GATE,
    NAMES,
    NOTES,
    PAUSE,
    Task,
    X,
    n_train,
    note,
    search_of,
    y,
)

_ROOT = Path(__file__).parents[3]
_BUNDLES = "TESTS_BUNDLES"


@dataclass(frozen=True)
class Job:
    """A run of a search.

    Attributes
    ----------
    folder : str
        Of everything: the checkpoint, the notes of each run, what workers leave.
    dies : str
        Where at the disk, and at which passing; see `KillingDisk`.
    gate : str
        A file; fits wait as long as it is there.
    stop_at, stop_after : int, float
        How many fits have begun (-1 for never), and how many seconds later, when the process
        gets `stop_by`.
    """

    search: str
    folder: str
    size: int = 8
    n_splits: int = 2
    n_jobs: int = 1
    checkpoint: bool = True
    pause: float = 0.0
    dies: str = ""
    gate: str = ""
    stop_at: int = -1
    stop_after: float = 0.0
    stop_by: int = signal.SIGKILL

    @property
    def path(self) -> str:
        return str(Path(self.folder, "search.jsonl"))

    def new_place(self) -> Path:
        """Where this run's notes go."""
        count = len(list(Path(self.folder).glob("run*")))
        place = Path(self.folder, f"run{count}")
        place.mkdir(parents=True)
        return place

    def tasks(self, recorded: Contents) -> list[Task]:
        """What a journal knows, as the notes have it."""
        return [
            _task(recorded.candidates[number].shown, split)
            for number, outcomes in recorded.outcomes.items()
            for split in outcomes
        ]


@dataclass
class Run:
    """What a run has left.

    Attributes
    ----------
    status : int
        Of the process: 0, or minus the signal that ended it.
    fits : list of Task
        Those that were begun, in their order, but for the refit.
    refits : int
    scalings : list of int
        Training samples of each fit of the first step, but for the refit's.
    bundles : list of list of Task
        As they were handed out.
    said : dict
        What the process itself says of its search.
    """

    status: int
    fits: list[Task] = field(default_factory=list)
    refits: int = 0
    scalings: list[int] = field(default_factory=list)
    bundles: list[list[Task]] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def killed(self) -> bool:
        return self.status == -signal.SIGKILL

    @classmethod
    def of(cls, status: int, place: Path) -> Run:
        run = cls(status)
        for what, *rest in _lines(place / "notes"):
            if rest[0] == len(X):
                run.refits += what == "fit"
            elif what == "fit":
                run.fits.append((rest[0], rest[1], rest[2]))
            else:
                run.scalings.append(rest[0])
        run.bundles = [[(n, k, a) for n, k, a in tasks] for (tasks,) in _lines(place / "bundles")]
        if (place / "said").exists():
            run.said = pickle.loads((place / "said").read_bytes())
        assert "error" not in run.said, run.said["error"]
        assert status <= 0, status
        return run


class Runner:
    """Runs jobs one after another; see `runner`."""

    def __init__(self, forker: subprocess.Popen[str]) -> None:
        self._forker = forker

    def __call__(self, job: Job) -> Run:
        """Run a job to its end, which may be a violent one."""
        with self.begun(job) as (place, wait):
            status = wait()
        return Run.of(status, place)

    @contextmanager
    def begun(self, job: Job) -> Iterator[tuple[Path, Callable[[], int]]]:
        """Start a job; give where its notes are, and what waits for its end."""
        place = job.new_place()
        if job.n_jobs == 1:
            assert self._forker.stdin is not None
            assert self._forker.stdout is not None
            print(json.dumps([asdict(job), str(place)]), file=self._forker.stdin, flush=True)
            answer = self._forker.stdout
            yield place, lambda: int(answer.readline())
            return
        text = json.dumps([asdict(job), str(place)])
        code = f"from tests.helpers.journal.killing import work; work({text!r})"
        process = subprocess.Popen([sys.executable, "-W", "error", "-c", code], cwd=_ROOT)
        try:
            yield place, lambda: _watch(job, place, process.pid, process.poll)
        finally:
            process.kill()
            process.wait()


@contextmanager
def runner() -> Iterator[Runner]:
    code = "from tests.helpers.journal.killing import serve; serve()"
    forker = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with forker:  # which closes its input, upon which it ends
        yield Runner(forker)


def read(path: str) -> Contents | None:
    """Read what a journal says, for what `read_journal` does not tell."""
    return read_file(path, Disk())


def poll_until(there: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait for something that is going to be; fail if it never is."""
    deadline = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < deadline, "it has not come to be"
        time.sleep(0.002)
    return found


def n_begun(place: Path) -> int:
    """How many fits a run has begun so far."""
    path = place / "notes"
    return path.read_bytes().count(b'["fit"') if path.exists() else 0


# in the other processes


def serve() -> None:
    """Fork a process for each job of the input, and say how it ended."""
    # what is printed below, as by a worker whose search was killed, is no answer
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in NAMES:  # what is imported and looked up once is there in each of them
        search_of(name, 4, 2).fit(X, y)
    gc.freeze()
    for line in sys.stdin:
        fields, place = json.loads(line)
        if (pid := os.fork()) == 0:
            try:
                work(line)
            finally:
                os._exit(1)  # never on in this loop
        status: list[int] = []

        def poll(pid: int = pid, status: list[int] = status) -> int | None:
            done, raw = os.waitpid(pid, os.WNOHANG)
            if done:
                status.append(os.waitstatus_to_exitcode(raw))
            return status[-1] if status else None

        print(_watch(Job(**fields), Path(place), pid, poll), file=answers, flush=True)


def work(text: str) -> None:
    """Run a job, and end this process."""
    fields, folder = json.loads(text)
    job, place = Job(**fields), Path(folder)
    # a shell may have given us that we ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    tempfile.tempdir = os.environ["TMPDIR"] = os.environ["JOBLIB_TEMP_FOLDER"] = folder
    os.environ |= {NOTES: str(place / "notes"), PAUSE: str(job.pause), GATE: job.gate}
    journal.Disk = functools.partial(KillingDisk, job.dies)  # type: ignore[assignment, misc]
    (place / "pid").write_text(str(os.getpid()))
    _note_bundles(place)
    checkpoint = {"checkpoint": job.path} if job.checkpoint else {}
    search = search_of(job.search, job.size, job.n_splits, n_jobs=job.n_jobs, **checkpoint)
    said: dict[str, Any] = {}
    try:
        search.fit(X, y)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # too late
    except KeyboardInterrupt:
        said["interrupted"] = True
    except BaseException:  # noqa: BLE001 - told where somebody can see it
        said["error"] = traceback.format_exc()
    for name in ("cv_results_", "best_index_", "best_params_", "best_score_"):
        if hasattr(search, name):
            said[name] = getattr(search, name)
    (place / "said").write_bytes(pickle.dumps(said))
    if job.n_jobs == 1:
        os._exit(0)


def _note_bundles(place: Path) -> None:
    """Have every bundle noted that is handed out."""
    run = Dispatcher.run

    def noted(self: Dispatcher, evaluate: Any, bundles: Any) -> Any:
        def passed() -> Iterator[Any]:
            for bundle in bundles:
                if bundle is not None:
                    tasks = [_task(task.params, task.split) for task in bundle.tasks]
                    note(tasks, path=str(place / "bundles"))
                yield bundle

        return run(self, evaluate, passed())

    Dispatcher.run = noted  # type: ignore[method-assign]


def _watch(job: Job, place: Path, pid: int, poll: Callable[[], int | None]) -> int:
    """Wait for a process to end, and see to it that it does when it is to."""
    at = math.inf
    while (status := poll()) is None:
        if at == math.inf and 0 <= job.stop_at <= n_begun(place):
            at = time.monotonic() + job.stop_after
        if at <= time.monotonic():
            _stop(job, pid)
            at = math.nan  # not again
        time.sleep(0.001)
    return status


def _stop(job: Job, pid: int) -> None:
    """Send the signal; after a SIGKILL end the workers, which it leaves behind."""
    if job.stop_by != signal.SIGKILL or job.n_jobs == 1:
        os.kill(pid, job.stop_by)
        return
    os.kill(pid, signal.SIGSTOP)  # so that it starts no more of them
    workers = workers_of(pid)
    os.kill(pid, signal.SIGKILL)
    end(workers)


def workers_of(pid: int) -> list[psutil.Process]:
    """Children of a process, but for the one that tidies up and ends by itself."""
    children = psutil.Process(pid).children(recursive=True)
    return [c for c in children if "resource_tracker" not in " ".join(c.cmdline())]


def end(processes: list[psutil.Process]) -> None:
    """Kill processes, and wait until none of them can do anything any more."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    poll_until(lambda: all(map(is_over, processes)))


def is_over(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE  # nobody may ever ask for its status
    except psutil.NoSuchProcess:
        return True


def _task(params: Any, split: int) -> Task:
    return n_train(split), int(params["reduce__n_components"]), float(params["fit__alpha"])


def _lines(path: Path) -> list[Any]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines()]
