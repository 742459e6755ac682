"""The loop: ask, plan, evaluate, record, decide, tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from typing import Protocol

from ..evaluation import Bundle, Task
from ..evaluation.tasks import Surrounds
from ..observers import Observer
from ..policies import Ending
from ..problem import Problem, ProblemOn
from ..sharing import Lineages
from ..space.setting import has_valid_params
from ..strategies import Strategy
from ..trials import Outcome, Rung, Trial, Trials
from .announcing import Announcements
from .executing import Executor
from .planning import Cost, plan
from .racing import ROUND, Racing
from .raising import raise_as_own
from .sharing_plan import Block
from .staging import Stages
from .subtrees import Subtrees
from .window import Window

BLOCK = 1024
"""Candidates planned at a time: bounds the memory, and is long enough (64 a worker at
least) that waiting for a block's last bundle costs a per cent at most."""

STOP_BLOCK = 64
"""Where the search may be over after any candidate: those of a block after the last are dropped."""

Surround = Callable[[Trial, int], Surrounds | None]


class Remembers(Protocol):
    """What is known of candidates from earlier runs."""

    def recall(self, trial: Trial) -> Iterable[Outcome]: ...

    def deaths(self, trial: Trial, split: int) -> int: ...


def run(
    problem: Problem,
    strategy: Strategy,
    trials: Trials,
    executor: Executor,
    *,
    observers: Sequence[Observer] = (),
    endings: Sequence[Ending] = (),
    racing: Racing | None = None,
    may_stop: bool = False,
    surround: Surround | None = None,
    memory: Remembers | None = None,
    lineages: Lineages | None = None,
    verify: bool = False,
    in_order: bool = False,
    problem_on: ProblemOn | None = None,
) -> None:
    """Evaluate what a strategy proposes until it has no more, or a policy ends it.

    Parameters
    ----------
    problem : Problem
    strategy : Strategy
        Asked and told in this thread only, in the order of the candidates.
    trials : Trials
        Where everything is recorded.
    executor : Executor
        Entered by the caller.
    observers : sequence of Observer
        Told of the beginning and the end; the trials tell them of the rest.
    endings : sequence of Ending
        Any of them ends the search; what runs by then is still recorded.
    racing : Racing, optional
        Gives up candidates after any of their splits, which are then evaluated one by one.
    may_stop : bool, default=False
        Whether an ending is likely to drop candidates that have been planned.
    surround : callable, optional
        What each task has around its fit.
    memory : Remembers, optional
        Gives what earlier runs have found out of a candidate, which is not done again.
    lineages : Lineages, optional
        Tells what candidates have in common, so that it is done once.
    verify : bool, default=False
        Whether some of what was shared is done the ordinary way too, to compare.
    in_order : bool, default=False
        Whether a single worker keeps to the order of candidates, for example because it is
        told of each.
    problem_on : callable, optional
        What is measured on a rung of successive halving; on all the problem itself by default.

    Raises
    ------
    Exception
        The first failure's own exception where the problem says so.
    """
    for observer in observers:
        observer.search_started(trials, strategy.total)
    stages = Stages(problem, executor, lineages, problem_on, verify=verify, in_order=in_order)
    search = _Search(problem, trials, executor, endings, racing, surround, memory, stages)
    size = BLOCK if racing is not None else max(BLOCK, 64 * executor.n_workers)
    try:
        search.exhaust(strategy, STOP_BLOCK if may_stop else size)
    except BaseException:
        for observer in observers:
            with suppress(Exception):  # the reason why the search ends must not be hidden
                observer.search_ended(trials, completed=False)
        raise
    finally:
        stages.close()
    for observer in observers:
        observer.search_ended(trials, completed=True)


class _Search:
    """What one run keeps from block to block."""

    def __init__(
        self,
        problem: Problem,
        trials: Trials,
        executor: Executor,
        endings: Sequence[Ending],
        racing: Racing | None,
        surround: Surround | None,
        memory: Remembers | None,
        stages: Stages,
    ) -> None:
        self._trials = trials
        self._executor = executor
        self._endings = endings
        self._racing = racing
        self._surround = surround
        self._memory = memory
        self._raises = problem.raise_errors
        self._splits = problem.splits
        self._estimator = problem.estimator
        self._stages = stages
        self._rung: Rung | None = None
        self._cost = Cost()
        self._started = Announcements(trials)
        self.ended = False

    def _enter(self, rung: Rung | None) -> None:
        """Evaluate from now on what a rung's candidates are evaluated on."""
        stage = self._stages.enter(rung)
        if stage is not None:
            problem, self._common = stage
            self._splits = problem.splits
        if rung != self._rung:
            self._rung = rung
            if self._racing is not None:
                self._racing.enter(rung)

    def exhaust(self, strategy: Strategy, block_size: int) -> None:
        self._enter(strategy.rung)
        if strategy.window is None:
            self._exhaust_in_blocks(strategy, block_size)
        else:
            self._exhaust_by_window(strategy)

    def _exhaust_in_blocks(self, strategy: Strategy, size: int) -> None:
        while not self.ended and (candidates := strategy.ask(size)):
            self._enter(strategy.rung)
            begun = [self._trials.begin(params, strategy.rung) for params in candidates]
            wanted = [trial for trial in begun if trial.twin is None]
            more = len(candidates) == size
            if self._racing is not None:
                block = self._common.block(wanted, more=more)
                self._race(block, wanted, self._racing)
            else:
                left = [(trial, left) for trial in wanted if (left := self._tasks(trial))]
                known = [trial for trial, _ in left]
                block = self._common.block(known, more=more)
                self._evaluate_all(*self._common.plan(block, [tasks for _, tasks in left]))
            if not self.ended:
                strategy.tell(begun)

    def _race(self, block: Block, trials: Sequence[Trial], racing: Racing) -> None:
        """Evaluate candidates round by round, split by split, as long as they go on."""
        gone: list[set[int]] = [set() for _ in self._splits]  # before each split
        for first in range(0, len(trials), ROUND):
            going = list(trials[first : first + ROUND])
            to_come = [trial.number for trial in trials[first + ROUND :]]
            for split in range(len(self._splits)):
                tasks = [left for trial in going if (left := self._tasks(trial, split))]
                if tasks:
                    self._evaluate_all(
                        *self._common.plan(block, tasks, gone=gone[split], to_come=to_come)
                    )
                if self.ended:
                    return
                survivors = racing.survivors(going, split + 1)
                if not self._goes_on():
                    return
                lost = {trial.number for trial in going} - {trial.number for trial in survivors}
                for later in gone[split + 1 :]:
                    later |= lost
                going = survivors

    def _evaluate_all(self, alone: Sequence[Sequence[Task]], subtrees: Subtrees | None) -> None:
        if subtrees is not None:
            self._evaluate(self._announced(self._of_subtrees(subtrees)))
        if not self.ended and alone:
            self._evaluate(self._planned(alone))

    def _exhaust_by_window(self, strategy: Strategy) -> None:
        window = Window(
            strategy,
            self._trials,
            lambda trials: self._common.bundles(list(map(self._tasks, trials))),
            wanted=self._goes_on,
            racing=self._racing,
        )
        window.advance()
        while not (self.ended or window.idle):  # once, unless the backend can only run waves
            bundles = window.bundles(endless=self._executor.streams)
            self._evaluate(self._announced(bundles), then=window.advance)
        window.conclude()

    def _evaluate(
        self, bundles: Iterable[Bundle | None], then: Callable[[], None] | None = None
    ) -> None:
        with closing(self._executor.run(self._common.evaluator, bundles)) as results:
            for outcomes in results:
                self._started.announce()
                for outcome in outcomes:
                    self._record(outcome)
                if then is not None and not self.ended:
                    then()
        self._goes_on()  # the time may be over without another outcome

    def _record(self, outcome: Outcome, *, recalled: bool = False) -> None:
        self._cost.learn(outcome)
        self._executor.pause = 0.05 * (self._cost.seconds or 0.0)
        self._trials.record(outcome, recalled=recalled)
        if outcome.exception is not None:
            raise_as_own(outcome.exception, outcome.failures[0].traceback)
        if self._raises and outcome.failures and outcome.failures[0].stage in ("crash", "timeout"):
            params = dict(self._trials[outcome.trial].params)
            raise RuntimeError(f"{outcome.failures[0].reason}: {params}")
        self._goes_on()

    def _goes_on(self) -> bool:
        self.ended |= any(ending.ends(self._trials) for ending in self._endings)
        return not self.ended

    def _tasks(self, trial: Trial, only: int | None = None) -> list[Task]:
        """What is left to do of a candidate, once what is known of it is recorded.

        Parameters
        ----------
        trial : Trial
        only : int, optional
            On this split alone.
        """
        memory = None if self.ended else self._memory
        for outcome in () if memory is None else memory.recall(trial):
            if self._counts(outcome) and only in (None, outcome.split):
                self._executor.knows(outcome)
                self._record(outcome, recalled=True)
        splits = range(len(self._splits)) if only is None else [only]
        left = [split for split in splits if trial.outcomes[split] is None]
        if not left or self.ended:
            return []
        valid = has_valid_params(self._estimator, trial.params) if len(self._splits) > 1 else False
        return [
            Task(
                trial.number,
                split,
                trial.params,
                context=self._surround(trial, split) if self._surround else None,
                valid=valid,
                deaths=0 if memory is None else memory.deaths(trial, split),
            )
            for split in left
        ]

    def _counts(self, recalled: Outcome) -> bool:
        """Whether what an earlier run has found out is not to be done again."""
        if self._raises and recalled.failures:
            return False  # it is to raise, which takes the exception itself
        if any(failure.stage == "timeout" for failure in recalled.failures):
            seconds = self._executor.limits.seconds
            return seconds is not None and seconds <= recalled.fit_time
        return True

    def _of_subtrees(self, subtrees: Subtrees) -> Iterator[Bundle]:
        n_workers = self._executor.n_workers
        if n_workers == 1:
            return subtrees.one_by_one(lambda: not self.ended, in_order=self._common.in_order)
        return subtrees.bundles(self._cost, n_workers, lambda: not self.ended)

    def _planned(self, tasks: Sequence[Sequence[Task]]) -> Iterator[Bundle | None]:
        return self._announced(
            plan(
                tasks,
                self._splits,
                self._cost,
                n_workers=self._executor.n_workers,
                still_wanted=lambda: not self.ended,
            )
        )

    def _announced(self, bundles: Iterable[Bundle | None]) -> Iterator[Bundle | None]:
        for bundle in bundles:
            if self.ended:
                return
            if bundle is not None:
                self._started.add(bundle)
            yield bundle
