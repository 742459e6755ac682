"""The recovery of tasks whose worker was lost, or that could not get to one."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..evaluation import Bundle, Limits, Task
from ..messages import LONGEST_REASON, shortened
from ..trials import Failure, Outcome
from ..types import Params
from .executors import BundleReport

_ELSEWHERE = " (on another split; not tried on this)"

DEATHS = 2
"""After so many, a task is not tried in this process, or at all."""

_DOUBTS = 2
"""Times that a task may be lost before a worker begins with it, until it is looked into."""

_IN_VAIN = 3
"""Times that workers may die before they begin with the one task that they are to do."""


class Recovery:
    """A recovery of tasks that were lost, which knows the candidates that kill workers.

    Parameters
    ----------
    limits : Limits
    error_of : callable, optional
        From a candidate to what is raised when it is pickled, or None.

    Attributes
    ----------
    suspects : deque of Bundle
        A task each. Any of them may have killed its worker, or cannot be sent.
    rest : deque of Bundle
        What no worker had begun, as far as is known.
    untried : list of Outcome
        Of tasks that were not passed on, until they are taken.
    nothing_came : bool
        Whether no worker has given an outcome yet.
    """

    def __init__(
        self, limits: Limits, error_of: Callable[[Params], Exception | None] | None = None
    ) -> None:
        self._error_of = error_of
        self._seconds = limits.seconds
        self._killers: dict[int, Failure] = {}
        self._unbegun: Counter[tuple[int, int]] = Counter()
        self._unbegun_alone: Counter[tuple[int, int]] = Counter()
        self._in_vain = 0  # tasks in a row with which no worker could begin
        self.suspects: deque[Bundle] = deque()
        self.rest: deque[Bundle] = deque()
        self.untried: list[Outcome] = []
        self.nothing_came = True

    def some_came(self) -> None:
        """Note that workers do begin, and give outcomes."""
        self._in_vain, self.nothing_came = 0, False

    def wanted(self, bundle: Bundle) -> Bundle | None:
        """Return a bundle without what kills or cannot be sent; None if nothing is left."""
        if not (self._killers or self._error_of):
            return bundle
        barred = [self._barred(task) for task in bundle.tasks]
        if not any(barred):
            return bundle
        self.untried += [outcome for outcome in barred if outcome is not None]
        left = tuple(task for task, out in zip(bundle.tasks, barred, strict=True) if out is None)
        return replace(bundle, tasks=left) if left else None

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

    def sort_out(
        self, bundle: Bundle, left: Sequence[Task], report: BundleReport, *, alone: bool
    ) -> list[Outcome]:
        """Say what is to become of tasks of a bundle; return what is known of them.

        Raises
        ------
        BaseException
            The report's error, if it is not this or that task which no worker can begin with.
        """
        known: list[Outcome] = []
        rest: list[Task] = []
        # a fit that others are derived from may take long, and the task be quick alone
        larger = bundle.shared is not None and bool(bundle.shared.leads)
        for task in left:
            key, begun = (task.trial, task.split), report.begun
            if report.state == "unsent" or (begun is not None and key not in begun):
                if alone:
                    known += self._unbegun_once_more(bundle, task, report)
                elif self._is_doubted(key, report):
                    self._suspect(bundle, task)
                else:
                    rest.append(task)
                continue
            seconds = 0.0 if begun is None else begun[key]
            again = replace(task, deaths=task.deaths + 1)
            if not larger and self._seconds and seconds >= self._seconds:
                known.append(over_time(task, self._seconds))
            elif alone and again.deaths >= DEATHS:
                known.append(self._died(again, report))
            else:
                self._suspect(bundle, again)
        if rest:
            self.rest.append(replace(bundle, tasks=tuple(rest)))
        return known

    def _suspect(self, bundle: Bundle, task: Task) -> None:
        self.suspects.append(replace(bundle, tasks=(task,), shared=None))

    def _is_doubted(self, key: tuple[int, int], report: BundleReport) -> bool:
        """Whether a task may kill before it is begun, or is one that cannot be read."""
        self._unbegun[key] += 1
        return report.state == "unsent" or self._unbegun[key] >= _DOUBTS

    def _unbegun_once_more(self, bundle: Bundle, task: Task, report: BundleReport) -> list[Outcome]:
        # a worker that dies before it has begun did not die of the task, if not always
        key, unsent = (task.trial, task.split), report.state == "unsent"
        self._unbegun_alone[key] += 1
        n = self._unbegun_alone[key]
        if n < _IN_VAIN and not (unsent and n > 1):
            self.suspects.appendleft(replace(bundle, tasks=(task,), shared=None))
            return []
        self._in_vain += 1
        if self._in_vain >= _IN_VAIN and (self.nothing_came or not unsent):
            raise report.error or RuntimeError("no worker can begin with any task")
        return [self._died(task, report)]

    def _died(self, task: Task, report: BundleReport) -> Outcome:
        """Tell of a task that has killed its workers when it was alone, or got to none."""
        error = report.error or RuntimeError("for no known reason")
        killer = _unsendable(error) if report.state == "unsent" else _crash(error)
        self._killers[task.trial] = killer
        return replace(_outcome(task, killer.stage, killer.reason, 0.0), failures=(killer,))


def over_time(task: Task, seconds: float) -> Outcome:
    """Tell that a task was ended at its time limit, with its worker."""
    reason = f"TimeoutError: fit_timeout={seconds:g} seconds are over"
    return _outcome(task, "timeout", reason, seconds)


def _crash(error: BaseException) -> Failure:
    codes = re.search(r"\{(.*?)\}", str(error))
    told = shortened(" ".join(str(error).split()), LONGEST_REASON)
    how = f"exit code {codes[1].split(',')[0].strip()}" if codes else told or "for no known reason"
    reason = f"WorkerDiedError: the process that evaluated it has died, twice: {how}"
    return Failure("crash", reason, reason)


def _unsendable(error: BaseException) -> Failure:
    story = str(error.__cause__ or f"{type(error).__name__}: {error}").strip().strip('"').strip()
    last = story.splitlines()[-1]
    reason = shortened(
        f"{last} (it could not be sent to a worker; n_jobs=1 sends nothing)", LONGEST_REASON
    )
    return Failure("fit", reason, shortened(story))


def _outcome(task: Task, stage: str, reason: str, seconds: float) -> Outcome:
    failure = Failure(stage, reason, reason)
    return Outcome(
        task.trial, task.split, {}, fit_time=seconds, own_time=seconds, failures=(failure,)
    )
