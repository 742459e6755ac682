from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn.model_selection import ParameterGrid
from skopt.learning import ExtraTreesRegressor

from sktune.objective import Objective
from sktune.space import Space
from sktune.strategies import Bayesian, Enumerated, Halving, Sampled, Schedule, Strategy
from sktune.testing.strategies import StrategyContract, drain
from sktune.trials import Trial, Trials
from tests.helpers.engine import Learns, outcome

GRID = [{"a": [1, 2, 3], "b": ["x", "y"]}, {}, {"c": np.arange(4)}]


class TestEnumerated(StrategyContract):
    def make(self) -> Strategy:
        return Enumerated(Space.of(GRID))


class TestSampledFromLists(StrategyContract):
    def make(self) -> Strategy:
        return Sampled(Space.of(GRID), 7, random_state=0)


class TestSampledFromDistributions(StrategyContract):
    def make(self) -> Strategy:
        space = Space.of([{"C": loguniform(0.1, 10)}, {"kernel": ["linear", "rbf"]}])
        return Sampled(space, 8, random_state=np.random.RandomState(1))


class TestHalving(StrategyContract):
    def make(self) -> Strategy:
        plan = Schedule.of(14, factor=2, min_resources=1, max_resources=8, exhaust=True)
        first = Sampled(Space.of({"C": loguniform(0.1, 10)}), 14, random_state=0)
        return Halving(first, plan, "max_iter")


CONDITIONAL = [
    {"C": (0.1, 10.0, "log-uniform"), "kernel": ["linear"]},
    {"C": (0.1, 10.0, "log-uniform"), "kernel": ["rbf", "poly"], "gamma": loguniform(0.01, 1)},
    {"n": (1, 9)},
]


class TestBayesian(StrategyContract):
    def make(self) -> Strategy:
        return Bayesian({"x": (0.0, 1.0), "n": (1, 20)}, 12, random_state=0)


class TestBayesianAhead(StrategyContract):
    def make(self) -> Strategy:
        return Bayesian(CONDITIONAL, 14, n_points=4, random_state=0)


class TestBayesianWithAllotments(StrategyContract):
    def make(self) -> Strategy:
        space = list(zip(CONDITIONAL, [4, 5, 3], strict=True))
        return Bayesian(space, n_points=3, random_state=np.random.RandomState(1))


class TestBayesianFromAWarmStart(StrategyContract):
    def make(self) -> Strategy:
        earlier = {"params": [{"n": n} for n in (1, 5, 9)], "mean_test_score": [0.1, np.nan, 0.3]}
        return Bayesian({"n": (1, 40)}, 10, n_points=2, warm_start_from=earlier, random_state=0)


class TestBayesianWithinConstraints(StrategyContract):
    def make(self) -> Strategy:
        return Bayesian(
            {"x": (0.0, 1.0), "y": (0.0, 1.0)}, 10, constraints=is_below_one, random_state=0
        )


FEW_TREES = ExtraTreesRegressor(n_estimators=4, min_samples_leaf=3)


class TestSkopt(StrategyContract):
    def make(self) -> Strategy:
        return Bayesian(
            CONDITIONAL, 6, n_points=2, optimizer="skopt",
            optimizer_kwargs={"base_estimator": FEW_TREES, "acq_func": "EI"}, random_state=0,
        )  # fmt: skip


class TestAskTell(StrategyContract):
    def make(self) -> Strategy:
        return Bayesian({"x": (0.0, 1.0)}, 9, n_points=2, optimizer=Drawing(), random_state=0)


def is_below_one(params: Any) -> bool:
    return bool(params["x"] + params["y"] < 1)


class Drawing:
    """An optimizer of the user's."""

    def __init__(self) -> None:
        self.state = np.random.RandomState(0)

    def ask(self) -> Any:
        return {"x": self.state.uniform()}

    def tell(self, params: Any, score: float) -> None:
        assert np.isfinite(score)


@given(at_a_time=st.integers(1, 20))
def test_blocks_do_not_matter(at_a_time: int) -> None:
    assert drain(Enumerated(Space.of(GRID)), at_a_time) == list(ParameterGrid(GRID))


@given(at_a_time=st.integers(1, 20), seed=st.integers(0, 1000))
def test_blocks_do_not_matter_for_samples(at_a_time: int, seed: int) -> None:
    def make() -> Strategy:
        return Sampled(Space.of({"C": loguniform(0.1, 10)}), 9, random_state=seed)

    assert drain(make(), at_a_time) == drain(make(), 9)


def test_samples_do_not_depend_on_what_happens_to_a_shared_state() -> None:
    def draws(interfere: Any) -> list[Any]:
        state = np.random.RandomState(0)
        strategy = Sampled(Space.of({"C": loguniform(0.1, 10)}), 6, random_state=state)
        first = strategy.ask(3)
        interfere(state)
        return first + strategy.ask(3)

    assert draws(lambda state: None) == draws(lambda state: state.rand(100))


def test_the_size_of_a_space() -> None:
    assert Space.of({"a": range(10**4), "b": range(10**4)}).size == 10**8
    assert Space.of({name: range(10**4) for name in "abcdef"}).size == 10**24
    assert Space.of([{}, {"a": [1, 2]}]).size == 3
    assert Space.of({"a": [1], "b": loguniform(1, 2)}).size is None


def test_a_strategy_learns_only_what_is_new() -> None:
    strategy = Learns(Space.of({"value": [1, 2, 3]}))
    trials = Trials(1)
    for number, params in enumerate(strategy.ask(3)):
        trials.begin(params)
        trials.record(outcome(number, 0))
    strategy.tell(trials[:2])
    strategy.tell(trials[:3])
    assert [number for number, _ in strategy.learnt] == [0, 1, 2]


def test_while_nothing_is_known_candidates_are_drawn_apart() -> None:
    space = {f"x{i}": (0.0, 1.0) for i in range(2)}
    strategy = Bayesian(space, 20, n_points=20, random_state=0)
    x = np.array([list(params.values()) for params in strategy.ask(20)])
    gaps = np.linalg.norm(x[:, None] - x[None], axis=2)[np.triu_indices(20, 1)]
    assert gaps.min() > 1e-3  # not one draw over and over


def test_narrow_floats_do_not_overflow() -> None:
    assert Objective().mean(Trial.of(0, {}, [np.float32(0.5)] * 2)) == 0.5  # type: ignore[list-item]


def test_what_is_learnt_has_twelve_digits_and_any_name_of_the_metric() -> None:
    trial = Trial.of(0, {}, [0.1 + 0.2])
    assert Objective("score").mean(trial) == Objective("auc").mean(trial) == 0.3


def test_the_estimators_own_point_is_of_the_dict_that_has_all_of_it() -> None:
    space = [{"a": [1, 2], "b": [5, 6]}, {"a": [1, 2], "c": [7]}]
    strategy = Bayesian(space, 1, known=[{"a": 1, "b": 4, "c": 7}], random_state=0)
    assert strategy.ask(1) == [{"a": 1, "c": 7}]


def test_earlier_failures_are_no_scores_whatever_stands_for_them() -> None:
    results = {
        "params": [{"x": 0.1}, {"x": 0.2}],
        "mean_test_score": [0.9, 99.0],
        "status": ["ok", "failed"],
    }
    strategy = Bayesian({"x": (0.0, 1.0)}, 1, warm_start_from=results)
    strategy.tell([Trial.of(0, {"x": 0.1}, [0.8])] if strategy.ask(1) == [{"x": 0.1}] else [])
    assert strategy.seen().values.tolist() == [0.8, 0.8]


@pytest.mark.parametrize(
    ("options", "splits"), [({}, [0, 0, 2, 3]), ({"redraws": True}, [0, 1, 2, 3])]
)
def test_rungs_of_as_many_samples_have_the_same_ones_unless_they_are_drawn_anew(
    options: dict[str, bool], splits: list[int]
) -> None:
    plan = Schedule.of(
        60, factor=3, min_resources=20, max_resources=180, exhaust=False,
        aggressive_elimination=True,
    )  # fmt: skip
    assert plan.n_resources == (20, 20, 60, 180)
    grid = Enumerated(Space.of({"C": list(range(60))}))
    strategy = Halving(grid, plan, "n_samples", **options)
    told = 0
    while candidates := strategy.ask(100):
        trials = [Trial.of(told + n, params, [0.5]) for n, params in enumerate(candidates)]
        told += len(trials)
        strategy.tell(trials)
    assert [rung.splits for rung in strategy.rungs] == splits
    assert [rung.n_candidates for rung in strategy.rungs] == [60, 20, 7, 3]
