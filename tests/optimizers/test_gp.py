"""The engine behind optimizer="gp": laws of its parts, alone and together."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sktune.optimizers import GaussianProcess, GPOptimizer, Seen, Surrogates
from sktune.optimizers.candidates import best_point, neighbours
from sktune.optimizers.folds import noise_of, shares_of, split_effects
from sktune.optimizers.gaussian_process import Gram
from sktune.optimizers.hyperparameters import fit
from sktune.space import Choices, ConditionalSpace, Integer, Pool, Real
from sktune.space.choices import told_apart
from sktune.strategies.start import design
from tests.helpers.optimizers import LINE, MIXED, N_NUMERIC, SPACES, data, part_of, seen

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 11))
def test_an_extended_matrix_is_that_of_all_points(seed: int, known: int) -> None:
    X, y, theta = data(seed)
    whole = Gram.of(X, theta, N_NUMERIC)
    extended = Gram.of(X[:known], theta, N_NUMERIC).extended(X[known:])
    assert np.allclose(extended.L, whole.L, atol=1e-6)
    assert np.array_equal(extended.X, whole.X)
    one_by_one = Gram.of(X[:known], theta, N_NUMERIC)
    for row in X[known:]:
        one_by_one = one_by_one.extended(row[np.newaxis])
    assert one_by_one.L.tobytes() == extended.L.tobytes()
    at = data(seed + 1)[0]
    expected = GaussianProcess.condition(whole, y).predict(at)
    assert np.allclose(GaussianProcess.condition(extended, y).predict(at), expected, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_functions_drawn_have_the_mean_and_the_spread_that_are_predicted(seed: int) -> None:
    X, y, theta = data(seed)
    process = GaussianProcess.condition(Gram.of(X, theta, N_NUMERIC), y)
    at = data(seed + 50)[0]
    drawn = process.draw(at, 4000, np.random.default_rng(0))
    mean, std = process.predict(at)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.1)
    assert drawn.std(axis=0) == pytest.approx(std, abs=0.05)
    assert process.mean(at) == pytest.approx(mean)
    near = np.stack(
        [at[0], at[0] + 1e-4 * (np.arange(at.shape[1]) < N_NUMERIC)]
    )  # of one function: neighbours are alike
    pair = process.draw(near, 100, np.random.default_rng(0))
    assert np.abs(pair[:, 0] - pair[:, 1]).max() < 0.1


def test_the_middle_of_the_ranges_is_expected_to_be_better_than_the_ends() -> None:
    both = {"x": Real(0, 1), "n": Integer(1, 9), "k": Choices("ab")}
    space = ConditionalSpace([both, {"z": Real(0, 1)}, {"k": Choices("ab")}])
    candidates = [{"x": x, "n": n, "k": "a"} for x, n in ((0.5, 5), (0.0, 5), (1.0, 5))]
    candidates += [{"z": 0.5}, {"z": 1.0}, {"k": "a"}, {"k": "b"}]
    surrogates, points = Surrogates(space), space.encode(candidates)
    found = surrogates.expected(points, surrogates.encoding(points))
    # of what a point has; and no dict is expected to be better than another
    assert found == pytest.approx(np.array([0, -0.5, -0.5, 0, -1, -1 / 3, -1 / 3]))
    anywhere = space.sample(20_000, np.random.default_rng(0))
    found = surrogates.expected(anywhere, surrogates.encoding(anywhere))
    for branch in range(3):
        assert found[anywhere[:, 0] == branch].mean() == pytest.approx(-1 / 3, abs=0.02)
    assert not Surrogates(space, edge=0.0).expected(points, surrogates.encoding(points)).any()


def test_hyperparameters_are_those_of_what_the_prior_mean_leaves() -> None:
    """Scores that are the prior mean, and nothing else, leave nothing to explain."""
    points = LINE.encode([{"x": x} for x in (np.arange(60) + 0.5) / 60])
    values = -((2 * points[:, 1] - 1) ** 2)
    none = np.zeros(60, dtype=bool)
    known = Seen(points, values, none, points[:0], LINE.decode_all(points))
    surrogates = Surrogates(LINE, edge=1 / values.std())
    mean, _ = surrogates.of(known, clipped=False).predict(points)
    assert mean == pytest.approx(values, abs=1e-3)
    assert surrogates._theta[False, False][1][0] > 2  # a flat line has long lengthscales


def test_a_candidate_under_way_changes_no_mean() -> None:
    known = seen(MIXED, Pool(MIXED), n=15, n_pending=3)
    alone = replace(known, pending=known.pending[:0])
    at = MIXED.sample(50, np.random.default_rng(3))
    means, stds = zip(*(Surrogates(MIXED).of(s).predict(at) for s in (known, alone)), strict=True)
    assert means[0] == pytest.approx(means[1], abs=1e-4)
    assert (stds[0] <= stds[1] + 1e-9).all()
    under_way = [Surrogates(MIXED).of(s).predict(known.pending)[1] for s in (known, alone)]
    assert (under_way[0] < under_way[1]).all()


def test_functions_that_are_drawn_agree_with_predictions() -> None:
    known = seen(MIXED, Pool(MIXED), n=15, n_pending=0)
    surrogate, at = Surrogates(MIXED).of(known), MIXED.sample(40, np.random.default_rng(3))
    drawn = surrogate.draw(at, 2000, np.random.default_rng(0))
    mean, std = surrogate.predict(at)
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=0.1 * std.max())
    assert drawn.std(axis=0) == pytest.approx(std, abs=0.1 * std.max())


@pytest.mark.parametrize("scale", [1e-15, 1e-3, 1e9])
def test_the_unit_of_the_score_does_not_matter(scale: float) -> None:
    known = seen(MIXED, Pool(MIXED), n=15)
    scaled = replace(known, values=scale * known.values)
    chosen = [
        GPOptimizer(MIXED).propose(s, Pool(MIXED), np.random.default_rng(0))
        for s in (known, scaled)
    ]
    assert MIXED.decode(chosen[0]) == pytest.approx(MIXED.decode(chosen[1]))


def test_the_design_covers_the_inner_part_of_ranges_and_all_choices() -> None:
    space = ConditionalSpace([{"x": Real(0, 1), "k": Choices("abcde")}])
    found = [start.point for start in design(space, Pool(space), 60, np.random.default_rng(0))]
    units = np.array(found)[:, 1]
    assert 0.2 <= units.min() < 0.25
    assert 0.75 < units.max() <= 0.8
    shares = np.bincount(space.slots[1][1].index(np.array(found)[:, 2]), minlength=5) / len(found)
    assert (shares > 0.1).all()


def test_what_is_seen_outweighs_what_was_expected() -> None:
    known = replace(seen(LINE, Pool(LINE), n=20, n_pending=0))
    known = replace(known, values=known.points[:, 1].copy())
    mean, _ = Surrogates(LINE).of(known).predict(LINE.encode([{"x": 1.0}, {"x": 0.5}, {"x": 0.0}]))
    assert mean[0] > mean[1] > mean[2]
    assert mean == pytest.approx([1, 0.5, 0], abs=0.15)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([1, 2, 3, 5, 9, 13, 29, 7, 30, 30, 12], id="some"),
        pytest.param(
            [*range(1, 12), *range(13, 30, 4), 7, 30, 30, 12], id="many", marks=pytest.mark.slow
        ),
    ],
)
def test_what_an_optimizer_remembers_changes_no_proposal(
    space: ConditionalSpace, numbers: list[int]
) -> None:
    """So a search can be taken up again from what it has recorded."""
    pool, old = Pool(space), GPOptimizer(space)
    everything = seen(space, pool, n=30, n_pending=0)
    for n in numbers:
        part = replace(part_of(everything, n), pending=everything.points[n : n + 2])
        part.failed[3::7] = n > 4
        proposals = [
            optimizer.propose(part, pool, np.random.default_rng(n)).tobytes()
            for optimizer in (old, GPOptimizer(space), pickle.loads(pickle.dumps(old)))
        ]
        assert proposals[0] == proposals[1] == proposals[2], n
        old.surrogate(part)


def test_what_is_remembered_goes_by_points_values_and_milestone() -> None:
    known = seen(MIXED, Pool(MIXED), n=40, n_pending=0)
    surrogates, at = Surrogates(MIXED), MIXED.sample(20, np.random.default_rng(1))
    for other in (known, replace(known, values=known.values[::-1].copy()), known):
        fresh = Surrogates(MIXED).of(other).predict(at)
        assert np.array_equal(surrogates.of(other).predict(at), fresh)
    names = {
        surrogates.of(part_of(known, n)) and surrogates._gram[True, False][0] for n in (30, 36, 40)
    }
    assert len(names) == 3
    assert len(pickle.dumps(surrogates)) < 20_000  # without the matrices


def test_hyperparameters_are_fitted_once_a_milestone(monkeypatch: Any) -> None:
    known, fitted = seen(LINE, Pool(LINE), n=17, n_pending=0), []

    def noting(X: Any, *more: Any) -> Any:
        fitted.append(len(X))
        return fit(X, *more)

    monkeypatch.setattr("sktune.optimizers.surrogate.fit", noting)
    surrogates = Surrogates(LINE)
    for n in (12, 13, 13, 14, 17):
        surrogates.of(part_of(known, n))
    assert fitted == [12, 14, 17]


def scattered(noise: float, n: int = 30, n_splits: int = 5) -> Seen:
    """Return scores of candidates with noise on each split, and how hard splits are."""
    known, rng = seen(LINE, Pool(LINE), n=n, n_pending=0), np.random.default_rng(0)
    folds = known.values[:, np.newaxis] + noise * rng.standard_normal((n, n_splits))
    folds += rng.standard_normal(n_splits)
    return replace(known, values=folds.mean(axis=1), folds=folds)


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.1])
def test_splits_tell_the_noise(noise: float) -> None:
    known = scattered(noise)
    assert noise_of(known.folds) == pytest.approx(noise**2 / 5, rel=0.25, abs=1e-20)
    surrogates = Surrogates(LINE)
    scale = surrogates.of(known).scale
    told = np.exp(surrogates._theta[True, False][1][-1])
    least = math.exp(-10)  # what the prior is centred on at least
    assert abs(math.log(told / max(noise**2 / 5 / scale**2, least))) < 1


def test_candidates_with_few_of_the_splits_are_believed_less() -> None:
    known = scattered(0.1)
    assert known.folds is not None
    known.folds[7, 1:] = math.nan
    at = known.points[7:8]
    whole = Surrogates(LINE).of(replace(known, folds=scattered(0.1).folds))
    part = Surrogates(LINE).of(known)
    assert known.shares[7] == 0.2
    assert part.predict(at)[1][0] > whole.predict(at)[1][0]
    known.values[7] = 100.0  # with which those that have all splits are not compared
    assert Surrogates(LINE).of(known).best == np.delete(known.values, 7).max()


def test_how_hard_splits_are_is_told_by_candidates_that_have_some() -> None:
    rng = np.random.default_rng(0)
    hard = np.array([3.0, -1.0, 0.0, -2.0, 0.0])
    folds = rng.standard_normal((40, 1)) + hard + 0.01 * rng.standard_normal((40, 5))
    folds[rng.random(folds.shape) < 0.5] = math.nan
    folds[0] = math.nan
    assert split_effects(folds) == pytest.approx(hard, abs=0.2)
    assert not split_effects(folds[:1]).any()
    assert shares_of(folds)[0] == 1


def test_the_model_to_look_at_and_the_one_to_choose_by_do_not_mix() -> None:
    known = seen(MIXED, Pool(MIXED), n=20)
    known = replace(known, values=np.where(np.arange(20) % 5 == 0, -50.0, known.values))
    at = known.points[:4]
    both, alone = Surrogates(MIXED), Surrogates(MIXED)
    clipped = both.of(known).predict(at)
    assert np.array_equal(
        both.of(known, clipped=False).predict(at), alone.of(known, clipped=False).predict(at)
    )
    assert np.array_equal(both.of(known).predict(at), clipped)
    assert not np.array_equal(
        alone.of(known).predict(at), alone.of(known, clipped=False).predict(at)
    )


def test_the_last_candidate_of_a_large_space_is_found() -> None:
    space = ConditionalSpace([{"n": Integer(1, 1500)}])
    pool = Pool(space)
    points = space.encode([{"n": n} for n in range(1, 1501) if n != 700])
    for point in points:
        pool.take(point)
    found = best_point(lambda p: -p[:, 1], points[:5], pool, np.random.default_rng(0))
    assert space.decode(found) == {"n": 700}


@given(seeds)
def test_neighbours_differ_where_branches_have_constants(seed: int) -> None:
    constants = {f"c{k}": Choices([k]) for k in range(9)}
    space = ConditionalSpace([{**constants, "x": Real(0, 1)}, {**constants, "k": Choices("abc")}])
    rng = np.random.default_rng(seed)
    around = space.sample(3, rng)
    found = space.settle(neighbours(space, around, 300, 0.1, rng))
    origins = around[np.arange(300) % 3]
    real = found[:, 0] == origins[:, 0]
    real &= found[:, 0] == 0
    assert (found[real, 10] != origins[real, 10]).all()
    assert len(np.unique(found[found[:, 0] == 1], axis=0)) > 1  # choices are drawn anew


def test_branches_are_told_apart_by_a_choice_that_they_do_not_share() -> None:
    a, ab, b = Choices("a"), Choices("ab"), Choices("b")
    assert told_apart({"k": a}, {"k": b})
    assert told_apart({"k": a, "m": ab}, {"k": b, "m": ab})
    assert not told_apart({"k": a}, {"k": ab})
    assert not told_apart({"k": a}, {"m": b})
    assert not told_apart({"k": Real(0, 1)}, {"k": Real(2, 3)})
    pool = Pool(ConditionalSpace([{"k": a, "x": Real(0, 1)}, {"k": b, "x": Real(0, 2)}]))
    point = pool.space.encode([{"k": "a", "x": 0.5}])
    pool.take(point[0])
    assert not pool.is_new(point[0])
    assert pool.is_new(pool.space.encode([{"k": "b", "x": 0.5}])[0])
