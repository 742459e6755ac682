"""Searches of the live comparison that are given a function, and the space in their own terms."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .live_trials import MOST, Clock, Tried

GRID = 100  # values of a range, for searches that know lists alone


def drive_hebo(space: dict[str, Any], tried: Tried, seed: int, clock: Clock) -> None:
    import torch
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.hebo import HEBO

    def written(name: str, given: Any) -> dict[str, Any]:
        if isinstance(given, list):
            return {"name": name, "type": "cat", "categories": given}
        plain, log = ("int", "pow_int") if given.whole else ("num", "pow")
        kind = log if given.log else plain
        return {"name": name, "type": kind, "lb": given.low, "ub": given.high}

    np.random.seed(seed)  # noqa: NPY002 - HEBO draws from the global generator, and torch's
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    parsed = DesignSpace().parse([written(*item) for item in space.items()])
    optimizer = HEBO(parsed, scramble_seed=seed)
    while not clock.over:
        candidate = optimizer.suggest(n_suggestions=1)
        score = tried(candidate.to_dict("records")[0])  # a row of numbers would make all floats
        optimizer.observe(candidate, np.array([[-score]]))


def drive_smac(space: dict[str, Any], tried: Tried, seed: int, clock: Clock) -> None:
    from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
    from smac import HyperparameterOptimizationFacade, Scenario
    from smac.runhistory.dataclasses import TrialValue

    known = ConfigurationSpace(seed=seed)
    for name, given in space.items():
        if isinstance(given, list):
            known.add(Categorical(name, given))
        else:
            kind = Integer if given.whole else Float
            known.add(kind(name, (given.low, given.high), log=given.log))
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            known, deterministic=True, n_trials=MOST, seed=seed, output_directory=Path(folder)
        )
        facade = HyperparameterOptimizationFacade(
            scenario, lambda config, seed=0: 0.0, logging_level=False
        )
        while not clock.over:
            candidate = facade.ask()
            score = tried(dict(candidate.config))
            facade.tell(candidate, TrialValue(cost=-score))


def drive_flaml(space: dict[str, Any], tried: Tried, seed: int, clock: Clock) -> None:
    from flaml import tune

    def written(given: Any) -> Any:
        if isinstance(given, list):
            return tune.choice(given)
        if given.whole:
            kind = tune.lograndint if given.log else tune.randint
            return kind(int(given.low), int(given.high) + 1)
        return (tune.loguniform if given.log else tune.uniform)(given.low, given.high)

    np.random.seed(seed)  # noqa: NPY002 - beside its own seed it draws from the global generator
    tune.run(
        lambda config: {"score": tried(config)},
        config={name: written(given) for name, given in space.items()},
        metric="score", mode="max", num_samples=MOST, verbose=0,
    )  # fmt: skip


def drive_hyperactive(space: dict[str, Any], tried: Tried, seed: int, clock: Clock) -> None:
    from hyperactive.opt.gfo import BayesianOptimizer

    def written(given: Any) -> list[Any]:
        if isinstance(given, list):
            return given
        values = (np.geomspace if given.log else np.linspace)(given.low, given.high, GRID)
        return sorted({*np.rint(values).astype(int).tolist()} if given.whole else values.tolist())

    lists = {name: written(given) for name, given in space.items()}
    BayesianOptimizer(search_space=lists, n_iter=MOST, random_state=seed, experiment=tried).solve()
