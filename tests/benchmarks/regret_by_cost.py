"""How little time a search needs, on tuning problems of which answer and costs are known.

    python -m tests.benchmarks.regret_by_cost FILE.py FOLDER [--seeds 5] [--trials 120]
        [--searches NAME ...] [--problems NAME ...] [--json FILE]

The problems are those of another source, as for `--problems-from` of `regret.py`, of which besides
`cost(config, resource)` says what a fit costs, `score(config, resource)` what it scores with less
of a resource, `resource_max` how much there is of it, and `meta["mean_cost"]` what a fit with all
of it costs on average. Problems without a resource are left out.

**Regret** is that of the candidate that a search would return after the time of 5, 15, 30 and 60
average fits: the best of those that had the most of the resource by then. It is normalised as in
`regret.py`, by random search after as many trials, and a search is given enough candidates to use
the time. After ± is the standard error over seeds of the mean over problems; the second table has
paired differences to the first search.

**Searches**: those of `regret.py`; *by cost* is BayesSearch that is told what candidates cost;
*halving* is RandomSearch in rungs, the first with a ninth of the resource, 81 candidates.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sktune import BayesSearch, RandomSearch, SuccessiveHalving

from .regret import load_from, read
from .regret_searches import SEARCHES, Config, LookedUp, Measure, by_sktune

BUDGETS = (5, 15, 30, 60)
Tried = list[tuple[Config, int]]  # candidates with their resources, in the order of their fits


class InPart(LookedUp):
    """Scores with some of the resource."""

    def __init__(self, measure: Any = None, resource: int | None = None, **config: Any) -> None:
        super().__init__(measure, **config)
        self.resource = resource

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {**super().get_params(), "resource": self.resource}

    def set_params(self, **params: Any) -> InPart:
        self.resource = params.pop("resource", self.resource)
        super().set_params(**params)
        return self

    def score(self, X: Any, y: Any = None) -> float:
        config = self.measure.read(self.config)
        return float(self.measure.problem.score(config, int(self.resource)))


def in_full(search: Callable[..., Any]) -> Callable[..., Tried]:
    def run(measure: Measure, trials: int, seed: int) -> Tried:
        most = measure.problem.resource_max
        return [(config, most) for config in search(measure, trials, seed, 1)[0]]

    return run


def by_cost(measure: Measure, trials: int, seed: int) -> Tried:
    def cost(params: Config) -> float:
        return float(measure.problem.cost(measure.read(params), measure.problem.resource_max))

    return in_full(by_sktune(BayesSearch, cost=cost))(measure, trials, seed)


def in_rungs(measure: Measure, trials: int, seed: int) -> Tried:
    most = measure.problem.resource_max
    rungs = SuccessiveHalving("resource", min_resources=most // 9, max_resources=most)
    search = RandomSearch(
        InPart(measure), measure.problem.search_space(), n_iter=81, strategy=rungs,
        cv=measure.cv, refit=False, random_state=seed,
    ).fit(measure.X)  # fmt: skip
    rows = zip(search.cv_results_["params"], search.cv_results_["n_resources"], strict=True)
    return [
        (measure.read({k: params[k] for k in params if k != "resource"}), int(n))
        for params, n in rows
    ]


RUNS: dict[str, Callable[..., Tried]] = {
    **{name: in_full(search) for name, search in SEARCHES.items()},
    "by cost": by_cost,
    "halving": in_rungs,
}


def regrets(problem: Any, tried: Tried) -> list[float]:
    """Regret after each of the budgets."""
    spent = np.cumsum([problem.cost(*one) for one in tried]) / problem.meta["mean_cost"]
    scores = np.array([problem.score(*one) for one in tried])
    resources = np.array([resource for _, resource in tried])
    found = []
    for budget in BUDGETS:
        done = spent <= budget
        if not done.any():
            found.append(2.0)
            continue
        last = done & (resources == resources[done].max())
        best = tried[int(np.argmax(np.where(last, scores, -np.inf)))][0]
        found.append(problem.regret(problem.score(best), budget))
    return found


def report(regret: Any, searches: list[str]) -> str:
    """Means and paired differences; regret has the shape (searches, problems, seeds, budgets)."""
    lines = [f"| search | {' | '.join(map(str, BUDGETS))} |", "| --- |" + " --- |" * len(BUDGETS)]
    for title, values in (("", regret), (" - the first", regret - regret[0])):
        for name, of_one in zip(searches, values.mean(axis=1), strict=True):
            errors = of_one.std(axis=0, ddof=1) / np.sqrt(len(of_one))
            cells = zip(of_one.mean(axis=0), errors, strict=True)
            lines.append(
                f"| {name}{title} | " + " | ".join(f"{m:.2f} ± {e:.2f}" for m, e in cells) + " |"
            )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problems_from", nargs=2, metavar=("FILE.py", "FOLDER"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=120)
    usual = ["BayesSearch", "by cost", "halving", "RandomSearch"]
    parser.add_argument("--searches", nargs="+", default=usual, choices=RUNS, metavar="NAME")
    parser.add_argument("--problems", nargs="+", metavar="NAME", help="all that have a resource")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where runs are kept")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    there = read(given.json) if given.json else {}
    problems = [p for p in load_from(*given.problems_from) if p.resource_max]
    problems = [p for p in problems if p.name in (given.problems or [p.name])]
    regret = np.empty((len(given.searches), len(problems), given.seeds, len(BUDGETS)))
    for seed in range(given.seeds):
        for p, problem in enumerate(problems):
            for s, search in enumerate(given.searches):
                key = problem.name, search, seed, given.trials
                if key not in there:
                    tried = RUNS[search](Measure(problem, None), given.trials, seed)
                    there[key] = {"key": list(key), "regret": regrets(problem, tried)}
                    if given.json:
                        with given.json.open("a") as file:
                            file.write(json.dumps(there[key]) + "\n")
                regret[s, p, seed] = there[key]["regret"]
    print(report(regret, given.searches))


if __name__ == "__main__":
    main()
