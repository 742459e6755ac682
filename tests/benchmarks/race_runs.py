"""Races: the full search's scores, policies replayed on them, and searches that really race."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr
from sklearn.base import is_classifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - what it takes to import
from sklearn.model_selection import (
    HalvingRandomSearchCV,
    KFold,
    ParameterSampler,
    StratifiedKFold,
)

from sktune import BayesSearch, RacingPolicy, RandomSearch
from sktune.engine.racing import ROUND, Racing
from sktune.objective import Objective, best_possible
from sktune.policies import Board, Policy, Standing, Standings, make_policy
from sktune.trials import SINGLE, Outcome, Trials

from .race_searches import RaceSearch

Floats = npt.NDArray[np.float64]
N = 100


def correlated_t(trials: Standings, trial: Standing, *, pooled: bool = False) -> bool:
    """Bayesian correlated t-test against the best on the same splits (Benavoli et al. 2017).

    Given up is whose true score is higher with P < .05. Pooled: with one variance, the mean over
    all candidates, and the exact bound besides.
    """
    n, n_splits = trial.n_done, trials.n_splits
    means = trials.means(n)
    differences = trials.scores[:, :n] - trials.scores[np.nanargmax(means), :n]
    if n == 1:
        return False
    d = trial.mean - np.nanmax(means)
    variances = differences[~np.isnan(means)].var(axis=1, ddof=1)
    own = (trial.scores[:n] - trials.scores[np.nanargmax(means), :n]).var(ddof=1)
    scale = np.sqrt((1 / n + 1 / (n_splits - 1)) * (variances.mean() if pooled else own))
    most = trial.scores[:n].sum() + (n_splits - n) * trials.best_possible
    if pooled and most < np.nanmax([*trials.scores.sum(axis=1), -np.inf]):
        return True
    return bool(d < 0 if scale == 0 else stdtr(n - 1, d / scale) < 0.05)


POLICIES: dict[str, Policy | None] = {
    **{name: make_policy(name) for name in ("racing", "median", "bandit", "truncation")},
    "RacingPolicy(0.05)": RacingPolicy(0.05),
    "correlated t-test": correlated_t,
    "the same, variance pooled, with the bound": partial(correlated_t, pooled=True),
}


@dataclass(frozen=True)
class Race:
    """One search on so many folds, with a seed for the candidates and the folds."""

    search: RaceSearch
    folds: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.search.name}-{self.folds}-{self.seed}"

    def made(self, kind: Callable[..., Any], space: Any = None, **given: Any) -> Any:
        """A search object, not fitted."""
        estimator = self.search.make()
        splitter = StratifiedKFold if is_classifier(estimator) else KFold
        cv = splitter(self.folds, shuffle=True, random_state=self.seed)
        return kind(
            estimator,
            self.search.space if space is None else space,
            scoring=self.search.scoring,
            cv=cv,
            random_state=self.seed,
            **{"refit": False, **given},
        )

    def fit(self, policy: Policy | None) -> tuple[Any, float]:
        """A random search that really races, and the CPU seconds it took."""
        search = self.made(RandomSearch, n_iter=N, early_termination=policy)
        return search, self.timed(search)

    def timed(self, search: Any) -> float:
        """Fit a search object on the data, and return the CPU seconds it took."""
        X, y = self.search.data()
        begin = time.process_time()
        search.fit(X, y)
        return time.process_time() - begin

    def scores(self, folder: Path) -> Floats:
        """The full search's scores, candidates by splits; kept in the folder."""
        file = folder / f"{self.name}.npy"
        if not file.exists():
            self.keep(folder, self.fit(None)[0])
        return np.asarray(np.load(file))

    def keep(self, folder: Path, search: Any) -> None:
        """Keep the full search's scores in the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"{self.name}.npy", split_scores(search))

    @cached_property
    def candidates(self) -> list[Any]:
        return list(ParameterSampler(self.search.space, N, random_state=self.seed))


def split_scores(search: Any) -> Floats:
    """Candidates by splits; nan where a candidate has not been evaluated."""
    found = search.cv_results_
    return np.array([found[f"split{k}_test_score"] for k in range(search.n_splits_)]).T


def replay(race: Race, full: Floats, policy: Policy, size: int = ROUND) -> Floats:
    """What is left of the full search's scores, decided by the engine's own code.

    Parameters
    ----------
    race : Race
    full : array of shape (n_candidates, n_splits)
    policy : callable
    size : int
        Candidates that go from split to split together.
    """
    bound = best_possible(race.search.scoring, SINGLE, race.search.make())
    trials = Trials(race.folds)
    racing = Racing(policy, Board(trials, Objective(best_possible=bound)), trials)
    wanted = [t for t in map(trials.begin, race.candidates) if t.duplicate_of is None]
    for first in range(0, len(wanted), size):
        going = wanted[first : first + size]
        for split in range(race.folds):
            for trial in going:
                score = float(full[trial.number, split])
                trials.record(Outcome(trial.number, split, {SINGLE: score}))
            going = racing.stop_losers(going, split + 1)
    done = [[outcome is not None for outcome in trial.outcomes] for trial in trials]
    return np.where(done, full, np.nan)


def judged(full: Floats, left: Floats, race: Race) -> dict[str, Any]:
    """What a race has cost and lost; equal candidates, which are evaluated once, count once."""
    trials = Trials(race.folds)
    once = [trials.begin(params).duplicate_of is None for params in race.candidates]
    means = np.where(np.isnan(left).any(axis=1), -np.inf, full.mean(axis=1))
    used = np.count_nonzero(~np.isnan(left[once])) / full[once].size
    return {"used": used, **lost(full, int(np.argmax(means)))}


def lost(full: Floats, winner: int) -> dict[str, Any]:
    """By how much the winner is worse than the full search's; also in units of the spread."""
    means = full.mean(axis=1)
    loss = float(means.max() - means[winner])
    return {"kept": loss < 1e-12, "loss": loss, "relative": loss / spread_of(means)}


def spread_of(means: Floats) -> float:
    """The interquartile range; the whole range where most are equal."""
    low, high = np.quantile(means, [0.25, 0.75])
    return float(high - low or np.ptp(means) or 1.0)


def run_live(race: Race, full: Floats, policy: Policy | None) -> dict[str, Any]:
    """Race, and compare what was evaluated with what the replay says."""
    search, cpu = race.fit(policy)
    expected = full if policy is None else replay(race, full, policy)
    if not np.array_equal(split_scores(search), expected, equal_nan=True):
        raise SystemExit(f"{race.name}, {policy}: live and replayed differ")
    return {"cpu": cpu}


def run_halving(race: Race, full: Floats) -> dict[str, Any]:
    """scikit-learn's halving over samples, with the same candidates on the same splits."""
    search = race.made(HalvingRandomSearchCV, n_candidates=N, factor=3)
    cpu = race.timed(search)
    found, winner = search.cv_results_, halving_winner(race, search)
    # its winner is evaluated in full besides, or nobody knows how good it is
    used = (len(found["iter"]) + 1) / N
    weighted = (found["n_resources"].sum() / len(race.search.data()[0]) + 1) / N
    return {"used": used, "weighted": weighted, "cpu": cpu, **lost(full, winner)}


def halving_winner(race: Race, search: Any) -> int:
    """Which of the candidates has won a search by halving, whose first rung must be they."""
    resource = search.resource if hasattr(search, "resource") else search.strategy.resource

    def told(params: dict[str, Any]) -> str:
        return repr({name: value for name, value in params.items() if name != resource})

    found, candidates = search.cv_results_, [*map(repr, race.candidates)]
    first = [told(found["params"][row]) for row in np.flatnonzero(found["iter"] == 0)]
    if first != candidates:
        raise SystemExit(f"{race.name}: halving has other candidates")
    return candidates.index(told(found["params"][search.best_index_]))


def run_bayes(race: Race, policy: Policy | None, n_iter: int) -> dict[str, Any]:
    """A Bayesian search; the best score is over all splits, whoever was stopped."""
    space = {name: ranged(given) for name, given in race.search.space.items()}
    search = race.made(BayesSearch, space, n_iter=n_iter, early_termination=policy)
    cpu = race.timed(search)
    scores = split_scores(search)
    means = scores.mean(axis=1)
    spread = spread_of(means[~np.isnan(means)])
    used = np.count_nonzero(~np.isnan(scores)) / scores.size
    return {"used": used, "best": float(search.best_score_), "spread": spread, "cpu": cpu}


def ranged(given: Any) -> Any:
    """A distribution of scipy as a range."""
    if isinstance(given, list):
        return given
    low, high = given.support()
    return (low, high, "log-uniform") if given.dist.name == "loguniform" else (low, high)
