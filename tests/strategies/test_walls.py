"""A small part of the space works, or is better than the rest, which is all the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sktune.strategies import Bayesian
from sktune.trials import Trial

Score = Callable[[dict[str, Any]], float | None]
UNIT, LOG = (0.0, 1.0), "log-uniform"


def scores_of(space: Any, score: Score, n_iter: int, seed: int, **options: Any) -> Any:
    """Return the scores in order, nan for failures."""
    strategy, found = Bayesian(space, n_iter, random_state=seed, **options), []
    while candidates := strategy.ask(1):
        found.append(score(candidates[0]))
        strategy.tell([Trial.of(strategy.asked - 1, candidates[0], [found[-1]])])
    return np.array(found, dtype=float)


def components(params: dict[str, Any]) -> float | None:
    return None if params["n"] > 30 else params["n"] / 60 - abs(math.log10(params["C"]) - 1) / 5


def at_the_low_end(params: dict[str, Any]) -> float | None:
    return None if params["C"] > 1e-5 else -((params["x"] - 0.7) ** 2)


def of_forty(params: dict[str, Any]) -> float | None:
    return -abs(math.log10(params["C"])) if params["k"] in ((7,), (21,), (30,)) else None


def a_corner(params: dict[str, Any]) -> float | None:
    return None if params["a"] < 0.7 or params["b"] > 0.3 else -((params["c"] - 0.4) ** 2)


def in_the_middle(params: dict[str, Any]) -> float | None:
    return None if not 0.2 < params["b"] < 0.28 else -((params["a"] - 0.4) ** 2)


def one_dict(params: dict[str, Any]) -> float | None:
    return params["n"] / 50 if params["m"] == "c" and params["n"] < 50 else None


def neighbours(params: dict[str, Any]) -> float | None:
    return None if params["n"] > 88 else -abs(params["n"] - 30) / 88


def with_seeds(cases: list[Any]) -> list[Any]:
    """Return cases with three seeds each; in the plain run with one of them, in turn."""
    return [
        pytest.param(
            *case.values,
            seed,
            id=f"{case.id}-{seed}",
            marks=[] if number % 3 == seed else pytest.mark.slow,
        )
        for number, case in enumerate(cases)
        for seed in range(3)
    ]


CUBE = {"a": UNIT, "b": UNIT, "c": UNIT, "d": UNIT}
DICTS = [
    {"m": ["a"], "x": UNIT, "y": UNIT},
    {"m": ["b"], "n": (1, 500)},
    {"m": ["c"], "n": (1, 500)},
]
WALLS = [
    pytest.param({"n": (1, 300), "C": (1e-3, 1e3, LOG)}, components, 0.4, id="components"),
    pytest.param(
        {"C": (1e-6, 1e6, LOG), "x": UNIT, "y": UNIT}, at_the_low_end, -0.01, id="low end"
    ),
    pytest.param(
        {"k": [(k,) for k in range(40)], "C": (1e-3, 1e3, LOG)}, of_forty, -0.5, id="forty"
    ),
    pytest.param(CUBE, a_corner, -0.01, id="corner"),
    pytest.param(CUBE, in_the_middle, -0.1, id="band"),
    pytest.param(DICTS, one_dict, 0.8, id="dicts"),
    pytest.param({"n": (1, 2000)}, neighbours, -0.05, id="neighbours"),
]


@pytest.mark.parametrize(("space", "score", "least", "seed"), with_seeds(WALLS))
def test_what_works_is_found_and_searched(
    space: Any, score: Score, least: float, seed: int
) -> None:
    found = scores_of(space, score, 50, seed)
    assert np.nanmax(found) >= least
    assert np.isfinite(found).sum() >= 3


def depth(params: dict[str, Any]) -> float:
    return 0.9 if params["d"] > 9 else 0.95 - abs(params["d"] - 5) / 50


def tolerance(params: dict[str, Any]) -> float:
    steps = min(max(-math.log10(params["tol"]) - 6, 0), 3)
    return 0.5 + 0.1 * steps - 0.1 * (steps > 0) * (params["x"] - 0.6) ** 2


def a_slope_at_one_end(params: dict[str, Any]) -> float:
    return 0.5 + max(0.1 - params["b"], 0) * (1 - (params["c"] - 0.3) ** 2)


def all_ends(params: dict[str, Any]) -> float:
    return 0.5 + max(min(params.values()) - 0.7, 0)


PLATEAUS = [
    pytest.param({"d": (1, 100), "x": UNIT}, depth, 0.93, id="depth"),
    pytest.param({"tol": (1e-9, 1e3, LOG), "x": UNIT}, tolerance, 0.75, id="tolerance"),
    pytest.param(CUBE, a_slope_at_one_end, 0.55, id="slope"),
    pytest.param(CUBE, all_ends, 0.7, id="ends"),
]


@pytest.mark.parametrize(("space", "score", "least", "seed"), with_seeds(PLATEAUS))
def test_the_end_of_a_plateau_is_found(space: Any, score: Score, least: float, seed: int) -> None:
    assert scores_of(space, score, 50, seed).max() >= least


@pytest.mark.parametrize("seed", range(6))
def test_a_success_that_is_known_is_gone_on_from(seed: int) -> None:
    """Its score is better than nothing, whatever the failures would have had."""

    def score(params: dict[str, Any]) -> float | None:
        a, b = params["a"], params["b"]
        return None if a < 0.9 else -((a - 0.95) ** 2) - (b - 0.3) ** 2

    first = {"initial_points": [{"a": 0.95}]}
    found = scores_of({"a": UNIT, "b": UNIT}, score, 60, seed, **first)
    assert np.isfinite(found).sum() > 15
    assert np.nanmax(found) > -0.002
