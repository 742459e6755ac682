"""The recovery of bundles that were under way when a worker died."""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pickle import PicklingError

from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

from ..evaluation import Bundle, Limits, Note, Notes, Task
from ..evaluation.notes import DONE
from ..messages import LONGEST_REASON, shortened
from ..trials import Failure, Outcome
from ..types import Params

LOST = (BrokenProcessPool, PicklingError)
"""What joblib raises where workers are gone, or a task could not get to one."""

_ELSEWHERE = " (on another split; not tried on this)"

_DOUBTS = 2
"""Times that a task may be lost before a worker begins with it, until it is looked into."""


def is_of_a_task(error: BaseException) -> bool:
    """Whether a task could not be sent or received, which kills no worker by itself."""
    return not isinstance(error, TerminatedWorkerError)


@dataclass(frozen=True)
class Lost:
    """Bundles that were under way when a worker died, sorted by what to do with them.

    Attributes
    ----------
    known : list of Outcome
        Of tasks that were over their time.
    suspects : list of Bundle
        A task each that was begun. Any of them may have killed its worker.
    done : list of Bundle
        What had been done, and was lost on its way back.
    rest : list of Bundle
        What no worker had begun, as far as is known.
    """

    known: list[Outcome]
    suspects: list[Bundle]
    done: list[Bundle]
    rest: list[Bundle]


class InFlight:
    """Bundles that were handed out, and have not come back; and candidates that kill workers.

    Parameters
    ----------
    notes : Notes or None
        Without notes all of them are suspects.
    limits : Limits
    error_of : callable, optional
        From a candidate to what is raised when it is pickled, or None.
    """

    def __init__(
        self,
        notes: Notes | None,
        limits: Limits,
        error_of: Callable[[Params], Exception | None] | None = None,
    ) -> None:
        self._notes = notes
        self._error_of = error_of
        self._seconds = limits.seconds
        self._out: dict[tuple[int, int], Bundle] = {}
        self._killers: dict[int, Failure] = {}
        self._unbegun: Counter[tuple[int, int]] = Counter()
        self._untried: deque[Outcome] = deque()

    def note_sent(self, bundle: Bundle) -> None:
        """Note that a bundle was handed out; in whatever thread."""
        self._out[bundle.tasks[0].trial, bundle.split] = bundle

    def note_returned(self, outcomes: Sequence[Outcome]) -> bool:
        """Note that one has come back; return whether with all of its tasks."""
        if not outcomes:
            return True
        bundle = self._out.pop((outcomes[0].trial, outcomes[0].split), None)
        return bundle is None or len(outcomes) == len(bundle.tasks)

    def wanted(self, bundles: Iterable[Bundle | None]) -> Iterator[Bundle | None]:
        """Pass bundles on, without what kills or cannot be sent; None where nothing is left."""
        for bundle in bundles:
            if bundle is None or not (self._killers or self._error_of):
                yield bundle
                continue
            barred = [self._barred(task) for task in bundle.tasks]
            if not any(barred):
                yield bundle
                continue
            self._untried += [outcome for outcome in barred if outcome is not None]
            left = tuple(
                task for task, outcome in zip(bundle.tasks, barred, strict=True) if outcome is None
            )
            yield replace(bundle, tasks=left) if left else None

    def _barred(self, task: Task) -> Outcome | None:
        """Return the outcome of a task that is not to be tried; None of others."""
        killer = self._killers.get(task.trial)
        if killer is not None:
            return _outcome(task, killer.stage, killer.reason + _ELSEWHERE, 0.0)
        error = None if self._error_of is None else self._error_of(task.params)
        if error is None:
            return None
        failure = _unsendable(error)
        return replace(_outcome(task, failure.stage, failure.reason, 0.0), failures=(failure,))

    def take_in(self, outcome: Outcome) -> None:
        """Take in what an earlier run has found out of a candidate."""
        for failure in outcome.failures:
            if failure.stage == "crash":
                reason = failure.reason.partition(_ELSEWHERE)[0]
                self._killers[outcome.trial] = Failure("crash", reason, reason)

    def untried(self) -> list[Outcome]:
        """Return the outcomes of tasks that were not passed on, once."""
        return [self._untried.popleft() for _ in range(len(self._untried))]

    def died(self, bundle: Bundle, error: BaseException) -> list[Outcome]:
        """Tell of a task that has killed its workers when nothing else was under way.

        Or that could not get to one: then the error's cause says why.
        """
        (task,) = bundle.tasks
        killer = _unsendable(error) if is_of_a_task(error) else _crash(error)
        self._killers[task.trial] = killer
        return [replace(_outcome(task, killer.stage, killer.reason, 0.0), failures=(killer,))]

    def doubted(self, lost: Lost, error: BaseException) -> Lost:
        """Make suspects of tasks that may kill before they are begun.

        Those that have been lost before, without a worker beginning with them; or all, if one of
        them could not be read.
        """
        suspects, rest = list(lost.suspects), []
        for bundle in lost.rest:
            keys = [(task.trial, task.split) for task in bundle.tasks]
            self._unbegun.update(keys)
            if is_of_a_task(error) or any(self._unbegun[key] >= _DOUBTS for key in keys):
                suspects += [replace(bundle, tasks=(task,), shared=None) for task in bundle.tasks]
            else:
                rest.append(bundle)
        return replace(lost, suspects=suspects, rest=rest)

    def sort_out(self) -> Lost:
        """Say what is to become of all that is out, and forget it."""
        noted = None if self._notes is None else self._notes.read()
        lost = Lost([], [], [], [])
        for bundle in list(self._out.values()):
            self._sort(bundle, noted, lost)
        self._out.clear()
        return lost

    def _sort(self, bundle: Bundle, noted: Sequence[Note] | None, lost: Lost) -> None:
        since: dict[tuple[int, int], float] = {}
        for note in noted or ():  # what is tried again in one go has two
            of_task = note.trial, note.split
            since[of_task] = max(note.since, since.get(of_task, DONE))
        done, rest = [], []
        for task in bundle.tasks:
            start = since.get((task.trial, task.split))
            # a fit that others are derived from may take long, and the task be quick alone
            larger = bundle.shared is not None and bundle.shared.leads
            if start is None and noted is not None:
                rest.append(task)
            elif start == DONE and not task.deaths:
                done.append(replace(task, deaths=1))
            elif start and not larger and self._seconds and time.time() - start >= self._seconds:
                lost.known.append(over_time(task, self._seconds))
            else:
                again = replace(task, deaths=task.deaths + 1)
                lost.suspects.append(replace(bundle, tasks=(again,), shared=None))
        if done:
            lost.done.append(replace(bundle, tasks=tuple(done)))
        if rest:
            lost.rest.append(replace(bundle, tasks=tuple(rest)))


def over_time(task: Task, seconds: float) -> Outcome:
    """Tell that a task was ended at its time limit, with its worker."""
    reason = f"TimeoutError: fit_timeout={seconds:g} seconds are over"
    return _outcome(task, "timeout", reason, seconds)


def _crash(error: BaseException) -> Failure:
    codes = re.search(r"\{(.*?)\}", str(error))
    how = f"exit code {codes[1].split(',')[0].strip()}" if codes else "for no known reason"
    reason = f"WorkerDiedError: the process that evaluated it has died, twice: {how}"
    return Failure("crash", reason, reason)


def _unsendable(error: BaseException) -> Failure:
    story = str(error.__cause__ or f"{type(error).__name__}: {error}").strip().strip('"').strip()
    last = story.splitlines()[-1]
    reason = shortened(f"{last} (it could not be sent to a worker)", LONGEST_REASON)
    return Failure("fit", reason, shortened(story))


def _outcome(task: Task, stage: str, reason: str, seconds: float) -> Outcome:
    failure = Failure(stage, reason, reason)
    return Outcome(
        task.trial, task.split, {}, fit_time=seconds, own_time=seconds, failures=(failure,)
    )
