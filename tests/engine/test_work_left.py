"""What is counted of the work that is left is what one finds by going through it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sktune.engine.planning import Cost
from sktune.engine.work_left import Subtree, WorkLeft
from sktune.evaluation import Task

N_SPLITS = 3


def subtree_of(numbers: list[int], paths: dict[int, tuple[int, ...]]) -> Subtree:
    candidates = [[Task(n, split, {}) for split in range(N_SPLITS)] for n in numbers]
    return Subtree(candidates, {n: (path, ()) for n, path in paths.items()})


def seconds_of(candidates: Any, steps: Any, begun: Any, cost: Cost) -> float:
    keys = {key for tasks in candidates for key in steps[tasks[0].trial]}
    n_fits = sum(key not in begun[split] for key in keys for split in begun)
    return (cost.last or 1.0) * sum(map(len, candidates)) + (cost.step or 0.0) * n_fits


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(4, 9)), min_size=1, max_size=4),
             min_size=1, max_size=5),
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 3), st.integers(0, N_SPLITS), st.booleans()),
        max_size=20,
    ),
    st.sampled_from([0.1, 3.0, None]),
)  # fmt: skip
def test_work_is_counted_as_it_changes(
    trees: list[list[tuple[int, int]]], takes: list[tuple[int, int, int, bool]], step: float | None
) -> None:
    paths = dict(enumerate(path for tree in trees for path in tree))
    steps = {n: frozenset(path) for n, path in paths.items()}
    numbers, subtrees = iter(paths), []
    for tree in trees:
        subtrees.append(subtree_of([next(numbers) for _ in tree], paths))
    begun: dict[int, set[int]] = {split: set() for split in range(N_SPLITS)}
    cost = Cost(1.0, 1.0, step)
    left, waiting = WorkLeft(subtrees, steps, begun), list(subtrees)
    for which, n, n_splits, begins in takes:
        waiting = [subtree for subtree in waiting if subtree in left]
        if begins:
            most = max((s.seconds(cost) for s in waiting), default=None)
            found = left.begin_largest(cost)
            assert found is next((s for s in waiting if s.seconds(cost) == most), None)
            waiting = [subtree for subtree in waiting if subtree is not found]
        subtree = subtrees[which % len(subtrees)]
        if subtree in left:
            taken = left.take(subtree, n)
            for split in range(n_splits):  # an earlier run may have the others
                keys = {key for tasks in taken for key in steps[tasks[0].trial]}
                left.note_begun(split, keys)
                begun[split] |= keys
        for each in left:
            assert each.seconds(cost) == seconds_of(each.candidates, steps, begun, cost)
        total = sum(each.seconds(cost) for each in left)
        assert abs(left.seconds(cost) - total) < 1e-9
        assert left.n_candidates == sum(len(each.candidates) for each in left)
