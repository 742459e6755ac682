"""Nearest neighbours: one index and one query, and what happens where two are equally far."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
    kneighbors_graph,
    sort_graph_by_row_values,
)

from sktune import GridSearch
from sktune._sklearn.neighbors import query_tree
from sktune.paths import Fit, family_of, query, votes
from sktune.testing import Case
from sktune.testing.path_families import answering, difference
from tests.helpers.path_laws import PathLaws
from tests.helpers.searches import assert_same_results

RNG = np.random.RandomState(0)
SMALL = RNG.randn(90, 4)
WIDE = RNG.randn(80, 18)
WHOLE = RNG.randint(0, 3, size=(90, 3)).astype(float)
WIDE_WHOLE = RNG.randint(0, 2, size=(70, 17)).astype(float)
THREE = RNG.randint(0, 3, size=90)
NAMES = np.array(["a", "b", "c"])[THREE]
REAL = RNG.randn(90)
GRID = {"n_neighbors": [1, 4, 9], "weights": ["uniform", "distance"]}
SHORT = {"n_neighbors": [2, 8], "weights": ["uniform", "distance"]}
KNC, KNR = KNeighborsClassifier, KNeighborsRegressor


def fall_off(distances: Any) -> Any:
    return np.exp(-distances)


class TestKNeighbors(PathLaws):
    def cases(self) -> list[Case]:
        apart = np.abs(pairwise_distances(SMALL[:60]))
        several = np.column_stack((THREE > 0, RNG.randint(0, 2, size=90)))
        of_all = {"n_neighbors": [1, 4, 60], "weights": ["uniform", "distance"]}
        kinds = {"n_neighbors": [3, 6], "weights": [fall_off, None, "uniform"]}
        return [
            Case(KNC(), GRID, SMALL, THREE),
            Case(KNC(), GRID, WIDE, NAMES[:80]),
            Case(KNC(algorithm="ball_tree", p=1.5), SHORT, SMALL, NAMES),
            Case(KNC(algorithm="brute", p=1), SHORT, SMALL, THREE * 2 + 1),
            Case(KNC(algorithm="brute", metric="euclidean"), SHORT, SMALL, THREE > 0),
            Case(KNC(metric="cosine"), SHORT, SMALL, THREE),
            Case(KNC(metric="haversine"), SHORT, SMALL[:, :2], THREE),
            Case(KNC(metric="precomputed"), SHORT, apart, THREE[:60]),
            Case(KNC(leaf_size=2), SHORT, WHOLE, THREE),
            Case(KNC(algorithm="ball_tree", metric="manhattan"), SHORT, WHOLE, THREE),
            Case(KNC(algorithm="brute", metric="manhattan"), SHORT, WHOLE, THREE),
            Case(KNC(), GRID, WIDE_WHOLE, NAMES[:70]),
            Case(KNC(), SHORT, SMALL.astype(np.float32), THREE),
            Case(KNC(), SHORT, WIDE.astype(np.float32), THREE[:80]),
            Case(KNC(), SHORT, sparse.csr_matrix(WHOLE + SMALL[:, :3]), THREE),
            Case(KNC(p=1), SHORT, sparse.csr_matrix(WHOLE + SMALL[:, :3]), THREE),
            Case(KNC(), SHORT, pd.DataFrame(SMALL, columns=list("abcd")), pd.Series(NAMES)),
            Case(KNC(algorithm="brute", p=1), SHORT, np.asfortranarray(SMALL), THREE),
            Case(KNC(), SHORT, SMALL, several),
            Case(KNC(algorithm="brute", p=1), SHORT, WHOLE, several),
            Case(KNC(), kinds, SMALL, THREE),
            Case(KNC(), kinds, WHOLE, THREE),
            Case(KNC(algorithm="kd_tree"), of_all, SMALL, np.zeros(90)),
            Case(KNC(algorithm="brute", p=3), of_all, SMALL, THREE),
            Case(KNC(metric_params={"w": np.arange(1.0, 5)}), SHORT, SMALL, THREE),
            Case(KNR(), GRID, SMALL, REAL),
            Case(KNR(), GRID, WIDE, REAL[:80]),
            Case(KNR(algorithm="ball_tree"), SHORT, WHOLE, REAL),
            Case(KNR(algorithm="kd_tree"), SHORT, WHOLE, REAL),
            Case(KNR(algorithm="brute"), SHORT, WHOLE, REAL),
            Case(KNR(), SHORT, SMALL, np.asfortranarray(RNG.randn(90, 3))),
            Case(KNR(), SHORT, WHOLE, RNG.randn(90, 2)),
            Case(KNR(), SHORT, SMALL, REAL.astype(np.float32)),
            Case(KNR(algorithm="brute"), kinds, SMALL, REAL),
            Case(KNR(algorithm="ball_tree"), of_all, SMALL, REAL),
        ]

    def alone(self) -> list[Any]:
        return [
            KNC(n_neighbors=0),
            KNC(n_neighbors=2.0),
            KNC(n_neighbors=True),
            KNC(n_neighbors=None),
            KNC(n_neighbors="3"),
            KNC(weights="near"),
            KNC(weights=1),
            KNC(metric_params={"p": 3}),
            KNC(n_jobs=2),
            KNR(n_neighbors=-1),
            KNR(weights=np.ones(3)),
        ]


class TestRadiusNeighbors(PathLaws):
    def cases(self) -> list[Case]:
        grid = {"weights": ["uniform", "distance"], "radius": [7, 8.5]}
        return [
            Case(RadiusNeighborsClassifier(outlier_label=0), grid, SMALL, THREE),
            Case(RadiusNeighborsRegressor(), grid, SMALL, REAL),
        ]

    def alone(self) -> list[Any]:
        return [
            RadiusNeighborsClassifier(radius=-1.0),
            RadiusNeighborsClassifier(radius="1"),
            RadiusNeighborsRegressor(weights="near"),
        ]


def compare(estimator: Any, X: Any, y: Any, X_test: Any, numbers: list[int]) -> None:
    """What models answer from the query at the largest number, and from one of their own."""
    family, _ = family_of(estimator)
    largest = clone(estimator).set_params(n_neighbors=max(numbers)).fit(X, y)
    fit, memory = Fit(largest, X, y), {}
    for k in numbers:
        for weights in ("uniform", "distance"):
            member = clone(estimator).set_params(n_neighbors=k, weights=weights)
            model = family.derive(fit, clone(member))
            own = member.fit(X, y)
            fast = answering(model, family.answers(fit, model, memory))
            for method in ("predict", "predict_proba"):
                if hasattr(own, method):
                    got, expected = getattr(fast, method)(X_test), getattr(own, method)(X_test)
                    assert not difference(got, expected), (member, method)


@pytest.mark.parametrize(
    ("algorithm", "p", "n_values"),
    [
        # any two of them together; all three in the slow run
        pytest.param(algorithm, p, n_values, marks=[] if (k + p + n) % 2 else pytest.mark.slow)
        for k, algorithm in enumerate(["brute", "kd_tree", "ball_tree"])
        for p in (1, 2)
        for n, n_values in enumerate([2, 4, 40, 10**6])
    ],
)
def test_others_than_the_samples_of_the_fit(algorithm: str, p: int, n_values: int) -> None:
    for seed in (n_values,):
        rng = np.random.RandomState(seed)
        X = rng.randint(0, n_values, size=(150, 3)).astype(float)
        X_test = rng.randint(0, n_values, size=(50, 3)).astype(float)
        y = rng.randint(0, 4, size=150)
        numbers = [1, 2, 5, 10, 17, 40]
        compare(KNC(algorithm=algorithm, p=p), X, y, X_test, numbers)
        compare(KNR(algorithm=algorithm, p=p), X, rng.randn(150), X_test, numbers)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree", "ball_tree"])
def test_more_neighbours_than_samples(algorithm: str) -> None:
    family, _ = family_of(KNC())
    fit, memory = Fit(KNC(95, algorithm=algorithm).fit(SMALL, THREE), SMALL, THREE), {}
    for k in (7, 90, 95):
        model = family.derive(fit, KNC(k, algorithm=algorithm))
        fast = answering(model, family.answers(fit, model, memory))
        if k == 95:
            with pytest.raises(ValueError, match="n_neighbors = 95"):
                fast.predict(SMALL)
        else:
            own = KNC(k, algorithm=algorithm).fit(SMALL, THREE)
            assert not difference(fast.predict_proba(SMALL), own.predict_proba(SMALL))


def test_a_number_that_turns_to_brute_force_has_a_fit_of_its_own() -> None:
    family, _ = family_of(KNC())
    fit = Fit(KNC(50).fit(SMALL, THREE), SMALL, THREE)
    assert family.derive(fit, KNC(44)) is None
    assert family.derive(fit, KNC(45)) is not None
    assert family.derive(Fit(KNC(40).fit(SMALL, THREE), SMALL, THREE), KNC(2)) is not None


def test_such_a_number_leaves_one_fit_for_all_others() -> None:
    grid = {"n_neighbors": [1, 3, 5, 7, 25]}  # of 45 samples each
    search = GridSearch(KNC(), grid, cv=2, refit=False).fit(SMALL, THREE)
    assert search.sharing_.steps == {"KNeighborsClassifier": (2 * 5, 2 * 2)}
    theirs = GridSearchCV(KNC(), grid, cv=2, refit=False).fit(SMALL, THREE)
    assert_same_results(search.cv_results_, theirs.cv_results_)


def test_one_query_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    kneighbors = KNC.kneighbors

    def counted(self: Any, X: Any = None, n_neighbors: Any = None, **kwargs: Any) -> Any:
        asked.append(n_neighbors)
        return kneighbors(self, X, n_neighbors, **kwargs)

    family, _ = family_of(KNC())
    fit, memory = Fit(KNC(30).fit(SMALL, THREE), SMALL, THREE), {}
    monkeypatch.setattr(KNC, "kneighbors", counted)
    for k in range(1, 31):
        model = family.derive(fit, KNC(k, weights="distance"))
        answers = family.answers(fit, model, memory)
        answers["predict"](SMALL)
        answers["predict_proba"](SMALL)
    assert asked == [31]


def test_more_than_is_kept_is_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MOST_NUMBERS", 100)
    compare(KNC(), SMALL, THREE, SMALL, [1, 5])


def test_neighbours_at_no_or_endless_distance() -> None:
    X = np.vstack((SMALL[:40], SMALL[:40], SMALL[:5] * 1e200))
    y = np.r_[THREE[:80], 0, 1, 2, 0, 1]
    for algorithm in ("kd_tree", "ball_tree"):
        with np.errstate(over="ignore"):
            compare(KNC(algorithm=algorithm), X, y, X[20:], [1, 2, 3, 9])
            compare(KNR(algorithm=algorithm), X, y, X[20:], [1, 2, 3, 9])
    compare(KNC(algorithm="brute"), X[:80], y[:80], X[20:], [1, 2, 3, 9])


def test_votes_for_names_that_are_counted_while_searching_are_left_to_the_model() -> None:
    """scikit-learn 1.7 refuses: neither may a search answer."""
    family, _ = family_of(KNC())
    for estimator, is_left in (
        (KNC(algorithm="brute", p=1), True),
        (KNC(algorithm="brute", p=1, weights="distance"), False),
        (KNC(algorithm="brute"), False),
        (KNC(p=1), False),
    ):
        model = clone(estimator).fit(SMALL, NAMES)
        assert (family.answers(Fit(model, SMALL, NAMES), model, {}) == {}) == is_left


def test_samples_are_compared_with_themselves_as_the_same_object() -> None:
    """Their distance is 0 then, without a rounding error."""
    estimator = KNR(4, metric="cosine", weights="distance")
    family, _ = family_of(estimator)
    fit = Fit(
        clone(estimator).set_params(n_neighbors=9).fit(WIDE.copy(), REAL[:80]), WIDE, REAL[:80]
    )
    model = family.derive(fit, clone(estimator))
    own = estimator.fit(WIDE, REAL[:80]).predict(WIDE)
    assert not difference(model.predict(WIDE), own)
    assert not difference(family.answers(fit, model, {})["predict"](WIDE), own)


def test_votes_that_weigh_the_same_but_for_rounding() -> None:
    """Three classes as far in three directions: the order in which weights are added decides."""
    for seed in range(8):
        rng = np.random.RandomState(seed)
        far = rng.rand(15, 1) + 0.1
        X, y = np.vstack((far * [1, 0], far * [0, 1], far * [-1, 0])), np.repeat([0, 1, 2], 15)
        shuffled = rng.permutation(45)
        for algorithm in ("kd_tree", "brute"):
            compare(KNC(algorithm=algorithm), X[shuffled], y[shuffled], np.zeros((3, 2)), [27, 39])


def test_more_that_are_as_far_than_were_looked_for() -> None:
    X = np.tile(SMALL[0], (300, 1))
    for seed in range(4):
        y = (np.random.RandomState(seed).rand(300) < 0.3).astype(int)
        for metric in ("cosine", "euclidean"):
            compare(KNC(algorithm="brute", metric=metric), X, y, SMALL[:20], [1, 2, 3])


def test_a_sparse_graph_may_not_have_as_many_neighbours() -> None:
    graph = sort_graph_by_row_values(kneighbors_graph(SMALL, 5, mode="distance"))
    estimator = KNC(metric="precomputed")
    family, _ = family_of(estimator)
    fit = Fit(clone(estimator).set_params(n_neighbors=9).fit(graph, THREE), graph, THREE)
    model = family.derive(fit, clone(estimator).set_params(n_neighbors=3))
    fast = answering(model, family.answers(fit, model, {}))
    assert not difference(fast.predict(graph), model.predict(graph))


def test_what_is_nearly_as_far_in_a_ball_is_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def counted(model: Any, X: Any, rows: Any, k: int) -> Any:
        asked.extend(rows)
        return query_tree(model, X, rows, k)

    for where in (query, votes):
        monkeypatch.setattr(where, "query_tree", counted)
    X = np.array([[0.0], [1.0], [2.0], [1e5], [1e5 + 1], [3e5]])
    compare(
        KNC(algorithm="ball_tree", leaf_size=1),
        X,
        [0, 1, 0, 1, 0, 1],
        [[1 + 1e-8], [0.7]],
        [1, 2, 3],
    )
    assert set(asked) == {0}


def test_a_model_asked_about_its_own_samples() -> None:
    compare(KNC(), SMALL, THREE, None, [1, 3])


def test_what_is_refused_is_refused_alike() -> None:
    family, _ = family_of(KNC())
    fit = Fit(KNC(5).fit(SMALL, THREE), SMALL, THREE)
    answers = family.answers(fit, family.derive(fit, KNC(3)), {})
    with pytest.raises(ValueError, match="NaN"):
        answers["predict"](np.full((2, 4), np.nan))
    with pytest.raises(ValueError, match="features"):
        answers["predict"](SMALL[:, :2])
