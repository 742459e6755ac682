"""Several dicts: each has its start, and none is given up on less than evidence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from sktune.optimizers.evidence import owed
from sktune.space import ConditionalSpace, Integer, Pool, Real
from sktune.strategies import Bayesian
from sktune.trials import Trial
from tests.helpers.optimizers import seen

UNIT = (0.0, 1.0)


def models(k: int) -> list[dict[str, Any]]:
    """Return dicts of which the first has one candidate, the others one to three ranges."""
    ranges = [{f"m__p{n}": UNIT for n in range(1 + i % 3)} for i in range(1, k)]
    return [{"m": ["m0"]}, *({"m": [f"m{i}"], **d} for i, d in enumerate(ranges, start=1))]


def counts(strategy: Bayesian, score: Any) -> Any:
    while candidates := strategy.ask(1):
        params = candidates[0]
        strategy.tell([Trial.of(strategy.asked - 1, params, [score(int(params["m"][1:]), params)])])
    return np.bincount([int(p["m"][1:]) for p in strategy.candidates])


def the_second_is_best(number: int, params: Any) -> float:
    return (number == 1) - 0.1 * sum(v**2 for v in params.values() if isinstance(v, float))


def fails_but_one(number: int, params: Any) -> float | None:
    return params["m__p0"] if number == 1 else None


@pytest.mark.parametrize("score", [the_second_is_best, fails_but_one, lambda number, params: 0.5])
@pytest.mark.parametrize(("k", "n_iter"), [(3, 15), (5, 5), (8, 40), (12, 60)])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_each_dict_has_its_share(k: int, n_iter: int, score: Any, seed: int) -> None:
    found = counts(Bayesian(models(k), n_iter, random_state=seed), score)
    assert found[0] == 1  # there are no more
    assert found[1:].min() >= math.floor(math.log2(1 + (n_iter - 1) / k))
    if score is the_second_is_best and n_iter >= 5 * k:
        assert found.argmax() == 1


def test_the_start_has_each_dict_once() -> None:
    for seed in range(5):
        strategy = Bayesian(models(9), 9, n_points=9, random_state=seed)
        assert sorted(params["m"] for params in strategy.ask(9)) == [f"m{n}" for n in range(9)]


def test_dicts_in_which_others_begin_have_begun() -> None:
    first = {"m": "m2", "m__p0": 0.3}
    earlier = {"params": [{"m": "m0"}, {"m": "m1", "m__p0": 0.1, "m__p1": 0.2}]}
    earlier["mean_test_score"] = [0.1, 0.2]  # type: ignore[list-item] # a table
    options: Any = {"initial_points": [first], "warm_start_from": earlier}
    strategy = Bayesian(models(6), 5, n_points=5, random_state=0, **options)
    assert [params["m"] for params in strategy.ask(2)] == ["m2", "m1"]  # the best one again
    assert {params["m"] for params in strategy.ask(3)} == {"m3", "m4", "m5"}


def test_what_a_branch_is_owed_grows_with_the_search() -> None:
    space = ConditionalSpace([{"n": Integer(1, 2)}, {"x": Real(0, 1)}, {"y": Real(0, 1)}])
    known = seen(space, Pool(space), n=12, n_pending=2)
    known.points[:], known.pending[:] = np.nan, np.nan
    known.pending[:, 0], known.points[:, 0] = 1, 1
    known.points[0, 0] = 2
    assert owed(space, known).tolist() == [True, False, True]
    known.points[:2, 0] = 0
    known.points[2:4, 0] = 2
    assert owed(space, known).tolist() == [False, False, False]
