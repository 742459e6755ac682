"""Distributions of all of scipy's kinds, ranges of a few floats, and values a rounding beyond."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import scipy.stats as st
from hypothesis import given
from hypothesis import strategies as hyp

from sktune import BayesSearch, RandomSearch
from sktune.space import Quantiles
from sktune.space.conditional import read_space
from sktune.space.ranges import few_floats
from sktune.space.shorthands import dimension
from sktune.strategies import Bayesian
from sktune.trials import Trial
from tests.helpers.bayes_searches import X2, proposed, y2
from tests.helpers.estimators import Counting

COUNTS = np.histogram(np.random.default_rng(0).normal(5, 1, 500), bins=20)


class Ramp(st.rv_continuous):
    def _pdf(self, x: Any) -> Any:
        return 2 * x


class Coin(st.rv_discrete):
    def _pmf(self, k: Any) -> Any:
        return np.where((np.asarray(k) == 0) | (np.asarray(k) == 1), 0.5, 0.0)


class Flat(st.rv_discrete):
    def _pmf(self, k: Any) -> Any:
        return 0.2


DISTRIBUTIONS: dict[str, tuple[Any, float, float]] = {
    "a histogram": (st.rv_histogram(COUNTS, density=False), 1.0, 9.0),
    "a frozen histogram": (st.rv_histogram(COUNTS, density=False)(), 1.0, 9.0),
    "one's own": (Ramp(a=0, b=1, name="ramp"), 0.0, 1.0),
    "one's own, frozen": (Ramp(a=0, b=1, name="ramp")(), 0.0, 1.0),
    "one's own, discrete": (Coin(a=0, b=1, name="coin"), 0, 1),
    "one without shapes": (st.norm, -4.0, 4.0),
    "a long tail": (st.zipf(2.0), 1, 10**6),
    "few floats": (st.uniform(1e16, 8), 1e16, 1e16 + 8),
}
if hasattr(st, "make_distribution"):
    DISTRIBUTIONS["new"] = (st.make_distribution(st.loguniform)(a=0.1, b=1.0), 0.1, 1.0)
    DISTRIBUTIONS["new, endless"] = (st.Normal(mu=1.0, sigma=2.0), -8.0, 9.0)
    if hasattr(st, "Binomial"):
        DISTRIBUTIONS["new, discrete"] = (st.Binomial(n=5, p=0.3), 0, 5)


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_that_scipy_does_not_find_are_looked_up(seed: int) -> None:
    tail, places = Quantiles(st.zipf(2.0)), np.random.default_rng(seed).random(1000)
    places = np.sort(np.append(places, 1 - 10.0 ** -np.arange(1, 7)))
    values = np.array(tail.decode_all(places))
    places = places.clip(1e-6, 1 - 1e-4)  # beyond which tails are cut off
    assert (st.zipf(2.0).cdf(values) >= places - 1e-9).all()
    assert (st.zipf(2.0).cdf(values - 1) <= places + 1e-9).all()


def test_a_distribution_whose_probabilities_do_not_sum_up_is_named() -> None:
    with pytest.raises(ValueError, match=r"spaces: 'depth' is a .* cdf is 0\.2 at 4 and 1 at 5"):
        dimension("depth", Flat(a=1, b=5, name="flat"), "spaces")


@pytest.mark.filterwarnings("ignore:The search space is used up")
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_distribution_is_searched(name: str) -> None:
    distribution, low, high = DISTRIBUTIONS[name]
    candidates = proposed({"value": distribution, "other": (0.0, 1.0)}, 8)
    values = [params["value"] for params in candidates][1:]  # the first may be the estimator's own
    assert all(low <= value <= high for value in values)
    assert all(type(value) is (int if isinstance(low, int) else float) for value in values)
    json.dumps(candidates)


@pytest.mark.parametrize("name", [name for name in DISTRIBUTIONS if name != "few floats"])
def test_random_search_draws_from_it(name: str) -> None:
    distribution, low, high = DISTRIBUTIONS[name]
    search = RandomSearch(Counting(), {"value": distribution}, n_iter=5, cv=2, random_state=0)
    values = [params["value"] for params in search.fit(X2, y2).cv_results_["params"]]
    assert all(low <= value <= high for value in values)


REFUSED = [
    (st.loguniform, "is the distribution .* without its parameters"),
    (st.multivariate_normal([0, 0]), "no ppf, cdf and support"),
    (st.uniform([0, 1], [1, 2]), "cannot be searched"),
    (st.uniform(math.nan, 1), "cannot be searched"),
]


@pytest.mark.parametrize(("distribution", "told"), REFUSED)
def test_what_cannot_be_searched_is_refused_by_name(distribution: Any, told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"'value'.*{told}"):
        BayesSearch(Counting(), {"value": distribution}, n_iter=2).fit(X2, y2)


# --- few floats ------------------------------------------------------------------------


def drained(space: Any, n: int) -> list[float]:
    strategy, found = Bayesian(space, n, random_state=0), []
    while asked := strategy.ask(1):
        found.append(asked[0]["x"])
        strategy.tell([Trial.of(strategy.told, asked[0], [0.1 * len(found)])])
    return found


FEW = [(1.0, 1.0 + 4 * 2.0**-52), (1e16, 1e16 + 8), (0.0, 3e-323), (-1.0 - 2.0**-51, -1.0)]


@pytest.mark.parametrize(("low", "high"), FEW)
def test_each_of_a_few_floats_is_tried_once(low: float, high: float) -> None:
    with pytest.warns(UserWarning, match="used up"):
        found = drained({"x": (low, high)}, 20)
    assert sorted(found) == few_floats(low, high)


@pytest.mark.parametrize("log", ["uniform", "log-uniform"])
def test_no_float_of_a_narrow_range_is_repeated(log: str) -> None:
    """Of more floats than are listed, and fewer than places."""
    low = 1.0
    found = drained({"x": (low, low + 6000 * 2.0**-52, log)}, 60)
    assert len(set(found)) == 60


@given(low=hyp.floats(-1e300, 1e300), steps=hyp.integers(1, 30))
def test_few_floats_are_all_of_them(low: float, steps: int) -> None:
    high = low
    for _ in range(steps):
        high = float(np.nextafter(high, math.inf))
    found = few_floats(low, high)
    assert found is not None
    assert (found[0], found[-1], len(found)) == (low, high, steps + 1)
    assert few_floats(low, low + max(1.0, abs(low))) is None


# --- a rounding beyond a bound ------------------------------------------------------------

BEYOND = [
    ({"x": (0.1, 0.3)}, 0.1 + 0.2, 0.3),
    ({"x": (0.3, 1.0)}, 0.3 - 2**-54, 0.3),
    ({"x": (0.001, 0.3, "log-uniform")}, 0.1 + 0.2, 0.3),
    ({"x": st.uniform(0, 0.3)}, 0.1 + 0.2, 0.3),
    ({"x": (-0.3, 0.0)}, -0.1 - 0.2, -0.3),
]


@pytest.mark.parametrize(("space", "value", "bound"), BEYOND)
def test_a_rounding_beyond_a_bound_is_the_bound(space: Any, value: float, bound: float) -> None:
    known, _ = read_space(space, "search_spaces")
    point = known.encode([{"x": value}])[0]
    assert known.decode(point)["x"] == pytest.approx(bound, rel=1e-12)
    assert known.exactly({"x": value}, 0) == {"x": bound}
    assert np.isnan(known.encode([{"x": value + 1e-9 * np.sign(value - bound)}])[0, 0])


def test_an_object_may_propose_a_rounding_beyond() -> None:
    class Proposes:
        n = 0

        def ask(self) -> dict[str, float]:
            self.n += 1
            return {"value": 0.1 + 0.2 if self.n == 1 else 0.1 + self.n / 100}

        def tell(self, params: Any, score: float) -> None:
            assert params["value"] <= 0.3

    options: dict[str, Any] = {"optimizer_kwargs": {"n_initial_points": 1}}
    candidates = proposed({"value": (0.1, 0.3)}, 4, optimizer=Proposes(), **options)
    assert 0.3 in [params["value"] for params in candidates]
