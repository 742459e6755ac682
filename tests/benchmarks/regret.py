"""How few trials a search needs, on tuning problems whose answer is known.

    python -m tests.benchmarks.regret [--seeds 5] [--trials 100] [--noise | --fits] [--pending N]
        [--searches NAME ...] [--tables FOLDER] [--json FILE] [PROBLEM ...]
    python -m tests.benchmarks.regret --problems-from FILE.py FOLDER ...

With `--json` every run is added to the file as it ends, a line each, and runs that the file has
are not made again.

**The problems** are tables of real fits (`regret_tasks.py`): every configuration of a grid, with
the scores of five folds. They are made when they are missing, which takes some minutes, and are
kept in the folder of `--tables`. `--problems-from` takes others: `load(folder)` of a Python file
returns objects with `name`, `space`, `active`, `score`, `noisy`, `search_space` and `regret`, as
`regret_tables.Table` has them; entries of `space` have `name`, `kind` ("f", "i" or "c"), `low`,
`high`, `log`, `choices` and `cond`, which is None or the name of a parameter before it and the
values of that with which this one counts.

**Regret** is that of the best candidate after so many trials: 0 for the best of the table, 1 for
the median of what random search has found after the same number of trials (worked out from the
table, for independent draws), clipped at 2. After ± is the standard error over seeds; in the last
row, over seeds, of the mean over problems.

A search is told the mean over the folds. **With `--noise`** there are five splits, and on each
it is told the score of one fold, drawn anew for each candidate, split and seed. How hard a fold
is for all configurations is taken out of its scores: in a cross-validation all candidates have
the same folds. The regret is then the true one of the candidate that looks best, and 1 is the
median of random searches that are told such scores too (2,000 are drawn). Problems of another
source have their own 1, and may have folds of their own: `fold_scores(config, seed)`.

**With `--fits`** it is the same, and what counts is the best of the candidates that have all splits
after so many *fits*, in the order in which they were made; 1 is the median of random search after a
fifth as many trials. `adaptive` is BayesSearch with ``folds="adaptive"``, `racing` with
``early_termination="racing"``, of which `--trials` should be enough for 200 fits.

**The searches** get the same space, and otherwise are as they come. `BayesSearch` and
`RandomSearch` are called as they would be, with an estimator whose fit is free and whose score is
looked up; it has no parameters of its own to begin with. `TPE`, `GPSampler` and `CMA-ES` (which
needs cmaes) are Optuna's samplers as they come, asked and told, with a parameter suggested only
where it counts; `TPE 4` has the settings that were Optuna 4's. `skopt` is `BayesSearch` with
`optimizer="skopt"`. `BayesSearchCV` is scikit-optimize's own, for which there are no conditions:
parameters that do not count are chosen too, as with `HEBO`. `SMAC` is its facade for
hyperparameters, asked and told. Both want an environment where they are installed. With
`--pending N` BayesSearch and skopt have N candidates under way (`n_points`); the others know all
results, always.

**CPU** is that of the whole process from the search's beginning to its end, with all that it does
around a fit and the looking up, over the number of trials: medians over runs. In brackets: over
TPE's, of the same problem. The searches take turns in one process with one thread, and who begins
changes from seed to seed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads must be set first

from . import regret_tasks  # noqa: E402
from .regret_searches import SEARCHES, SPLITS, Measure, versions  # noqa: E402

BUDGETS, FIT_BUDGETS, WARM = (15, 30, 60, 100), (50, 100, 200), 14
Run = dict[str, Any]
Key = tuple[str, str, int, int, str, int]  # problem, search, seed, trials, mode, pending


def run_one(problem: Any, key: Key) -> Run:
    _, search, seed, trials, mode, pending = key
    measure = Measure(problem, None if mode == "exact" else seed)
    begin = time.process_time()
    found = SEARCHES[search](measure, trials, seed, pending)
    cpu = time.process_time() - begin
    true, per_trial = [problem.score(config) for config in found.candidates], 1
    spent = np.arange(1.0, len(true) + 1)
    if mode == "fits":
        spent = np.array([measure.whole_after(config) for config in found.candidates])
        per_trial = SPLITS
    regret = []
    for n in budgets(trials, mode):
        told = np.where(spent <= n, found.told, -np.inf)
        best = true[int(np.argmax(told))] if np.isfinite(told).any() else -np.inf
        regret.append(problem.regret(best, n // per_trial))
    return {"key": list(key), "regret": regret, "ms": 1e3 * cpu / trials}


def budgets(trials: int, mode: str) -> list[int]:
    if mode == "fits":
        return list(FIT_BUDGETS)
    return [n for n in BUDGETS if n <= trials] or [trials]


def runs_to_make(given: argparse.Namespace, problems: Mapping[str, Any]) -> Iterator[Key]:
    """The searches take turns, and who begins changes."""
    names = given.searches
    for problem in problems:
        for seed in range(given.seeds):
            first = seed % len(names)
            for search in names[first:] + names[:first]:
                pending = given.pending if search in ("BayesSearch", "skopt") else 1
                yield problem, search, seed, given.trials, mode_of(given), pending


def mode_of(given: argparse.Namespace) -> str:
    return "fits" if given.fits else "noise" if given.noise else "exact"


def read(path: Path) -> dict[Key, Run]:
    """The runs in a file; what was being written when it was stopped is taken off."""
    text = path.read_text() if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole)
    runs = [json.loads(line) for line in whole.splitlines()]
    return {tuple(run["key"]): run for run in runs}


def make(given: argparse.Namespace, problems: Mapping[str, Any]) -> list[Run]:
    """Make the runs that are not there yet; all of those that are asked for."""
    there = read(given.json) if given.json else {}
    runs: list[Run] = []
    cold = True
    for key in runs_to_make(given, problems):
        if key not in there:
            if cold:  # what is done only once is not measured
                for search in given.searches:
                    SEARCHES[search](Measure(problems[key[0]], None), WARM, 0, 1)
                cold = False
            there[key] = run_one(problems[key[0]], key)
            if given.json:
                with given.json.open("a") as file:
                    file.write(json.dumps(there[key]) + "\n")
            regret = ", ".join(f"{value:.2f}" for value in there[key]["regret"])
            print(f"{key[0]}, {key[1]}, seed {key[2]}: {regret}", file=sys.stderr, flush=True)
        runs.append(there[key])
    return runs


def _means(values: Any) -> list[str]:
    """Means over seeds, which come first, with the standard error if there are several."""
    means, n = values.mean(axis=0), len(values)
    if n == 1:
        return [f"{mean:.2f}" for mean in means]
    errors = np.std(values, axis=0, ddof=1) / np.sqrt(n)
    return [f"{mean:.2f} ± {error:.2f}" for mean, error in zip(means, errors, strict=True)]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def report(runs: Sequence[Run], given: argparse.Namespace) -> str:
    """Both tables, in markdown."""
    names = list(dict.fromkeys(run["key"][0] for run in runs))
    shape = len(names), given.seeds, len(given.searches)
    regret, ms = np.empty((*shape, len(budgets(given.trials, mode_of(given))))), np.empty(shape)
    for run in runs:
        problem, search, seed = run["key"][:3]
        cell = names.index(problem), seed, given.searches.index(search)
        regret[cell], ms[cell] = run["regret"], run["ms"]
    regret = regret.reshape(*shape[:2], -1)
    head = [
        "problem",
        *(f"{s}, {n}" for s in given.searches for n in budgets(given.trials, mode_of(given))),
    ]
    rows = []
    for name, of_one in zip([*names, "mean"], [*regret, regret.mean(axis=0)], strict=True):
        rows.append([name, *_means(of_one)])
    costs = []
    for name, of_one in zip([*names, "all"], [*ms, ms.reshape(-1, shape[2])], strict=True):
        medians = dict(zip(given.searches, np.median(of_one, axis=0), strict=True))
        tpe = medians.get("TPE")
        ratios = [f" ({value / tpe:.2f})" if tpe else "" for value in medians.values()]
        cells = [f"{value:.2f}{r}" for value, r in zip(medians.values(), ratios, strict=True)]
        costs.append([name, *cells])
    return "\n\n".join(
        [
            f"### Regret after so many {'fits' if given.fits else 'trials'}",
            _table(head, rows),
            "### CPU, milliseconds a trial (over TPE's)",
            _table(["problem", *given.searches], costs),
            versions(),
        ]
    )


def load_from(file: str, folder: str) -> Sequence[Any]:
    """Problems of another source."""
    spec = importlib.util.spec_from_file_location("problems_of_another_source", file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.load(folder))


def main() -> None:
    folder = Path(tempfile.gettempdir()) / "sktune-regret-tables"
    usual = ["BayesSearch", "RandomSearch", *["TPE"] * bool(importlib.util.find_spec("optuna"))]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problems", nargs="*", metavar="PROBLEM", help="by name; all by default")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--fits", action="store_true")
    parser.add_argument("--pending", type=int, default=1, metavar="N")
    parser.add_argument("--searches", nargs="+", default=usual, choices=SEARCHES, metavar="NAME")
    parser.add_argument("--tables", type=Path, default=folder, metavar="FOLDER")
    parser.add_argument("--problems-from", nargs=2, metavar=("FILE.py", "FOLDER"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="where runs are kept")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    other = given.problems_from
    every = (
        load_from(*other) if other else regret_tasks.load(given.tables, mode_of(given) != "exact")
    )
    problems = {p.name: p for p in every if not given.problems or p.name in given.problems}
    if unknown := set(given.problems) - set(problems):
        parser.error(f"there is no {sorted(unknown)}; there are {[p.name for p in every]}")
    print(report(make(given, problems), given))


if __name__ == "__main__":
    main()
