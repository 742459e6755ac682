"""Which candidates have work in common, and which are on their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune.engine.sharing_plan import SharingPlan
from sktune.evaluation import Evaluator, Guard, SharedEvaluator, Task
from sktune.sharing import Lineages
from sktune.trials import Trial, Trials
from tests.helpers.engine import problem

PIPELINE = make_pipeline(StandardScaler(), PCA(svd_solver="full"), SVC())
N_SPLITS = 2


def plan_of(estimator: Any, *, shares: bool = True, in_order: bool = False) -> SharingPlan:
    lineages = Lineages(estimator) if shares else None
    measured = problem(N_SPLITS, estimator=estimator)
    return SharingPlan(measured, None, lineages, guard=Guard(), verify=False, in_order=in_order)


def begun(candidates: Sequence[Any]) -> list[Trial]:
    trials = Trials(N_SPLITS)
    return [trials.begin(params) for params in candidates]


def tasks_of(trials: Sequence[Trial], splits: Sequence[int] = range(N_SPLITS)) -> list[list[Task]]:
    return [[Task(trial.number, split, trial.params) for split in splits] for trial in trials]


def candidate(scale: bool, n: int, C: float) -> dict[str, Any]:
    return {"standardscaler__with_mean": scale, "pca__n_components": n, "svc__C": C}


APART = [candidate(True, 1, 1.0), candidate(False, 2, 2.0)]
TWO_OF_THREE = [candidate(True, 1, 1.0), candidate(True, 1, 2.0), candidate(False, 2, 2.0)]
NEIGHBOURS = [{"n_neighbors": n} for n in (1, 3, 5)]


@pytest.mark.parametrize(
    ("estimator", "candidates", "with_pieces"),
    [
        (PIPELINE, APART[:1], []),
        (PIPELINE, APART, []),
        (PIPELINE, TWO_OF_THREE, [0, 1, 2]),  # then all pipelines are counted by their pieces
        (SVC(), [{"C": 1.0}, {"C": 2.0}], []),
        (KNeighborsClassifier(), NEIGHBOURS, [0, 1, 2]),  # all out of one fit
    ],
)
def test_only_candidates_with_work_in_common_are_planned_by_pieces(
    estimator: Any, candidates: Any, with_pieces: list[int]
) -> None:
    assert sorted(plan_of(estimator).block(begun(candidates)).pieces) == with_pieces
    assert not plan_of(estimator, shares=False).block(begun(candidates)).pieces


def test_what_an_earlier_block_had_counts() -> None:
    plan, trials = plan_of(PIPELINE), begun(TWO_OF_THREE)
    assert not plan.block(trials[:1], more=True).pieces
    assert sorted(plan.block(trials[1:2]).pieces) == [1]


@pytest.mark.parametrize("splits", [range(N_SPLITS), [1]])
@pytest.mark.parametrize("in_order", [False, True])
def test_every_task_is_in_one_of_both_plans(splits: Sequence[int], in_order: bool) -> None:
    plan = plan_of(KNeighborsClassifier(), in_order=in_order)
    trials = begun([*NEIGHBOURS, {"metric": "cosine"}])
    block = plan.block(trials[:3])
    tasks = tasks_of(trials, splits)
    assert isinstance(plan.evaluator, Evaluator)
    alone, subtrees = plan.plan(block, tasks)
    assert isinstance(plan.evaluator, SharedEvaluator)
    assert subtrees is not None
    assert alone == ([] if in_order else tasks[3:])
    bundles = subtrees.one_by_one(lambda: in_order, lambda: 0.0)
    given = [task for bundle in bundles for task in bundle.tasks]
    expected = [task for of_one in tasks[: 4 if in_order else 3] for task in of_one]
    assert sorted(given, key=expected.index) == expected
    if in_order:
        assert given == expected


def test_without_work_in_common_there_is_nothing_to_plan() -> None:
    plan, trials = plan_of(PIPELINE, in_order=True), begun(APART)
    tasks = tasks_of(trials)
    assert plan.plan(plan.block(trials), tasks) == (tasks, None)
    assert isinstance(plan.evaluator, Evaluator)


def test_which_keys_may_be_needed_later() -> None:
    plan, trials = plan_of(PIPELINE), begun(ParameterGrid({"svc__C": [1.0, 2.0]}))
    last, more = plan.block(trials), plan.block(trials, more=True)
    keys = last.pieces[1].keys
    assert all(key in last.keys([1]) for key in keys)
    assert not any(key in last.keys([]) for key in keys)
    assert all(key in more.keys([]) for key in keys)
