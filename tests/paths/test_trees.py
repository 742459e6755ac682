"""Decision trees: pruned ones, and limits that change nothing."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_regression
from sklearn.model_selection import ParameterGrid
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from sktune import GridSearch
from sktune.paths import Fit, family_of
from sktune.paths.growth import Growth, GrowthLimits, largest_leaf_summed_alike
from sktune.paths.trees import TreePath
from sktune.testing import Case
from sktune.testing.path_families import difference
from tests.helpers.path_laws import PathLaws

RNG = np.random.RandomState(0)
IRIS_X, IRIS_Y = load_iris(return_X_y=True)
X, Y = make_regression(90, 4, noise=20.0, random_state=0)
FEW = RNG.randint(0, 4, (80, 3)).astype(float)
NOISY = (FEW[:, 0] + RNG.randint(0, 3, 80) > 2).astype(int)
WEIGHTS = RNG.rand(90) + 0.1
ALPHAS = [0.0, 1e-12, 0.01, 0.03, 0.5, 1e9]
LIMITS = {"min_samples_leaf": [1, 2, 3, 5], "min_samples_split": [2, 4, 8]}


def tree(kind: Any = DecisionTreeClassifier, **params: Any) -> Any:
    return kind(**{"random_state": 0, **params})


class TestTreePath(PathLaws):
    def cases(self) -> list[Case]:
        two = np.column_stack([NOISY, FEW[:, 1] > 1]).astype(int)
        frame = pd.DataFrame(IRIS_X[:, :3].astype(np.float32), columns=list("abc"))
        named = np.array(["a", "b", "c"])[IRIS_Y]
        regressor = tree(DecisionTreeRegressor)
        alphas = {"ccp_alpha": ALPHAS}
        return [
            Case(tree(), alphas, frame, named),
            Case(tree(criterion="entropy"), {"ccp_alpha": [0.01, 0.03]}, FEW, NOISY),
            Case(tree(max_leaf_nodes=6), alphas, FEW, NOISY),
            Case(tree(class_weight="balanced", max_features=2), alphas, FEW, NOISY),
            Case(tree(), alphas, FEW, two),
            Case(tree(splitter="random"), alphas, sparse.csr_matrix(FEW), NOISY),
            Case(tree(random_state=np.random.RandomState(3)), alphas, FEW, NOISY),
            Case(tree(ExtraTreeClassifier), {**alphas, "max_depth": [None, 30]}, FEW, NOISY),
            Case(regressor, {"ccp_alpha": [0.0, 10.0, 500.0]}, np.asfortranarray(X), Y),
            Case(
                tree(DecisionTreeRegressor, criterion="poisson"),
                {"ccp_alpha": [0.0, 0.1, 1.0], "max_depth": [40, None]},
                X,
                np.abs(Y),
                {"sample_weight": WEIGHTS},
            ),
            Case(regressor, {"ccp_alpha": [0.0, 10.0]}, X, np.column_stack([Y, Y[::-1]])),
            Case(tree(ExtraTreeRegressor, max_features="sqrt"), {"ccp_alpha": [0, 9.0]}, X, Y),
            Case(tree(max_depth=2), LIMITS, IRIS_X, IRIS_Y),
            Case(tree(max_depth=2, splitter="random"), LIMITS, IRIS_X, IRIS_Y, n_fits=12),
            Case(tree(DecisionTreeRegressor, max_depth=2), LIMITS, X, Y, n_fits=12),
            Case(tree(max_depth=2, min_samples_leaf=0.1), {"max_depth": [20, 30]}, FEW, NOISY),
            Case(tree(), {"max_depth": [None, 12, 25, np.int64(30)]}, FEW, NOISY),
            Case(tree(max_leaf_nodes=4), {"max_depth": [None, 12, 25]}, FEW, NOISY),
        ]

    def alone(self) -> list[Any]:
        odd = [0, -1, 2.0, "2", True, 2**31]
        return [
            *(tree(max_depth=value) for value in odd),
            *(tree(ccp_alpha=a) for a in (-0.1, None, "0", True, np.nan, np.inf)),
            tree(criterion=None),
            tree(splitter=None),
        ]


@pytest.mark.parametrize("value", [0, 1, 0.5, "2", None, True])
def test_odd_sizes_are_told_apart_from_counts(value: Any) -> None:
    _, free = family_of(tree(min_samples_split=value)) or (None, ())
    assert free == ("max_depth", "ccp_alpha")


@pytest.mark.parametrize("value", [0, 0.5, "2", None, True])
def test_odd_leaves_are_told_apart_from_counts(value: Any) -> None:
    _, free = family_of(tree(min_samples_leaf=value)) or (None, ())
    assert free == ("max_depth", "ccp_alpha")


def test_many_limits_of_a_shallow_tree_are_few_fits() -> None:
    grid = {"min_samples_leaf": range(1, 21), "min_samples_split": range(2, 22, 2)}
    search = GridSearch(tree(max_depth=2), {k: list(v) for k, v in grid.items()}, cv=3)
    search.fit(IRIS_X, IRIS_Y)
    asked, done = next(iter(search.sharing_.steps.values()))
    assert asked == 600
    assert done <= 60


def test_the_same_growth_is_the_same_model() -> None:
    lead = tree(max_depth=2)
    fit = Fit(clone(lead).fit(IRIS_X, IRIS_Y), IRIS_X, IRIS_Y)
    for limits in ({"min_samples_split": 30}, {"min_samples_leaf": 9}, {"min_samples_leaf": 40}):
        model = TreePath().derive(fit, tree(max_depth=2, **limits))
        assert model is fit.model


def fit_of(estimator: Any, X: Any, y: Any, **params: Any) -> Fit:
    return Fit(clone(estimator).fit(X, y, **params), X, y, params)


def check(fit: Fit, estimator: Any) -> bool:
    """Whether a model is derived; one that is must be right."""
    model = TreePath().derive(fit, clone(estimator))
    if model is not None:
        own = clone(estimator).fit(fit.X, fit.y, **fit.params)
        assert not difference(model.tree_, own.tree_), (fit.model, estimator)
    return model is not None


def test_pruned_trees_are_no_leads() -> None:
    fit = fit_of(tree(ccp_alpha=0.01), FEW, NOISY)
    assert not check(fit, tree(ccp_alpha=0.03))


def test_looser_limits_are_not_derived() -> None:
    for limits in ({"max_depth": 3}, {"min_samples_split": 30}, {"min_samples_leaf": 9}):
        fit = fit_of(tree(**limits), FEW, NOISY)
        assert not check(fit, tree())
    # as few samples are split, but leaves may be smaller
    fit = fit_of(tree(max_depth=1, min_samples_leaf=3), IRIS_X, IRIS_Y)
    assert not check(fit, tree(max_depth=1, min_samples_split=6))


def test_sizes_that_matter_are_not_derived() -> None:
    fit = fit_of(tree(max_depth=3), IRIS_X, IRIS_Y)
    assert not check(fit, tree(max_depth=3, min_samples_leaf=30))
    assert not check(fit, tree(max_depth=3, min_samples_split=140))
    assert not check(fit, tree(max_depth=1))


def disagreements(fits: Any, members: list[dict[str, Any]]) -> int:
    """How often something is derived, for limits that differ."""
    derived = 0
    for fit in fits:
        for params in members:
            derived += check(fit, clone(fit.model).set_params(**params))
    return derived


def test_what_is_tried_in_vain_draws_random_numbers() -> None:
    # nodes of the same samples cannot be split, but are tried: later ones draw other numbers
    leads = (
        fit_of(tree(max_features=1, random_state=seed), FEW[:40], NOISY[:40]) for seed in range(12)
    )
    members = [{"min_samples_split": s} for s in range(3, 9)] + [
        {"max_depth": d} for d in range(4, 12)
    ]
    assert disagreements(leads, members)


def test_what_was_tried_in_vain_may_not_be_with_other_numbers() -> None:
    def growth(vain: list[int]) -> Growth:
        impurity = np.where(np.isin(np.arange(5), [0, *vain]), 0.5, 0.0)
        grown = SimpleNamespace(
            n_node_samples=np.array([30, 4, 26, 6, 20]),
            children_left=np.array([1, -1, 3, -1, -1]),
            impurity=impurity,
            max_depth=2,
            compute_node_depths=lambda: np.array([1, 2, 2, 3, 3]),
        )
        return Growth(grown, GrowthLimits(9, 2, 1), best_first=False)

    def same(vain: list[int], split: int) -> bool:
        return growth(vain).same(GrowthLimits(9, split, 1), lambda leaf: True)

    assert same([], 20)
    assert same([3, 4], 6)  # both are tried still
    assert same([3], 7)  # nothing is tried after it
    assert same([4], 21)
    assert not same([1], 5)  # what is after it was split, by random numbers
    assert not same([3, 4], 7)  # what is after it is still tried, with other random numbers


@pytest.mark.parametrize("leaf", [2, 3])
def test_in_vain_may_be_for_the_best_split_only(leaf: int) -> None:
    # the best split of a node is refused for its improvement, and the next best is not
    fits = (
        fit_of(tree(min_impurity_decrease=0.02, random_state=seed), x, y)
        for seed, (x, y) in enumerate(small_data(12))
    )
    disagreements(fits, [{"min_samples_leaf": leaf}])


def small_data(count: int) -> Any:
    rng = np.random.RandomState(5)
    for _ in range(count):
        x = rng.randint(0, 5, (30, 3)).astype(float)
        yield x, (x[:, 0] + rng.randint(0, 4, 30) > 3).astype(int)


def test_leaves_of_sums_that_are_rounded_otherwise() -> None:
    rng = np.random.RandomState(7)
    derived = 0
    for _ in range(60):
        x = rng.randint(0, 4, (24, 3)).astype(float)
        y = x[:, 0] + 0.1 * rng.randint(0, 3, 24)
        fit = fit_of(tree(DecisionTreeRegressor, max_depth=2), x, y)
        derived += disagreements([fit], [{"min_samples_leaf": leaf} for leaf in (2, 3, 4)])
    assert derived


def test_whole_targets_are_summed_up_exactly() -> None:
    # of leaves of 20, the first split to look at is right of the middle
    x = np.repeat([0.0, 1.0, 2.0], (10, 90, 50))[:, None]
    regressor, leaf = tree(DecisionTreeRegressor, max_depth=1), {"min_samples_leaf": 20}
    larger = clone(regressor).set_params(**leaf)
    fit = fit_of(regressor, x, IRIS_Y)
    assert largest_leaf_summed_alike(fit) == 10
    assert check(fit, larger)
    assert check(fit_of(regressor, x, IRIS_Y, sample_weight=np.full(150, 3)), larger)
    assert not check(fit_of(regressor, x, IRIS_Y + 0.1), larger)
    assert not check(fit_of(regressor, x, IRIS_Y * 2.0**47), larger)
    for weight in (0.1, -1.0):
        weights = np.r_[weight, np.ones(149)]
        assert not check(fit_of(regressor, x, IRIS_Y, sample_weight=weights), larger)
    classifier = tree(max_depth=1, class_weight={0: 0.1})
    assert not check(fit_of(classifier, x, IRIS_Y), clone(classifier).set_params(**leaf))


def test_other_sums_are_alike_up_to_a_leaf() -> None:
    x = np.arange(40.0)[:, None]
    fit = fit_of(tree(DecisionTreeRegressor, max_depth=1), x, (x[:, 0] > 19) + 0.1)
    assert largest_leaf_summed_alike(fit) == 20
    assert check(fit, tree(DecisionTreeRegressor, max_depth=1, min_samples_leaf=20))
    # a column that is not split right of the middle
    fit = fit_of(tree(DecisionTreeRegressor, max_depth=1), x > 4, (x[:, 0] > 4) + 0.1)
    assert largest_leaf_summed_alike(fit) == 40
    # the first split to look at is right of the middle, if leaves have more than 10
    x = np.r_[np.arange(11.0), np.full(11, 10.0), np.arange(30.0, 48)][:, None]
    fit = fit_of(tree(DecisionTreeRegressor, max_depth=1), x, (x[:, 0] > 15) + 0.1)
    assert largest_leaf_summed_alike(fit) == 10
    assert check(fit, tree(DecisionTreeRegressor, max_depth=1, min_samples_leaf=10))
    assert not check(fit, tree(DecisionTreeRegressor, max_depth=1, min_samples_leaf=11))
    ones = np.r_[np.zeros(2), np.ones(38)] * 0.1
    fit = fit_of(tree(DecisionTreeRegressor, max_depth=1), x, fit.y, sample_weight=ones)
    assert largest_leaf_summed_alike(fit) == 0
    fit = fit_of(tree(DecisionTreeRegressor, max_depth=1), sparse.csc_matrix(x), fit.y)
    assert largest_leaf_summed_alike(fit) == 0
    fit = fit_of(tree(DecisionTreeRegressor, max_leaf_nodes=2), x, fit.y)
    assert largest_leaf_summed_alike(fit) == 0


def test_missing_values_and_medians_are_left_alone() -> None:
    # one leaf of 50 and one of 100; nothing else is tried
    x = IRIS_X[:, 2:3].copy()
    assert check(fit_of(tree(max_depth=1), x, IRIS_Y), tree(max_depth=1, min_samples_leaf=9))
    x[3] = np.nan
    assert not check(fit_of(tree(max_depth=1), x, IRIS_Y), tree(max_depth=1, min_samples_leaf=9))
    median = tree(DecisionTreeRegressor, max_depth=1, criterion="absolute_error")
    fit = fit_of(median, IRIS_X, IRIS_Y)
    assert not check(fit, clone(median).set_params(min_samples_leaf=9))


def test_best_first_trees_draw_in_another_order() -> None:
    lead = tree(max_leaf_nodes=4)
    fit = fit_of(lead, FEW, NOISY)
    depth = fit.model.get_depth()
    assert check(fit, tree(max_leaf_nodes=4, max_depth=depth + 1))
    assert not check(fit, tree(max_leaf_nodes=4, max_depth=depth))
    # pruned ones are numbered otherwise, even if nothing is cut
    model = TreePath().derive(fit, tree(max_leaf_nodes=4, ccp_alpha=1e-12))
    assert model is not fit.model


def random_case(rng: np.random.RandomState) -> tuple[Any, Any, Any]:
    n, d = rng.randint(10, 50), rng.randint(1, 5)
    x = rng.randint(0, rng.randint(2, 9), (n, d)).astype(float)
    x = x[rng.randint(0, n, n)] if rng.rand() < 0.5 else x + rng.rand(n, d)
    y = (x[:, 0] + rng.rand(n) > x[:, 0].mean()).astype(int)
    params: dict[str, Any] = {
        "splitter": ["best", "random"][rng.randint(2)],
        "max_features": [None, "sqrt", 1][rng.randint(3)],
        "random_state": int(rng.randint(99)),
        "max_depth": [None, 2, 3, 4][rng.randint(4)],
        "max_leaf_nodes": [None, None, 5][rng.randint(3)],
        "min_impurity_decrease": [0.0, 0.0, 0.02][rng.randint(3)],
    }
    if rng.rand() < 0.4:
        criterion = ["squared_error", "poisson", "absolute_error"][rng.randint(3)]
        return DecisionTreeRegressor(**params, criterion=criterion), x, 1 + y + 0.1 * x[:, -1]
    weight = [None, "balanced"][rng.randint(2)]
    criterion = ["gini", "entropy", "log_loss"][rng.randint(3)]
    return DecisionTreeClassifier(**params, criterion=criterion, class_weight=weight), x, y


def test_no_growth_is_wrongly_taken_for_another() -> None:
    """A sample of what was tried many thousands of times."""
    rng, derived = np.random.RandomState(11), 0
    grid = {"min_samples_leaf": [1, 2, 4], "min_samples_split": [2, 5], "max_depth": [None, 4, 2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(60):
            lead, x, y = random_case(rng)
            fit = fit_of(lead, x, y)
            for params in ParameterGrid(grid):
                derived += check(fit, clone(lead).set_params(**params))
    assert derived > 100
