"""The execution of bundles on workers. joblib is the only executor.

joblib's backends bring the cores of this machine, threads, Dask, Ray and Spark.
"""

from __future__ import annotations

import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from inspect import GEN_CLOSED, getgeneratorstate
from itertools import chain
from types import TracebackType
from typing import Any

from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from ..evaluation import Bundle, Limits, Notes
from ..policies import Deadline
from ..problem import Problem
from ..trials import Outcome
from .gate import Gate, taken_from
from .orphans import have_workers_watch
from .overdue import Overdue
from .pools import APART, PoolChoice, make_parallel, n_ahead
from .recovering import LOST, InFlight, is_of_a_task
from .sending import Values, check_is_read

_GRACE = 0.5
"""Seconds that are waited for what is under way, when a run is left early: loky's manager thread
can trip over results that come in while it is being shut down (loky 458)."""

_SHORTEST, _LONGEST = 0.002, 0.5
"""Seconds that a worker waits for work: sending it to wait costs a millisecond, and what
comes up meanwhile waits for it."""

_DEATHS = 2
"""After so many, a task is not tried in this process, or at all."""

_IN_VAIN = 3
"""Times that workers may die before they begin with the one task that they are to do."""

_PLENTY = "16*n_jobs"
"""More than any worker has to wait for."""

Evaluate = Callable[[Bundle], list[Outcome]]


class Executor:
    """A pool of workers that is kept for a whole search.

    Parameters
    ----------
    n_jobs : int or None
        As everywhere in scikit-learn.
    pre_dispatch : int or str
        How many bundles are handed out before the first of them has come back.
    ahead : bool, default=True
        Whether bundles may be drawn before a worker is free. Not where what is drawn
        later depends on what has come back.
    batched : bool, default=True
        Whether joblib may put several bundles that take little time together: what is lost
        with a worker is then more than its bundle.
    limits : Limits, optional
        With any of them, a single worker is a process of its own.
    deadline : Deadline, optional
        After which nothing is handed out, and no process is waited for.
    problem : Problem, optional
        What goes to workers with every task.

    Attributes
    ----------
    n_workers : int
        How many tasks run at the same time.
    n_processes : int
        In how many processes they may find themselves.
    here : bool
        Whether they run in this process, in the thread that asks for outcomes.
    threads : bool
        Whether they run in threads, which are given the same objects.
    streams : bool
        Whether outcomes come back one by one; some backends give all at the end.
    pause : float
        Seconds that a worker waits when there is nothing for it to do yet.
    limits : Limits
    until : float or None
        The deadline, as `time.time` tells it.
    notes : Notes or None
        Where workers note what they do.
    """

    def __init__(
        self,
        n_jobs: int | None,
        pre_dispatch: int | str,
        *,
        ahead: bool = True,
        batched: bool = True,
        limits: Limits | None = None,
        deadline: Deadline | None = None,
        problem: Problem | None = None,
    ) -> None:
        self.limits = Limits() if limits is None else limits
        self._deadline = deadline
        self.until = None if deadline is None else time.time() + deadline.left
        self.n_workers: int = effective_n_jobs(n_jobs)
        where = PoolChoice.of(n_jobs, self.n_workers, apart=self.limits != Limits())
        # what is handed out cannot be taken back: a search that ends early has to wait for it
        most = n_ahead(_PLENTY if pre_dispatch == "all" else pre_dispatch, self.n_workers)
        self._options = {
            "pre_dispatch": most if ahead else min(most, self.n_workers),
            "batch_size": "auto" if ahead and batched else 1,
            **where.options,
        }
        self.here, self.threads = where.here, where.threads
        self.n_processes = max(self.n_workers, effective_n_jobs(where.options["n_jobs"]))
        self.notes = Notes.new() if where.processes and not self.here else None
        self.pause = 0.0
        limited = self.limits.seconds is not None or deadline is not None
        self._overdue: AbstractContextManager[Any] = nullcontext()
        if self.notes is not None and limited:
            self._overdue = Overdue(self.limits, self.notes, deadline)
        error_of = None if self.notes is None else Values().error_of
        self._in_flight = InFlight(self.notes, self.limits, error_of)
        self._unbegun = 0  # tasks in a row with which no worker could begin
        self._some_came = False
        self._problem = problem
        self.streams = True
        self._parallel: Parallel = nullcontext()
        if not self.here:
            self._parallel, self.streams = make_parallel(self._options)

    def __enter__(self) -> Executor:
        if self.notes is not None:  # workers are processes of this machine
            have_workers_watch(self.n_processes)
        self._parallel.__enter__()
        self._overdue.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._overdue.__exit__(None, None, None)
        self._parallel.__exit__(kind, exc, tb)
        if self.notes is not None:
            self.notes.remove()

    @property
    def _is_over(self) -> bool:
        return self._deadline is not None and self._deadline.over

    def take_in(self, outcome: Outcome) -> None:
        """Take in an earlier run's outcome: a task that killed its worker is not tried again."""
        self._in_flight.take_in(outcome)

    def run(
        self, evaluate: Evaluate, bundles: Iterable[Bundle | None]
    ) -> Generator[list[Outcome], None, None]:
        """Evaluate bundles; give the outcomes of each as it finishes.

        What was under way when a worker died is tried again, one task at a time and with no
        other beside it. If the worker dies again, it was this task: its outcome says so, and
        nothing else of its candidate is tried.

        Parameters
        ----------
        evaluate : callable
            Picklable.
        bundles : iterable of Bundle or None
            Drawn from as workers become free, from threads that are not the main one; must
            not block. joblib holds a lock meanwhile, and hears of nothing that ends: where
            there is nothing to do yet, None sends the worker to wait a moment.
        """
        if self.here:
            yield from self._run_here(evaluate, bundles)
            return
        gate = Gate(bundles)
        again: deque[Bundle] = deque()
        left: deque[Bundle] = deque()
        while True:
            # what was lost after it was done is not put at risk again, beside what is untried
            apart = bool(again)
            drawn = taken_from(again) if apart else chain(taken_from(left), gate)
            try:
                for outcomes in self._stream(self._parallel, evaluate, drawn):
                    yield outcomes + self._in_flight.untried()
                if not apart:
                    break
            except LOST as error:
                if self._is_over:
                    return
                if self.notes is None and is_of_a_task(error):
                    raise  # another backend's own
                lost = self._in_flight.doubted(self._in_flight.sort_out(), error)
                self._renew()
                if is_of_a_task(error) and not self._some_came:
                    problem, self._problem = self._problem, None
                    check_is_read(problem, self._parallel, error)
                again += lost.done
                left.extendleft(reversed(lost.rest))
                yield lost.known
                for bundle in lost.suspects:
                    yield self._alone(evaluate, bundle)
        if untried := self._in_flight.untried():
            yield untried

    def _run_here(
        self, evaluate: Evaluate, bundles: Iterable[Bundle | None]
    ) -> Generator[list[Outcome], None, None]:
        for bundle in self._in_flight.wanted(bundles):
            if untried := self._in_flight.untried():
                yield untried
            if bundle is None:
                continue
            if bundle.tasks[0].deaths >= _DEATHS:
                # this process has died of it, and will not try it again itself
                yield self._alone(evaluate, bundle)
            else:
                yield evaluate(bundle)
        if untried := self._in_flight.untried():
            yield untried

    def _alone(self, evaluate: Evaluate, bundle: Bundle) -> list[Outcome]:
        """Evaluate a single task with no other beside it, in another process."""
        if not any(self._in_flight.wanted([bundle])):
            return self._in_flight.untried()
        unbegun = 0
        while True:
            parallel = Parallel(**APART) if self.here else self._parallel
            try:
                streamed = self._stream(parallel, evaluate, [bundle])
                return [outcome for outcomes in streamed for outcome in outcomes]
            except LOST as error:
                if self._is_over:
                    return []
                lost = self._in_flight.sort_out()
                if not self.here:
                    self._renew()
                if lost.known:
                    return lost.known
                if lost.suspects:
                    (bundle,) = lost.suspects
                    if bundle.tasks[0].deaths >= _DEATHS:
                        return self._in_flight.died(bundle, error)
                    continue
                # a worker that dies before it has begun did not die of the task, if not always
                unbegun += 1
                if unbegun == _IN_VAIN or (unbegun > 1 and is_of_a_task(error)):
                    self._check_some_begin(error)
                    return self._in_flight.died(bundle, error)

    def _check_some_begin(self, error: BaseException) -> None:
        """Raise the error if it is not this or that task which no worker can begin with."""
        self._unbegun += 1
        of_all = not (is_of_a_task(error) and self._some_came)
        if self._unbegun >= _IN_VAIN and of_all:
            raise error

    def _renew(self) -> None:
        """Begin anew: joblib would run what it had not handed out yet beside its next call's."""
        self._parallel.__exit__(None, None, None)
        if self.notes is not None:
            have_workers_watch(self.n_processes)
        self._parallel, _ = make_parallel(self._options)
        self._parallel.__enter__()

    def _stream(
        self, parallel: Parallel, evaluate: Evaluate, bundles: Iterable[Bundle | None]
    ) -> Generator[list[Outcome], None, None]:
        gate = Gate(self._calls(evaluate, bundles))
        results = parallel(gate)
        if isinstance(results, list):
            yield from results
            return
        try:
            for outcomes in results:
                if not self._in_flight.note_returned(outcomes) and self._deadline is not None:
                    self._deadline.expire()
                if outcomes:  # and not a pause, which needs nothing of what is sent
                    self._unbegun, self._some_came = 0, True
                yield outcomes
        finally:
            gate.close()
            if self._wait_a_little(parallel, results):
                for _ in results:
                    pass
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # joblib tells of what it cancels
                results.close()

    def _calls(self, evaluate: Evaluate, bundles: Iterable[Bundle | None]) -> Iterator[Any]:
        for bundle in self._in_flight.wanted(bundles):
            if self._is_over:
                return
            if bundle is None:
                yield delayed(_wait)(min(max(self.pause, _SHORTEST), _LONGEST))
            else:
                self._in_flight.note_sent(bundle)
                yield delayed(_evaluate)(evaluate, bundle)

    def _wait_a_little(self, parallel: Parallel, results: Generator[Any, None, None]) -> bool:
        """Wait a little for what is under way; return whether it has come back."""
        if getgeneratorstate(results) == GEN_CLOSED:  # joblib itself has cancelled it
            return True
        deadline = time.monotonic() + _GRACE
        while parallel.n_completed_tasks < parallel.n_dispatched_tasks:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


def _evaluate(evaluate: Evaluate, bundle: Bundle) -> list[Outcome]:
    """Call; scikit-learn's `delayed` would take along what is in the object it wraps."""
    return evaluate(bundle)


def _wait(seconds: float) -> list[Outcome]:
    time.sleep(seconds)
    return []
