"""The searches of the comparison of regrets, and what they are told; `regret.py` says more."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator

from sktune import BayesSearch, RandomSearch

SPLITS = 5
Config = dict[str, Any]


class Found(NamedTuple):
    """Candidates, and the scores that the search was told (-inf where it has no mean)."""

    candidates: list[Config]
    told: list[float]


class Measure:
    """What searches are told of a problem."""

    def __init__(self, problem: Any, noise_seed: int | None) -> None:
        self.problem, self._noise_seed = problem, noise_seed
        self.names = {p.name for p in problem.space}
        self.n_splits = 1 if noise_seed is None else SPLITS
        self.n_fits = 0
        self._splits: defaultdict[str, set[int]] = defaultdict(set)
        self._whole_after: dict[str, int] = {}

    def __deepcopy__(self, memo: Any) -> Measure:
        return self  # an estimator's clones measure the same

    def read(self, config: Mapping[str, Any]) -> Config:
        """The parameters that count, as Python's own numbers."""
        plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in config.items()}
        return dict(self.problem.active(plain))

    def whole_after(self, config: Config) -> float:
        """After how many fits of the search a candidate had all splits; inf where it has not."""
        return self._whole_after.get(repr(sorted(config.items())), np.inf)

    def on_split(self, config: Config, split: int) -> float:
        """What a fit scores, which is counted."""
        self.n_fits += 1
        key = repr(sorted(config.items()))
        self._splits[key].add(split)
        if len(self._splits[key]) == self.n_splits:
            self._whole_after.setdefault(key, self.n_fits)
        return self._scored(config, split)

    def _scored(self, config: Config, split: int) -> float:
        if self._noise_seed is None:
            return float(self.problem.score(config))
        if hasattr(self.problem, "fold_scores"):
            return float(self.problem.fold_scores(config, self._noise_seed)[split])
        words = repr((self._noise_seed, split, sorted(config.items())))
        return float(self.problem.noisy(config, np.random.default_rng(zlib.crc32(words.encode()))))

    def on_all(self, config: Config) -> float:
        return float(np.mean([self.on_split(config, split) for split in range(self.n_splits)]))

    @property
    def cv(self) -> list[Any]:
        """Splits of `X`; what is held out says which split it is."""
        return [(np.arange(SPLITS), [split]) for split in range(self.n_splits)]

    X = np.arange(SPLITS, dtype=float)[:, None]


class LookedUp(BaseEstimator):
    """An estimator of which fits are free, and scores are known."""

    def __init__(self, measure: Any = None, **config: Any) -> None:
        self.measure, self.config = measure, config

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"measure": self.measure, **self.config}

    def set_params(self, **params: Any) -> LookedUp:
        if unknown := params.keys() - self.measure.names:
            raise ValueError(f"there is no {sorted(unknown)}")
        self.config = {**self.config, **params}
        return self

    def fit(self, X: Any, y: Any = None) -> LookedUp:
        self.fitted_ = True
        return self

    def score(self, X: Any, y: Any = None) -> float:
        return float(self.measure.on_split(self.measure.read(self.config), int(X[0, 0])))


def _found(search: Any, measure: Measure) -> Found:
    results = search.fit(measure.X).cv_results_
    scores = np.nan_to_num(results["mean_test_score"], nan=-np.inf)
    candidates = [measure.read(params) for params in results["params"]]
    return Found(candidates, scores.tolist())


def by_sktune(kind: Any, **more: Any) -> Callable[..., Found]:
    """A search of sktune's; `pending` counts where something is learnt."""

    def run(measure: Measure, trials: int, seed: int, pending: int) -> Found:
        points = {"n_points": pending} if kind is BayesSearch else {}
        search = kind(
            LookedUp(measure), measure.problem.search_space(), n_iter=trials, cv=measure.cv,
            refit=False, random_state=seed, **points, **more,
        )  # fmt: skip
        return _found(search, measure)

    return run


def by_optuna(sampler: str, **settings: Any) -> Callable[..., Found]:
    """One of Optuna's samplers, asked and told."""
    return partial(_ask_and_tell, sampler, settings)


def _ask_and_tell(
    name: str, settings: Config, measure: Measure, trials: int, seed: int, pending: int
) -> Found:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = getattr(optuna.samplers, name)(seed=seed, **settings)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    found = Found([], [])
    for _ in range(trials):
        trial, config = study.ask(), Config()
        for p in measure.problem.space:
            if p.cond and config.get(p.cond[0]) not in p.cond[1]:
                continue
            if p.kind == "c":
                config[p.name] = trial.suggest_categorical(p.name, p.choices)
            else:
                suggest = trial.suggest_int if p.kind == "i" else trial.suggest_float
                config[p.name] = suggest(p.name, p.low, p.high, log=p.log)
        config = measure.read(config)
        score = measure.on_all(config)
        study.tell(trial, score)
        found.candidates.append(config)
        found.told.append(score)
    return found


def by_skopt(measure: Measure, trials: int, seed: int, pending: int) -> Found:
    from skopt import BayesSearchCV
    from skopt.space import Categorical, Integer, Real

    space = {}
    for p in measure.problem.space:
        if p.kind == "c":
            space[p.name] = Categorical(list(p.choices))
        else:
            kind = Integer if p.kind == "i" else Real
            space[p.name] = kind(p.low, p.high, prior="log-uniform" if p.log else "uniform")
    search = BayesSearchCV(
        LookedUp(measure), space, n_iter=trials, cv=measure.cv, refit=False, random_state=seed
    )
    return _found(search, measure)


def by_hebo(measure: Measure, trials: int, seed: int, pending: int) -> Found:
    """HEBO as it comes; it knows no conditions: parameters that do not count are chosen too."""
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.hebo import HEBO

    def written(p: Any) -> Config:
        if p.kind == "c":
            return {"name": p.name, "type": "cat", "categories": list(p.choices)}
        plain, log = ("num", "pow") if p.kind == "f" else ("int", "pow_int")
        return {"name": p.name, "type": log if p.log else plain, "lb": p.low, "ub": p.high}

    np.random.seed(seed)  # noqa: NPY002 - HEBO draws from the global generator, and torch's
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    space = DesignSpace().parse([written(p) for p in measure.problem.space])
    optimizer = HEBO(space, scramble_seed=seed)
    found = Found([], [])
    for _ in range(trials):
        asked = optimizer.suggest(n_suggestions=1)
        config = measure.read(asked.iloc[0].to_dict())
        found.candidates.append(config)
        found.told.append(measure.on_all(config))
        optimizer.observe(asked, np.array([[-found.told[-1]]]))
    return found


def by_smac(measure: Measure, trials: int, seed: int, pending: int) -> Found:
    """SMAC's facade for hyperparameters, asked and told; conditions are told to it."""
    import tempfile

    from ConfigSpace import Categorical, ConfigurationSpace, Float, InCondition, Integer
    from smac import HyperparameterOptimizationFacade, Scenario
    from smac.runhistory.dataclasses import TrialValue

    space = ConfigurationSpace(seed=seed)
    for p in measure.problem.space:
        if p.kind == "c":
            space.add(Categorical(p.name, list(p.choices)))
        else:
            kind = Integer if p.kind == "i" else Float
            space.add(kind(p.name, (p.low, p.high), log=p.log))
    for p in measure.problem.space:
        if p.cond:
            space.add(InCondition(space[p.name], space[p.cond[0]], list(p.cond[1])))
    found = Found([], [])
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            space, deterministic=True, n_trials=trials, seed=seed, output_directory=Path(folder)
        )
        facade = HyperparameterOptimizationFacade(
            scenario, lambda config, seed=0: 0.0, logging_level=False
        )
        for _ in range(trials):
            asked = facade.ask()
            config = measure.read(dict(asked.config))
            found.candidates.append(config)
            found.told.append(measure.on_all(config))
            facade.tell(asked, TrialValue(cost=-found.told[-1]))
    return found


SEARCHES: dict[str, Callable[..., Found]] = {
    "BayesSearch": by_sktune(BayesSearch),
    "adaptive": by_sktune(BayesSearch, folds="adaptive"),
    "racing": by_sktune(BayesSearch, early_termination="racing"),
    "RandomSearch": by_sktune(RandomSearch),
    "RandomSearch, racing": by_sktune(RandomSearch, early_termination="racing"),
    "RandomSearch, adaptive": by_sktune(RandomSearch, folds="adaptive"),
    "TPE": by_optuna("TPESampler"),
    "TPE 4": by_optuna("TPESampler", multivariate=False, constant_liar=False),
    "GPSampler": by_optuna("GPSampler"),
    "CMA-ES": by_optuna("CmaEsSampler"),
    "skopt": by_sktune(BayesSearch, optimizer="skopt"),
    "BayesSearchCV": by_skopt,
    "HEBO": by_hebo,
    "SMAC": by_smac,
}
MADE_BY = (
    "sktune", "optuna", "cmaes", "torch", "scikit-optimize", "HEBO", "smac", "scikit-learn",
)  # fmt: skip


def versions() -> str:
    """The packages that the searches come from, as far as they are installed."""
    found = {d.name: d.version for d in distributions() if d.name in MADE_BY}
    return ", ".join(f"{name} {found[name]}" for name in MADE_BY if name in found)
