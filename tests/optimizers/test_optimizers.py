"""Optimizers and what they are made of, against slower or independent computations."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import skopt
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import approx_fprime
from scipy.stats import norm
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from sktune.optimizers import AskTell, GaussianProcess, GPOptimizer
from sktune.optimizers import make_optimizer as make
from sktune.optimizers.acquisition import log_expected_improvement
from sktune.optimizers.candidates import best_point, neighbours
from sktune.optimizers.distances import apart_by_choice
from sktune.optimizers.encoding import Encoding
from sktune.optimizers.gaussian_process import JITTER, Gram
from sktune.optimizers.hyperparameters import Priors, Targets, fit, negative_log_posterior
from sktune.optimizers.surrogate import clip, milestone, spread
from sktune.space import Choices, ConditionalSpace, Pool, Real
from tests.helpers.optimizers import (
    CONDITIONAL,
    LINE,
    MIXED,
    N_NUMERIC,
    SPACES,
    X,
    data,
    one_hot,
    part_of,
    seen,
)

seeds = st.integers(0, 2**32 - 1)
SLOW = pytest.mark.slow
every_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


@pytest.mark.parametrize("seed", range(8))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    X, y, theta = data(seed)
    U, C = X[:, :N_NUMERIC], apart_by_choice(X, N_NUMERIC)
    priors = Priors.of(np.array([1.0, 0.1, 1.0, 1.0]), noise=0.1 if seed % 2 else None)
    told = Targets(y, np.where(np.arange(len(y)) % 3, 1.0, 0.4))
    gradient = negative_log_posterior(theta, U, C, told, priors)[1]
    slow = approx_fprime(theta, lambda at: negative_log_posterior(at, U, C, told, priors)[0], 1e-6)
    assert gradient == pytest.approx(slow, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_predictions_and_likelihood_are_those_of_scikit_learn(seed: int) -> None:
    X, y, theta = data(seed)
    lengths = np.repeat(np.exp(theta[:-1]), [1, 1, 3, 3])
    kernel = Matern(length_scale=lengths, nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=np.exp(theta[-1]) + JITTER, optimizer=None)
    at = np.vstack([X[:3], data(seed + 100)[0]])
    expected = theirs.fit(one_hot(X), y).predict(one_hot(at), return_std=True)
    found = GaussianProcess.condition(Gram.of(X, theta, N_NUMERIC), y).predict(at)
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-6)
    prior = norm.logpdf(theta[:-1], np.log(0.5 * 4**0.5)).sum() + norm.logpdf(theta[-1], -5, 1.5)
    constants = (5 + len(y)) * norm.logpdf(0) - np.log(1.5)
    log_posterior = theirs.log_marginal_likelihood_value_ + prior - constants
    apart = X[:, :N_NUMERIC], apart_by_choice(X, N_NUMERIC)
    told = Targets(y, np.ones(len(y)))
    assert -negative_log_posterior(theta, *apart, told, Priors.of(np.ones(4)))[0] == pytest.approx(
        log_posterior
    )


@pytest.mark.parametrize("y", [np.zeros(12), np.arange(12) % 2 - 0.5], ids=["constant", "noise"])
def test_duplicates_and_constant_targets_do_not_matter(y: Any) -> None:
    X = np.repeat(data(0)[0][:1], 12, axis=0)
    theta = fit(X, Targets(y, np.ones(12)), N_NUMERIC, np.ones(4))
    mean, std = GaussianProcess.condition(Gram.of(X, theta, N_NUMERIC), y).predict(X)
    assert mean == pytest.approx(np.zeros(12), abs=1e-3)
    assert ((std > 0) & (std < 1)).all()


@given(st.floats(-3, 3), st.floats(0.05, 5), st.floats(-8, 8))
def test_the_improvement_is_that_of_an_integral(best: float, std: float, z: float) -> None:
    scale = norm.pdf(min(z, 0.0))  # so that what is integrated is neither tiny nor huge
    integral, _ = quad(lambda u: u * norm.pdf(u - z) / scale, 0, abs(z) + 12, points=[abs(z)])
    found = log_expected_improvement(np.array([best + z * std]), np.array([std]), best)[0]
    assert found == pytest.approx(np.log(integral) + np.log(scale * std), abs=1e-5)


def test_the_logarithm_stays_finite_and_grows_with_the_mean() -> None:
    z = np.concatenate([-np.logspace(6, -3, 3000), np.logspace(-3, 2, 1000)])
    found = log_expected_improvement(z, np.ones(len(z)), 0.0)
    assert np.isfinite(found).all()
    assert (np.diff(found) > 0).all()
    assert found[:900] == pytest.approx(norm.logpdf(z[:900]) - 2 * np.log(-z[:900]), rel=1e-6)


def standardised(values: Any) -> Any:
    clipped = clip(values)
    return (clipped - clipped.mean()) / spread(clipped)


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=30))
def test_standardised_values_are_finite_and_in_order(given_values: list[float]) -> None:
    values = np.array(given_values)
    y = standardised(values)
    assert np.isfinite(y).all()
    assert (np.diff(y[np.argsort(values)]) >= 0).all()


def test_the_bad_tail_is_clipped_and_the_good_one_is_not() -> None:
    values = np.array([-1e9, -1e6, *np.linspace(0, 1, 20), 50.0])
    y = standardised(values)
    assert [y.mean(), y.std()] == pytest.approx([0, 1])
    scale, shift = np.polyfit(y[2:], values[2:], 1)
    assert scale * y[2:] + shift == pytest.approx(values[2:])
    assert y[0] == y[1]
    assert -5 < scale * y[0] + shift < 0
    assert standardised(np.full(5, 0.7)) == pytest.approx(np.zeros(5))


def test_ranges_of_a_name_share_a_column_on_the_common_scale() -> None:
    space = ConditionalSpace([{"m": Choices("a"), "C": Real(0, 10)}, {"C": Real(5, 20)}])
    points = space.encode([{"m": "a", "C": 10.0}, {"C": 10.0}, {"C": 20.0}, {"m": "a", "C": 0.0}])
    features = Encoding(space)(points)
    assert features[:, 0] == pytest.approx([0.5, 0.5, 1.0, 0.0])
    logs = ConditionalSpace([{"C": Real(1, 9)}, {"C": Real(1, 9, log=True), "d": Real(0, 1)}])
    assert Encoding(logs).n_numeric == 3  # another scale, another column
    missing = Encoding(logs)(logs.encode([{"C": 9.0}, {"C": 9.0, "d": 0.0}]))
    assert missing.tolist() == [[1.0, 0.5, 0.5, 0.0], [0.5, 1.0, 0.0, 1.0]]


def test_choices_are_numbered_by_name_and_constants_are_not() -> None:
    space = ConditionalSpace([{"k": Choices("ab"), "one": Choices("x")}, {"k": Choices("bc")}])
    candidates = [{"k": "a", "one": "x"}, {"k": "b", "one": "x"}, {"k": "b"}, {"k": "c"}]
    features = Encoding(space)(space.encode(candidates))
    assert features.tolist() == [[0, 0], [1, 0], [1, 1], [2, 1]]  # b is in both branches
    apart = ConditionalSpace([{"k": Choices("a")}, {"k": Choices("b")}, {}])
    found = Encoding(apart)(apart.encode([{"k": "a"}, {"k": "b"}, {}]))
    assert found.tolist() == [[0, 0], [1, 1], [-1, 2]]
    for single in (ConditionalSpace([{}]), ConditionalSpace([{"k": Choices("a")}])):
        assert Encoding(single)(np.array(list(single.enumerate()))).shape == (1, 0)


def test_what_a_suggestion_takes_does_not_grow_with_the_number_of_choices() -> None:
    """Of a hundred thousand no more numbers are kept than of three, also where some fail."""
    lists = ConditionalSpace([{"k": Choices([[k] for k in range(10**5)]), "x": X}])
    known = seen(lists, Pool(lists), n=20)
    known.failed[::4] = True
    tracemalloc.start()
    optimizer, pool = GPOptimizer(lists), Pool(lists)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    optimizer.propose(known, pool, np.random.default_rng(0))
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert Encoding(lists)(known.points).shape == (20, 2)
    assert peak < 20e6


@every_space
def test_the_best_point_is_fresh_and_better_than_most(space: ConditionalSpace) -> None:
    rng, pool = np.random.default_rng(0), Pool(space)
    for point in pool.draw(5, rng):
        pool.take(point)
    encoding = Encoding(space)
    weights = rng.standard_normal(encoding.n_features)
    point = best_point(lambda p: encoding(p) @ weights, space.sample(3, rng), pool, rng)
    assert len(pool.fresh(point[None])) == 1
    others = encoding(pool.draw(200, rng)) @ weights  # of a small space, all that is left
    least = others.max() if pool.all_left() is not None else np.quantile(others, 0.99)
    assert encoding(point[None])[0] @ weights >= least - 1e-12


@given(st.sampled_from(list(SPACES.values())), st.floats(0.01, 0.2), seeds)
def test_neighbours_have_moved_and_stay_inside(space: Any, reach: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    around = space.sample(4, rng)
    around[:, 1:] = np.clip(around[:, 1:], 0.01, 0.99)  # at an end, half of the moves end there
    found = neighbours(space, around, 10, reach, rng)
    assert found.shape == (10, around.shape[1])
    assert ((found[:, 1:] >= 0) & (found[:, 1:] <= 1)).all()
    for point, origin in zip(found, around[np.arange(10) % len(around)], strict=True):
        active = np.flatnonzero(space.active[int(point[0])])
        moved = point[1 + active] != origin[1 + active]
        assert moved.any() or point[0] != origin[0] or not len(active)


class Uniform:
    def __init__(self, space: ConditionalSpace) -> None:
        self.space, self.told, self.asked = space, [], 0

    def ask(self) -> dict[str, Any]:
        self.asked += 1
        return self.space.decode(self.space.sample(1, np.random.default_rng(self.asked // 2))[0])

    def tell(self, params: dict[str, Any], score: float) -> None:
        self.told.append((params, score))


def kind_of(kind: str, space: ConditionalSpace) -> Any:
    if kind in ("gp", "ask"):
        return make(Uniform(space) if kind == "ask" else "gp", space, {})
    return make("skopt", space, {"base_estimator": kind})


OURS = [("gp", 0), ("gp", 3), ("ask", 0), ("ask", 3)]
SKOPTS = [("GP", 0), ("GP", 3), ("RF", 3), ("ET", 0)]
QUICK = {("GP", 0, "conditional"), ("GP", 3, "mixed"), ("RF", 3, "line"), ("ET", 0, "finite")}
"""Of scikit-optimize's, which take their time: each of them once, and each space."""


@pytest.mark.parametrize(
    ("kind", "n_pending", "space"),
    [
        pytest.param(
            kind,
            n_pending,
            SPACES[name],
            id=f"{kind}-{n_pending}-{name}",
            marks=[] if kind in ("gp", "ask") or (kind, n_pending, name) in QUICK else SLOW,
        )
        for kind, n_pending in OURS + SKOPTS
        for name in SPACES
    ],
)
def test_proposals_are_new_settled_and_allowed(kind: str, space: Any, n_pending: int) -> None:
    pool, optimizer = Pool(space), kind_of(kind, space)
    known = seen(space, pool, n_pending=n_pending)
    point = optimizer.propose(known, pool, np.random.default_rng(3))
    assert point.shape == (1 + len(space.slots),)
    assert space.settle(point[None]).tobytes() == point.tobytes()
    assert space.allowed(point[None]).all()
    if kind != "ask":
        for same in (optimizer, kind_of(kind, space)):
            again = same.propose(known, pool, np.random.default_rng(3))
            assert again.tobytes() == point.tobytes()
    assert pool.take(point)


@pytest.mark.parametrize("kind", ["gp", "GP", pytest.param("RF", marks=SLOW), "ET"])
def test_better_regions_are_known_and_chosen(kind: str) -> None:
    pool, optimizer = Pool(LINE), kind_of(kind, LINE)
    known = seen(LINE, pool, n=20, n_pending=1)
    at = LINE.encode([{"x": 0.7}, {"x": 0.4}, {"x": 0.1}])
    mean, std = optimizer.surrogate(known).predict(at)
    assert mean.shape == std.shape == (3,)
    assert mean[0] > mean[1] > mean[2]
    assert mean == pytest.approx([0, -0.09, -0.36], abs=0.15)
    assert (std >= 0).all()
    found = optimizer.propose(known, pool, np.random.default_rng(0))
    assert LINE.decode(found)["x"] == pytest.approx(0.7, abs=0.15)


def test_pending_points_keep_others_away() -> None:
    pool, optimizer = Pool(LINE), GPOptimizer(LINE)
    known = seen(LINE, pool, n=12, n_pending=0)
    first = optimizer.propose(known, pool, np.random.default_rng(0))
    pending = replace(known, pending=first[None])
    second = optimizer.propose(pending, pool, np.random.default_rng(0))
    assert abs(second[1] - first[1]) > 1e-3


def test_the_very_object_of_the_user_is_asked_and_told_in_order() -> None:
    given_object = Uniform(MIXED)
    pool, optimizer = Pool(MIXED), AskTell(MIXED, given_object)
    known = seen(MIXED, pool, n=6)
    for n in (2, 2, 6):
        assert pool.take(optimizer.propose(part_of(known, n), pool, np.random.default_rng(n)))
    expected = [(MIXED.decode(p), v) for p, v in zip(known.points, known.values, strict=True)]
    assert given_object.told == expected
    assert given_object.asked >= 3  # and again for what is not new


class Says(Uniform):
    def ask(self) -> Any:
        return self.space


def test_a_candidate_is_drawn_where_the_object_repeats_itself() -> None:
    pool, rng = Pool(LINE), np.random.default_rng(0)
    known, optimizer = seen(LINE, pool), AskTell(LINE, Says({"x": 0.25}))
    first = optimizer.propose(known, pool, rng)
    assert LINE.decode(first) == {"x": 0.25}
    assert pool.take(first)
    assert pool.take(optimizer.propose(known, pool, rng))
    pool, known = Pool(CONDITIONAL), seen(CONDITIONAL, Pool(CONDITIONAL))
    forbidden = AskTell(CONDITIONAL, Says({"model": "tree", "n": 3, "q": 0.0}))
    assert CONDITIONAL.allowed(forbidden.propose(known, pool, rng)[None]).all()


@pytest.mark.parametrize("answer", [{"x": 2.0}, {"y": 0.5}, {}, [0.5], None], ids=repr)
def test_what_is_no_candidate_is_refused(answer: Any) -> None:
    pool, optimizer = Pool(LINE), AskTell(LINE, Says(answer))
    with pytest.raises((TypeError, ValueError), match=r"which is not in the|must return a dict"):
        optimizer.propose(seen(LINE, pool), pool, np.random.default_rng(0))


class AsksFor(Says):
    def ask(self, n: int) -> Any:  # type: ignore[override] # what is to be refused
        return [self.space] * n


class TellsTrials(Says):
    def tell(self, trials: Any) -> None:  # type: ignore[override] # what is to be refused
        raise AssertionError("nothing is told")


REFUSED = [
    (AsksFor({"x": 0.5}), {}, TypeError, "but its ask takes other arguments"),
    (TellsTrials({"x": 0.5}), {}, TypeError, "but its tell takes other arguments"),
    (Says([0.5]), {}, TypeError, r"ask\(\) returned \[0.5\]; it must return a dict"),
    (Says({"x": 2.0}), {}, ValueError, "which is not in the search space"),
    (Uniform, {}, TypeError, "is a class"),
    (object(), {}, TypeError, r"nor an object with ask\(\)"),
    (skopt.Optimizer([(0.0, 1.0)]), {}, TypeError, "optimizer='skopt' and its arguments"),
    (Uniform, {}, TypeError, "is a class; pass an instance"),
    ("GP", {}, ValueError, "optimizer='GP' is not known; pass 'gp', 'skopt' or"),
    ("gp", {"acq_func": "EI", "kappa": 1}, ValueError, "'acq_func' and 'kappa'.*optimizer='skopt'"),
    ("gp", {"random_state": 0}, ValueError, "'random_state' cannot be set here: the seed"),
    (Says({"x": 0.5}), {"acq_func": "EI"}, ValueError, "'acq_func'.*go with optimizer='skopt'"),
    ("skopt", {"kappa": 1}, ValueError, "skopt.Optimizer cannot work with them .*kappa"),
    ("skopt", {"dimensions": []}, ValueError, "'dimensions' cannot be set here: the space"),
    ("skopt", {"random_state": 0}, ValueError, "'random_state' cannot be set here: the seed"),
    ("skopt", {"n_random_starts": 1}, ValueError, "'n_random_starts' cannot .*initial_points"),
]


@pytest.mark.parametrize(("chosen", "options", "error", "told"), REFUSED)
def test_what_cannot_be_used_is_refused(chosen: Any, options: Any, error: Any, told: str) -> None:
    with pytest.raises(error, match=told):
        make(chosen, LINE, options)


def test_many_numbers_to_choose_from_are_a_range() -> None:
    space = ConditionalSpace([{"n": Choices(range(5000)), "k": Choices([3, 1, 2])}])
    encoding = Encoding(space)
    points = space.encode([{"n": 0, "k": 1}, {"n": 4999, "k": 1}])
    assert encoding(points).tolist() == [[0.5 / 5000, 1], [1 - 0.5 / 5000, 1]]
    descending, shuffled = Choices(range(40, 0, -1)), Choices([*range(1, 20), 0])
    assert (descending.ordered, shuffled.ordered) == (True, False)
    assert not Choices([*"abcdefghijklmnopqrstuvwxyz"]).ordered


def test_hyperparameters_are_fitted_rarely() -> None:
    assert [milestone(n) for n in (1, 7, 10, 11, 12)] == [1, 7, 10, 10, 12]
    assert len({milestone(n) for n in range(11, 1000)}) < 30
