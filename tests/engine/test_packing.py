"""What a bundle says of its tasks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sktune.engine.packing import Packing
from sktune.evaluation import Task

numbers = st.integers(0, 3)


@given(st.sets(st.tuples(numbers, numbers)), st.permutations(range(4)))
def test_only_what_is_to_be_checked_is_evaluated_twice(checks: Any, order: list[int]) -> None:
    tasks = [Task(trial, split, {}) for trial in order for split in range(4)]
    packing = Packing(
        tasks,
        dict.fromkeys(range(4)),
        [(None, None)] * 4,
        {},
        whole=False,
        later=(),
        checks=checks,
    )
    for split in range(4):
        bundle = packing.bundle([task for task in tasks if task.split == split])
        assert bundle.shared is not None
        assert bundle.shared.checks == {trial for trial, at in checks if at == split}
