"""Keeps a strategy that learns ahead of its workers, by its window and no further."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from ..evaluation import Bundle
from ..strategies import Strategy
from ..trials import Trial, Trials


class Window:
    """Asks for candidates as early as the strategy allows, and tells it of them in order.

    Candidates are asked for and told in the main thread; their tasks are handed out in
    whatever thread asks for them, the earliest candidate first.

    Parameters
    ----------
    strategy : Strategy
        With a window.
    trials : Trials
    bundles_of : callable
        From trials that are begun at the same time to their bundles, one a split.
    wanted : callable
        Whether the search goes on.
    """

    def __init__(
        self,
        strategy: Strategy,
        trials: Trials,
        bundles_of: Callable[[Sequence[Trial]], Sequence[Bundle]],
        wanted: Callable[[], bool],
    ) -> None:
        self._strategy = strategy
        self._trials = trials
        self._bundles_of = bundles_of
        self._wanted = wanted
        self._waiting: deque[Bundle] = deque()
        self._exhausted = False

    def advance(self) -> None:
        """Tell what is complete; after each candidate told, ask for the next.

        Never two at a time: a candidate is proposed from exactly those before its window.
        """
        self._ask()
        while self._wanted() and self._tell():
            self._ask()

    def conclude(self) -> None:
        """Tell what is complete, and ask no more."""
        while self._tell():
            pass

    def _tell(self) -> bool:
        """Tell the next candidate, if it is complete."""
        number = self._strategy.told
        if number >= len(self._trials) or not self._trials[number].complete:
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
        self._waiting += self._bundles_of([trial for trial in begun if trial.twin is None])

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be handed out."""
        return not self._waiting

    def bundles(self, *, endless: bool) -> Iterator[Bundle | None]:
        """Hand out what waits.

        Parameters
        ----------
        endless : bool
            Whether to give None, for a moment's pause, as long as there may be more; or to
            end when nothing waits.
        """
        while True:
            try:
                yield self._waiting.popleft()
            except IndexError:
                if self._exhausted or not endless:
                    return
                yield None
