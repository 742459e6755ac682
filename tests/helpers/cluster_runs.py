"""Searches on clusters of their own, of which something is lost while they run.

Each runs in a process of its own (`run`), with a hard limit of time: what hangs is a failure. It
says what there is in the end as JSON, in its last line.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sklearn.model_selection import KFold
from sklearn.pipeline import Pipeline

from sktune import read_journal
from sktune.engine.executors import dask_worker
from sktune.events import Observer
from sktune.sharing.files import Address
from tests.helpers.harmed_searches import search_of
from tests.helpers.harming import N_SPLITS, Harming, HarmingStep, X, noted, y
from tests.helpers.searches import bayes, grid

_ROOT = Path(__file__).parents[2]
_LIMIT = 400
"""Seconds in which whatever is lost has been noticed, on a machine that is very busy."""

N = 40
"""Candidates of a search."""


class Cluster:
    """A cluster of two workers; what is not there cannot be asked of it."""

    def __init__(self, n_workers: int = 2) -> None:
        self.executor: Any = None

    def close(self) -> None: ...
    def join(self) -> None: ...
    def leave(self) -> None: ...
    def lose_scheduler(self) -> None: ...
    def end(self) -> None: ...


class OfDask(Cluster):
    def __init__(self, n_workers: int = 2) -> None:
        import distributed

        self._cluster = distributed.SubprocessCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=":0"
        )
        self.executor = distributed.Client(self._cluster, set_as_default=False)

    def close(self) -> None:
        self._cluster.close()

    def join(self) -> None:
        self._cluster.scale(2)

    def leave(self) -> None:
        self.executor.retire_workers(list(self.executor.nthreads())[:1])

    def lose_scheduler(self) -> None:
        self._cluster.scheduler.process.kill()

    def end(self) -> None:
        self.executor.close()
        self._cluster.close()


class OfRay(Cluster):
    def __init__(self, n_workers: int = 2) -> None:
        import ray
        from ray.cluster_utils import Cluster as Nodes

        node = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}
        self._nodes = Nodes(initialize_head=True, head_node_args=node)
        self._node = {**node, "include_dashboard": None}
        self._node.pop("include_dashboard")
        self._added = [self._nodes.add_node(**self._node) for _ in range(n_workers - 1)]
        self.executor = ray.init(address=self._nodes.address, log_to_driver=False)
        self._ray = ray

    def close(self) -> None:
        self._ray.shutdown()

    def join(self) -> None:
        self._added.append(self._nodes.add_node(**self._node))

    def leave(self) -> None:
        self._nodes.remove_node(self._added.pop(), allow_graceful=False)

    def lose_scheduler(self) -> None:
        self._nodes.head_node.kill_gcs_server()

    def end(self) -> None:
        self._ray.shutdown()
        self._nodes.shutdown()


class OfSpark(Cluster):
    def __init__(self, n_workers: int = 2) -> None:
        from pyspark.sql import SparkSession

        os.environ["PYSPARK_PYTHON"] = sys.executable
        builder = SparkSession.builder.master(f"local-cluster[{n_workers},1,1024]")
        for name, value in {
            "spark.ui.enabled": "false",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.executor.memory": "512m",
        }.items():
            builder = builder.config(name, value)
        self.executor = builder.getOrCreate()
        self.executor.sparkContext.setLogLevel("OFF")
        self.executor.sparkContext.parallelize([0, 1], 2).collect()

    def close(self) -> None:
        self.executor.stop()

    def leave(self) -> None:
        """Kill an executor: a process of Java's that is one of this process's descendants."""
        import psutil

        for process in psutil.Process().children(recursive=True):
            if "CoarseGrainedExecutorBackend" in " ".join(process.cmdline()):
                process.kill()
                return
        raise AssertionError("no executor is there")

    def lose_scheduler(self) -> None:
        """Kill the process of Java's in which the driver is."""
        import psutil

        for process in psutil.Process().children(recursive=True):
            if "SparkSubmit" in " ".join(process.cmdline()):
                process.kill()
                return
        raise AssertionError("no driver is there")

    def end(self) -> None:
        self.executor.stop()


CLUSTERS: dict[str, Callable[..., Cluster]] = {"dask": OfDask, "ray": OfRay, "spark": OfSpark}


class Noted(HarmingStep):
    """A step that takes a moment, and is noted, and on which host."""

    seconds = 0.02

    def fit(self, X: Any, y: Any = None) -> Any:
        time.sleep(self.seconds)
        self.note("host", Path(tempfile.gettempdir()).name)
        return super().fit(X, y)


class Long(Noted):
    """A step that takes longer than to bring what comes out of it, also on Ray."""

    seconds = 4.0


class NotedLast(Harming):
    """A last step of which it is noted on which host it is."""

    def fit(self, X: Any, y: Any) -> Any:
        self.note("last", Path(tempfile.gettempdir()).name)
        return super().fit(X, y)


def last_score(pipeline: Any, X: Any, y: Any) -> float:
    pipeline.predict(X)
    return float(pipeline[-1].value)


def uneven_score(pipeline: Any, X: Any, y: Any) -> float:
    """A score by which some lead clearly, and by how much depends on the split."""
    return last_score(pipeline, X, y) + 0.01 * float(pipeline[0].value * (X[0, 0] % 5))


@contextmanager
def _two_of_dask(roots: Sequence[Path]) -> Iterator[Any]:
    import distributed

    spec = {
        f"{root.name}-{k}": {
            "cls": distributed.Nanny,
            "options": {"nthreads": 1, "env": {"TMPDIR": str(root)}, "dashboard": False},
        }
        for root in roots
        for k in range(2)
    }
    scheduler = {"cls": distributed.Scheduler, "options": {"dashboard_address": ":0"}}
    cluster = distributed.SpecCluster(spec, scheduler=scheduler)
    yield distributed.Client(cluster, set_as_default=False)  # ended with this process: it is faster


@contextmanager
def _two_of_ray(roots: Sequence[Path]) -> Iterator[Any]:
    import ray
    from ray.cluster_utils import Cluster as Nodes

    one, two = (
        {"num_cpus": 2, "object_store_memory": 100 * 2**20, "env_vars": {"TMPDIR": str(root)}}
        for root in roots
    )
    nodes = Nodes(initialize_head=True, head_node_args={**one, "include_dashboard": False})
    nodes.add_node(**two)
    yield ray.init(address=nodes.address, log_to_driver=False)
    ray.shutdown()
    nodes.shutdown()


def _kill_when_asked(mark: str) -> None:
    """Have a worker of Dask's die as soon as it is asked for a piece, the first of all of them."""
    there = dask_worker.packed

    def packed(address: Address) -> dict[str, bytes]:
        with suppress(FileExistsError):
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
            os.kill(os.getpid(), signal.SIGKILL)
        return there(address)

    dask_worker.packed = packed


def _shared(engine: str, kind: str, folder: str) -> None:
    roots = [Path(folder, name) for name in ("one", "two", "fits")]
    for root in roots:
        root.mkdir()
    fits, travels = str(roots[-1]), kind in ("travels", "killed")
    first, seconds = (Long(fits), 0.1) if travels else (Noted(fits), 0.02)
    pipeline = Pipeline([("first", first), ("last", NotedLast(fits, seconds=seconds))])
    space = {"first__value": [0, 1, 2, 3], "last__value": list(range(6))}
    options: dict[str, Any] = {"cv": N_SPLITS, "scoring": last_score, "refit": False}
    if travels:
        space = {"first__value": [0], "last__value": list(range(80))}
        options["cv"] = [next(iter(KFold(N_SPLITS).split(X)))]
    if kind == "bayes":
        options |= {"n_iter": 24, "n_points": 4, "random_state": 0}
    if kind in ("racing", "resumed"):
        options |= {"scoring": uneven_score, "early_termination": "racing"}
        options["cv"] = 2 * N_SPLITS
    if kind == "resumed":
        options["checkpoint"] = str(Path(folder, "search.jsonl"))
        seen = _Seen(40, lambda: os.kill(os.getpid(), signal.SIGINT), aside=False)
        with suppress(KeyboardInterrupt):
            grid(pipeline, space, n_jobs=1, observers=[seen], **options).fit(X, y)
    with {"dask": _two_of_dask, "ray": _two_of_ray}[engine](roots[:2]) as given:
        if kind == "killed":
            given.run(_kill_when_asked, str(Path(folder, "asked")))
        search = (bayes if kind == "bayes" else grid)(pipeline, space, executor=given, **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
        said = {
            "raised": None,
            **_told_of(search),
            "left": [str(path) for root in roots for path in root.glob("sktune-*")],
            "hosts": len(noted(roots[-1], "host")),
            "last": len(noted(roots[-1], "last")),
        }
    if kind in ("racing", "resumed"):
        options.pop("checkpoint", None)
        said["here"] = _told_of(grid(pipeline, space, n_jobs=1, **options).fit(X, y))
    print(json.dumps(said), flush=True)


def _told_of(search: Any) -> dict[str, Any]:
    """What became of each candidate, as JSON has it."""
    results = search.cv_results_
    names = [name for name in results if name.startswith("split") and name.endswith("_score")]
    scores = {name: list(map(repr, map(float, results[name]))) for name in sorted(names)}
    return {"status": list(map(str, results["status"])), "scores": scores}


class _Seen(Observer):
    """Does something when so many splits are done, and notes which workers did them."""

    def __init__(self, after: int, do: Callable[[], Any], *, aside: bool) -> None:
        self._aside = aside
        self.workers: set[int | None] = set()
        self._left, self._do = after, do

    def split_finished(self, trial: Any, outcome: Any) -> None:
        self.workers.add(outcome.worker)
        self._left -= 1
        if self._left == 0 and not self._aside:
            self._do()
        elif self._left == 0:
            threading.Thread(target=self._do, daemon=True).start()


def _searched(engine: str, what: str, kind: str, path: str) -> dict[str, Any]:
    cluster = CLUSTERS[engine](1 if what == "join" else 2)
    do = getattr(cluster, what, None) or (lambda: os.kill(os.getpid(), signal.SIGINT))
    seen = _Seen(6, do, aside=what != "join")  # which Ray does in the main thread only
    search = search_of(
        bayes if kind == "bayes" else grid,
        range(N),
        estimator=Harming(seconds=0.2),
        executor=cluster.executor,
        observers=[seen],
        checkpoint=path,
        **({"n_points": 4} if kind == "bayes" else {}),
    )
    said: dict[str, Any] = {"raised": None}
    began = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
    except BaseException as exc:  # noqa: BLE001 - it is told
        said["raised"] = f"{type(exc).__name__}: {exc}"
    said["seconds"] = time.monotonic() - began
    said["status"] = list(map(str, search.cv_results_["status"]))
    said["recorded"] = len(read_journal(path))
    said["workers"] = len(seen.workers)
    print(json.dumps(said), flush=True)
    if what in ("join", "leave", "interrupt"):
        cluster.end()
    return said


def run(engine: str, what: str, folder: Path, kind: str = "grid") -> dict[str, Any]:
    """Search on a cluster of its own to which something happens; return what there is then."""
    path = str(folder / "search.jsonl")
    return _apart(f"_searched({engine!r}, {what!r}, {kind!r}, {path!r})", folder)


def on_two_hosts(engine: str, kind: str, folder: Path) -> dict[str, Any]:
    """Search over pipelines on two hosts, whose temporary files have roots of their own."""
    return _apart(f"_shared({engine!r}, {kind!r}, {str(folder)!r})", folder)


def _apart(call: str, folder: Path) -> dict[str, Any]:
    """Call a function of this module in a process of its own."""
    code = (
        "import os\nfrom tests.helpers import cluster_runs\nif __name__ == '__main__':\n"
        f"    cluster_runs.{call}\n    os._exit(0)\n"
    )
    script = folder / "run.py"
    script.write_text(code)
    env = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        [sys.executable, str(script)], env=env, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=_LIMIT)
    finally:
        _end_family(process.pid)
    told = [line for line in out.splitlines() if line.startswith('{"raised"')]
    assert told, err[-3000:]
    said: dict[str, Any] = json.loads(told[-1])
    return said


def _end_family(leader: int) -> None:
    """End what the run has started, and has not ended: all of its session."""
    import psutil

    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader:
                process.kill()
        except (psutil.Error, OSError):
            continue
