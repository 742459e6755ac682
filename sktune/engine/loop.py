"""The loop: ask, plan, evaluate, record, decide, tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import NoReturn

from ..evaluation import Bundle, OwnCopies, Task
from ..exceptions import warn
from ..messages import params_in_short
from ..results import EndedBy
from ..strategies import FoldByFold
from ..trials import Outcome, Rung, Trial
from .candidate_work import is_settled, tasks_left
from .dispatching import Dispatcher
from .executors import Terms
from .executors.here import Here
from .fold_window import FoldWindow, warn_of_idle_workers
from .planning import Cost, plan
from .racing import ROUND, Racing
from .setup import Setup
from .sharing_plan import Block
from .staging import Stages
from .subtrees import Subtrees
from .window import Window

BLOCK = 1024
"""Candidates planned at a time: bounds the memory, and is long enough (64 a worker at
least) that waiting for a block's last bundle costs a per cent at most."""

STOP_BLOCK = 64
"""Where the search may be over after any candidate: those of a block after the last are dropped."""


def run(setup: Setup) -> EndedBy:
    """Evaluate what a strategy proposes until it has no more, or something ends the search.

    The strategy is asked and told in this thread only, in the order of the candidates.

    Parameters
    ----------
    setup : Setup
        Its trials hold what came of it.

    Returns
    -------
    ended_by : str
        Why there is no more; see `Results`.

    Raises
    ------
    Exception
        The first failure's own exception where the problem says so.
    """
    if setup.observers:  # before workers start, which takes its time
        setup.observers.search_started(setup.info)
    strategy, trials = setup.strategy, setup.trials
    with _dispatcher_for(setup) as dispatcher:
        if strategy.window is not None:
            warn_of_idle_workers(setup, strategy.window, dispatcher.n_workers())
        workers = dispatcher.workers
        if setup.journal is not None:
            setup.journal.begin(strategy, notes_starts=workers.where == "here")
        with Stages(setup, workers) as stages:
            loop = Loop(setup, dispatcher, stages)
            loop.exhaust()
    if len(trials) == strategy.total and all(map(trials.is_over, trials)):
        return "completed"  # whatever would have ended it has come with the last candidate
    return loop.ended_by or "completed"


def _dispatcher_for(setup: Setup) -> Dispatcher:
    workers = setup.workers
    executor = workers.executor
    if executor.workers.where == "threads" and (what := OwnCopies.what_fails(setup.problem)):
        warn(
            f"{what} cannot be copied for each thread, and fits could change it for one another: "
            "they run one after the other. Use processes, or pass what can be pickled."
        )
        executor = Here()
    return Dispatcher(
        executor,
        workers.pre_dispatch,
        terms=Terms(workers.limits, workers.deadline),
        ahead=setup.strategy.window is None,
        batched=setup.journal is None and not setup.may_stop,
        problem=setup.problem,
    )


class Loop:
    """One run of a search, from its first candidate to its last.

    Attributes
    ----------
    ended_by : str or None
        What has ended the search before everything was tried.
    """

    def __init__(self, setup: Setup, dispatcher: Dispatcher, stages: Stages) -> None:
        self._setup = setup
        self._trials = setup.trials
        self._strategy = setup.strategy
        self._dispatcher = dispatcher
        self._stages = stages
        self._rung: Rung | None = None
        self._workers: dict[int, int] = {}
        self._cost = Cost()
        self.ended_by: EndedBy | None = None

    def _enter(self, rung: Rung | None) -> None:
        """Evaluate from now on what a rung's candidates are evaluated on."""
        problem, self._common = self._stages.enter(rung)
        self._splits = problem.splits
        if rung != self._rung:
            self._rung = rung
            if self._setup.racing is not None:
                self._setup.racing.enter(rung)

    def exhaust(self) -> None:
        """Go on until there is no more to do."""
        if self._strategy.window is not None:
            self._exhaust_by_window()
            return
        size = STOP_BLOCK if self._setup.may_stop else BLOCK
        if not self._setup.may_stop and self._setup.racing is None:
            size = max(BLOCK, 64 * self._dispatcher.n_workers())
        while not self.ended_by and (candidates := self._strategy.ask(size)):
            self._enter(self._strategy.rung)
            rung = self._strategy.rung
            begun = [self._trials.begin(params, rung) for params in candidates]
            self._evaluate_block(
                [trial for trial in begun if trial.duplicate_of is None],
                more=len(candidates) == size,
            )
            if not self.ended_by:
                self._strategy.tell(begun)

    def _evaluate_block(self, trials: Sequence[Trial], *, more: bool) -> None:
        """Evaluate candidates that are known together."""
        if self._setup.racing is not None:
            self._race(self._common.block(trials, more=more), trials, self._setup.racing)
            return
        left = [(trial, tasks) for trial in trials if (tasks := self._take_up(trial))]
        block = self._common.block([trial for trial, _ in left], more=more)
        self._evaluate_all(*self._common.plan(block, [tasks for _, tasks in left]))

    def _race(self, block: Block, trials: Sequence[Trial], racing: Racing) -> None:
        """Evaluate candidates round by round, split by split, as long as they go on."""
        gone: list[set[int]] = [set() for _ in self._splits]  # before each split
        for first in range(0, len(trials), ROUND):
            going = list(trials[first : first + ROUND])
            to_come = block.keys(trial.number for trial in trials[first + ROUND :])
            for split in range(len(self._splits)):
                known = trials[first].number
                tasks = [left for trial in going if (left := self._take_up(trial, split, known))]
                if tasks:
                    self._evaluate_all(
                        *self._common.plan(block, tasks, gone=gone[split], later=to_come)
                    )
                if self.ended_by:
                    return
                remaining = racing.stop_losers(going, split + 1)
                if self._check_end():
                    return
                lost = {trial.number for trial in going} - {trial.number for trial in remaining}
                for later in gone[split + 1 :]:
                    later |= lost
                going = remaining

    def _evaluate_all(self, alone: Sequence[Sequence[Task]], subtrees: Subtrees | None) -> None:
        if subtrees is not None:
            self._evaluate(self._bundles_of(subtrees), heard=subtrees.take_in)
        if not self.ended_by and alone:
            n_workers, numbered = self._dispatcher.n_workers, self._setup.may_stop
            bundles = plan(alone, self._splits, self._cost, n_workers=n_workers, numbered=numbered)
            self._evaluate(bundles)

    def _bundles_of(self, subtrees: Subtrees) -> Iterator[Bundle | None]:
        """Give bundles of candidates that have work in common, for one worker or for several."""
        common, numbered = self._common, self._setup.may_stop
        n_workers = self._dispatcher.n_workers
        if n_workers() == 1:
            yield from subtrees.one_by_one(
                lambda: common.in_order,
                lambda: common.held,
                n_workers=n_workers,
                numbered=numbered,
            )
        hand_on = self._dispatcher.workers.where != "hosts"
        yield from subtrees.bundles(self._cost, n_workers, numbered=numbered, hand_on=hand_on)

    def _exhaust_by_window(self) -> None:
        self._enter(None)
        setup, strategy = self._setup, self._strategy
        given = self._trials, self._bundles_left, lambda: not self._check_end()
        if isinstance(strategy, FoldByFold):
            window: Window = FoldWindow(strategy, *given, setup.objective)
        else:
            window = Window(strategy, *given, setup.racing)
        try:
            window.advance()
            self._evaluate(window.bundles(), then=window.advance)
        except BaseException:
            with suppress(Exception):  # nothing may hide why the search ended
                window.conclude()
            raise
        window.conclude()

    def _bundles_left(self, trials: Sequence[Trial], only: int | None) -> list[Bundle]:
        """Return bundles of one task, for what is left of candidates on all splits or on one."""
        return self._common.bundles([self._take_up(trial, only) for trial in trials])

    def _evaluate(
        self,
        bundles: Iterable[Bundle | None],
        then: Callable[[], None] | None = None,
        heard: Callable[[Outcome], None] | None = None,
    ) -> None:
        bundles = self._announced(bundles)
        with closing(self._dispatcher.run(self._common.evaluator, bundles)) as results:
            for outcomes in results:
                for outcome in outcomes:
                    self._record(self._with_number(outcome))
                    if heard is not None:
                        heard(outcome)
                if then is not None and not self.ended_by:
                    then()
        self._check_end()  # the time may be over without another outcome

    def _with_number(self, outcome: Outcome) -> Outcome:
        """Number the workers in the order in which their first outcomes come."""
        if outcome.worker is None:
            return outcome
        number = self._workers.setdefault(outcome.worker, len(self._workers))
        return outcome if number == outcome.worker else replace(outcome, worker=number)

    def _record(self, outcome: Outcome) -> None:
        if self._dispatcher.n_workers() > 1:  # a single one gets one task at a time
            self._cost.learn(outcome)
        if (models := self._setup.models) is not None:
            outcome = models.take(self._trials[outcome.trial], outcome, self._splits)
        self._trials.record(outcome)
        if outcome.exception is not None:
            _raise_as_own(outcome.exception, outcome.failures[0].traceback)
        raises = self._setup.problem.raise_errors
        if raises and outcome.failures and outcome.failures[0].stage in ("crash", "timeout"):
            params = params_in_short(self._trials[outcome.trial].params)
            raise RuntimeError(f"{outcome.failures[0].reason}: {params}")
        self._check_end()

    def _check_end(self) -> bool:
        """Find out whether the search is to end now, and drop what then does not count."""
        if self.ended_by is None and self._setup.observers.want_end:
            self.ended_by = "callback"
        for ending in () if self.ended_by else self._setup.endings:
            n = ending.check(self._trials)
            if n is not None:
                self.ended_by = ending.reason
                self._trials.drop(n)
                break
        return self.ended_by is not None

    def _take_up(
        self, trial: Trial, only: int | None = None, n_known: int | None = None
    ) -> list[Task]:
        """Record what earlier runs have found out of a candidate; return what is left to do.

        On one split alone, if `only` is given, where it is compared with the first `n_known`.
        """
        if n_known is None:
            n_known = trial.number + 1 - (self._strategy.window or 1)
        setup = self._setup
        if setup.journal is not None and not self.ended_by:
            for outcome in setup.journal.recall(trial):
                wanted = only in (None, outcome.split)
                if wanted and is_settled(setup, trial, outcome, n_known):
                    self._dispatcher.take_in(outcome)
                    self._record(outcome)
        return [] if self.ended_by else tasks_left(setup, trial, only, n_known)

    def _announced(self, bundles: Iterable[Bundle | None]) -> Iterator[Bundle | None]:
        """Pass bundles on until the search ends, and tell of what begins."""
        watched = bool(self._setup.observers)
        for bundle in bundles:
            if self.ended_by:
                return
            if bundle is not None and watched:
                for task in bundle.tasks:
                    self._trials.start(task.trial, task.split)
            yield bundle


def _raise_as_own(exception: Exception, story: str) -> NoReturn:
    """Raise an estimator's exception; if it comes from a worker, with what it said there."""
    if exception.__traceback__ is None:
        raise exception from _InWorker(story)
    raise exception


class _InWorker(Exception):  # noqa: N818 - told as a cause, never raised
    """The traceback of a worker, shown as a cause."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"
