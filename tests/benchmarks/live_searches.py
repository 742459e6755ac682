"""The searches of the live comparison, each in its own spelling; `live.py` says what is compared.

Those that take a scikit-learn estimator are here; those that take a function are in
`live_asked.py`. All are otherwise as they come.
"""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import distributions, version
from typing import Any, NamedTuple

import numpy as np
from sklearn import model_selection
from sklearn.metrics import get_scorer

import sktune

from . import live_tasks as spelling
from .live_asked import drive_flaml, drive_hebo, drive_hyperactive, drive_smac
from .live_tasks import Range, Task
from .live_trials import FOLDS, MOST, ROUND, Clock, Found, Over, Search, asked


def ticking(scoring: str, clock: Clock) -> Callable[..., float]:
    """A scorer by which the clock hears of trials, where nothing else tells as they are scored."""
    scorer, calls = get_scorer(scoring), itertools.count(1)

    def score(*args: Any) -> float:
        value = float(scorer(*args))
        if next(calls) % FOLDS == 0:
            clock.tick()
        return value

    return score


def of_results(model: Any, results: Any) -> Found:
    """What is found, of a `cv_results_`."""
    if "mean_own_time" in results:  # what was shared counts where it was done
        own = np.asarray(results["mean_own_time"])
    else:
        own = np.add(results["mean_fit_time"], results["mean_score_time"])
    scores = np.nan_to_num(results["mean_test_score"], nan=-np.inf).tolist()
    return model, list(results["params"]), scores, (FOLDS * own).tolist()


def by_bayes(task: Task, data: Any, cv: Any, seed: int, clock: Clock) -> Found:
    space = task.spelled(spelling.for_sktune)
    search = sktune.BayesSearch(
        task.model, space, n_iter=MOST, cv=cv, scoring=task.scoring, refit=False, random_state=seed
    )
    return of_results(task.model, search.fit(*data, callback=clock.tick).cv_results_)


def by_skopt(task: Task, data: Any, cv: Any, seed: int, clock: Clock) -> Found:
    from skopt import BayesSearchCV

    model, space = task.flat(spelling.for_skopt)
    score = ticking(task.scoring, clock)  # its callback comes after the next suggestion
    search = BayesSearchCV(
        model, space, n_iter=MOST, cv=cv, scoring=score, refit=False, random_state=seed
    )
    return of_results(model, search.fit(*data, callback=lambda _: clock.over).cv_results_)


def by_optuna(task: Task, data: Any, cv: Any, seed: int, clock: Clock) -> Found:
    import optuna
    from optuna_integration import OptunaSearchCV

    def tick(study: Any, _: Any) -> None:
        if clock.tick():
            study.stop()

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    model, space = task.flat(spelling.for_optuna)
    search = OptunaSearchCV(
        model, space, n_trials=MOST, cv=cv, scoring=task.scoring, refit=False, random_state=seed,
        callbacks=[tick],
    )  # fmt: skip
    search.fit(*data)
    return of_results(model, {**search.cv_results_, "params": [t.params for t in search.trials_]})


def in_rounds(kind: Callable[[], Any]) -> Search:
    """A random search, in rounds with a seed each: it cannot be ended by time."""

    def run(task: Task, data: Any, cv: Any, seed: int, clock: Clock) -> Found:
        score = ticking(task.scoring, clock)
        found: Found = task.model, [], [], []
        for seed_of_round in np.random.SeedSequence(seed).generate_state(MOST // ROUND):
            search = kind()(
                task.model, task.spelled(spelling.for_scipy), n_iter=ROUND, cv=cv, scoring=score,
                refit=False, random_state=int(seed_of_round),
            )  # fmt: skip
            more = of_results(task.model, search.fit(*data).cv_results_)
            for all_of_them, new in zip(found[1:], more[1:], strict=True):
                all_of_them.extend(new)
            if clock.over:
                break
        return found

    return run


def by_genetic(task: Task, data: Any, cv: Any, seed: int, clock: Clock) -> Found:
    """GASearchCV; a population of 50, its default, would be all of the trials: it is given 10."""
    from sklearn_genetic import GASearchCV, space

    def written(given: Range | list[Any]) -> Any:
        if isinstance(given, list):
            return space.Categorical(given)
        if given.whole:  # which it draws evenly alone
            return space.Integer(given.low, given.high)
        return space.Continuous(given.low, given.high, "log-uniform" if given.log else "uniform")

    model, asked_for = task.flat(written)
    found: Found = model, [], [], []

    class Noted(GASearchCV):  # type: ignore[misc] # without types
        """Notes what is evaluated, of which its own log loses some, and ends with the clock."""

        def evaluate(self, individual: Any) -> Any:
            if clock.over:
                raise Over
            before, begin = len(self.fitness_cache), time.perf_counter()
            fitness = super().evaluate(individual)
            if len(self.fitness_cache) > before:  # else it was fitted before
                found[1].append(dict(zip(self.space.parameters, individual, strict=True)))
                found[2].append(float(np.nan_to_num(fitness[0], nan=-np.inf)))
                found[3].append(time.perf_counter() - begin)
                clock.tick()
            return fitness

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - it draws from both global generators
    search = Noted(
        model, param_grid=asked_for, cv=cv, scoring=task.scoring, population_size=10,
        generations=MOST, refit=False, verbose=False,
    )  # fmt: skip
    with suppress(Over):
        search.fit(*data)
    return found


def _sklearn_random() -> Any:
    return model_selection.RandomizedSearchCV


def _dask_random() -> Any:
    from dask_ml.model_selection import RandomizedSearchCV

    return RandomizedSearchCV


class Peer(NamedTuple):
    """A search, and the packages that it needs; the version of the first is told."""

    run: Search
    needs: tuple[str, ...]


SEARCHES = {
    "RandomizedSearchCV": Peer(in_rounds(_sklearn_random), ("scikit-learn",)),
    "dask-ml": Peer(in_rounds(_dask_random), ("dask-ml",)),
    "OptunaSearchCV": Peer(by_optuna, ("optuna", "optuna-integration")),
    "BayesSearchCV": Peer(by_skopt, ("scikit-optimize",)),
    "GASearchCV": Peer(by_genetic, ("sklearn-genetic-opt",)),
    "HEBO": Peer(asked(drive_hebo), ("HEBO",)),
    "SMAC": Peer(asked(drive_smac), ("smac",)),
    "FLAML": Peer(asked(drive_flaml), ("flaml",)),
    "Hyperactive": Peer(asked(drive_hyperactive), ("hyperactive",)),
    "BayesSearch": Peer(by_bayes, ("sktune",)),
}


def with_version(search: str) -> str:
    """A search's name, with the version of its package."""
    package = SEARCHES[search].needs[0]
    found = sktune.__version__ if package == "sktune" else version(package)
    return f"{search} ({package} {found})"


def installed() -> list[str]:
    """The searches whose packages are there."""
    found = {re.sub(r"[-_.]+", "-", d.name).lower() for d in distributions()} | {"sktune"}
    return [name for name, peer in SEARCHES.items() if {*map(str.lower, peer.needs)} <= found]
