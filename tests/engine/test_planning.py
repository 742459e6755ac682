"""Which tasks are evaluated together."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune.engine.planning import SECONDS, Cost, plan
from sktune.evaluation import Evaluator, Task
from sktune.trials import Outcome
from tests.helpers.engine import problem


def tasks(n_candidates: int, n_splits: int) -> list[list[Task]]:
    return [[Task(i, j, {}) for j in range(n_splits)] for i in range(n_candidates)]


@given(
    n_candidates=st.integers(0, 60),
    n_splits=st.integers(1, 5),
    n_workers=st.integers(1, 16),
    costs=st.lists(st.floats(1e-6, 10) | st.none(), min_size=1, max_size=20),
)
def test_every_task_is_planned_once_and_each_bundle_has_one_split(
    n_candidates: int, n_splits: int, n_workers: int, costs: list[float | None]
) -> None:
    cost = Cost()
    planned: list[tuple[int, int]] = []
    bundles = plan(
        tasks(n_candidates, n_splits),
        [(i, i) for i in range(n_splits)],
        cost,
        n_workers=lambda: n_workers,
    )
    for index, bundle in enumerate(bundles):
        assert {task.split for task in bundle.tasks} == {bundle.split}
        assert bundle.rows == (bundle.split, bundle.split)
        planned += [(task.trial, task.split) for task in bundle.tasks]
        cost.seconds = costs[index % len(costs)]
    assert sorted(planned) == [(i, j) for i in range(n_candidates) for j in range(n_splits)]


def sizes(seconds: float | None, n_candidates: int, n_workers: int) -> list[int]:
    bundles = plan(
        tasks(n_candidates, 1),
        [(0, 0)],
        Cost(seconds),
        n_workers=lambda: n_workers,
    )
    return [len(bundle.tasks) for bundle in bundles]


def test_bundles_grow_with_what_is_known_and_end_small() -> None:
    assert max(sizes(None, 50, 2)) == 1
    assert max(sizes(10 * SECONDS, 50, 2)) == 1
    cheap = sizes(SECONDS / 1000, 1000, 2)
    assert cheap[:3] == [1, 1, 1] or cheap[0] <= 2
    assert max(cheap) > 50
    assert cheap[-1] <= 2
    assert max(cheap) <= math.ceil(1000 / 4)


def test_costs_follow_what_has_been_measured() -> None:
    cost = Cost()
    for _ in range(50):
        cost.learn(Outcome(0, 0, {}, own_time=1.0, fits=(("scale", 0.4), ("clf", 0.6))))
    assert cost.seconds == pytest.approx(1.0)
    for _ in range(50):
        cost.learn(Outcome(0, 0, {}, own_time=3.0, fits=(("clf", 3.0),)))
    assert cost.seconds is not None
    assert 2.9 < cost.seconds <= 3.0
    assert cost.last is not None
    assert 2.9 < cost.last <= 3.0
    assert cost.step == pytest.approx(0.4)


def test_what_is_done_around_the_fits_of_steps_is_theirs() -> None:
    cost, fits = Cost(), (("scale", 0.01), ("columns", 0.03), ("clf", 0.1))
    cost.learn(Outcome(0, 0, {}, own_time=0.32, score_time=0.02, fits=fits))
    assert cost.last == pytest.approx(0.12)
    assert cost.step == pytest.approx(0.1)


def test_one_worker_gets_one_task_at_a_time() -> None:
    assert max(sizes(1e-6, 50, 1)) == 1


def test_nothing_that_grows_with_the_search_travels_with_a_task() -> None:
    def sent(n_candidates: int, n_splits: int) -> int:
        measured = problem(n_splits)
        bundles = plan(
            tasks(n_candidates, n_splits),
            measured.splits,
            Cost(),
            n_workers=lambda: 2,
        )
        return len(pickle.dumps((Evaluator(measured), list(bundles)[7])))

    assert sent(1000, 3) <= sent(10, 3) + 8
    assert sent(10, 30) <= sent(10, 3) + 150  # a larger training set, but one split


@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=9))
def test_costs_go_from_what_they_were_towards_what_the_last_took(microseconds: list[int]) -> None:
    cost = Cost()
    for value in (n / 1e6 for n in microseconds):
        before = cost.seconds
        cost.learn(Outcome(0, 0, {}, own_time=value))
        known = cost.seconds
        assert known is not None
        if before is None:
            assert known == value
        elif abs(value - before) > 1e-9 * value:  # more than is rounded
            assert 0 < (known - before) / (value - before) < 0.5  # one outlier does not make it
        assert cost.last == known
        assert cost.step is None
