"""Bundles whose pieces are there are handed out before those that need others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sktune.engine.ready_first import ReadyFirst
from sktune.evaluation import Task


class Bench:
    """Candidates that each need one piece, planned in their order on each of some splits."""

    def __init__(
        self, keys: list[int], n_splits: int, n_workers: int = 2, stages: Any = ()
    ) -> None:
        self.steps = {n: frozenset({key}) for n, key in enumerate(keys)}
        self.begun: dict[int, set[int]] = {split: set() for split in range(n_splits)}
        needs = lambda tasks: frozenset().union(*(self.steps[t.trial] for t in tasks))  # noqa: E731
        self.stages = stages
        self.ready = ReadyFirst(needs, self.begun, stages)
        self.planned = [[Task(n, split, {})] for n in range(len(keys)) for split in range(n_splits)]
        self._order = self.ready.order(iter(self.planned), lambda: n_workers)

    def hand_out(self) -> Iterator[Any]:
        for tasks in self._order:
            if tasks is not None:
                self.begun[tasks[0].split] |= self.steps[tasks[0].trial] - set(self.stages)
            yield None if tasks is None else tasks[0]

    def end(self, task: Task) -> None:
        self.ready.take_in(task.split, self.steps[task.trial])


def test_no_worker_waits_while_there_is_something_else_to_do() -> None:
    bench = Bench([0] * 10, 5)
    order = bench.hand_out()
    first = [next(order) for _ in range(5)]
    assert [task.split for task in first] == [0, 1, 2, 3, 4]  # each begins its piece
    for task in first[:4]:
        bench.end(task)
    others = [next(order) for _ in range(36)]
    assert {task.split for task in others} == {0, 1, 2, 3}
    bench.end(first[4])
    assert [task.split for task in order] == [4] * 9


def test_what_begins_a_piece_does_not_wait() -> None:
    bench = Bench([0, 0, 1, 0], 1)
    order = bench.hand_out()
    bench.end(next(order))
    bench.ready._made[0].clear()
    bench.ready._made[1].add(7)  # something is known
    assert [next(order).trial for _ in range(3)] == [2, 1, 3]


def test_what_goes_on_from_a_stage_is_not_handed_out_before_it() -> None:
    bench = Bench([1, 1, 1], 1, stages={1})
    bench.steps[0] = frozenset()
    order = bench.hand_out()
    assert [next(order).trial, next(order)] == [0, None]
    bench.ready.take_in(0, {1})
    assert [task.trial for task in order] == [1, 2]


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=40), st.integers(1, 3),
    st.integers(1, 3), st.data(),
)  # fmt: skip
def test_everything_is_handed_out_once_and_first_what_is_ready(
    keys: list[int], n_splits: int, n_workers: int, data: st.DataObject
) -> None:
    bench = Bench(keys, n_splits, n_workers)
    under_way: list[Task] = []
    given_out: list[tuple[int, int]] = []
    made: set[tuple[int, int]] = set()
    for task in bench.hand_out():
        given_out.append((task.trial, task.split))
        under_way.append(task)
        while under_way and data.draw(st.booleans()):
            done = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
            bench.end(done)
            made.add((done.split, keys[done.trial]))
    assert sorted(given_out) == sorted((t.trial, t.split) for (t,) in bench.planned)
