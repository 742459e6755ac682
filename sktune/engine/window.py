"""The window of a strategy that learns: how far it is kept ahead of its workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..early_stopping import Reach
from ..evaluation import Bundle
from ..strategies import Strategy
from ..trials import Trial, Trials
from .racing import Racing

BundlesOf = Callable[[Sequence[Trial], int | None], Sequence[Bundle]]
"""From trials that are begun at the same time, and a split or None for all, to bundles of what is
left to do of them, one a split."""


@dataclass(slots=True)
class _Runner:
    """A candidate that goes from split to split, with the bundles of those that are left."""

    trial: Trial
    left: dict[int, Bundle]
    n_done: int = 0
    goes_on: bool = True


def _reaching(bundle: Bundle, reach: Reach) -> Bundle:
    return replace(bundle, tasks=tuple(replace(task, reach=reach) for task in bundle.tasks))


class Window:
    """Ask for candidates as early as the strategy allows, and tell it of them in order.

    Their tasks are handed out as they are asked for, the earliest candidate first.

    Parameters
    ----------
    strategy : Strategy
        With a window.
    trials : Trials
    bundles_of : callable
    wanted : callable
        Whether the search goes on.
    racing : Racing, optional
        Decides after each split of a candidate whether it goes on to the next.
    """

    def __init__(
        self,
        strategy: Strategy,
        trials: Trials,
        bundles_of: BundlesOf,
        wanted: Callable[[], bool],
        racing: Racing | None = None,
    ) -> None:
        self._strategy = strategy
        self._trials = trials
        self._bundles_of = bundles_of
        self._wanted = wanted
        self._racing = racing
        self._running: list[_Runner] = []
        self._waiting: deque[Bundle] = deque()
        self._exhausted = False

    def advance(self) -> None:
        """Tell what is complete; after each candidate told, ask for the next.

        Never two at a time: a candidate is proposed from exactly those before its window.
        """
        self._ask()
        self._pass_on()
        while self._wanted() and self._tell():
            self._ask()
            self._pass_on()

    def conclude(self) -> None:
        """Tell what is complete, and ask no more."""
        while self._tell():
            pass

    def _tell(self) -> bool:
        """Tell the next candidate, if there is no more to come of it."""
        number = self._strategy.told
        if number >= len(self._trials) or not self._trials.is_over(self._trials[number]):
            return False
        self._strategy.tell([self._trials[number]])
        return True

    def _ask(self) -> None:
        strategy, window = self._strategy, self._strategy.window or 1
        begun: list[Trial] = []
        while not self._exhausted and strategy.asked - strategy.told < window:
            candidates = strategy.ask(1)
            self._exhausted = not candidates
            begun += [self._trials.begin(params) for params in candidates]
        wanted = [trial for trial in begun if trial.duplicate_of is None]
        bundles = self._bundles_of(wanted, None)
        if self._racing is None:
            self._waiting += bundles
            return
        for trial in wanted:
            left = {b.split: b for b in bundles if b.tasks[0].trial == trial.number}
            self._running.append(_Runner(trial, left))

    def _pass_on(self) -> None:
        """Hand out the next split of those that go on: one at a time of each candidate."""
        if self._racing is None:
            return
        for runner in self._running:
            trial = runner.trial
            n_known = trial.number + 1 - (self._strategy.window or 1)
            while runner.goes_on and trial.outcomes[runner.n_done] is not None:
                runner.n_done += 1
                runner.goes_on = self._racing.stop_if_losing(trial, runner.n_done, n_known)
            if runner.goes_on and runner.n_done in runner.left:
                bundle = runner.left.pop(runner.n_done)
                reach = self._racing.reach(trial, runner.n_done, n_known)
                self._waiting.append(bundle if reach is None else _reaching(bundle, reach))
        self._running = [runner for runner in self._running if runner.goes_on]

    def bundles(self) -> Iterator[Bundle | None]:
        """Hand out what waits; None where nothing does before something has come back."""
        while True:
            yield self._waiting.popleft() if self._waiting else None
