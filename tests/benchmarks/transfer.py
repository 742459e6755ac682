"""Regret of searches that know of another search, on related data and on nothing of the kind.

    python -m tests.benchmarks.transfer --problems DIR --seeds 3 [--kinds rbv2_xgboost lcbench]

`DIR` has the problems: `problems2.py`, and instances of the same space from several data sets. Each
is searched from cold, with 40 random candidates of another instance, and with the same candidates
and that one's scores shuffled, which have nothing to do with it. Regret after 5, 10, 15 and 30
trials: 1 is the median of random search after as many, 0 the best that is known.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from sktune.strategies import Bayesian
from sktune.trials import Trial

BUDGETS = 5, 10, 15, 30
N_OTHER = 40
LARGEST = 3.0


def regret(module: Any, problem: Any, seed: int, **options: Any) -> list[float]:
    """Return the regret of a search at each budget."""
    strategy = Bayesian(problem.search_space(), BUDGETS[-1], random_state=seed, **options)
    scores: list[float] = []
    while candidates := strategy.ask(1):
        scores.append(float(module.true_scores(problem, candidates)[0]))
        strategy.tell([Trial.of(strategy.asked - 1, candidates[0], scores[-1:])])
    best = np.maximum.accumulate(scores)
    found = [(problem.opt - best[n - 1]) / (problem.opt - problem.rmed[str(n)]) for n in BUDGETS]
    return list(np.minimum(found, LARGEST))


def runs(module: Any, problems: list[Any], seeds: int) -> dict[str, list[list[float]]]:
    """Return regrets of all problems of one space, by what was known before."""
    found: dict[str, list[list[float]]] = {"cold": [], "related": [], "shuffled": []}
    for k, problem in enumerate(problems):
        for seed in range(seeds):
            others = [other for other in problems if other is not problem]
            other = others[(k + seed) % len(others)]
            drawn = other.draw(N_OTHER, np.random.default_rng(seed + 100))
            scores = [float(score) for score in module.true_scores(other, drawn)]
            found["cold"].append(regret(module, problem, seed))
            shuffled = list(np.random.default_rng(seed).permutation(scores))
            for kind, told in (("related", scores), ("shuffled", shuffled)):
                earlier = {"params": drawn, "mean_test_score": told}
                known: dict[str, Any] = {"warm_start_from": earlier, "transfer": True}
                found[kind].append(regret(module, problem, seed, **known))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--problems", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kinds", nargs="*")
    options = parser.parse_args()
    sys.path.insert(0, options.problems)
    import problems2

    spaces: dict[str, list[Any]] = {}
    for problem in problems2.load():
        spaces.setdefault(problem.meta["scenario"], []).append(problem)
    every: dict[str, list[list[float]]] = {"cold": [], "related": [], "shuffled": []}
    for space, problems in spaces.items():
        if len(problems) < 2 or (options.kinds and space not in options.kinds):
            continue
        for kind, rows in runs(problems2, problems, options.seeds).items():
            every[kind] += rows
    cold = np.array(every["cold"])
    for kind, rows in every.items():
        change = np.array(rows) - cold
        error = change.std(axis=0) / np.sqrt(len(change))
        told = [" ".join(f"{value:+.2f}" for value in row) for row in (change.mean(axis=0), error)]
        means = " ".join(f"{value:.2f}" for value in np.mean(rows, axis=0))
        print(f"| {kind} | {means} | {told[0]} | {told[1]} |")


if __name__ == "__main__":
    main()
