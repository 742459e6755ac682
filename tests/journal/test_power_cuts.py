"""Whatever a crash leaves of a file: what is recovered was written, and has all that was synced."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sktune.exceptions import CheckpointError
from sktune.journal import Journal
from sktune.trials import Outcome, Trial
from tests.helpers.journal.fake_disk import FakeDisk, PowerCut
from tests.helpers.journal.fake_time import in_fake_time
from tests.helpers.journal.headers import N_CANDIDATES, N_SPLITS, make_header, make_strategy

ENTRY = re.compile(rb'"kind":"(candidate|outcome)".*\n\Z')
PATH = "search.jsonl"

seeds = st.integers(0, 2**32 - 1)


class Crashing(RuleBasedStateMachine):
    """A search that is run, interrupted by crashes and damage, and run again.

    `written` has what was given to the journal, in this order: candidates as their number, and
    outcomes. What is recovered must be a beginning of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        self.time = in_fake_time(self._patch)
        self.disk = FakeDisk()
        self.written: list[int | Outcome] = []
        self.journal: Journal | None = None
        self.n_runs = 0
        self.found_size = self.n_found = 0
        self.found_junk = False
        self.found_file: tuple[Any, int | None] = None, None
        self.last_score = 0.0
        self.n_safe = 0
        self.flipped: set[tuple[int, int]] = set()

    def teardown(self) -> None:
        self.leave()
        self._patch.undo()

    @property
    def content(self) -> Any:
        return self.disk.files.get(PATH)

    @initialize()
    def begin(self) -> None:
        self.reopen()

    @rule()
    @precondition(lambda self: self.journal is None)
    def reopen(self) -> None:
        before = self.content.now if self.content else b""
        self.n_runs += 1
        journal = Journal(PATH, make_header(f"salt{self.n_runs}"), self.disk)
        recorded = journal.__enter__().contents
        found = [
            *(candidate.number for candidate in recorded.candidates),
            *(o for known in recorded.outcomes.values() for o in known.values()),
        ]
        beginning = self.written[: len(found)]
        assert len(beginning) == len(found), "something was never written"
        assert set(map(repr, found)) == set(map(repr, beginning))
        assert len(found) >= self.n_safe, "what was synced is lost"
        assert (self.content.now if self.content else b"") == before, "reading changes nothing"
        self.written, self.n_found, self.n_safe = beginning, len(found), len(found)
        self.found_size = recorded.size
        self.found_junk = len(before) > self.found_size
        self.found_file = self.content, self.content and self.content.n_cuts
        journal.begin(make_strategy(), notes_starts=False)
        self.journal = journal

    def count_safe(self) -> None:
        """Count what is on the disk for sure, whatever happens next."""
        if self.journal is None:
            return
        durable = self.content.durable
        if self.found_junk and self.found_file == (self.content, self.content.n_cuts):
            return  # nothing has been written since
        news = durable[self.found_size :].splitlines(keepends=True)
        entries = [line for line in news if ENTRY.search(line)]
        self.n_safe = max(self.n_safe, self.n_found + len(entries))

    @rule(number=st.integers(0, N_CANDIDATES - 1), split=st.integers(0, N_SPLITS - 1))
    @precondition(lambda self: self.journal is not None)
    def record(self, number: int, split: int) -> None:
        assert self.journal is not None
        trial = Trial(number, {"value": number}, [None] * N_SPLITS)
        if any(outcome.split == split for outcome in self.journal.recall(trial)):
            return
        key = self.journal._key(trial)
        place = self.journal.contents.numbers.get(key)
        if place is None:
            place = len(self.journal.contents.candidates)
            self.written.append(place)
        self.last_score += 1
        outcome = Outcome(place, split, {"score": self.last_score}, fits=(("", 0.5),))
        self.written.append(outcome)
        self.journal.split_finished(trial, outcome)
        # so that the same task is not recorded twice by this run
        self.journal.contents.outcomes.setdefault(place, {})[split] = outcome

    @rule(seconds=st.sampled_from([0.1, 0.9, 1.5]))
    def wait(self, seconds: float) -> None:
        self.time.pass_by(seconds)

    @rule()
    @precondition(lambda self: self.journal is not None)
    def leave(self) -> None:
        if self.journal is not None:
            self.journal.__exit__(None, None, None)
            self.count_safe()
            if self.journal._writer is not None:
                assert self.n_safe == len(self.written), "after its end nothing can be lost"
            self.journal = None

    @rule(seed=seeds)
    def crash(self, seed: int) -> None:
        self.count_safe()
        self.die(seed)

    @rule(
        seed=seeds,
        left=st.integers(0, 8),
        number=st.integers(0, N_CANDIDATES - 1),
        splits=st.permutations(range(N_SPLITS)),
        closing=st.booleans(),
    )
    def crash_on_the_way(
        self, seed: int, left: int, number: int, splits: list[int], closing: bool
    ) -> None:
        """Lose the power inside of whatever the journal does."""
        self.disk.left = left
        try:
            if self.journal is None:
                self.reopen()
            for split in splits:
                self.record(number, split)
            if closing:
                assert self.journal is not None
                self.journal._close()
        except PowerCut:
            pass
        self.count_safe()
        self.die(seed)

    def die(self, seed: int) -> None:
        self.time.timers.clear()
        self.disk.crash(seed)
        self.journal = None

    @rule(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
    @precondition(lambda self: self.journal is None and self.content is not None)
    def flip(self, where: float, bit: int) -> None:
        sound = self.content.now
        at = int(where * len(sound))
        if (at, bit) in self.flipped:  # which would mend it, and bring back what was lost
            return
        self.flipped.add((at, bit))
        damaged = bytearray(sound)
        damaged[at] ^= 1 << bit
        self.damage(sound, bytes(damaged))

    @rule(where=st.floats(0, 1))
    @precondition(lambda self: self.journal is None and self.content is not None)
    def cut(self, where: float) -> None:
        sound = self.content.now
        self.damage(sound, sound[: int(where * len(sound))])

    def damage(self, sound: bytes, damaged: bytes) -> None:
        """Open what is damaged; if it is refused, take the copy from before."""
        self.content.durable, self.content.pending = damaged, []
        safe, self.n_safe = self.n_safe, 0
        try:
            self.reopen()
        except CheckpointError as exc:
            assert "line " in str(exc) or "no journal" in str(exc)  # noqa: PT017
            assert self.content.now == damaged, "what is refused is left as it is"
            self.content.durable, self.n_safe = sound, safe
            assert not self.disk._locked

    @invariant()
    def at_most_one_timer(self) -> None:
        assert len(self.time.timers) <= 1


TestCrashing = Crashing.TestCase
TestCrashing.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.slow
class TestCrashingLong(Crashing.TestCase):  # type: ignore[misc, name-defined]
    settings = settings(
        max_examples=1000,
        stateful_step_count=40,
        suppress_health_check=[HealthCheck.too_slow],
    )
