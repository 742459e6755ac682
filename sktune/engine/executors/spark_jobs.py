"""Jobs of Spark's: each evaluates the bundles of a load in one task.

The package is imported when it is used, in this module alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...optional import package
from ...sharing.files import remove_here
from .registry import unreachable
from .remote import RemoteWork, Told

_TIDYING = 2.0
"""Seconds that are waited for temporary folders to be removed."""

NOT_THERE = (
    "Spark's session is not there (any more): make one (SparkSession.builder.getOrCreate()), and "
    "pass it as executor, or search while it is active."
)


def jobs_of(given: Any) -> SparkJobs:
    """Return the jobs of a session.

    Raises
    ------
    ConnectionError, TypeError
        If there is none, or one that cannot do.
    """
    sessions = package("pyspark.sql").SparkSession
    if given is None or isinstance(given, str):
        builder = sessions.builder if given is None else sessions.builder.master(given)
        try:
            given = (given is None and sessions.getActiveSession()) or builder.getOrCreate()
        except Exception as exc:
            raise unreachable("Spark", given, shortened_error(exc)) from exc
    if ".connect." in type(given).__module__:
        raise TypeError(
            "A session of Spark Connect can neither broadcast data nor run jobs of Python's: run "
            "the search where the driver is, on the cluster itself, with its classic session."
        )
    jobs = SparkJobs(getattr(given, "sparkContext", given))
    if jobs.gone():
        raise ConnectionError(NOT_THERE)
    return jobs


class SparkJobs:
    """Jobs of a context, with broadcast data."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._held: Any = None

    def n_slots(self) -> int:
        per_task = int(self._context.getConf().get("spark.task.cpus", "1"))
        return int(self._context.defaultParallelism) // per_task

    def gone(self) -> bool:
        """Whether the context was stopped, or its process has ended."""
        try:
            self.n_slots()
        except Exception:  # noqa: BLE001 - no context, or no process
            return True
        return False

    def thread(self, target: Any, args: tuple[Any, ...]) -> threading.Thread:
        made: threading.Thread = package("pyspark").InheritableThread(target=target, args=args)
        made.daemon = True
        return made

    def hold(self, held: RemoteWork, data: Sequence[Any]) -> None:
        self._let_go()
        self._held = self._context.broadcast((held, data))

    def run(self, group: str, pickled: Sequence[bytes], seconds: float | None) -> list[Told]:
        """Evaluate bundles in a job of one task."""
        work = _Work(self._held, pickled, seconds)
        rdd = self._context.parallelize([0], 1).mapPartitions(work)
        self._context.setJobGroup(group, "sktune", interruptOnCancel=True)  # of this thread
        found: list[Told] = rdd.collect()
        return found

    def runs(self, group: str) -> bool:
        """Whether a worker has begun with a job."""
        tracker = self._context.statusTracker()
        stages = [
            tracker.getStageInfo(stage)
            for job in tracker.getJobIdsForGroup(group)
            for stage in getattr(tracker.getJobInfo(job), "stageIds", ())
        ]
        return any(stage is not None and stage.numActiveTasks > 0 for stage in stages)

    def cancel(self, group: str) -> None:
        self._context.cancelJobGroup(group)

    def close(self, folders: Sequence[str] = ()) -> None:
        """Let go of the data, and of temporary folders where workers are not on this machine."""
        self._let_go()
        if folders and not self._context.master.startswith("local["):
            everywhere = self._context.parallelize(range(2 * self.n_slots()), 2 * self.n_slots())
            remove = partial(_remove, folders)
            thread = self.thread(everywhere.foreachPartition, (remove,))
            thread.start()
            thread.join(_TIDYING)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.destroy()
            self._held = None


def _remove(folders: Sequence[str], rows: Iterator[Any]) -> None:
    for _ in rows:  # Spark keeps no worker that has not read to the end
        remove_here(folders)


@dataclass
class _Work:
    """The work of a job's one task."""

    held: Any
    pickled: Sequence[bytes]
    seconds: float | None

    def __call__(self, rows: Iterator[Any]) -> Iterator[Told]:
        for _ in rows:  # Spark keeps no worker that has not read to the end
            pass
        if (
            package("pyspark").TaskContext.get().attemptNumber()
        ):  # Spark would try again what has killed
            yield Told(state="lost")
            return
        mine, data = self.held.value
        yield from mine.evaluated(data, self.pickled, self.seconds)


def shortened_error(error: BaseException) -> BaseException:
    """Return an error without Java's stack."""
    lines = [line for line in str(error).splitlines() if not line.startswith("\tat ")]
    return RuntimeError(" ".join(" ".join(lines).split())[:1000])
