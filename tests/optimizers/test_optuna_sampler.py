"""Optuna's samplers as optimizers: laws over several of them."""

from __future__ import annotations

import copy
import importlib.util
import pickle
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.stats import lognorm
from sklearn.base import clone

from sktune import BayesSearch
from sktune.exceptions import FailedCandidatesWarning
from sktune.optimizers import OptunaSampler
from sktune.space import Pool
from sktune.strategies import Bayesian, Strategy
from sktune.testing.strategies import StrategyContract, drain
from tests.helpers.bayes_searches import X2, search_of, y2
from tests.helpers.journal.resuming import Toy, X, lines_of, y
from tests.helpers.optimizers import SPACES, seen
from tests.helpers.searches import assert_same_results

optuna = pytest.importorskip("optuna", reason="samplers of Optuna's are proposed by it")
pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

CONDITIONAL = [
    {"a": (0.01, 100.0, "log-uniform"), "kind": ["mean", Toy()]},
    {"a": [0.5, 1.0, 2.0], "kind": ["b"], "fail": [False]},
    {"a": list(range(1, 30)), "kind": [("a", "tuple"), None]},
    {"a": lognorm(1.0), "kind": ["other"]},
]


def tpe(**options: Any) -> Any:
    return optuna.samplers.TPESampler(n_startup_trials=4, **options)


def cma(**options: Any) -> Any:
    pytest.importorskip("cmaes", reason="Optuna's CMA-ES needs it")
    return optuna.samplers.CmaEsSampler(popsize=3, **options)


def gp(**options: Any) -> Any:
    pytest.importorskip("torch", reason="Optuna's process needs it")
    return optuna.samplers.GPSampler(n_startup_trials=6, **options)


SAMPLERS: dict[str, Callable[..., Any]] = {
    "tpe": tpe,
    "tpe, one by one": lambda **options: tpe(multivariate=False, **options),
    "tpe, grouped": lambda **options: tpe(multivariate=True, group=True, **options),
    "random": lambda **options: optuna.samplers.RandomSampler(**options),
    "sobol": lambda **options: optuna.samplers.QMCSampler(**{"scramble": True} | options),
    "halton": lambda **options: optuna.samplers.QMCSampler(qmc_type="halton", **options),
    "cma": cma,
    "nsga": lambda **options: optuna.samplers.NSGAIISampler(population_size=4, **options),
    "gp": gp,
}
NUMBERS = {"a": (0.01, 100.0, "log-uniform"), "kind": list(range(40))}
QUICK = {"tpe", "sobol", "cma"}
every_sampler = pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in SAMPLERS],
)


def made(name: str, **options: Any) -> OptunaSampler:
    return OptunaSampler(SAMPLERS[name](**{"seed": 0} | options))


@every_sampler
class TestContract(StrategyContract):
    """With a window, conditions, objects, and ranges of all kinds."""

    @pytest.fixture(autouse=True)
    def _of(self, name: str) -> None:
        self.name = name

    def make(self) -> Strategy:
        optimizer = made(self.name)
        return Bayesian(CONDITIONAL, 14, n_points=3, optimizer=optimizer, random_state=1)


@every_sampler
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_proposals_are_new_settled_and_allowed(name: str, space: Any) -> None:
    pool, known = Pool(space), seen(space, Pool(space))
    for point in [*known.points, *known.pending]:
        pool.take(point)
    optimizer = made(name).for_search(space)
    for t in range(2):
        point = optimizer.propose(known, pool, np.random.default_rng(t))
        assert space.settle(point[None]).tobytes() == point.tobytes()
        params = {**space.decode(point), **optimizer.values_at(point)}
        assert space.encode([params])[0] == pytest.approx(point, abs=1e-12, nan_ok=True)
        assert space.holds(params)
        assert pool.take(point)


@every_sampler
def test_workers_make_no_difference(name: str) -> None:
    one, two = (
        search_of(
            {"value": (0.0, 1.0), "other": ["x", None]}, 10,
            optimizer=made(name), n_points=3, n_jobs=n_jobs,
        ).fit(X2, y2).cv_results_
        for n_jobs in (1, 2)
    )  # fmt: skip
    assert_same_results(one, two)


def toy_search(name: str, n_iter: int = 14, space: Any = CONDITIONAL, **options: Any) -> Any:
    optimizer = options.pop("optimizer", None) or made(name)
    return BayesSearch(
        options.pop("estimator", Toy()), space, n_iter=n_iter, n_points=2, optimizer=optimizer,
        cv=2, refit=False, **{"random_state": 0} | options,
    )  # fmt: skip


def results(search: BayesSearch) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FailedCandidatesWarning)
        return search.fit(X, y).cv_results_


@every_sampler
def test_resumed_is_uninterrupted(name: str, tmp_path: Path) -> None:
    """Also with more candidates than it was begun with, and where few are allowed."""
    own = {"params": [{"a": 1.0, "kind": 3}] * 3, "mean_test_score": [0.9, 0.5, 0.4]}
    cases = [(CONDITIONAL, few, None), (NUMBERS, None, own)]  # the best there and the own are one
    for number, (space, rule, earlier) in enumerate(cases):
        make = partial(
            toy_search, name, space=space, constraints=rule, warm_start_from=earlier,
            estimator=Toy(kind=3 if earlier else "mean"),
        )  # fmt: skip
        path = tmp_path / f"{number}.jsonl"
        whole = results(make(22))
        results(make(16, checkpoint=path))
        lines = lines_of(path)
        for n in (len(lines) // 2, len(lines)):
            path.write_bytes(b"".join(lines[:n]))
            assert_same_results(results(make(22, checkpoint=path)), whole)


def few(params: dict[str, Any]) -> bool:
    return params.get("kind") != "mean" or 0.5 < params["a"] < 2


@every_sampler
def test_fits_copies_and_pickles_begin_with_the_sampler_as_it_was_given(name: str) -> None:
    search = toy_search(name)
    first = results(search)
    for again in (search, clone(search), copy.deepcopy(search), pickle.loads(pickle.dumps(search))):
        assert_same_results(results(again), first)


@every_sampler
def test_the_seed_is_the_samplers_or_else_the_searchs(name: str) -> None:
    scramble = {"scramble": False} if name == "sobol" else {}  # it has a seed of the system's
    one, same, other = (
        results(toy_search(name, optimizer=made(name, seed=None, **scramble), random_state=seed))
        for seed in (0, 0, 1)
    )
    assert_same_results(one, same)
    assert repr(one["params"]) != repr(other["params"])
    if name not in ("halton", "sobol"):
        fourth = results(toy_search(name, optimizer=made(name, seed=4)))
        assert repr(fourth["params"]) != repr(results(toy_search(name))["params"])


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning:cmaes")
@every_sampler
def test_candidates_are_those_of_a_study_of_optunas(name: str) -> None:
    """After the start, which is added to it; with choices as their numbers."""
    space = {"a": (0.01, 100.0, "log-uniform"), "kind": ["mean", None, ("a", "tuple")]}
    strategy = Bayesian(space, 20, optimizer=made(name), random_state=3)
    candidates = drain(strategy, 1)
    of = optuna.distributions
    distributions = {
        "a": of.FloatDistribution(0.01, 100.0, log=True),
        "kind": of.CategoricalDistribution(range(3)),
    }
    study = optuna.create_study(direction="maximize", sampler=SAMPLERS[name](seed=0))
    for number, params in enumerate(candidates):
        score = np.mean([(number * 7 + split) % 5 / 5 for split in range(2)])
        numbered = {"a": params["a"], "kind": space["kind"].index(params["kind"])}
        if number < 3:  # the design
            start = optuna.create_trial(
                params=numbered, distributions=distributions, value=float(f"{score:.12g}")
            )
            study.add_trial(start)
            continue
        while True:
            trial = study.ask(distributions)
            if trial.params not in (earlier.params for earlier in study.trials[:-1]):
                break
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        assert trial.params == numbered
        study.tell(trial, float(f"{score:.12g}"))


@pytest.mark.parametrize(
    ("options", "told"),
    [({"folds": "adaptive"}, "foresees"), ({"cost": "time"}, "does not look at costs"),
     ({"transfer": True, "warm_start_from": {"params": [], "mean_test_score": []}}, "goes with"),
     ({"optimizer_kwargs": {"acq_func": "EI"}}, "mean nothing to")],
)  # fmt: skip
def test_what_goes_with_the_process_only_is_refused(options: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        toy_search("tpe", **options).fit(X, y)
    assert repr(made("tpe")) == "OptunaSampler(TPESampler(...))"


class Notes(optuna.samplers.RandomSampler):  # type: ignore[misc] # of a package without types here
    """Notes what it sees of its study; of all copies in one list."""

    saw: ClassVar[list[Any]] = []

    def infer_relative_search_space(self, study: Any, trial: Any) -> Any:
        trials = study.get_trials(deepcopy=False)
        self.saw.append([(t.state.name, t.value, dict(t.params)) for t in trials[:-1]])
        return {}


def test_it_is_told_of_each_candidate_once_and_which_are_under_way() -> None:
    space = {"value": (0.0, 1.0), "other": ["a", None]}
    strategy = Bayesian(
        space, 8, n_points=2, optimizer=OptunaSampler(Notes(seed=0)), random_state=1
    )
    Notes.saw.clear()
    drain(strategy, 2)
    strategy_saw = Notes.saw[-1]  # when it was asked for the last of them
    candidates = strategy.candidates
    told = {repr(params): (state, value) for state, value, params in strategy_saw}
    for number, params in enumerate(candidates[:-1]):
        index = {"value": params["value"], "other": [*"a", None].index(params["other"])}
        state, value = told.pop(repr(index) if repr(index) in told else repr(dict(index)))
        if number < 6:
            assert value == pytest.approx(np.mean([(number * 7 + s) % 5 / 5 for s in (0, 1)]))
        assert state == ("COMPLETE" if number < 6 else "RUNNING")
    assert not told


@pytest.mark.parametrize(
    ("fails", "expected"),
    [([False, True, False], [("COMPLETE", 1.0), ("COMPLETE", 1.0), ("COMPLETE", 3.0)]),
     ([True, True, False], [("FAIL", None), ("FAIL", None), ("COMPLETE", 3.0)])],
)  # fmt: skip
def test_failures_are_told_as_the_worst_so_far_if_there_is_one(fails: Any, expected: Any) -> None:
    space = SPACES["line"]
    pool = Pool(space)
    known = seen(space, pool, n=3, n_pending=0)
    optimizer = OptunaSampler(Notes(seed=0)).for_search(space)
    failed = np.array(fails)
    values = np.where(failed, 0.0 if failed[0] else 1.0, [1.0, 2.0, 3.0])
    for n in (2, 3):
        part = replace(
            known, points=known.points[:n], values=values[:n], failed=failed[:n],
            candidates=known.candidates[:n],
        )  # fmt: skip
        optimizer.propose(part, pool, np.random.default_rng(n))
    last = [(state, value) for state, value, _ in Notes.saw[-1]]
    assert [last[0], last[1], last[3]] == expected  # the third is what was proposed meanwhile


FIXED = {"a": 1}
REFUSED = [
    (lambda of: OptunaSampler(of.GridSampler({"a": [1]})), "GridSampler has a grid.*GridSearch"),
    (lambda of: OptunaSampler(of.BruteForceSampler()), "BruteForceSampler.*cannot propose"),
    (lambda of: OptunaSampler(of.PartialFixedSampler(FIXED, of.RandomSampler())), "of the space"),
    (lambda of: OptunaSampler(of.TPESampler), "pass a sampler of optuna.samplers"),
    (lambda of: OptunaSampler("tpe"), "pass a sampler of optuna.samplers"),
    (lambda of: of.TPESampler(), r"Pass sktune.optimizers.OptunaSampler\(sampler\)"),
    (lambda of: optuna.create_study(), r"Pass sktune.optimizers.OptunaSampler\(sampler\)"),
]


@pytest.mark.parametrize(("make", "told"), REFUSED)
def test_what_cannot_propose_is_refused_before_the_first_fit(make: Any, told: str) -> None:
    Toy.fits.clear()
    with pytest.raises((TypeError, ValueError), match=told):
        BayesSearch(Toy(), CONDITIONAL, optimizer=make(optuna.samplers)).fit(X, y)
    assert Toy.fits == []


def test_a_sampler_that_has_no_more_leaves_the_rest_to_the_pool() -> None:
    space = {"a": (1, 3), "kind": ["mean", None]}
    optimizer = OptunaSampler(optuna.samplers.BruteForceSampler(seed=0))
    found = results(BayesSearch(Toy(), space, n_iter=6, optimizer=optimizer, random_state=0, cv=2))
    assert len({repr(params) for params in found["params"]}) == 6


def test_nothing_of_it_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    results(toy_search("cma" if importlib.util.find_spec("cmaes") else "sobol"))
    assert capfd.readouterr().err == ""
    assert optuna.logging.get_verbosity() == before


def test_allotments_are_kept() -> None:
    allotted = list(zip(CONDITIONAL, (4, 3, 5, 2), strict=True))
    optimizer = made("tpe")
    found = results(BayesSearch(Toy(), allotted, optimizer=optimizer, random_state=0, cv=2))
    kinds = [params["kind"] for params in found["params"]]
    n_each = [sum(kind in sub["kind"] for kind in kinds) for sub in CONDITIONAL]
    assert n_each == [4, 3, 5, 2]
