"""The dispatch of bundles: how many are under way, and what is done with those that are lost."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pickle import PicklingError

from ..evaluation import Bundle, Task
from ..evaluation.limits import GRACE
from ..exceptions import warn
from ..problem import Problem
from ..trials import Outcome
from .executors import BundleReport, Evaluate, Executor, Terms, Workers
from .executors.choosing import apart
from .executors.joblib_settings import n_ahead
from .planning import nearer
from .recovering import DEATHS, Recovery
from .sending import Values, check_is_read

_PLENTY = "16*n_jobs"
"""More than any worker has to wait for."""

_TURN = 1.0
"""Seconds after which it is looked at whether the search is over, if nothing comes."""

_LOAD = 0.1
"""Seconds of work that make sending them no matter. Bundles that stay shorter, because there are
few candidates on many splits, are sent together."""

_MOST_TOGETHER = 64

_NOT_BACK = "what came of it did not come back"


class Dispatcher:
    """Sends bundles to an executor, and gives what comes of them.

    Used as a context manager, which starts and closes the executor.

    Parameters
    ----------
    executor : Executor
    pre_dispatch : int or str, default="2*n_jobs"
        How many are handed out before the first of them has come back.
    terms : Terms, optional
    ahead : bool, default=True
        Whether bundles may be drawn before a worker is free. Not where what is drawn
        later depends on what has come back.
    batched : bool, default=True
        Whether bundles that take little time may be sent together: what is lost with this process
        is then more than one a worker.
    problem : Problem, optional
        What goes to workers, to be looked at if they cannot read it.
    """

    def __init__(
        self,
        executor: Executor,
        pre_dispatch: int | str = "2*n_jobs",
        *,
        terms: Terms | None = None,
        ahead: bool = True,
        batched: bool = True,
        problem: Problem | None = None,
    ) -> None:
        self._executor = executor
        # what is handed out cannot be taken back: a search that ends early has to wait for it
        self._pre_dispatch = _PLENTY if pre_dispatch == "all" else pre_dispatch
        self._terms = Terms() if terms is None else terms
        self._ahead = ahead
        self._batched = batched and ahead
        self._problem = problem
        self._under_way: dict[Bundle, dict[tuple[int, int], Task]] = {}
        self._alone: set[Bundle] = set()
        self._seconds: float | None = None  # of a bundle
        self._unread: tuple[Problem, BaseException] | None = None
        sent = self.workers.where in ("processes", "hosts")
        self._recovery = Recovery(self._terms.limits, Values().error_of if sent else None)

    def __enter__(self) -> Dispatcher:
        self._executor.start(self._terms)
        if self._terms.limits.n_bytes is not None and self.workers.where != "processes":
            warn(
                "memory_limit has no effect here: only worker processes of this machine are kept "
                "to it. Have joblib's loky (n_jobs=2, say), or a ProcessPoolExecutor."
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.close()

    @property
    def workers(self) -> Workers:
        """The workers that there are now."""
        return self._executor.workers

    def n_workers(self) -> int:
        """Return how many there are now."""
        return self._executor.workers.count

    @property
    def _is_over(self) -> bool:
        return self._terms.deadline is not None and self._terms.deadline.over

    def take_in(self, outcome: Outcome) -> None:
        """Take in an earlier run's outcome: a task that killed its worker is not tried again."""
        self._recovery.take_in(outcome)

    def run(
        self, evaluate: Evaluate, bundles: Iterable[Bundle | None]
    ) -> Generator[Sequence[Outcome], None, None]:
        """Evaluate bundles; give outcomes as they come.

        What was under way when a worker died is tried again, one task at a time, and with no
        other beside it where all are lost together. If the worker dies again, it was this task: its
        outcome says so, and nothing else of its candidate is tried.

        Parameters
        ----------
        evaluate : callable
        bundles : iterable of Bundle or None
            Drawn from in this thread, as workers become free. None if there is nothing to
            do before something has come back.
        """
        self._executor.hold(evaluate)
        source = iter(bundles)
        try:
            while True:
                yield from self._fill(evaluate, source)
                if self._recovery.untried:
                    untried, self._recovery.untried = self._recovery.untried, []
                    yield untried
                    continue
                if not self._under_way:
                    return
                for report in self._executor.wait(_TURN):
                    if outcomes := self._taken(report):
                        yield outcomes
                        yield from self._fill(evaluate, source)
                if self._unread is not None and not self._under_way:
                    (problem, error), self._unread = self._unread, None
                    check_is_read(problem, self._executor, error)
                    self._executor.hold(evaluate)
                if self._is_given_up:
                    return
        finally:
            if self._under_way:
                self._executor.cancel()
                self._under_way.clear()
                self._alone.clear()

    @property
    def _is_given_up(self) -> bool:
        """Whether the search has been over for a while; what threads do cannot be given up."""
        deadline = self._terms.deadline
        if deadline is None or deadline.left >= -GRACE:
            return False
        return self.workers.where in ("processes", "hosts")

    # --- there ----------------------------------------------------------------------------

    def _fill(
        self, evaluate: Evaluate, source: Iterator[Bundle | None]
    ) -> Iterator[Sequence[Outcome]]:
        """Submit as much as there is room for."""
        while not self._is_over:
            workers = self._executor.workers
            n_together = self._n_together(workers)
            if not workers.waves and len(self._under_way) > (self._most(workers) - 1) * n_together:
                return
            load: list[Bundle] = []
            while len(load) < n_together and (bundle := self._next(workers, source)) is not None:
                if workers.where == "here" and bundle.tasks[0].deaths >= DEATHS:
                    # this process has died of it, and will not try it again itself
                    yield from self._elsewhere(evaluate, bundle)
                    continue
                load.append(bundle)
                self._under_way[bundle] = {(task.trial, task.split): task for task in bundle.tasks}
                if bundle in self._alone:
                    break
            if not load:
                return
            self._executor.submit(load)

    def _most(self, workers: Workers) -> int:
        if workers.where == "here":
            return 1
        most = n_ahead(self._pre_dispatch, workers.count)
        return most if self._ahead else min(most, workers.count)

    def _n_together(self, workers: Workers) -> int:
        if not self._batched or not self._seconds or workers.where in ("here", "threads"):
            return 1
        return max(1, min(_MOST_TOGETHER, int(_LOAD / self._seconds)))

    def _next(self, workers: Workers, source: Iterator[Bundle | None]) -> Bundle | None:
        """Return the bundle that is to be submitted now, if any."""
        recovery, together = self._recovery, workers.ends_together
        if self._unread is not None or (together and self._alone):
            return None
        while recovery.suspects and not (together and self._under_way):
            bundle = recovery.wanted(recovery.suspects.popleft())
            if bundle is not None:
                self._alone.add(bundle)
                return bundle
        if recovery.suspects:  # all that is under way has been lost, or is about to be
            return None
        while recovery.rest:
            bundle = recovery.wanted(recovery.rest.popleft())
            if bundle is not None:
                return bundle
        for drawn in source:
            if drawn is None:
                return None
            bundle = recovery.wanted(drawn)
            if bundle is not None:
                return bundle
        return None

    def _elsewhere(self, evaluate: Evaluate, bundle: Bundle) -> Iterator[Sequence[Outcome]]:
        """Evaluate a single task in another process."""
        with Dispatcher(apart(), terms=self._terms) as other:
            other._recovery = self._recovery
            self._recovery.suspects.append(bundle)
            yield from other.run(evaluate, ())

    # --- and back -------------------------------------------------------------------------

    def _taken(self, report: BundleReport) -> Sequence[Outcome]:
        """Take a report in; return what is known by it."""
        bundle = report.bundle
        left = self._under_way.get(bundle)
        if left is None:
            return ()
        if report.outcomes:
            self._recovery.some_came()
        for outcome in report.outcomes:
            left.pop((outcome.trial, outcome.split), None)
        if report.state == "under way":
            return report.outcomes
        del self._under_way[bundle]
        is_alone = bundle in self._alone
        self._alone.discard(bundle)
        if report.state == "raised":
            raise report.error or RuntimeError("a worker has failed, and does not say why")
        if report.state == "done":
            self._learn(report.outcomes)
            deadline = self._terms.deadline
            if left and deadline is not None and deadline.left < GRACE:
                deadline.expire()  # by the worker's clock it is over
            if not left:
                return report.outcomes
            # a search must never end without them: whatever happened to the rest is told
            report = replace(report, state="unsent", error=PicklingError(_NOT_BACK))
        if self._is_over:
            return report.outcomes
        if report.state == "unsent" and self._recovery.nothing_came and self._problem is not None:
            self._unread, self._problem = (self._problem, report.error or PicklingError()), None
        known = self._recovery.sort_out(bundle, list(left.values()), report, alone=is_alone)
        return [*report.outcomes, *known]

    def _learn(self, outcomes: Sequence[Outcome]) -> None:
        seconds = sum(outcome.own_time for outcome in outcomes)
        self._seconds = nearer(self._seconds, seconds)
