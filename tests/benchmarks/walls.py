"""Searches where little works: walls, plateaus, many dicts, many choices; beside random search.

Run as ``python -m tests.benchmarks.walls``; prints the tables of docs/benchmarks.md in two minutes.
With Optuna installed its default sampler is asked too, and told failures as failures.
"""

from __future__ import annotations

import importlib.util
import math
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from sktune.space import Space
from sktune.strategies import Bayesian
from sktune.trials import Trial

UNIT, LOG, SEEDS = (0.0, 1.0), "log-uniform", range(20)
Score = Callable[[dict[str, Any]], float | None]


def components(p: dict[str, Any]) -> float | None:
    return None if p["n"] > 30 else p["n"] / 60 - abs(math.log10(p["C"]) - 1) / 5


def one_of_five(p: dict[str, Any]) -> float | None:
    return None if p["c"] < 0.93 else -((p["a"] - 0.7) ** 2) - (p["b"] - 0.3) ** 2


def corner(p: dict[str, Any]) -> float | None:
    return None if min(p.values()) < 0.6 else -sum((v - 0.8) ** 2 for v in p.values())


def three_of_forty(p: dict[str, Any]) -> float | None:
    return -abs(math.log10(p["C"]) - 1) if p["k"] in (7, 21, 30) else None


def band(p: dict[str, Any]) -> float | None:
    return None if not 0.2 < p["b"] < 0.26 else -((p["a"] - 0.7) ** 2) - (p["c"] - 0.3) ** 2


def neighbours(p: dict[str, Any]) -> float | None:
    return None if p["n"] > 88 else -abs(p["n"] - 30) / 88


def depth(p: dict[str, Any]) -> float:
    return 0.9 if p["d"] > 9 else 0.95 - abs(p["d"] - 5) / 50


def leaf(p: dict[str, Any]) -> float:
    return 0.33 if p["l"] > 75 else 0.95 - p["l"] / 250 - abs(math.log10(p["C"])) / 100


FIVE = dict.fromkeys("abcde", UNIT)
KINDS: list[tuple[str, Any, Score]] = [
    ("PCA: 30 of 300 components work", {"n": (1, 300), "C": (1e-3, 1e3, LOG)}, components),
    ("the upper 7 % of one of 5 ranges works", FIVE, one_of_five),
    ("a corner in 5 dimensions works (1 %)", FIVE, corner),
    ("3 of 40 integers work", {"k": (1, 40), "C": (1e-3, 1e3, LOG), "z": UNIT}, three_of_forty),
    ("6 % in the middle of one of 4 ranges works", dict.fromkeys("abcd", UNIT), band),
    ("88 of 2,000 neighbours work", {"n": (1, 2000)}, neighbours),
    ("max_depth (1, 100): the same from 10 on", {"d": (1, 100), "x": UNIT}, depth),
    ("leaves (1, 5000): the same from 76 on", {"l": (1, 5000), "C": (1e-3, 1e3, LOG)}, leaf),
]


def by_sktune(space: Any, score: Score, n: int, seed: int) -> tuple[list[Any], Any]:
    strategy, found = Bayesian(space, n, random_state=seed), []
    while candidates := strategy.ask(1):
        found.append(score(candidates[0]))
        strategy.tell([Trial.of(strategy.asked - 1, candidates[0], [found[-1]])])
    return strategy.candidates, np.array(found, dtype=float)


def at_random(space: Any, score: Score, n: int, seed: int) -> tuple[list[Any], Any]:
    drawn = list(Space.read(space, "space").sample(n, seed))
    return drawn, np.array([score(params) for params in drawn], dtype=float)


def by_optuna(space: Any, score: Score, n: int, seed: int) -> tuple[list[Any], Any]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    drawn, found = [], []
    for _ in range(n):
        trial = study.ask()
        params = {name: _suggest(trial, name, values) for name, values in space.items()}
        drawn.append(params)
        found.append(score(params))
        failed = found[-1] is None
        state = optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE
        study.tell(trial, found[-1], state=state)
    return drawn, np.array(found, dtype=float)


def _suggest(trial: Any, name: str, values: Any) -> Any:
    suggest = trial.suggest_int if isinstance(values[0], int) else trial.suggest_float
    return suggest(name, values[0], values[1], log=len(values) > 2)


def walls() -> None:
    searches = {"BayesSearch": by_sktune, "RandomSearch": at_random}
    if importlib.util.find_spec("optuna"):
        searches["Optuna TPE"] = by_optuna
    print("| 50 candidates, 20 seeds |", " | ".join(searches), "|")
    for name, space, score in KINDS:
        cells = []
        for search in searches.values():
            found = [search(space, score, 50, seed)[1] for seed in SEEDS]
            best = [np.nanmax(f) if np.isfinite(f).any() else -np.inf for f in found]
            cells.append(f"{np.isfinite(best).sum()}, {np.median(best):.3f}, {min(best):.3f}")
        print(f"| {name} |", " | ".join(cells), "|", flush=True)


def models(k: int, seed: int) -> tuple[list[dict[str, Any]], Score]:
    """Return dicts of one to three ranges, each with a best score and a place of it of its own."""
    rng = np.random.default_rng([7, seed])
    space, peaks = [], {}
    for i in range(k):
        names = [f"p{n}" for n in range(1 + i % 3)]
        peaks[i] = rng.uniform(0.5, 0.9), dict(zip(names, rng.uniform(0.1, 0.9, 3), strict=False))
        space.append({"m": [i], **dict.fromkeys(names, UNIT)})

    def score(params: dict[str, Any]) -> float:
        top, at = peaks[params["m"]]
        return float(top - sum((params[name] - place) ** 2 for name, place in at.items()) / 2)

    return space, score


def dicts() -> None:
    print("| dicts, candidates | never tried | fewest | best | of random search |")
    for k, n in ((3, 15), (8, 40), (12, 40), (12, 120)):
        rows = []
        for seed in SEEDS:
            space, score = models(k, seed)
            drawn, found = by_sktune(space, score, n, seed)
            tried = Counter(params["m"] for params in drawn)
            random = at_random(space, score, n, seed)[1].max()
            rows.append((k - len(tried), min(tried.values()), found.max(), random))
        never, fewest, best, random = np.array(rows).T
        cells = f"{never.max():.0f} | {fewest.min():.0f} | {best.mean():.3f} | {random.mean():.3f}"
        print(f"| {k}, {n} | {cells} |", flush=True)


def choices() -> None:
    print("| lists to choose from | ms a suggestion | MB at most |")
    for n in (10, 1000, 100_000):
        strategy = Bayesian({"k": [[k] for k in range(n)], "x": UNIT}, 40, random_state=0)
        start = time.process_time()
        while candidates := strategy.ask(1):
            params = candidates[0]
            strategy.tell([Trial.of(strategy.asked - 1, params, [-((params["x"] - 0.3) ** 2)])])
        spent = (time.process_time() - start) / 40
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"| {n:,} | {1e3 * spent:.1f} | {peak} |", flush=True)


if __name__ == "__main__":
    walls()
    dicts()
    choices()
