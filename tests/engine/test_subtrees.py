"""The plan of tasks that have work in common."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sktune.engine.planning import SECONDS, Cost
from sktune.engine.single_worker import MARGIN, UNKNOWN
from sktune.engine.subtrees import Subtrees
from sktune.evaluation import Bundle, CommonWork, Task
from sktune.sharing import Lineages, Piece
from sktune.trials import Outcome

PIPELINE = make_pipeline(StandardScaler(), PCA(svd_solver="full"), SVC())
NAMES = {"scale": "standardscaler__with_mean", "pca": "pca__n_components", "C": "svc__C"}


class Cut(NamedTuple):
    """Tasks over candidates and splits, and the pieces of the candidates."""

    tasks: list[list[Task]]
    pieces: dict[int, Piece | None]


def tasks(n_splits: int, scale: int, pca: int, C: int) -> Cut:
    grid = {NAMES["scale"]: [True, False][:scale], NAMES["pca"]: range(1, pca + 1)}
    grid[NAMES["C"]] = range(1, C + 1)
    return cut_of(Lineages(PIPELINE), grid, n_splits)


def cut_of(lineages: Lineages, grid: Any, n_splits: int) -> Cut:
    candidates = list(enumerate(ParameterGrid(grid)))
    return Cut(
        [[Task(n, split, params) for split in range(n_splits)] for n, params in candidates],
        {n: lineages.of(params) for n, params in candidates},
    )


def shared(bundle: Bundle) -> CommonWork:
    assert bundle.shared is not None
    return bundle.shared


def pca_of(bundle: Bundle, task: Task) -> Any:
    part = shared(bundle).pieces[task.trial].parts[1]
    return None if part is None else part.key


def cost_of(step: float, last: float) -> Cost:
    cost = Cost()
    fits = (("standardscaler", step), ("pca", step), ("svc", last))
    cost.learn(Outcome(0, 0, {}, own_time=2 * step + last, fits=fits))
    return cost


def planned(cut: Cut, n_workers: int, cost: Cost) -> list[Bundle]:
    splits = [(None, None)] * len(cut.tasks[0])
    return list(Subtrees(*cut, splits, leads={}, whole=False).bundles(cost, lambda: n_workers))


def numbers(bundles: list[Bundle]) -> list[tuple[int, int]]:
    return [(task.trial, task.split) for bundle in bundles for task in bundle.tasks]


def prefixes(bundle: Bundle) -> set[Any]:
    pieces = shared(bundle).pieces.values()
    return {part.key for piece in pieces for part in piece.parts[:-1] if part}


@given(
    st.integers(1, 4), st.integers(1, 2), st.integers(1, 4), st.integers(1, 6),
    st.integers(2, 9), st.sampled_from([0.0, 0.01, 1.0, 30.0]), st.sampled_from([0.001, 1.0, 20.0]),
)  # fmt: skip
def test_every_task_is_planned_once(
    n_splits: int, scale: int, pca: int, C: int, n_workers: int, step: float, last: float
) -> None:
    cut = tasks(n_splits, scale, pca, C)
    bundles = planned(cut, n_workers, cost_of(step, last))
    everything = itertools.product(range(scale * pca * C), range(n_splits))
    assert sorted(numbers(bundles)) == sorted(everything)
    for bundle in bundles:
        assert {task.split for task in bundle.tasks} == {bundle.split}


@settings(max_examples=30)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(2, 5), st.sampled_from([0.1, 1.0]))
def test_what_bundles_have_in_common_is_known_to_both(
    n_splits: int, pca: int, n_workers: int, last: float
) -> None:
    bundles = planned(tasks(n_splits, 2, pca, 5), n_workers, cost_of(1.0, last))
    for number, bundle in enumerate(bundles):
        others = [b for b in bundles if b is not bundle and b.split == bundle.split]
        in_common = {key for other in others for key in prefixes(other)} & prefixes(bundle)
        if pca == 1:  # a scaler is only on the way to it
            in_common &= _deepest(bundle)
        assert in_common <= shared(bundle).common
        later = [b for b in bundles[number + 1 :] if b.split == bundle.split]
        for other in later:
            assert _deepest(other) & prefixes(bundle) <= shared(bundle).keep


def _deepest(bundle: Bundle) -> set[Any]:
    """What the last steps of a bundle are fitted on."""
    return {pca_of(bundle, task) for task in bundle.tasks} - {None}


def test_a_subtree_that_fits_is_one_bundle() -> None:
    bundles = planned(tasks(12, 1, 1, 5), 2, cost_of(0.01, 0.01))
    assert [len(bundle.tasks) for bundle in bundles] == [5] * 12
    assert not any(shared(bundle).keep for bundle in bundles)


@pytest.mark.parametrize("last", [0.01, 0.2, 20.0])
def test_no_bundle_takes_more_than_half_a_second_unless_it_is_one_task(last: float) -> None:
    begun: set[Any] = set()
    for bundle in planned(tasks(3, 2, 4, 40), 2, cost_of(0.1, last)):
        pieces = {(bundle.split, key) for key in prefixes(bundle)}
        seconds = len(bundle.tasks) * last + 0.1 * len(pieces - begun)
        begun |= pieces
        assert seconds <= SECONDS or len(bundle.tasks) == 1


def test_what_is_fitted_already_does_not_count_as_work() -> None:
    sizes = [len(bundle.tasks) for bundle in planned(tasks(1, 1, 1, 80), 2, cost_of(1.0, 0.01))]
    assert max(sizes) > 8  # with their two steps each would be 2 s by itself


def test_bundles_are_cut_where_they_have_least_in_common() -> None:
    bundles = planned(tasks(4, 2, 6, 4), 2, cost_of(0.001, 0.05))
    sizes = [len(bundle.tasks) for bundle in bundles]
    grown = sizes.index(max(sizes))
    assert max(sizes) > 4
    ends = [pca_of(bundle, bundle.tasks[-1]) for bundle in bundles]
    split = bundles[grown].split
    follows = next(b for b in bundles[grown + 1 :] if b.split == split)
    assert pca_of(follows, follows.tasks[0]) != ends[grown]


@pytest.mark.parametrize(("seconds", "size"), [(2, 2), (3, 3), (4, 3), (5, 3), (6, 6), (8, 6)])
def test_a_cut_is_between_two_branches_if_half_of_it_reaches_there(seconds: int, size: int) -> None:
    plan = Subtrees(*tasks(1, 1, 3, 3), [(None, None)], leads={}, whole=False)
    [subtree] = plan._subtrees
    assert plan._cut(subtree, cost_of(0.0, 1.0), seconds + 0.5) == size


def test_before_anything_is_known_bundles_are_single_tasks_of_different_subtrees() -> None:
    plan = Subtrees(*tasks(2, 2, 2, 4), [(None, None)] * 2, leads={}, whole=False).bundles(
        Cost(), lambda: 2
    )
    first = [next(plan) for _ in range(4)]
    assert [len(bundle.tasks) for bundle in first] == [1] * 4
    assert len({(bundle.split, frozenset(prefixes(bundle))) for bundle in first}) == 4


def test_no_more_subtrees_are_under_way_than_workers_want() -> None:
    for n_splits, most in ((9, 1), (2, 2), (1, 4)):
        splits = [(None, None)] * n_splits
        plan = Subtrees(*tasks(n_splits, 1, 6, 6), splits, leads={}, whole=False)
        first = itertools.islice(plan.bundles(Cost(), lambda: 2), 5 * most * n_splits)
        assert len({frozenset(prefixes(bundle)) for bundle in first}) == most


@pytest.mark.parametrize("cost", [Cost(), cost_of(0.1, 0.1), cost_of(0.1, 5.0)])
def test_candidates_are_handed_out_on_all_splits_before_others(cost: Cost) -> None:
    left: dict[int, set[int]] = {}
    largest = 0
    for bundle in planned(tasks(5, 2, 4, 6), 2, cost):
        for task in bundle.tasks:
            left.setdefault(task.trial, set(range(5))).discard(task.split)
        largest = max(largest, sum(map(bool, left.values())))
    assert largest <= max(1, 0.5 / (cost.last or 0.5))


def test_small_work_on_a_split_is_one_bundle_and_needs_no_file() -> None:
    bundles = planned(tasks(9, 2, 2, 2), 2, cost_of(0.001, 0.005))
    whole = [bundle for bundle in bundles if len(bundle.tasks) == 8]
    assert len(whole) >= 6  # they may be cut to end together
    assert not any(shared(bundle).common for bundle in whole)


def test_small_work_is_cut_where_workers_would_be_idle() -> None:
    assert len(planned(tasks(2, 2, 4, 2), 16, cost_of(0.001, 0.005))) >= 16


def test_only_what_others_are_fitted_on_is_handed_on() -> None:
    for bundle in planned(tasks(1, 1, 1, 9), 2, Cost()):
        (piece, *_) = shared(bundle).pieces.values()
        scaler, pca, _ = piece.parts
        assert scaler is not None
        assert pca is not None
        assert pca.key in shared(bundle).common
        assert scaler.key not in shared(bundle).common


def test_workers_begin_with_different_branches_behind_a_common_step() -> None:
    plan = Subtrees(*tasks(1, 1, 6, 4), [(None, None)], leads={}, whole=False).bundles(
        Cost(), lambda: 3
    )
    first = [next(plan) for _ in range(6)]
    assert len({frozenset(prefixes(bundle)) for bundle in first}) == 6


def test_what_has_been_begun_does_not_count_again() -> None:
    bundles = planned(tasks(1, 1, 1, 200), 2, cost_of(30.0, 0.05))
    assert len(bundles) < 30


def one_by_one(cut: Cut, in_order: bool, held: Any, **options: Any) -> list[Bundle]:
    subtrees = Subtrees(*cut, [(None, None)] * len(cut.tasks[0]), leads={}, whole=False)
    return list(subtrees.one_by_one(lambda: in_order, held, **options))


def test_one_worker_keeps_to_the_order_with_each_candidate_on_all_splits() -> None:
    cut = tasks(2, 2, 3, 2)
    bundles = one_by_one(cut, False, lambda: 0.0)
    assert numbers(bundles) == [(task.trial, task.split) for row in cut.tasks for task in row]
    assert not any(shared(bundle).common for bundle in bundles)


def test_one_worker_goes_down_the_tree_while_memory_may_not_do_for_more() -> None:
    bundles = one_by_one(tasks(2, 2, 3, 2), False, lambda: 0.9)
    assert [bundle.split for bundle in bundles] == [0, 1] * 12
    trials = [trial for trial, _ in numbers(bundles)]
    assert trials[::2] == trials[1::2]
    pieces = [pca_of(bundle, bundle.tasks[0]) for bundle in bundles]
    assert len([key for key, _ in itertools.groupby(pieces)]) == 2 * 3
    assert not any(shared(bundle).common for bundle in bundles)


@given(st.integers(1, 30).map(lambda hundredths: hundredths / 50 + 0.003))
def test_one_worker_begins_as_many_subtrees_as_there_is_memory_for(share: float) -> None:
    """Of which each takes a share: so many that there is still room for more than another."""
    grid = [{"pca__n_components": n, "svc__C": C} for C in (1, 2, 3) for n in range(1, 7)]
    lineages = Lineages(make_pipeline(PCA(svd_solver="full"), SVC()))
    pieces = {n: lineages.of(params) for n, params in enumerate(grid)}
    cut = Cut([[Task(n, 0, params)] for n, params in enumerate(grid)], pieces)
    left = Counter(params["pca__n_components"] for params in grid)
    begun = set[int]()
    most, trials = 0, []
    plan = Subtrees(*cut, [(None, None)], leads={}, whole=False)
    for bundle in plan.one_by_one(lambda: False, lambda: share * len(begun)):
        (task,) = bundle.tasks
        begun.add(n := task.params["pca__n_components"])
        most = max(most, len(begun))
        left[n] -= 1
        if not left[n]:
            begun.remove(n)
        trials.append(task.trial)
    two = 2 if share + MARGIN * UNKNOWN <= 1 else 1  # of which nothing is known
    assert most == min(6, max(two, math.floor(1 / share - MARGIN + 1)))
    assert sorted(trials) == list(range(18))
    assert (trials == list(range(18))) == (share * (6 + MARGIN) <= 1)


def test_one_worker_goes_split_by_split_where_memory_is_short() -> None:
    bundles = one_by_one(tasks(2, 2, 3, 2), False, lambda: 1.1)
    assert [bundle.split for bundle in bundles] == [0] * 6 + [1] * 6 + [0] * 6 + [1] * 6
    pieces = [(bundle.split, pca_of(bundle, bundle.tasks[0])) for bundle in bundles]
    assert len([key for key, _ in itertools.groupby(pieces)]) == 2 * 2 * 3


def test_one_worker_keeps_the_order_where_it_matters() -> None:
    cut = tasks(2, 2, 3, 2)
    in_order = [(task.trial, task.split) for row in cut.tasks for task in row]
    assert numbers(one_by_one(cut, True, lambda: 2.0)) == in_order
    assert numbers(one_by_one(cut, False, lambda: 0.9, numbered=True)) == in_order


@given(st.lists(st.floats(0, 1.2), max_size=30), st.integers(1, 3), st.booleans())
def test_one_worker_does_every_task_once(held: list[float], n_splits: int, numbered: bool) -> None:
    cut, left = tasks(n_splits, 2, 2, 3), iter(held)
    bundles = one_by_one(cut, False, lambda: next(left, 0.5), numbered=numbered)
    assert sorted(numbers(bundles)) == [(t.trial, t.split) for row in cut.tasks for t in row]


def test_several_workers_get_candidates_by_number_where_each_may_be_the_last() -> None:
    cut = tasks(2, 2, 3, 2)
    plan = Subtrees(*cut, [(None, None)] * 2, leads={}, whole=False)
    bundles = list(plan.bundles(Cost(), lambda: 2, numbered=True))
    assert [number for bundle in bundles if bundle for number in numbers([bundle])] == [
        (task.trial, task.split) for row in cut.tasks for task in row
    ]


def test_what_is_derived_from_one_fit_is_not_cut() -> None:
    lineages = Lineages(make_pipeline(StandardScaler(), KNeighborsClassifier()))
    grid = {
        "kneighborsclassifier__n_neighbors": range(1, 30),
        "kneighborsclassifier__leaf_size": [20, 30],
    }
    cut = cut_of(lineages, grid, 1)
    leads = lineages.leads([piece for piece in cut.pieces.values() if piece is not None])
    plan = Subtrees(*cut, [(None, None)], leads=leads, whole=False)
    bundles = list(plan.bundles(cost_of(0.1, 30.0), lambda: 2))
    assert [len(bundle.tasks) for bundle in bundles] == [29, 29]
    for bundle in bundles:
        sizes = [task.params["kneighborsclassifier__n_neighbors"] for task in bundle.tasks]
        assert sizes == sorted(sizes)
        assert len(shared(bundle).leads) == 1


@pytest.mark.parametrize(
    ("n_splits", "shape"), [(4, (2, 4, 9)), (1, (2, 12, 3)), (1, (2, 20, 2))]
)  # the latter are cut into many small subtrees, of which several are one bundle
@pytest.mark.parametrize("seconds", [0.0, 1e-4])
def test_what_fails_at_once_does_not_make_bundles_of_all_others(
    n_splits: int, shape: tuple[int, int, int], seconds: float
) -> None:
    cost, largest = Cost(), 1
    splits = [(None, None)] * n_splits
    cut = tasks(n_splits, *shape)
    plan = Subtrees(*cut, splits, leads={}, whole=False).bundles(cost, lambda: 2)
    for bundle in plan:
        assert len(bundle.tasks) <= 4 * largest
        largest = max(largest, len(bundle.tasks))
        for task in bundle.tasks:
            cost.learn(Outcome(task.trial, task.split, {}, own_time=seconds))


@settings(max_examples=50)
@given(
    st.integers(1, 3), st.integers(1, 6), st.integers(1, 6),
    st.lists(st.integers(0, 12), min_size=1, max_size=30), st.sampled_from([0.001, 1.0]),
)  # fmt: skip
def test_every_task_is_planned_once_while_workers_join_and_leave(
    n_splits: int, pca: int, C: int, counts: list[int], last: float
) -> None:
    changing = itertools.chain(counts, itertools.repeat(counts[-1]))
    cut = tasks(n_splits, 2, pca, C)
    plan = Subtrees(*cut, [(None, None)] * n_splits, leads={}, whole=False)
    of_one = plan.one_by_one(lambda: False, lambda: 0.0, n_workers=lambda: next(changing))
    bundles = [*of_one, *plan.bundles(cost_of(0.1, last), lambda: next(changing))]
    everything = itertools.product(range(2 * pca * C), range(n_splits))
    assert sorted(numbers(bundles)) == sorted(everything)


def test_workers_that_join_late_begin_with_pieces_of_their_own() -> None:
    count = 1
    plan = Subtrees(*tasks(1, 1, 12, 9), [(None, None)], leads={}, whole=False)
    bundles = plan.bundles(cost_of(0.2, 0.2), lambda: count)
    before = list(itertools.islice(bundles, 8))
    assert len({key for bundle in before for key in _deepest(bundle)}) <= 4
    count = 12
    after = list(itertools.islice(bundles, 10))
    assert len({key for bundle in after for key in _deepest(bundle)}) == 10


def test_bundles_are_sized_for_the_workers_that_there_are() -> None:
    count = 2
    plan = Subtrees(*tasks(1, 1, 1, 400), [(None, None)], leads={}, whole=False)
    bundles = plan.bundles(cost_of(1e-4, 1e-4), lambda: count)
    sizes = [len(next(bundles).tasks) for _ in range(4)]
    count = 40
    assert len(next(bundles).tasks) < sizes[-1]
