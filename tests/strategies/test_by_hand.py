"""What can be told a strategy by hand: scores, candidates, trials, and their mistakes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sktune.objective import Objective
from sktune.space import Space
from sktune.strategies import Bayesian, Enumerated, Sampled, Strategy
from sktune.trials import Trial

RANGES = {"x": (-1.0, 2.0), "z": (0.0, 1.0)}
STRATEGIES: dict[str, Callable[[], Strategy]] = {
    "grid": lambda: Enumerated(Space.of({"x": [1.0, 2.0, 3.0], "z": [(1, 2), None, math.nan]})),
    "random": lambda: Sampled(Space.of({"x": list(range(20))}), 8, random_state=0),
    "bayes": lambda: Bayesian(RANGES, 8, n_points=3, random_state=0),
}

SCORES: list[tuple[Any, float]] = [
    ([0.5, 0.7], 0.6),
    ((1, 0), 0.5),
    (np.array([0.5, 0.7]), 0.6),
    ([np.float32(0.5), np.array(0.5)], 0.5),
    ([True, np.bool_(False)], 0.5),
    ([0.5, None], math.nan),
    ([0.5, math.nan], math.nan),
    ([0.5, math.inf], math.nan),
    ([0.5, -math.inf], math.nan),
    ([np.float64("inf")], math.nan),
    ([10**400], math.nan),
]


@pytest.mark.parametrize(("scores", "mean"), SCORES, ids=repr)
def test_scores_of_all_kinds_are_read(scores: Any, mean: float) -> None:
    assert Objective().mean(Trial.of(0, {}, scores)) == pytest.approx(mean, nan_ok=True)


def test_an_infinite_score_is_a_failure_with_its_reason() -> None:
    (outcome,) = Trial.of(0, {}, [math.inf]).finished
    assert outcome.failed
    assert "got inf; infinite scores cannot" in outcome.failures[0].reason


NO_TRIALS: list[tuple[tuple[Any, ...], str]] = [
    ((0, {}, ["0.9"]), r"scores\[0\] is '0.9'; pass a number"),
    ((0, {}, [0.5, [0.9]]), r"scores\[1\] is \[0.9\]; pass a number"),
    ((0, {}, [1j]), "pass a number"),
    ((0, {}, [np.ma.masked]), "pass a number"),
    ((0, {}, [object()]), "pass a number"),
    ((0, {}, np.zeros((2, 2))), "pass a number"),
    ((0, {}, "0.9"), "a list with a score for each split"),
    ((0, {}, 0.9), "scores is 0.9; pass a list with a score for each split"),
    ((0, {}, {"score": 0.9}), "a list with a score for each split"),
    ((0, {}, None), "a list with a score for each split"),
    ((0, {}, []), "scores is empty; pass a score for each split"),
    ((-1, {}, [0.9]), "number is -1; pass the candidate's, counted from 0"),
    ((0.0, {}, [0.9]), "number is 0.0"),
    (("0", {}, [0.9]), "number is '0'"),
    ((0, [0.9], [0.9]), r"params is \[0.9\]; pass the candidate"),
]


@pytest.mark.parametrize(("given", "told"), NO_TRIALS)
def test_what_makes_no_trial_is_refused(given: Any, told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        Trial.of(*given)


def other(params: Any) -> dict[str, Any]:
    return {**params, "x": 99.0}


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another's parameters": (lambda c: [Trial.of(0, other(c[0]), [0.5])], "proposed was"),
    "the next one's": (lambda c: [Trial.of(0, c[1], [0.5])], "proposed was"),
    "too few": (lambda c: [Trial.of(0, {}, [0.5])], r"has the parameters \{\}"),
    "a trial": (lambda c: Trial.of(0, c[0], [0.5]), "takes a list of trials"),
    "a number": (lambda c: 0.5, "takes a list of trials"),
    "text": (lambda c: "0.5", "takes a list of trials"),
    "scores": (lambda c: [0.5], "takes trials, such as"),
    "pairs": (lambda c: [(c[0], 0.5)], "takes trials, such as"),
    "twice": (lambda c: [Trial.of(0, c[0], [0.5])] * 2, "in order"),
    "not proposed": (lambda c: [Trial.of(3, c[0], [0.5])], "was not proposed"),
    "more scores": (
        lambda c: [Trial.of(0, c[0], [0.5]), Trial.of(1, c[1], [0.5, 0.6])],
        "trial 1 has 2 scores, those before it have 1",
    ),
}


@pytest.mark.parametrize("of", STRATEGIES)
@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_told_wrongly_is_refused_and_nothing_taken_in(of: str, wrong: str) -> None:
    strategy, right = STRATEGIES[of](), STRATEGIES[of]()
    candidates = strategy.ask(3)
    right.ask(3)
    make, told = WRONG[wrong]
    with pytest.raises((TypeError, ValueError), match=told):
        strategy.tell(make(candidates))
    assert strategy.told == 0
    for one in (strategy, right):
        one.tell([Trial.of(k, params, [0.1 * k]) for k, params in enumerate(candidates)])
    assert strategy.ask(3) == right.ask(3)


@pytest.mark.parametrize("of", STRATEGIES)
def test_a_later_trial_has_as_many_scores_as_the_first(of: str) -> None:
    strategy = STRATEGIES[of]()
    first, second, _ = strategy.ask(3)
    strategy.tell([Trial.of(0, first, [0.5, 0.5])])
    with pytest.raises(ValueError, match="trial 1 has 1 scores, those before it have 2"):
        strategy.tell([Trial.of(1, second, [0.5])])
    strategy.tell([Trial.of(1, second, [0.5, None])])


def test_a_candidate_that_the_user_has_changed_is_another() -> None:
    strategy = STRATEGIES["bayes"]()
    (params,) = strategy.ask(1)
    params["x"] = 99.0
    with pytest.raises(ValueError, match="proposed was"):
        strategy.tell([Trial.of(0, params, [0.5])])


@pytest.mark.parametrize("of", STRATEGIES)
def test_an_equal_candidate_is_the_same(of: str) -> None:
    """For example one that was written to a file and read."""
    strategy = STRATEGIES[of]()
    (params,) = strategy.ask(1)
    copied = {name: float(v) if isinstance(v, float) else v for name, v in params.items()}
    strategy.tell([Trial.of(0, dict(reversed(copied.items())), [0.5])])
    assert strategy.told == 1


@pytest.mark.parametrize("n", [0, -1, 1.5, "1", None, True])
def test_a_number_to_ask_for_is_a_count(n: Any) -> None:
    with pytest.raises(ValueError, match="at least one candidate"):
        STRATEGIES["bayes"]().ask(n)


@pytest.mark.parametrize("bad", [None, math.nan, -math.inf, math.inf])
def test_failures_of_all_kinds_are_kept_away_from(bad: float | None) -> None:
    def usable(failure: float | None) -> list[float]:
        strategy, found = Bayesian(RANGES, 20, random_state=0), []
        while asked := strategy.ask(1):
            x, z = asked[0]["x"], asked[0]["z"]
            score = failure if x < 0.2 else -((x - 0.5) ** 2) - (z - 0.3) ** 2
            found += [score] if x >= 0.2 and score is not None else []
            strategy.tell([Trial.of(strategy.told, asked[0], [score])])
        return found

    assert usable(bad) == usable(None)
    assert len(usable(bad)) > 10
