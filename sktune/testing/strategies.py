"""The contract of a strategy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import pytest

from ..strategies import Strategy
from ..trials import Outcome, Trial, Trials


def scored(params: list[Any], *, start: int = 0) -> list[Trial]:
    """Return trials of candidates with made-up scores, numbered from `start`."""
    trials = Trials(n_splits=2, merge_equal=False)
    for _ in range(start):
        trials.begin({})
    for candidate in params:
        number = trials.begin(candidate).number
        for split in range(2):
            score = ((number * 7 + split) % 5) / 5
            trials.record(Outcome(number, split, {"score": score}, {}, False, 0.1, 0.1))
    return trials[start:]


def drain(strategy: Strategy, at_a_time: int) -> list[Any]:
    """Ask for everything, telling in between."""
    candidates: list[Any] = []
    while asked := strategy.ask(at_a_time):
        strategy.tell(scored(asked, start=len(candidates)))
        candidates += asked
    return candidates


class StrategyContract(ABC):
    """A strategy proposes the same from the same seed and scores, in its window, to its end.

    One that is tested should be small: at most a few dozen candidates.

    Examples
    --------
    >>> from sktune.space import Space
    >>> from sktune.strategies import Enumerated
    >>> from sktune.testing import StrategyContract
    >>> class TestGrid(StrategyContract):
    ...     def make(self):
    ...         return Enumerated(Space.of({"C": [1, 10], "gamma": [0.1, 1]}))
    """

    @abstractmethod
    def make(self) -> Strategy:
        """Make the strategy, with the same seed each time."""

    def test_the_same_seed_gives_the_same_candidates(self) -> None:
        assert drain(self.make(), 3) == drain(self.make(), 3)

    def test_it_ends_and_says_how_many_there_are(self) -> None:
        strategy = self.make()
        candidates = drain(strategy, 5)
        assert candidates
        assert strategy.ask(1) == []
        assert strategy.total in (None, len(candidates))
        assert strategy.asked == strategy.told == len(candidates)

    def test_how_many_are_asked_for_at_a_time_does_not_matter(self) -> None:
        """With a window: what is told early makes no difference to what is proposed."""
        assert drain(self.make(), 1) == drain(self.make(), 2) == drain(self.make(), 7)

    def test_no_more_are_asked_for_than_the_window_lets(self) -> None:
        strategy = self.make()
        if strategy.rung is not None:
            asked = strategy.ask(10**6)
            assert len(asked) == strategy.rung.n_candidates
            with pytest.raises(RuntimeError, match="tell them first"):
                strategy.ask(1)
            return
        if strategy.window is None:
            assert len(strategy.ask(10**6)) == strategy.total
            return
        asked = strategy.ask(10**6)
        assert len(asked) == min(strategy.window, strategy.total or len(asked))
        if strategy.total is None or strategy.asked < strategy.total:
            with pytest.raises(RuntimeError, match="tell them first"):
                strategy.ask(1)
            trials = scored(asked)
            strategy.tell(trials[:1])
            assert len(strategy.ask(10**6)) == 1

    def test_failures_are_taken_in(self) -> None:
        strategy = self.make()
        number = 0
        while asked := strategy.ask(3):
            strategy.tell([Trial.of(number + i, p, [None, 0.5]) for i, p in enumerate(asked)])
            number += len(asked)
        assert number == strategy.asked

    def test_candidates_are_dicts_by_name(self) -> None:
        for candidate in drain(self.make(), 4):
            assert all(isinstance(name, str) for name in candidate)

    def test_telling_twice_changes_nothing(self) -> None:
        once, twice = self.make(), self.make()
        first = scored(once.ask(3))
        twice.ask(3)
        once.tell(first)
        twice.tell(first)
        twice.tell(first)
        assert twice.told == once.told == len(first)
        assert drain_rest(once) == drain_rest(twice)

    def test_an_unknown_candidate_is_an_error(self) -> None:
        strategy = self.make()
        with pytest.raises(ValueError, match="was not proposed"):
            strategy.tell(scored([{}]))
        asked = strategy.ask(2)
        trials = scored([*asked, {}])
        with pytest.raises(ValueError, match="was not proposed"):
            strategy.tell(trials)
        strategy.tell(trials[: len(asked)])  # and nothing was taken in by halves

    def test_trials_are_told_in_order(self) -> None:
        strategy = self.make()
        trials = scored(strategy.ask(2))
        if len(trials) < 2:
            pytest.skip("one candidate at a time is always in order")
        with pytest.raises(ValueError, match="in order"):
            strategy.tell(trials[1:])

    def test_asking_for_nothing_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="at least one"):
            self.make().ask(0)


def drain_rest(strategy: Strategy) -> list[Any]:
    """Ask for what is left, telling in between."""
    rest: list[Any] = []
    while asked := strategy.ask(2):
        strategy.tell(scored(asked, start=strategy.told))
        rest += asked
    return rest
